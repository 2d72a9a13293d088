// Interface of stores with period sums, so that a report need not read months of windows. Each answer is a plain
// sum, a query in the SQL of the store; history.ts queries, and attribution/ and report/ finish the results.
// attribution/sums/period-sums.ts declares how each field merges. docs/store.md documents how to add a store.

import type { FirstUse } from '../attribution/first-use.ts';
import type { SummedPeriod } from '../attribution/sums/period-sums.ts';
import type { SpanLists, SpanSums } from '../attribution/sums/span-sums.ts';
import type {
  ForeignSensor,
  HostQuartersBySensor,
  HostSensorFacts,
} from '../attribution/traffic/host-sensors.ts';
import type { BreakdownBy } from '../model/breakdowns.ts';
import type { StepCells } from '../model/health.ts';
import type { CoverageDay, ReportStats } from '../model/report.ts';
import type { OutcomeCell, ServedWindow } from '../model/usage.ts';
import type { Accounts } from '../report/document/accounts.ts';
import type { EchFacts } from '../report/document/ech-rows.ts';
import type { PartSums } from '../report/document/finish-breakdown.ts';
import type { HostFacts } from '../report/document/host-facts.ts';
import type { Step } from '../time/steps.ts';
import type { Zone } from '../time/zone.ts';
import type { ReportedHost } from '../window/sensor-networks.ts';
import type { Attributor } from './attributor.ts';
import type { ServerAddress } from './on-server.ts';
import type { SensorNotes } from './sensor-note.ts';
import type { HostSpan, Span } from './span.ts';
import type { SensorSpan, Store, WindowSpan, WindowsRead } from './store.ts';

/** Open for reading. One query at a time: the other methods refer to the selection of `choose`. */
export interface PeriodSource {
  readonly path: string;
  /** Start of the first window and end of the last; null in an empty store. */
  span(): Promise<WindowSpan | null>;
  /** Returns what each sensor has in a span. Sorted by name. */
  sensors(span: Span): Promise<SensorSpan[]>;
  /** True if any window begins in a span. */
  holds(span: Span): Promise<boolean>;
  /** Key of the attributor of the stored sums; null without any. */
  attributorKey(): Promise<string | null>;
  /** Spans whose windows changed since their sums were computed. */
  pending(): Promise<Span[]>;
  usageRows(span: Span): Promise<number>;
  /** Windows of a span with rows and DNS names, of the wanted hosts. `host`: those without facts about it may be omitted. */
  usage(
    span: Span,
    isWanted: (host: string, startSeconds: number) => boolean,
    host?: string,
  ): Promise<WindowsRead>;
  /** Windows of a span that were unreadable when the sums were computed. */
  damage(span: Span): Promise<string[]>;

  /** Totals per sensor over all hosts with DNS names of the catalogue; empty for a single sensor. */
  hostTotals(span: Span): Promise<Pick<HostSensorFacts, 'times' | 'totals'>>;
  /** Hosts by reporting sensor, including those of rows and DNS names; each pair once. */
  reportedHosts(span: Span): Promise<readonly ReportedHost[]>;
  /** Times of the hosts by sensor; empty for a single sensor. */
  hostQuarters(span: Span): Promise<HostQuartersBySensor>;

  /**
   * Selects the stored periods of every block that lies inside the span and further than REACH_US
   * from all pending spans. Returns, for all other blocks, the part inside the span, whose periods are recomputed.
   */
  choose(choice: Choice, zone: Zone): Promise<HostSpan[]>;
  /** Selects no stored period: another attributor computed them. */
  chooseNone(span: Span, zone: Zone): Promise<void>;
  /** Adds recomputed periods to the selection. */
  add(periods: readonly SummedPeriod[]): Promise<void>;

