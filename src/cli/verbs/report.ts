// Reports on a history: stored windows, by time, host and tool, into any format.

import type { Command } from 'commander';
import { attribute } from '../../attribution/attribute.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { HostReport, ReportDocument } from '../../model/report.ts';
import { compare, compareParts } from '../../report/comparison/compare.ts';
import { isHost, isWantedHost, narrow, narrowAttributions } from '../../report/document/narrow.ts';
import { breakDown } from '../../report/document/part-sums.ts';
import { trendOf } from '../../report/document/trend.ts';
import { BREAKDOWN_FORMATS } from '../../report/render.ts';
import { unixSeconds } from '../../report/text/instant.ts';
import type { WindowQuery } from '../../store/store.ts';
import { openZone } from '../../time/zone.ts';
import { type AgainstSpan, againstSpan } from '../input/against.ts';
import { earlierUse, spanBefore } from '../input/earlier-use.ts';
import { requireKnownGroup, requireKnownHost } from '../input/known-host.ts';
import { requireKnownRow } from '../input/known-tool.ts';
import type {
  CatalogueOptions,
  CommonOptions,
  ReadingOptions,
  ReportOptions,
  WindowOptions,
} from '../input/options.ts';
import type { PolicyOptions } from '../input/policy-options.ts';
import { parseDateTime, typedTime, windowsWithin } from '../input/since-until.ts';
import { readSource, type SourceRead } from '../input/source.ts';
import { sourceKind } from '../input/source-kind.ts';
import { sourceWithout, within } from '../input/source-part.ts';
import { zoneFor } from '../input/zone-for.ts';
import { commandOf } from '../options/declare.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printWarning } from '../output/messages.ts';
import { printReadSummary } from '../output/read-summary.ts';
import type { PartOptions } from './part-options.ts';
import { readView, type View } from './policy-view.ts';
import type { HistoryAnswer, Shown } from './report-history.ts';
import {
  codeOfAnswer,
  documentOf,
  printReport,
  type Reported,
  type ReportOnOptions,
  reportOn,
} from './report-run.ts';

interface Options
  extends CommonOptions,
    CatalogueOptions,
    ReadingOptions,
    WindowOptions,
    ReportOptions,
    PolicyOptions,
    PartOptions {
  readonly sensor?: string;
}

/** Called with what was read, before it is narrowed. */
type Keep = (source: SourceRead, view: View | null) => Promise<void>;

export async function runReport(
  command: Command,
  inputs: readonly string[],
  written: Options,
  keep: Keep,
): Promise<ExitCode> {
  const toolNames = await toolsAsked(written);
  const options = { ...written, tool: [...toolNames.keys()] };
  requireBreakdownFormat(options);
  const view = await readView(options);
  const timezone = zoneFor(options, view?.onDisk?.policy.timezone);
  const since = options.since === undefined ? undefined : parseDateTime('--since', options.since, timezone);
  const until = options.until === undefined ? undefined : parseDateTime('--until', options.until, timezone);
  requireSpan(since, until);
  const against = againstSpan(options, since, timezone);
  const span = { since, until, timezone, against, toolNames, keep };
  const reporting: ReportOnOptions = {
    command: commandOf(command, inputs, {
      tool: options.tool,
      since: typedTime(options.since, since, timezone),
      until: typedTime(options.until, until, timezone),
    }),
    timezone,
    stamp: options.stamp === true,
    ...(since === undefined ? {} : { sinceSeconds: since }),
    ...(until === undefined ? {} : { untilSeconds: until }),
  };
  // A policy evaluates quarter hours, which kept period sums have added up: it takes the windows.
  const answer = view === null ? await historyOf(inputs, options, reporting) : null;
  return answer === null
    ? await reportWindows(inputs, options, view, span, reporting)
    : await reportHistory(answer, inputs, options, span, reporting);
}

/** Names of the tools that are asked for, by id. Throws USAGE. */
async function toolsAsked({ tool, catalogue }: Options): Promise<ReadonlyMap<string, string>> {
  if (tool.length === 0) return new Map();
  const known = await loadCatalogue(catalogue);
  return new Map(tool.map((text) => requireKnownRow(known, text)).map(({ id, name }) => [id, name]));
}

