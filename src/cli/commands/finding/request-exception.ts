// `wiretally finding request-exception ID…`: an entry of the log for each finding.

import { defineCommand, example } from '../../command.ts';
import { changeFindings, OF_CHANGES } from '../../input/finding-change.ts';

export const command = defineCommand({
  summary: 'Record that an exception was requested for findings',
  ...OF_CHANGES,
  examples: [
    example(
      'finding request-exception AI-0710/2/10.20.1.14/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "ticket 1234"',
      'Record that an exception was requested',
    ),
    example(
      'finding request-exception AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "ticket 1235"',
      'For another finding',
    ),
  ],
  run: (ids, options) => changeFindings(ids, 'exceptionRequested', options),
});
