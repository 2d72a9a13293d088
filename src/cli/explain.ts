// `wiretally explain SOURCE… --host H --tool ID`: what spoke for and against, in plain words.

import { explainTool } from '../catalogue/explain.ts';
import { visibleText } from '../report/visible-text.ts';
import { EXIT } from './exit-code.ts';
import { requireKnownTool } from './known-tool.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  type CatalogueOptions,
  type CommonOptions,
  inputFiles,
  timezone,
} from './options.ts';
import { writeOut } from './outlet.ts';
import { judgeSource } from './report-run.ts';
import { readSource } from './source.ts';
import { tellReading } from './tell-reading.ts';
import type { DefineVerb } from './verbs.ts';

interface Options extends CommonOptions, CatalogueOptions {
  readonly host: string;
  readonly tool: string;
  readonly timezone?: string;
}

export const defineExplain: DefineVerb = (command, done) => {
  command
    .argument('<source...>', 'captures or .usage files')
    .requiredOption('--host <host>', 'address of the host')
    .requiredOption('--tool <id>', 'tool or provider, as "wiretally catalogue list" has them')
    .option('--timezone <zone>', 'zone of the days (default: UTC)', timezone);
  addCatalogueOption(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const source = await readSource(inputFiles(files, {}), options);
    requireKnownTool(source.catalogue, options.tool);
    const code = tellReading(source, options);
    if (code !== EXIT.failed) {
      const { attributions } = judgeSource(source, {
        command: 'explain',
        timezone: options.timezone ?? 'UTC',
        stamp: false,
      });
      await writeOut(
        `${explainTool(attributions, options.host, options.tool).map(visibleText).join('\n')}\n`,
      );
    }
    done(code);
  });
};