async function historyOf(
  inputs: readonly string[],
  options: Options,
  reporting: ReportOnOptions,
): Promise<HistoryAnswer | null> {
  const [path] = inputs;
  if (path === undefined || sourceKind(inputs) !== 'store') return null;
  const { askHistory } = await import('./report-history.ts');
  return await askHistory(path, options, reporting, options.format);
}

async function reportHistory(
  answer: HistoryAnswer,
  inputs: readonly string[],
  options: Options,
  span: Span,
  reporting: ReportOnOptions,
): Promise<ExitCode> {
  const whole = answer.document;
  let [document, code]: [ReportDocument, ExitCode] = [whole, EXIT.done];
  try {
    code = printReadSummary(answer.told, options);
    document = await answer.show(shownOf(whole, [], options, span));
  } finally {
    await answer.close();
  }
  if (span.against !== null) {
    const before = await historyOf(inputs, options, reportingAgainst(reporting, span.against));
    await before?.close();
    if (before !== null) document = compared(document, before.document, whole, options);
  }
  await printReport(document, options);
  return codeOfAnswer(document, code);
}

const reportingAgainst = (reporting: ReportOnOptions, { from, to }: AgainstSpan): ReportOnOptions => ({
  ...reporting,
  sinceSeconds: from,
  untilSeconds: to,
});

/** `before` and `after` are whole; the document is narrowed to what is shown. */
function compared(
  document: ReportDocument,
  before: ReportDocument,
  after: ReportDocument,
  { host: hosts, group: groups, tool: tools }: Options,
): ReportDocument {
  const fits = (host: HostReport): boolean => isWantedHost(host, { hosts, groups, tools });
  const comparison =
    hosts.length + groups.length + tools.length === 0
      ? compare(before, after)
      : compareParts(before, after, fits, tools);
  return comparison === null ? document : { ...document, comparison };
}

interface Made {
  readonly document: ReportDocument;
  readonly code: ExitCode;
}

async function reportWindows(
  ...[inputs, options, view, span, reporting]: Parameters<typeof documentOfWindows>
): Promise<ExitCode> {
  const made = await documentOfWindows(inputs, options, view, span, reporting);
  if (made === null) return EXIT.failed;
  await printReport(made.document, options);
  return made.code;
}

/** A function of its own, so that windows are gone while a format is written. Null where nothing could be read. */
async function documentOfWindows(
  inputs: readonly string[],
  options: Options,
  view: View | null,
  span: Span,
  reporting: ReportOnOptions,
): Promise<Made | null> {
  const { since, until, timezone } = span;
  const source = await readSource(inputs, {
    ...options,
    query: (lastSeconds) => askedSpan(span, lastSeconds),
    timezone,
    exclude: [...options.exclude, ...(view === null ? [] : view.excluded)],
  });
  await span.keep(source, view);
  const code = printReadSummary(source, options);
  if (code === EXIT.failed) return null;
  const whole = within(source, since, until, timezone);
  // What is beside the rows is kept for what asks for it alone: of a large network it does not fit into memory.
  if (view === null && options.by === undefined && since === undefined) {
    const { document } = shownOf(documentOf(whole, reporting), [], options, span);
    return { document, code: codeOfAnswer(document, code) };
  }
  const { reported, part, hidden, document } = evaluated(whole, view, reporting);
  const shown = shownOf(document, view?.groups ?? [], options, span);
  const codeOf = (of: ReportDocument): ExitCode =>
    view === null ? codeOfAnswer(of, code) : view.exitCode(of, codeOfAnswer(of, code));
  if (span.against !== null) {
    const { from, to } = span.against;
    const other = within(source, from, to, timezone);
    const before = evaluated(other, view, reportingAgainst(reporting, span.against));
    return {
      document: compared(shown.document, before.document, document, options),
      code: codeOf(shown.document),
    };
  }
  const read = { reported, source: sourceWithout(source, hidden), part };
  const known = view === null ? read : renamed(read, view);
  return {
    document: withHistory(shown, known, span),
    code: codeOf(shown.document),
  };
}

interface Evaluated {
  readonly reported: Reported;
  readonly part: SourceRead;
  readonly hidden: ReadonlySet<string>;
  readonly document: ReportDocument;
}

function evaluated(source: SourceRead, view: View | null, reporting: ReportOnOptions): Evaluated {
  if (view === null) {
    const reported = reportOn(source, reporting);
    return { reported, part: source, hidden: new Set(), document: reported.document };
  }
  const { reported, source: part, hidden, note } = view.reportWithout(source, reporting);
  return { reported, part, hidden, document: { ...view.apply(reported, part), ...note } };
}

