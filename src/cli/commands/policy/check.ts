// `wiretally policy check POLICY`: lists faults of a policy by line, and rules that can never match.

import { catalogueFacts } from '../../../catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { parsePolicy } from '../../../policy/parse-policy.ts';
import { readTextFile } from '../../../query/inputs/policy-file.ts';
import { plural } from '../../../text/quantity.ts';
import { formatProblem } from '../../../text/text-tree.ts';
import { defineCommand, example } from '../../command.ts';
import { catalogueOptions } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';

export const command = defineCommand({
  summary: 'Check a policy; list rules that can never match',
  arguments: [{ name: '<policy>', description: 'Policy file' }],
  options: catalogueOptions,
  examples: [
    example('policy check policy.yaml', 'Print faults with line numbers'),
    example('policy check ban.yaml', 'Print rules that can never match'),
  ],
  async run([file = ''], { catalogue }) {
    const parsed = parsePolicy(readTextFile(file), catalogueFacts(await loadCatalogue(catalogue)));
    const lines = [
      ...parsed.errors.map((problem) => `error: ${formatProblem(file, problem)}`),
      ...parsed.warnings.map((problem) => `warning: ${formatProblem(file, problem)}`),
    ];
    if (parsed.policy !== null) {
      const { rules, exceptions, tests } = parsed.policy;
      lines.push(
        `${file}: ${plural(rules.length, 'rule')}, ${plural(exceptions.length, 'exception')}, ${plural(tests.length, 'test')}: valid`,
      );
    }
    await writeWrapped(lines);
    return parsed.policy === null ? EXIT.usage : EXIT.done;
  },
});
