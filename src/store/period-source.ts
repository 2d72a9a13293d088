// What a store that keeps period sums is asked, so that a report need not read months of windows. Each answer is a plain
// sum, a question in the store's own SQL; history.ts asks, and attribution/ and report/ finish what comes back. How
// each field adds up stands in attribution/sums/period-sums.ts. docs/store.md says how to add a store.

import type { FirstUse } from '../attribution/first-use.ts';
import type { SummedPeriod } from '../attribution/sums/period-sums.ts';
import type { SpanLists, SpanSums } from '../attribution/sums/span-sums.ts';
import type {
  ForeignSensor,
  HostQuartersBySensor,
  HostSensorFacts,
} from '../attribution/traffic/host-sensors.ts';
import type { BreakdownBy, CoverageDay, ReportStats } from '../model/report.ts';
import type { PartSums } from '../report/document/breakdown.ts';
import type { HostFacts } from '../report/document/host-facts.ts';
import type { Zone } from '../time/zone.ts';
import type { ReportedHost } from '../window/sensor-networks.ts';
import type { HostSpan, Span } from './span.ts';
import type { SensorSpan, WindowSpan, WindowsRead } from './store.ts';

/** Open for reading. One question at a time: what `choose` has chosen is what the others speak of. */
export interface PeriodSource {
  /** Names the store in messages. */
  readonly path: string;
  /** Start of the first window and end of the last; null in an empty store. */
  span(): Promise<WindowSpan | null>;
  /** What there is of each sensor in a span. Sorted by name. */
  sensors(span: Span): Promise<SensorSpan[]>;
  /** Whether any window begins in a span. */
  holds(span: Span): Promise<boolean>;
  /** Key of the attributor whose sums are kept; null where none are. */
  attributedBy(): Promise<string | null>;
  /** Spans whose windows were put or changed since sums were made of them. */
  pending(): Promise<Span[]>;
  /** The windows that begin in a span with rows and names asked, of those hosts that are wanted. */
  usage(span: Span, isWanted: (host: string, startSeconds: number) => boolean): Promise<WindowsRead>;
  /** Windows of a span that could not be read when sums were made of them. */
  damage(span: Span): Promise<string[]>;

  /** What each sensor saw in all of the hosts that have names of the catalogue; nothing for one sensor alone. */
  hostTotals(span: Span): Promise<Pick<HostSensorFacts, 'times' | 'totals'>>;
  /** Hosts by the sensors that report them, rows and names asked included; each pair once. */
  reportedHosts(span: Span): Promise<readonly ReportedHost[]>;
  /** When each sensor saw them; nothing for one sensor alone. */
  hostQuarters(span: Span): Promise<HostQuartersBySensor>;

  /**
   * Chooses, of the periods that are kept, those of every block that lies in the span whole and further than REACH_US
   * from whatever is pending. Of all other blocks: the part that lies in the span, from which periods are made anew.
   */
  choose(choice: Choice, zone: Zone): Promise<HostSpan[]>;
  /** Chooses none that is kept: somebody else made them. */
  chooseNone(span: Span, zone: Zone): Promise<void>;
  /** Adds periods that were made anew to those that are chosen. */
  add(periods: readonly SummedPeriod[]): Promise<void>;

  /** What the periods that are chosen add up to: one for each host, tool, and whether it is a provider. */
  sums(): Promise<UseSums[]>;
  /** What is listed of them. */
  lists(listed: Listed): Promise<(use: UseKey) => SpanLists>;
  /** The parts of a breakdown over the rows that count, without their shares that are not visible. */
  parts(by: BreakdownBy, rows: readonly CountedRow[]): Promise<Omit<PartSums, 'notVisibleShare'>[]>;
  /** When each host was first seen with each tool: in all that is kept, or in what is chosen. */
  firstUses(of: 'kept' | 'chosen'): Promise<FirstUse[]>;

  /** What windows say beside tools. */
  hosts(span: Span, zone: Zone): Promise<Map<string, HostFacts>>;
  facts(span: Span, zone: Zone): Promise<SpanFacts>;
  /** By the key of a part (a time or a host): what could not be seen into, of all bytes, 0 to 1. */
  notVisible(by: BreakdownBy, span: Span, zone: Zone): Promise<Map<string, number>>;
  close(): Promise<void>;
}

export interface Choice {
  readonly span: Span;
  /** The quarter hours that lie in the span whole: blocks that reach out of them are cut. */
  readonly quarters: Span;
  /** Periods that any of these sensors reports of its host, and their blocks, are made anew. */
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

/** What is wanted of lists: all, or days alone, for formats that show no more. */
export type Listed = 'all' | 'days';

/** A row of the report that counts in a breakdown: those that are only possible do not. */
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