/** The document narrowed to what is asked for. Throws USAGE for hosts and groups that are nowhere. */
function shownOf(
  document: ReportDocument,
  groups: readonly string[],
  options: Options,
  { since, until, against, toolNames }: Span,
): Shown {
  for (const group of options.group) requireKnownGroup(document.hosts, groups, group);
  requireHosts(document.hosts, options, since !== undefined || until !== undefined);
  const { host, group, tool } = options;
  const narrowed = narrow(document, { hosts: host, groups: group, tools: tool, toolNames });
  const names = new Set([...narrowed.hosts.map(({ host }) => host), ...options.host]);
  const takesAll = options.host.length + options.group.length === 0;
  return {
    document: narrowed,
    isWantedHost: (host) => takesAll || names.has(host),
    tools: options.tool,
    by: options.by,
    hasTrend: against === null,
  };
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

/** A host that is silent in the span asked for may be known all the same; without a span it is nowhere. */
function requireHosts(hosts: readonly HostReport[], options: Options, isSpan: boolean): void {
  for (const word of options.host) {
    if (!isSpan) requireKnownHost(hosts, word);
    else if (options.quiet !== true && !hosts.some((host) => isHost(host, word))) {
      printWarning(`no host "${word}" was seen in that span`);
    }
  }
}

/** The span itself and as much before it for the trend, or what lies between it and the span it is held against. */
function askedSpan({ since, until, against }: Span, lastSeconds: number): WindowQuery {
  const end = until ?? lastSeconds;
  return {
    ...(since === undefined ? {} : { sinceSeconds: against?.from ?? spanBefore(since, end).from }),
    ...(until === undefined ? {} : { untilSeconds: until }),
  };
}

interface Span {
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly timezone: string;
  readonly against: AgainstSpan | null;
  readonly keep: Keep;
  /** Of the tools asked for. */
  readonly toolNames: ReadonlyMap<string, string>;
}

interface Known {
  readonly reported: Reported;
  readonly source: SourceRead;
  readonly part: SourceRead;
}

/** Hosts as the document shows them: a breakdown or a trend must not tell who a pseudonym is. */
function renamed({ reported, source, part }: Known, { shownHost }: View): Known {
  const rename = <T extends { readonly host: string }>(of: T): T => ({ ...of, host: shownHost(of.host) });
  const read = (from: SourceRead): SourceRead => ({
    ...from,
    firstUses: from.firstUses.map(rename),
    windows: from.windows.map((window) => ({
      ...window,
      hosts: window.hosts.map(rename),
      rows: window.rows.map(rename),
      asked: window.asked.map(rename),
    })),
  });
  return {
    reported: { ...reported, attributions: reported.attributions.map(rename) },
    source: read(source),
    part: read(part),
  };
}

/** A breakdown where one is asked for, and a trend where the source reaches back before the span. */
function withHistory(
  { document, isWantedHost, tools, by }: Shown,
  { reported, source, part }: Known,
  span: Span,
): ReportDocument {
  const zone = openZone(span.timezone);
  const names = new Set(document.hosts.map((host) => host.host));
  const attributions = narrowAttributions(reported.attributions, (host) => names.has(host), tools);
  const breakdown =
    by === undefined ? {} : { breakdown: breakDown({ attributions, windows: part.windows, zone, by }) };
  const last = source.windows.at(-1);
  if (span.since === undefined || last === undefined) return { ...document, ...breakdown };
  const { until } = document.period;
  const end = until === null ? last.startSeconds + last.lengthSeconds : unixSeconds(until);
  const { from, to } = spanBefore(span.since, span.until ?? end);
  const windows = windowsWithin(source.windows, from, to);
  if (windows.length === 0) return { ...document, ...breakdown };
  const before = narrowAttributions(
    attribute(windows, source.catalogue, { zone, networks: source.networks }),
    isWantedHost,
    tools,
  );
  const earlier = earlierUse(source.firstUses, to, isWantedHost, tools);
  const trend = trendOf(
    { attributions: before, sinceSeconds: from, untilSeconds: to },
    attributions,
    earlier,
  );
  return { ...document, ...breakdown, trend };
}
