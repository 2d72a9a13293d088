// `wiretally policy schema`: prints the JSON Schema of a policy file, or of another document that programs write or read.

import { z } from 'zod';
import { allowList } from '../../../model/profile.ts';
import { findingUpload, optOut, report } from '../../../model/report.ts';
import { registerJsonSchema } from '../../../policy/register-file.ts';
import { policyJsonSchema } from '../../../policy/schema.ts';
import { defineCommand, example } from '../../command.ts';
import { choice } from '../../input/declare-option.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeOut } from '../../output/stdout.ts';

const DOCUMENTS = ['policy', 'register', 'report', 'allow-list', 'opt-outs', 'uploads'] as const;
type Document = (typeof DOCUMENTS)[number];

/** The last two are lists in a report: `optOuts` of a rule, `uploads` of a finding. */
const SCHEMAS: Readonly<Record<Document, () => object>> = {
  policy: policyJsonSchema,
  register: registerJsonSchema,
  report: () => z.toJSONSchema(report),
  'allow-list': () => z.toJSONSchema(allowList),
  'opt-outs': () => z.toJSONSchema(z.array(optOut)),
  uploads: () => z.toJSONSchema(z.array(findingUpload)),
};

export const command = defineCommand({
  summary: 'Print the JSON Schema of a policy file or another document',
  options: {
    of: choice<Document>('--of <document>', 'Output', 'Document to describe', DOCUMENTS, {
      byDefault: 'policy',
    }),
  },
  examples: [example('policy schema --of register', 'Print the fields of a register')],
  async run(_, { of }) {
    await writeOut(`${JSON.stringify(SCHEMAS[of](), null, 2)}\n`);
    return EXIT.done;
  },
});
