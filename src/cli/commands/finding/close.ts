// `wiretally finding close ID…`: an entry of the log for each finding.

import { defineCommand, example } from '../../command.ts';
import { changeFindings, OF_CHANGES } from '../../input/finding-change.ts';

export const command = defineCommand({
  summary: 'Close findings; one that is seen on a later day is new again',
  ...OF_CHANGES,
  examples: [
    example(
      'finding close AI-0710/2/10.20.1.13/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "program removed"',
      'Close a finding',
    ),
    example(
      'finding close AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "exception granted"',
      'Close another one',
    ),
  ],
  run: (ids, options) => changeFindings(ids, 'closed', options),
});
