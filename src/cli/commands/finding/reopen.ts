// `wiretally finding reopen ID…`: an entry of the log for each finding.

import { defineCommand, example } from '../../command.ts';
import { changeFindings, OF_CHANGES } from '../../input/finding-change.ts';

export const command = defineCommand({
  summary: 'Make closed findings new again',
  ...OF_CHANGES,
  examples: [
    example(
      'finding reopen AI-0710/2/10.20.1.13/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "closed by mistake"',
      'Make a closed finding new again',
    ),
    example(
      'finding reopen AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "exception refused"',
      'After an exception was refused',
    ),
  ],
  run: (ids, options) => changeFindings(ids, 'new', options),
});
