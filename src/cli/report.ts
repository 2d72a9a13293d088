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
import { addPolicyOptions, type PolicyOptions } from './policy-options.ts';
import { readView } from './policy-view.ts';
import { judgeSource, printReport } from './report-run.ts';
import { parseMoment, windowsWithin } from './since-until.ts';
import { readSource, type SourceRead } from './source.ts';
import { tellReading } from './tell-reading.ts';
import type { DefineVerb } from './verbs.ts';

interface Options extends CommonOptions, CatalogueOptions, ReportOptions, PolicyOptions {
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
  addPolicyOptions(command);
  addCatalogueOption(command);
  addReportOptions(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const inputs = inputFiles(files, {});
    const view = await readView(options);
    const timezone = options.timezone ?? view?.onDisk?.policy.timezone ?? 'UTC';
    const source = await readSource(inputs, {
      ...options,
      timezone,
      exclude: view === null ? [] : view.excluded,
    });
    const code = tellReading(source, options);
    if (code === EXIT.failed) {
      done(code);
      return;
    }
    const since = options.since === undefined ? undefined : parseMoment('--since', options.since, timezone);
    const until = options.until === undefined ? undefined : parseMoment('--until', options.until, timezone);
    const part = within(source, since, until, timezone);
    const judged = judgeSource(part, {
      command: reportCommand(inputs, options),
      timezone,
      stamp: options.stamp === true,
      ...(since === undefined ? {} : { sinceSeconds: since }),
      ...(until === undefined ? {} : { untilSeconds: until }),
    });
    const document = view === null ? judged.document : view.apply(judged, part);
    const narrowed = narrow(document, { hosts: options.host, groups: options.group, tools: options.tool });
    await printReport(narrowed, options);
    done(view === null ? code : view.exitCode(narrowed, code));
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
    '--policy': options.policy,
    '--hosts': options.hosts,
    '--pseudonymize': options.pseudonymize,
    '--since': options.since,
    '--until': options.until,
    '--host': options.host,
    '--group': options.group,
    '--tool': options.tool,
    '--catalogue': options.catalogue,
    '--timezone': options.timezone,
  });
}
