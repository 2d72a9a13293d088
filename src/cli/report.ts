// `wiretally report SOURCE…`: kept windows, by time, host and tool, into any format.

import { openZone } from '../model/zone.ts';
import { narrow } from '../report/narrow.ts';
import { statsOfWindows } from '../report/window-totals.ts';
import { coverageOf } from '../usage/coverage.ts';
import { commandText } from './command-text.ts';
import { EXIT } from './exit-code.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReportOptions,
  type CatalogueOptions,
  type CommonOptions,
  inputFiles,
  type ReportOptions,
  repeatable,
} from './options.ts';
import { judgeSource, printReport } from './report-run.ts';
import { parseMoment, windowsWithin } from './since-until.ts';
import { readSource, type SourceRead } from './source.ts';
import { tellReading } from './tell-reading.ts';
import type { DefineVerb } from './verbs.ts';

interface Options extends CommonOptions, CatalogueOptions, ReportOptions {
  readonly since?: string;
  readonly until?: string;
  readonly host: readonly string[];
  readonly group: readonly string[];
  readonly tool: readonly string[];
}

export const defineReport: DefineVerb = (command, done) => {
  command
    .argument('<source...>', '.usage files, or captures')
    .option('--since <time>', 'from this date or time on')
    .option('--until <time>', 'before this date or time')
    .option('--host <host>', 'only this address or name (repeatable)', repeatable, [])
    .option('--group <group>', 'only hosts of this group (repeatable)', repeatable, [])
    .option('--tool <id>', 'only this tool or provider (repeatable)', repeatable, []);
  addCatalogueOption(command);
  addReportOptions(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const inputs = inputFiles(files, {});
    const source = await readSource(inputs, options);
    const code = tellReading(source, options);
    if (code === EXIT.failed) {
      done(code);
      return;
    }
    const timezone = options.timezone ?? 'UTC';
    const since = options.since === undefined ? undefined : parseMoment('--since', options.since, timezone);
    const until = options.until === undefined ? undefined : parseMoment('--until', options.until, timezone);
    const { document } = judgeSource(within(source, since, until, timezone), {
      command: reportCommand(inputs, options),
      timezone,
      stamp: options.stamp === true,
      ...(since === undefined ? {} : { sinceSeconds: since }),
      ...(until === undefined ? {} : { untilSeconds: until }),
    });
    const narrowed = narrow(document, { hosts: options.host, groups: options.group, tools: options.tool });
    await printReport(narrowed, options);
    done(code);
  });
};

function within(
  source: SourceRead,
  since: number | undefined,
  until: number | undefined,
  timezone: string,
): SourceRead {
  if (since === undefined && until === undefined) return source;
  const windows = windowsWithin(source.windows, since, until);
  return {
    ...source,
    windows,
    stats: statsOfWindows(windows),
    coverage: coverageOf(windows, openZone(timezone)),
  };
}

function reportCommand(inputs: readonly string[], options: Options): string {
  return commandText('report', inputs, {
    '--since': options.since,
    '--until': options.until,
    '--host': options.host,
    '--group': options.group,
    '--tool': options.tool,
    '--catalogue': options.catalogue,
    '--timezone': options.timezone,
  });
}
