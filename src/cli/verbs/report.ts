// Reports on captures and histories: by time, host and tool, into any format.

import type { Command } from 'commander';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { WiretallyError } from '../../model/errors.ts';
import { ask } from '../../query/ask.ts';
import type { PolicyView } from '../../query/inputs/policy-file.ts';
import { readViewAsked } from '../../query/policy-view.ts';
import type { Question } from '../../query/question.ts';
import { requirePseudonyms } from '../../query/require-pseudonyms.ts';
import type { SourceRead } from '../../query/source.ts';
import { spanToRead } from '../../query/windows-answer.ts';
import { workersFor } from '../../query/workers.ts';
import { uptimeMs } from '../../reading/captures/uptime.ts';
import {
  BREAKDOWN_FORMATS,
  COMPARISON_FORMATS,
  type FormatName,
  NAMES_FORMATS,
} from '../../report/render.ts';
import type { Span } from '../../store/span.ts';
import { type FindingLogOptions, findingLogOf } from '../input/finding-log-options.ts';
import { requireKnownRow } from '../input/known-tool.ts';
import { openForPolicy, type PolicyRunOptions } from '../input/policy-run.ts';
import { parseDateTime, typedTime, zoneFor } from '../input/zone-for.ts';
import { commandOf } from '../options/declare.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printWarning } from '../output/messages.ts';
import { printSkippedAdvisories } from '../output/skipped-advisories.ts';
import type { PartOptions } from './part-options.ts';
import { codeOfAnswer, printReport, tellReading } from './print-report.ts';

interface Options extends PolicyRunOptions, PartOptions, FindingLogOptions {
  readonly sensor?: string;
}

interface Run {
  /** Called with what was read, before it is narrowed, and the checksum of the policy. */
  readonly keep: ((source: SourceRead, policy: string | null) => Promise<void>) | null;
  /** The terminal shows how long the reading took. */
  readonly showsRun: boolean;
}

export async function runReport(
  command: Command,
  inputs: readonly string[],
  written: Options,
  { keep, showsRun }: Run,
): Promise<ExitCode> {
  const startMs = uptimeMs();
  const toolNames = await toolsAsked(written);
  const options = { ...written, tool: [...toolNames.keys()] };
  requireBreakdownFormat(options);
  requireNamesFormat(options);
  const log = await findingLogOf(options);
  const view = await readViewAsked(options);
  if (view !== null) requirePseudonyms(view);
  printSkippedAdvisories(view, options);
  const onDisk = view?.onDisk ?? null;
  const timezone = zoneFor(options, onDisk?.policy.timezone);
  const since = options.since === undefined ? undefined : parseDateTime('--since', options.since, timezone);
  const until = options.until === undefined ? undefined : parseDateTime('--until', options.until, timezone);
  requireSpan(since, until);
  const against = againstSpan(options, since, timezone);
  const question: Question = {
    command: commandOf(command, inputs, {
      tool: options.tool,
      since: typedTime(options.since, since, timezone),
      until: typedTime(options.until, until, timezone),
    }),
    span: { sinceSeconds: since, untilSeconds: until },
    against,
    hasTrend: against === null,
    by: options.by,
    withoutNames: options.withoutNames,
    policy: view,
    hosts: options.host,
    groups: options.group,
    tools: options.tool,
    toolNames,
    generated: options.stamp === true ? new Date() : null,
    listed: SHORT_FORMATS.has(options.format) && options.withoutNames !== true ? 'days' : 'all',
    ...(options.quiet === true
      ? {}
      : { onSilentHost: (host) => printWarning(`no host "${host}" was seen in that span`) }),
  };
  const answer = await tellReading(options, async (onRead) => {
    const source = await openForPolicy(inputs, options, onDisk, onRead);
    if (keep !== null) {
      const read = await source.read((lastSeconds) => spanToRead(question, lastSeconds));
      await keep(view === null ? read : await keptBy(view, read), onDisk?.sha256 ?? null);
    }
    return await ask(source, question);
  });
  if (answer === null) return EXIT.failed;
  const seconds = (uptimeMs() - startMs) / 1000;
  const run = showsRun ? { seconds, workers: workersFor(inputs, options.workers) } : undefined;
  await printReport(log?.show(answer.made) ?? answer.made, options, run);
  return codeOfAnswer(answer.made, options.failOn, answer.code);
}

