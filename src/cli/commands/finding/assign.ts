// `wiretally finding assign ID…`: adds an entry to the log for each finding.

import { defineCommand, example } from '../../command.ts';
import { option } from '../../input/declare-option.ts';
import { CHANGE_COMMAND, changeFindings } from '../../input/finding-change.ts';

const options = {
  ...CHANGE_COMMAND.options,
  to: option('--to <name>', 'Input', 'Person or team that the findings are assigned to, logged', {
    isMandatory: true,
  }),
};

export const command = defineCommand({
  summary: 'Assign findings to a person or a team',
  ...CHANGE_COMMAND,
  options,
  examples: [
    example(
      'finding assign AI-0710/2/10.20.1.13/claude-code/violation --to ben --report report.json --finding-log findings.ndjson --sign-key key.pem --why "owner of the host"',
      'To a person',
    ),
    example(
      'finding assign AI-0710/2/10.20.1.14/claude-code/violation --to "team build" --report report.json --finding-log findings.ndjson --sign-key key.pem --why "their runner"',
      'To a team',
    ),
  ],
  run: (ids, options) => changeFindings(ids, 'assigned', options),
});