  /** Sums of the selected periods: one for each host, tool, and whether it is a provider. */
  sums(): Promise<UseSums[]>;
  /**
   * Lists of the selected periods. With `isSummary` days only, with UNREAD_AMOUNT for each amount above zero, and names and
   * evidence of the uses that have an address for a name: these decide what a use is called.
   */
  lists(zone: Zone, isSummary: boolean): Promise<(use: UseKey) => SpanLists>;
  /** The parts of a breakdown over the rows that count, without their shares that are not visible. */
  parts(by: BreakdownBy, rows: readonly CountedRow[]): Promise<Omit<PartSums, 'notVisibleShare'>[]>;
  /** First use by host and tool: in all stored periods, or in the selection. */
  firstUses(source: 'kept' | 'chosen'): Promise<FirstUse[]>;

  /** Facts of windows that are independent of tools. */
  hosts(span: Span, zone: Zone): Promise<Map<string, HostFacts>>;
  /** The account of traffic, summed by host. */
  accounts(span: Span): Promise<Accounts>;
  facts(span: Span, zone: Zone): Promise<SpanFacts>;
  services(span: Span): Promise<readonly ServedWindow[]>;
  /** Hellos by host and day of a zone, and answers with an ECH configuration. */
  ech(span: Span, zone: Zone): Promise<EchFacts>;
  /** Outcomes of connections in the windows of a span, summed. */
  outcomes(span: Span): Promise<readonly OutcomeCell[]>;
  /** Outcomes by quarter hour or day of a zone, sorted by time. */
  outcomeSteps(span: Span, step: Step, zone: Zone): Promise<readonly StepCells[]>;
  /** Unobserved share of bytes, 0 to 1, by part (a time or a host). */
  notVisible(by: BreakdownBy, span: Span, zone: Zone): Promise<Map<string, number>>;
  close(): Promise<void>;
}

export interface Choice {
  readonly span: Span;
  /** Quarter hours inside the span: blocks that extend beyond it are cut. */
  readonly quarters: Span;
  /** Periods of a host that any of these sensors reports, and their blocks, are recomputed. */
  readonly foreignSensors: readonly ForeignSensor[];
}

export interface UseKey {
  readonly host: string;
  readonly tool: string;
  readonly isProvider: boolean;
}

export interface UseSums extends UseKey {
  readonly sums: SpanSums;
}

/** A row of the report that counts in a breakdown: rows that are only possible do not count. */
export interface CountedRow extends UseKey {
  readonly name: string;
  readonly areRequestsKnown: boolean;
  readonly isTelemetryKnown: boolean;
}

export interface SpanFacts {
  readonly windows: number;
  /** Start of the first window and end of the last; null without any. */
  readonly span: { readonly since: number; readonly until: number } | null;
  /** Sorted. */
  readonly sensors: readonly string[];
  readonly stats: ReportStats;
  readonly coverage: readonly CoverageDay[];
}

export type AnswerValue = string | number | bigint | boolean | null;

export interface ServerAnswer {
  readonly columns: readonly string[];
  /** Types of DuckDB that hold the values. */
  readonly types: readonly string[];
  readonly rows: readonly (readonly AnswerValue[])[];
}

/** A kind of server with stores: its address and capabilities. No caller needs to know which server it is. */
export interface StoreServer extends ServerAddress {
  /** Host and port that it is connected to. Throws USAGE for an incomplete address. */
  placeOf(path: string): { readonly host: string; readonly port: number };
  /** Files that are read when a connection is opened. */
  secretFiles(env: NodeJS.ProcessEnv): string[];
  /** Loads its code, before a process may no longer read it. */
  load(): Promise<void>;
  open(
    path: string,
    options: { readonly mode: 'read' | 'write'; readonly attributor: Attributor | null },
  ): Promise<Store>;
  /** Its period sums, opened for reading; null where none are kept. */
  openPeriods(path: string, attributor: Attributor): Promise<PeriodSource | null>;
  /** Returns what the server recorded about the sensors that deliver to it. */
  notes(path: string): Promise<SensorNotes>;
  /** Changes with the stored windows. Throws INPUT_UNREADABLE. */
  state(path: string): Promise<string>;
  /** Answers a query in SQL, read-only. Throws USAGE, QUESTION_LIMIT, INPUT_UNREADABLE. */
  ask(path: string, sql: string, maxSeconds: number): Promise<ServerAnswer>;
}