async function keptBy(view: PolicyView, read: SourceRead): Promise<SourceRead> {
  const { readToKeep } = await import('../../query/to-keep.ts');
  return readToKeep(read, view);
}

/** Formats that show neither names nor fingerprints nor evidence of a row: those need not be added up. */
const SHORT_FORMATS: ReadonlySet<FormatName> = new Set(['terminal', 'csv', 'md']);

/** Names of the tools that are asked for, by id. Throws USAGE. */
async function toolsAsked({ tool, catalogue }: Options): Promise<ReadonlyMap<string, string>> {
  if (tool.length === 0) return new Map();
  const known = await loadCatalogue(catalogue);
  return new Map(tool.map((text) => requireKnownRow(known, text)).map(({ id, name }) => [id, name]));
}

function requireBreakdownFormat({ by, format }: Options): void {
  if (by === undefined || BREAKDOWN_FORMATS.includes(format)) return;
  throw new WiretallyError('USAGE', `--format ${format} does not show --by ${by}`, {
    where: 'option --by',
    next: `use --format ${BREAKDOWN_FORMATS.join(', ')}`,
  });
}

function requireNamesFormat({ withoutNames, format }: Options): void {
  if (withoutNames !== true || NAMES_FORMATS.includes(format)) return;
  throw new WiretallyError('USAGE', `--format ${format} does not show --without-names`, {
    where: 'option --without-names',
    next: `use --format ${NAMES_FORMATS.join(', ')}`,
  });
}

function requireSpan(since: number | undefined, until: number | undefined): void {
  if (since === undefined || until === undefined || since < until) return;
  throw new WiretallyError('USAGE', '--since must be before --until', { where: 'option --since' });
}

// The period that a report is compared with, if requested: `--against-since`, `--against-until`.

export interface AgainstOptions {
  readonly since?: string;
  readonly by?: string;
  readonly format: FormatName;
  readonly againstSince?: string;
  readonly againstUntil?: string;
}

/** Null where none is chosen. Throws USAGE where nothing could be compared, or nothing would show it. */
export function againstSpan(
  options: AgainstOptions,
  since: number | undefined,
  timezone: string,
): Span | null {
  const { againstSince, againstUntil, by, format } = options;
  if (againstSince === undefined) {
    if (againstUntil === undefined) return null;
    throw refused('--against-until needs --against-since', 'option --against-until');
  }
  if (since === undefined)
    throw refused('--against-since needs --since: a comparison is of two spans', 'option --against-since');
  if (by !== undefined) throw refused('--by and --against-since cannot be asked for at once', 'option --by');
  if (!COMPARISON_FORMATS.includes(format))
    throw refused(
      `--format ${format} does not show --against-since`,
      'option --against-since',
      `use --format ${COMPARISON_FORMATS.join(', ')}`,
    );
  const from = parseDateTime('--against-since', againstSince, timezone);
  const to = againstUntil === undefined ? since : parseDateTime('--against-until', againstUntil, timezone);
  if (from >= to) throw refused('--against-since must be before --against-until', 'option --against-since');
  if (to > since)
    throw refused(
      'the period to compare with must end before --since',
      'option --against-until',
      'exchange the periods, or end it earlier',
    );
  return { from, to };
}

const refused = (what: string, where: string, next?: string): WiretallyError =>
  new WiretallyError('USAGE', what, { where, ...(next === undefined ? {} : { next }) });
