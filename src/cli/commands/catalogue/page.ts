// `wiretally catalogue page ID`: prints a sheet that explains a tool to its users.

import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { describeCompression } from '../../../catalogue/compression.ts';
import type { ToolEntry } from '../../../catalogue/schema.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { packageVersion } from '../../../files/package-version.ts';
import { requireKnownTool } from '../../../query/known-tool.ts';
import type { EmployeeInput } from '../../../report/html/employee.ts';
import { defineCommand } from '../../command.ts';
import { changeOption, type OptionValues, option } from '../../input/declare-option.ts';
import { catalogueOptions, commonOptions, languageOption, TOOL_VALUES } from '../../input/options.ts';
import { policyOption } from '../../input/policy-options.ts';
import { readProfile } from '../../input/profile-file.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeOut } from '../../output/stdout.ts';

const options = {
  policy: changeOption(policyOption, { description: 'Show the rules of this policy on the tool' }),
  language: languageOption,
  profile: option(
    '--profile <file.json>',
    'Input',
    'Show figures measured by "wiretally profile … --format json"',
  ),
  ...catalogueOptions,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'Print a page for employees about the tool (HTML, one sheet)',
  arguments: [{ name: '<id>', suggest: TOOL_VALUES.suggest }],
  options,
  examples: [],
  async run([id = ''], options) {
    const { renderEmployeePage } = await import('../../../report/html/employee.ts');
    const catalogue = await loadCatalogue(options.catalogue);
    const tool = requireKnownTool(catalogue, id);
    await writeOut(
      await renderEmployeePage(
        {
          tool,
          measured: readMeasured(options),
          compression: describeCompression(tool),
          policy: await evaluatePolicy(tool, options, catalogue),
          wiretally: packageVersion(),
          catalogue: catalogue.version,
        },
        options.language,
      ),
    );
    return EXIT.done;
  },
});

function readMeasured(options: Options): EmployeeInput['measured'] {
  if (options.profile === undefined) return null;
  const { modelPayloadUp, telemetry } = readProfile(options.profile, '--profile');
  return { modelPayloadUp, telemetryPayloadUp: telemetry.payloadUp, telemetryShare: telemetry.share };
}

async function evaluatePolicy(
  tool: ToolEntry,
  options: Options,
  catalogue: Catalogue,
): Promise<EmployeeInput['policy']> {
  if (options.policy === undefined) return null;
  const [{ readPolicy }, { listRules }] = await Promise.all([
    import('../../../query/inputs/policy-file.ts'),
    import('../../../policy/header.ts'),
  ]);
  const { policy } = readPolicy(options.policy, catalogue);
  return { policy, rules: listRules(policy, tool) };
}
