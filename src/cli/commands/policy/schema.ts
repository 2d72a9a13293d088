// `wiretally policy schema`: the JSON Schema of a policy file.

import { policyJsonSchema } from '../../../policy/schema.ts';
import { defineCommand } from '../../command.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeOut } from '../../output/stdout.ts';

export const command = defineCommand({
  summary: 'Print the JSON Schema of a policy file',
  options: {},
  examples: [],
  async run() {
    await writeOut(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
    return EXIT.done;
  },
});
