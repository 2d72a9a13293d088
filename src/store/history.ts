// Answers queries from stored period sums: the same results as from the windows, without
// reading them. Periods cut by the edges of a span, and windows without stored sums, are attributed per query.

import { getHeapStatistics } from 'node:v8';
import { buildAttempts } from '../attribution/attempts.ts';
import { SharedDays } from '../attribution/builds/build-days.ts';
import type { FirstUse } from '../attribution/first-use.ts';
import { attributePeriods } from '../attribution/sums/attribute-periods.ts';
import { compareStrength, finishUse } from '../attribution/sums/finish-use.ts';
import type { SpanLists } from '../attribution/sums/span-sums.ts';
import {
  type HostQuartersBySensor,
  type HostSensorFacts,
  HostSensors,
} from '../attribution/traffic/host-sensors.ts';
import type { HealthFacts } from '../diagnosis/health.ts';
import type { BreakdownBy } from '../model/breakdowns.ts';
import { WiretallyError } from '../model/errors.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { Breakdown, OutsideNetworks, ReportAttempt, ReportService, ToolUse } from '../model/report.ts';
import type { HostAttribution, HostTool, SignDay } from '../model/tool.ts';
import { UNREAD } from '../model/unread.ts';
import type { ServedWindow, UsageWindow } from '../model/usage.ts';
import type { Accounts } from '../report/document/accounts.ts';
import type { EchFacts } from '../report/document/ech-rows.ts';
import { finishBreakdown } from '../report/document/finish-breakdown.ts';
import type { HostFacts } from '../report/document/host-facts.ts';
import {
  areAnyInspected,
  type InspectionsByName,
  inspectionsIn,
} from '../report/document/inspected-connections.ts';
import { listServices } from '../report/document/service-rows.ts';
import { formatStep } from '../time/steps.ts';
import { QUARTER_SECONDS } from '../time/units.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { countOutsideHosts } from '../window/sensor-networks.ts';
import type { Attributor } from './attributor.ts';
import { summingCommand } from './on-server.ts';
import { findKindOnDisk, loadEngine } from './open.ts';
import type { CountedRow, PeriodSource, SpanFacts } from './period-source.ts';
import { findServer } from './servers.ts';
import { type HostSpan, joinSpans, type Span, wholeQuarters } from './span.ts';
import type { SensorSpan, WindowSpan } from './store.ts';
import { SummaryDays } from './summary-days.ts';

export interface HistoryPart extends SpanFacts {
  /** Present only with a sensors file. */
  readonly outsideNetworks?: readonly OutsideNetworks[];
  /** Contain no quarter hours, which stay in the store and which `breakdown` sums. */
  readonly attributions: readonly HostAttribution[];
  readonly hosts: ReadonlyMap<string, HostFacts>;
  readonly accounts: Accounts;
  readonly services: readonly ReportService[];
  readonly ech: EchFacts;
  readonly attempts?: readonly ReportAttempt[];
  /** Absent in a summary: no log makes a statement. */
  readonly inspections?: InspectionsByName;
  readonly damage: readonly WiretallyError[];
}

export interface HistoryQuestion {
  readonly span: Span;
  readonly zone: Zone;
  /** Returns when a host was first seen with a tool over the whole history; null if unknown. */
  readonly firstSeen: (host: string, tool: string) => number | null;
  /**
   * Rows have no names, fingerprints, evidence and builds (UNREAD), and their days no amounts (UNREAD_AMOUNT), because those
   * of months take most of the time. They are read nevertheless where sums of rows follow from them.
   */
  readonly isSummary?: boolean;
  /** Called with the signs of builds of each tool, by day; absent without any. */
  readonly onSigns?: (host: string, use: ToolUse, days: readonly SignDay[] | undefined) => void;
}

/** Memory per row while a query attributes windows, measured: 4.5 GB for 817,000 rows. */
const BYTES_OF_ROW = 5500;

