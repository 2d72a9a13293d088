// Period sums: what one host did with one tool in one activity period. All that a report says of a host and a tool is
// made from them. A store keeps them as they are, and adds them up in its own SQL.

import type { Role } from '../../model/catalogue-words.ts';
import { NO_TOOL_SUMS, type ToolSums, toolSums } from '../../model/counters.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { Range, ToolFingerprint, ToolName } from '../../model/report.ts';
import type { BuildSign, UpdateTraffic } from '../../model/tool.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Estimates, Shortfall } from '../estimates/shortfall.ts';

/** One activity period of one host. Only whole blocks may be added up: where a block is cut, its periods are others. */
export interface SummedPeriod {
  readonly host: string;
  /** Start of the first window of the block: periods that follow each other without a long silence. */
  readonly blockSeconds: number;
  /** Starts of the first and the last window of the period. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  /** Sensors that report any of it. Sorted. */
  readonly sensors: readonly string[];
  readonly sums: readonly PeriodSums[];
}

/** Sums of one activity period for one tool or provider. The comment of each field: how it adds up over periods. */
export interface PeriodSums extends Runs {
  readonly traffic: Traffic; // sum
  readonly estimates: Estimates; // sum
  readonly tool: string; // key
  readonly isProvider: boolean; // key
  /** Index into GRADES. */
  readonly grade: number; // max
  /** null where nothing has a time. */
  readonly firstUs: TimestampUs | null; // min
  readonly lastUs: TimestampUs | null; // max
  readonly shortfall: Shortfall; // sum, or
  readonly isCutByPackets: boolean; // or
  /** True when some of its bytes are in this row. */
  readonly isCarried: boolean; // or
  /** Minutes with a model request under way; two periods of one block may share one. */
  readonly activeMinutes: number; // union of the minutes of `quarters`
  readonly telemetryMin: number; // sum
  readonly isTelemetryByName: boolean; // and
  /** End of the last model request: with it, runs of requests go on in the next period of the block. */
  readonly modelLastUs: TimestampUs | null; // max
  readonly quarters: readonly QuarterSums[]; // by (start, role)
  readonly names: readonly ToolName[]; // by name: sum; role and specificity of the latest
  readonly fingerprints: readonly ToolFingerprint[]; // by JA4, JA3, ALPN: sum; runtime of the latest
  readonly evidence: readonly EvidenceSums[]; // by (for, kind, rule, detail)
  readonly builds: readonly BuildSign[]; // all of them
  readonly updates: readonly UpdateTraffic[]; // all of them
  /** Sensors that report it. Sorted. */
  readonly sensors: readonly string[]; // union
  /** No sensor that may report the host alone reports it. Policies ask; no store keeps it. */
  readonly isDoubted: boolean; // key
}

/** An object of its own: fields that are copied into a result, once for each period or quarter hour, cost more than all the sums. */
export type Traffic = ToolSums;

/** Runs of model requests without a longer pause. A run counts in the period in which it begins. */
export interface Runs {
  readonly prompts: Range; // sum
  readonly sessions: number; // sum
}

/** One quarter hour of a period, by the role of the names. */
export interface QuarterSums {
  readonly traffic: Traffic; // sum
  readonly estimates: Estimates; // sum
  readonly startSeconds: number; // key
  readonly role: Role; // key
  /** False when other rows carry all of its bytes. */
  readonly isCarried: boolean; // or
  /**
   * Minutes in which a request was under way that began in this quarter hour: bits by the start of the quarter hour in
   * which they lie. A store has a row for each.
   */
  readonly minutes: ReadonlyMap<number, number>; // or
  /** Policies also need these times. They take it from windows: no store keeps it. */
  readonly times: QuarterTimes;
}

export interface QuarterTimes extends FirstLast {
  /** MACs of the host's frames in its flows. Sorted. */
  readonly macs: readonly string[];
  /** Covers what the row carries itself; null if that is nothing. */
  readonly carried:
    | (FirstLast & { readonly asked: (FirstLast & { readonly requests: Range }) | null })
    | null;
}

/** Infinite the wrong way around where nothing was seen. */
export interface FirstLast {
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
}

/** An item of evidence as it adds up: the same said once. */
export interface EvidenceSums {
  readonly speaksFor: boolean; // key
  readonly kind: 'name' | 'dns' | 'proxy' | 'network' | 'fingerprint' | 'pair' | 'companion'; // key
  readonly rule: string; // key
  readonly detail: string; // key
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  readonly flows: number; // sum
  readonly communityIds: readonly string[]; // the first eight of the union, sorted
}

export const noTraffic = (): Mutable<Traffic> => toolSums(NO_TOOL_SUMS);

/** Written out as sums are: copies of an object that keeps its first form take the slow way. */
export const noEstimates = (): Mutable<Estimates> => ({
  requestsMin: 0,
  requestsMax: 0,
  modelPayloadUp: 0,
  telemetryPayloadUp: 0,
});

export function addEstimates(sum: Mutable<Estimates>, more: Estimates): void {
  sum.requestsMin += more.requestsMin;
  sum.requestsMax += more.requestsMax;
  sum.modelPayloadUp += more.modelPayloadUp;
  sum.telemetryPayloadUp += more.telemetryPayloadUp;
}

export const noSpan = (): Mutable<FirstLast> => ({
  firstUs: Number.POSITIVE_INFINITY,
  lastUs: Number.NEGATIVE_INFINITY,
});

export function widen(span: Mutable<FirstLast>, { firstUs, lastUs }: FirstLast): void {
  span.firstUs = Math.min(span.firstUs, firstUs);
  span.lastUs = Math.max(span.lastUs, lastUs);
}
