// `wiretally finding acknowledge ID…`: an entry of the log for each finding.

import { defineCommand, example } from '../../command.ts';
import { changeFindings, OF_CHANGES } from '../../input/finding-change.ts';

export const command = defineCommand({
  summary: 'Record that findings were read',
  ...OF_CHANGES,
  examples: [
    example(
      'finding acknowledge AI-0710/2/10.20.1.13/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "case 7"',
      'Record that a finding was read',
    ),
    example(
      'finding acknowledge AI-0710/2/10.20.1.14/claude-code/violation AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "cases 8 and 9"',
      'Two of them at once',
    ),
  ],
  run: (ids, options) => changeFindings(ids, 'acknowledged', options),
});