/** Start times and totals of hosts. */
type HostSensorTotals = Pick<HostSensorFacts, 'times' | 'totals'>;

/** A store that is open for reading. It answers one question at a time. */
export class History {
  readonly #source: PeriodSource;
  readonly #attributor: Attributor;
  #span: Promise<WindowSpan | null> | null = null;

  constructor(source: PeriodSource, attributor: Attributor) {
    this.#source = source;
    this.#attributor = attributor;
  }

  /** Returns the start of the first window and the end of the last; null in an empty store. */
  async span(): Promise<WindowSpan | null> {
    this.#span ??= this.#source.span();
    return await this.#span;
  }

  /** True if a window begins before the time and ends after it. */
  async cutsWindow(seconds: number): Promise<boolean> {
    const near = { from: seconds - QUARTER_SECONDS, to: seconds };
    return (await this.sensors(near)).some(({ lastSeconds }) => lastSeconds > seconds);
  }

  async sensors(span: Span): Promise<SensorSpan[]> {
    return await this.#source.sensors(await this.#within(span));
  }

  /** Reads only statistics and coverage. */
  async facts(span: Span, zone: Zone): Promise<SpanFacts> {
    return await this.#source.facts(await this.#within(span), zone);
  }

  /** False: every query attributes windows, because another catalogue or program computed the sums, or there are none. */
  async isCurrent(): Promise<boolean> {
    return (await this.#source.attributorKey()) === this.#attributor.key;
  }

  async part(question: HistoryQuestion): Promise<HistoryPart> {
    const { zone } = question;
    const span = await this.#within(question.span);
    const damage = await this.#selectPeriods(span, zone, await this.#source.hostTotals(span));
    const { networks } = this.#attributor;
    const outside =
      networks === null ? null : countOutsideHosts(networks, await this.#source.reportedHosts(span));
    const damagedParts = (await this.isCurrent()) ? await this.#source.damage(span) : [];
    const outcomes = await this.#source.outcomes(span);
    const inspections = inspectionsIn(outcomes);
    const isSummary = question.isSummary === true && !areAnyInspected(inspections);
    return {
      ...(await this.#source.facts(span, zone)),
      ...(outside === null ? {} : { outsideNetworks: outside }),
      attributions: await this.#attributions({ ...question, isSummary }, () =>
        this.#source.lists(zone, isSummary),
      ),
      hosts: await this.#source.hosts(span, zone),
      accounts: await this.#source.accounts(span),
      ...buildAttempts(outcomes, this.#attributor.catalogue),
      ...(isSummary ? {} : { inspections }),
      ech: await this.#source.ech(span, zone),
      services: listServices(await this.#source.services(span)),
      damage: [...damagedParts.map((message) => this.#damaged(message)), ...damage],
    };
  }

  /** Reads the windows with services in a span. */
  async services(span: Span): Promise<readonly ServedWindow[]> {
    return await this.#source.services(await this.#within(span));
  }

  /** Answers for the span of the last call of `part`. */
  async breakdown(
    by: BreakdownBy,
    { span, zone }: HistoryQuestion,
    rows: readonly CountedRow[],
  ): Promise<Breakdown> {
    const parts = await this.#source.parts(by, rows);
    const shares = await this.#source.notVisible(by, await this.#within(span), zone);
    const names = new Map(rows.map(({ tool, name }) => [tool, name]));
    return finishBreakdown(
      by,
      parts.map((part) => ({ ...part, notVisibleShare: shares.get(part.key) ?? null })),
      zone,
      (tool) => names.get(tool) ?? tool,
    );
  }

  /** Outcomes of connections in a span, by the steps that fit its length. */
  async outcomeSteps(requestedSpan: Span, zone: Zone): Promise<Pick<HealthFacts, 'step' | 'steps'>> {
    const span = await this.#within(requestedSpan);
    const step = formatStep(span.to - span.from);
    return { step, steps: await this.#source.outcomeSteps(span, step, zone) };
  }

  async windowsOf(span: Span, host: string): Promise<readonly UsageWindow[]> {
    const isWanted = (name: string): boolean => name === host;
    return (await this.#source.usage(await this.#within(span), isWanted, host)).windows;
  }

  /** Returns rows with sums only, for a trend; null without windows in the span. */
  async sums(question: HistoryQuestion): Promise<HostAttribution[] | null> {
    const span = await this.#within(question.span);
    if (!(await this.#source.holds(span))) return null;
    await this.#selectPeriods(span, question.zone, await this.#source.hostTotals(span));
    return await this.#attributions(question, null);
  }

  /** First uses of tools by hosts in the whole history, from stored sums where they are current. */
  async firstUses(): Promise<FirstUse[]> {
    const isWhole = (await this.isCurrent()) && (await this.#source.pending()).length === 0;
    if (isWhole) return await this.#source.firstUses('kept');
    const span = await this.#within({ from: 0, to: Number.MAX_SAFE_INTEGER });
    await this.#selectPeriods(span, openZone('UTC'), { times: [], totals: new Map() });
    return await this.#source.firstUses('chosen');
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Limits the span to the stored windows, because default bounds are far away. */
  async #within({ from, to }: Span): Promise<Span> {
    const whole = await this.span();
    if (whole === null) return { from: 0, to: 0 };
    const first = Math.max(from, whole.firstSeconds);
    return { from: first, to: Math.max(first, Math.min(to, whole.lastSeconds)) };
  }

  /** Returns read errors. */
  async #selectPeriods(span: Span, zone: Zone, homes: HostSensorTotals): Promise<WiretallyError[]> {
    let cut: readonly HostSpan[] = [];
    let all: readonly Span[] = [span];
    const { networks } = this.#attributor;
    if (await this.isCurrent()) {
      const sensors = new HostSensors({ networks, ...homes, quarters: new Map() });
      const quarters = await this.#quartersIn(span);
      cut = await this.#source.choose({ span, quarters, foreignSensors: sensors.listForeignSensors() }, zone);
      all = (await this.#source.pending())
        .map(({ from, to }) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
        .filter(({ from, to }) => from < to);
    } else await this.#source.chooseNone(span, zone);
    await this.#refuseTooMany(all);
    const isWanted = buildWindowTest(all, cut);
    const windows: UsageWindow[] = [];
    const damage: WiretallyError[] = [];
    const quarters = new Map<string, Map<string, Set<number>>>();
    for (const part of joinSpans([...all, ...cut])) {
      const read = await this.#source.usage(part, isWanted);
      for (const window of read.windows) windows.push(window);
      for (const fault of read.damage) damage.push(fault);
      if (read.windows.length === 0) continue;
      const { from, to } = wholeQuarters(part);
      const near = { from: Math.max(from, span.from), to: Math.min(to, span.to) };
      addQuarters(quarters, await this.#source.hostQuarters(near));
    }
    const sensors = new HostSensors({ networks, ...homes, quarters });
    await this.#source.add(attributePeriods(windows, this.#attributor.catalogue, { sensors }));
    return damage;
  }

  /** Refuses too many rows, with which the process would run out of memory after minutes. */
  async #refuseTooMany(spans: readonly Span[]): Promise<void> {
    let rows = 0;
    for (const span of spans) rows += await this.#source.usageRows(span);
    if (rows * BYTES_OF_ROW <= getHeapStatistics().heap_size_limit) return;
    const { path } = this.#source;
    throw new WiretallyError(
      'SUMS_OUTDATED',
      `the sums of this store do not cover ${rows} rows of its windows, or another catalogue or version computed them: too many to attribute for one query`,
      {
        where: path,
        next: `run "${summingCommand(path)} ${path}" once, or select a shorter period with --since`,
      },
    );
  }

  /** Reduces the span to whole quarter hours, except at the ends of the history, beyond which no records exist. */
  async #quartersIn({ from, to }: Span): Promise<Span> {
    const whole = await this.span();
    return {
      from: from <= (whole?.firstSeconds ?? 0) ? from : Math.ceil(from / QUARTER_SECONDS) * QUARTER_SECONDS,
      to: to >= (whole?.lastSeconds ?? 0) ? to : Math.floor(to / QUARTER_SECONDS) * QUARTER_SECONDS,
    };
  }

  /** Attributes the hosts. Their quarter hours stay in the store. */
  async #attributions(
    { firstSeen, zone, isSummary, onSigns }: HistoryQuestion,
    readLists: (() => ReturnType<PeriodSource['lists']>) | null,
  ): Promise<HostAttribution[]> {
    const rows = await this.#source.sums();
    const listsOf = await readLists?.();
    const shared = new SharedDays();
    const summaryDays = new SummaryDays();
    const hosts = new Map<string, { host: string; tools: HostTool[]; providers: HostTool[] }>();
    for (const { sums, ...key } of rows) {
      const { host, isProvider } = key;
      const tool = this.#attributor.catalogue.tool(key.tool);
      if (tool === undefined) continue;
      const lists = listsOf?.(key) ?? NO_LISTS;
      const { use, signDays } = finishUse(
        { tool, isProvider },
        sums,
        isSummary === true ? { ...lists, days: [] } : lists,
        firstSeen(host, tool.id),
        zone,
        shared,
      );
      if (!isProvider && listsOf !== undefined) onSigns?.(host, use, signDays);
      const attribution = hosts.get(host) ?? { host, tools: [], providers: [] };
      hosts.set(host, attribution);
      (isProvider ? attribution.providers : attribution.tools).push({
        use:
          isSummary === true
            ? { ...use, ...NOT_IN_SUMMARY, days: summaryDays.list(lists.days, use.activeMinutes !== null) }
            : use,
        quarters: [],
      });
    }
    for (const { tools, providers } of hosts.values())
      for (const list of [tools, providers]) list.sort(compareStrength);
    return [...hosts.values()];
  }

  #damaged(message: string): WiretallyError {
    return new WiretallyError('STORE_DAMAGED', message, { where: this.#source.path });
  }
}

function addQuarters(all: Map<string, Map<string, Set<number>>>, more: HostQuartersBySensor): void {
  for (const [host, bySensor] of more) {
    const entry = all.get(host) ?? new Map<string, Set<number>>();
    all.set(host, entry);
    for (const [sensor, starts] of bySensor)
      entry.set(sensor, new Set([...(entry.get(sensor) ?? []), ...starts]));
  }
}

const NOT_IN_SUMMARY = {
  names: UNREAD,
  fingerprints: UNREAD,
  builds: UNREAD,
  updates: UNREAD,
  evidence: UNREAD,
} as const;

const NO_LISTS: SpanLists = { days: [], names: [], fingerprints: [], evidence: [], signs: [], updates: [] };

/** Returns a test for the windows of a host at a time that are attributed per query. */
function buildWindowTest(
  all: readonly Span[],
  cut: readonly HostSpan[],
): (host: string, startSeconds: number) => boolean {
  const byHost = groupBy(cut, ({ host }) => host);
  return (host, startSeconds) => {
    const isIn = ({ from, to }: Span): boolean => startSeconds >= from && startSeconds < to;
    return all.some(isIn) || byHost.get(host)?.some(isIn) === true;
  };
}

/** Opens a store with period sums for reading; null for a store without them. */
export async function openHistory(path: string, attributor: Attributor): Promise<History | null> {
  const server = findServer(path);
  if (server !== null) {
    const periods = await server.openPeriods(path, attributor);
    return periods === null ? null : new History(periods, attributor);
  }
  if ((await findKindOnDisk(path, { mode: 'read' })) !== 'duckdb') return null;
  const { openDuckdbPeriods } = await loadEngine();
  return new History(await openDuckdbPeriods(path), attributor);
}
