// `wiretally catalogue page ID`: the sheet that explains a tool to the people who use it.

import type { Command } from 'commander';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/version.ts';
import type { EmployeeInput } from '../../report/html/employee.ts';
import type { Language } from '../../report/text/languages.ts';
import { requireKnownTool } from '../input/known-tool.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  type CatalogueOptions,
  type CommonOptions,
  language,
} from '../input/options.ts';
import { readProfile } from '../input/profile-file.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { writeOut } from '../output/stdout.ts';

interface Options extends CommonOptions, CatalogueOptions {
  readonly policy?: string;
  readonly profile?: string;
  readonly language?: Language;
}

export function defineEmployeePage(command: Command, done: (code: ExitCode) => void): void {
  const sub = command
    .command('page <id>')
    .description('a page (HTML, one sheet) that explains the tool to employees')
    .option('--policy <file>', 'say what this policy says about the tool')
    .option('--language <name>', 'en or zh', language)
    .option('--profile <file.json>', 'say what was measured: from "wiretally profile … --format json"');
  addCatalogueOption(sub);
  addCommonOptions(sub);
  sub.action(async (id: string, options: Options) => {
    const { renderEmployeePage } = await import('../../report/html/employee.ts');
    const catalogue = await loadCatalogue(options.catalogue);
    const tool = requireKnownTool(catalogue, id);
    await writeOut(
      await renderEmployeePage(
        {
          tool,
          measured: measured(options),
          policy: await policyOn(tool, options, catalogue),
          wiretally: packageVersion(),
          catalogue: catalogue.version,
        },
        options.language,
      ),
    );
    done(EXIT.done);
  });
}

function measured(options: Options): EmployeeInput['measured'] {
  if (options.profile === undefined) return null;
  const { modelPayloadUp, telemetry } = readProfile(options.profile, '--profile');
  return { modelPayloadUp, telemetryPayloadUp: telemetry.payloadUp, telemetryShare: telemetry.share };
}

async function policyOn(
  tool: ToolEntry,
  options: Options,
  catalogue: Catalogue,
): Promise<EmployeeInput['policy']> {
  if (options.policy === undefined) return null;
  const [{ readPolicy }, { matchesTool }] = await Promise.all([
    import('../../query/inputs/policy-file.ts'),
    import('../../policy/match.ts'),
  ]);
  const { policy } = readPolicy(options.policy, catalogue);
  return { policy, rules: policy.rules.filter((rule) => matchesTool(rule.match, tool)) };
}
