// `wiretally report SOURCE…`: kept windows, by time, host and tool, into any format.

import { loadCatalogue } from '../../files/catalogue-files.ts';
import { WiretallyError } from '../../model/errors.ts';
import { BREAKDOWNS, type BreakdownBy } from '../../model/report.ts';
import { ask } from '../../query/ask.ts';
import { excludedNetworks, readViewAsked } from '../../query/policy-view.ts';
import type { Question } from '../../query/question.ts';
import { BREAKDOWN_FORMATS, type FormatName } from '../../report/render.ts';
import { commandText } from '../../report/text/command-text.ts';
import { againstSpan } from '../input/against.ts';
import { requireKnownRow } from '../input/known-tool.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReportOptions,
  type CatalogueOptions,
  type CommonOptions,
  inputFiles,
  type ReportOptions,
  repeatable,
} from '../input/options.ts';
import { addPolicyOptions, type PolicyOptions } from '../input/policy-options.ts';
import { openInputs } from '../input/read-source.ts';
import { parseDateTime } from '../input/since-until.ts';
import { zoneFor } from '../input/zone-for.ts';
import { EXIT } from '../output/exit-code.ts';
import { printWarning } from '../output/messages.ts';
import type { DefineVerb } from './define-verb.ts';
import { codeOfAnswer, printReport, tellReading } from './print-report.ts';

interface Options extends CommonOptions, CatalogueOptions, ReportOptions, PolicyOptions {
  readonly since?: string;
  readonly until?: string;
  readonly host: readonly string[];
  readonly group: readonly string[];
  readonly tool: readonly string[];
  readonly by?: BreakdownBy;
  readonly againstSince?: string;
  readonly againstUntil?: string;
}

export const defineReport: DefineVerb = (command, done) => {
  command
    .argument('<source...>', 'a store, .usage files, an evidence bundle, or captures')
    .option('--since <time>', 'from this date or time on')
    .option('--until <time>', 'before this date or time')
    .option('--host <host>', 'only this address, name or MAC (repeatable)', repeatable, [])
    .option('--group <group>', 'only hosts of this group (repeatable)', repeatable, [])
    .option('--tool <id>', 'only this tool or provider, by id or name (repeatable)', repeatable, [])
    .option('--by <key>', BREAKDOWNS.join(', '), breakdownKey)
    .option('--against-since <time>', 'hold the span against the one from this date or time on …')
    .option('--against-until <time>', '… to before this one (default: where --since begins)');
  addPolicyOptions(command);
  addCatalogueOption(command);
  addReportOptions(command);
  addCommonOptions(command);
  command.action(async (files: string[], written: Options) => {
    const inputs = inputFiles(files, {});
    const toolNames = await toolsAsked(written);
    const options = { ...written, tool: [...toolNames.keys()] };
    requireBreakdownFormat(options);
    const view = await readViewAsked(options);
    const timezone = zoneFor(options, view?.onDisk?.policy.timezone);
    const since = options.since === undefined ? undefined : parseDateTime('--since', options.since, timezone);
    const until = options.until === undefined ? undefined : parseDateTime('--until', options.until, timezone);
    requireSpan(since, until);
    const against = againstSpan(options, since, timezone);
    const question: Question = {
      command: reportCommand(inputs, options),
      span: { sinceSeconds: since, untilSeconds: until },
      against,
      hasTrend: against === null,
      by: options.by,
      policy: view,
      hosts: options.host,
      groups: options.group,
      tools: options.tool,
      toolNames,
      generated: options.stamp === true ? new Date() : null,
      listed: SHORT_FORMATS.has(options.format) ? 'days' : 'all',
      ...(options.quiet === true
        ? {}
        : { onSilentHost: (host) => printWarning(`no host "${host}" was seen in that span`) }),
    };
    const exclude = excludedNetworks(view?.onDisk ?? null);
    const answer = await tellReading(options, async (onRead) =>
      ask(await openInputs(inputs, { ...options, timezone, exclude, onRead }), question),
    );
    if (answer === null) {
      done(EXIT.failed);
      return;
    }
    await printReport(answer.made, options);
    done(codeOfAnswer(answer.made, options.failOn, answer.code));
  });
};

/** Formats that show neither names nor fingerprints nor evidence of a row: those need not be added up. */
const SHORT_FORMATS: ReadonlySet<FormatName> = new Set(['terminal', 'csv', 'md']);

/** Names of the tools that are asked for, by id. Throws USAGE. */
async function toolsAsked({ tool, catalogue }: Options): Promise<ReadonlyMap<string, string>> {
  if (tool.length === 0) return new Map();
  const known = await loadCatalogue(catalogue);
  return new Map(tool.map((text) => requireKnownRow(known, text)).map(({ id, name }) => [id, name]));
}

function breakdownKey(value: string): BreakdownBy {
  const key = BREAKDOWNS.find((each) => each === value);
  if (key !== undefined) return key;
  throw new WiretallyError('USAGE', `--by takes ${BREAKDOWNS.join(', ')}, not "${value}"`, {
    where: 'option --by',
  });
}

function requireBreakdownFormat({ by, format }: Options): void {
  if (by === undefined || BREAKDOWN_FORMATS.includes(format)) return;
  throw new WiretallyError('USAGE', `--format ${format} does not show --by ${by}`, {
    where: 'option --by',
    next: `use --format ${BREAKDOWN_FORMATS.join(', ')}`,
  });
}

function requireSpan(since: number | undefined, until: number | undefined): void {
  if (since === undefined || until === undefined || since < until) return;
  throw new WiretallyError('USAGE', '--since must be before --until', { where: 'option --since' });
}

function reportCommand(inputs: readonly string[], options: Options): string {
  return commandText('report', inputs, {
    '--policy': options.policy,
    '--hosts': options.hosts,
    '--sensors': options.sensors,
    '--pseudonymize': options.pseudonymize,
    '--since': options.since,
    '--until': options.until,
    '--host': options.host,
    '--group': options.group,
    '--tool': options.tool,
    '--by': options.by,
    '--against-since': options.againstSince,
    '--against-until': options.againstUntil,
    '--catalogue': options.catalogue,
    '--timezone': options.timezone,
  });
}
