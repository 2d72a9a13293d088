// Period sums: the use of one tool by one host in one activity period. All report facts about a host and a tool are
// made from them. A store keeps them unchanged, and sums them in its SQL.

import type { Role } from '../../model/catalogue-words.ts';
import { NO_TOOL_SUMS, type ToolSums, toolSums } from '../../model/counters.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { Range, ToolFingerprint, ToolName } from '../../model/report.ts';
import type { Sentence } from '../../model/sentences.ts';
import type { BuildSign, UpdateTraffic } from '../../model/tool.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Estimates, Shortfall } from '../estimates/shortfall.ts';

/** One activity period of one host. Only whole blocks may be summed: a cut block has different periods. */
export interface SummedPeriod {
  readonly host: string;
  /** Start of the first window of the block, a sequence of periods without a long silence. */
  readonly blockSeconds: number;
  /** Starts of the first and the last window of the period. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  /** Sensors that report a part of the period, sorted. */
  readonly sensors: readonly string[];
  readonly sums: readonly PeriodSums[];
}

/** Sums of one activity period for one tool or provider. The comment of each field is its merge rule over periods. */
export interface PeriodSums extends Runs {
  readonly traffic: Traffic; // sum
  readonly estimates: Estimates; // sum
  readonly tool: string; // key
  readonly isProvider: boolean; // key
  /** Index into GRADES. */
  readonly grade: number; // max
  /** Null without a time. */
  readonly firstUs: TimestampUs | null; // min
  readonly lastUs: TimestampUs | null; // max
  readonly shortfall: Shortfall; // sum, or
  readonly isCutByPackets: boolean; // or
  /** True if some of its bytes are in this row. */
  readonly isCarried: boolean; // or
  /** Minutes with a model request in progress; two periods of one block may share a minute. */
  readonly activeMinutes: number; // union of the minutes of `quarters`
  readonly telemetryMin: number; // sum
  readonly isTelemetryByName: boolean; // and
  /** End of the last model request, so that runs of requests can continue in the next period of the block. */
  readonly modelLastUs: TimestampUs | null; // max
  readonly quarters: readonly QuarterSums[]; // by (start, role)
  readonly names: readonly ToolName[]; // by name: sum; role and specificity of the latest
  readonly fingerprints: readonly ToolFingerprint[]; // by JA4, JA3, ALPN: sum; runtime of the latest
  readonly evidence: readonly EvidenceSums[]; // by (for, kind, rule, sentence)
  readonly builds: readonly BuildSign[]; // all of them
  readonly updates: readonly UpdateTraffic[]; // all of them
  /** Sensors that report the tool in this period, sorted. */
  readonly sensors: readonly string[]; // union
  /** True if only sensors report the host that may not do so alone. Policies need it; stores do not contain it. */
  readonly isDoubted: boolean; // key
}

/** A separate object: copying its fields into each period and quarter hour would cost more than all sums. */
export type Traffic = ToolSums;

/** Runs of model requests without a long pause. A run counts in the period in which it begins. */
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
  /** False if all of its bytes are in other rows. */
  readonly isCarried: boolean; // or
  /**
   * Minutes with a request in progress that began in this quarter hour: bits by the start of the quarter hour in
   * which the minutes lie. A store has one row per entry.
   */
  readonly minutes: ReadonlyMap<number, number>; // or
  /** Times for policies, which read them from windows: stores do not contain them. */
  readonly times: QuarterTimes;
}

export interface QuarterTimes extends FirstLast {
  /** MACs in frames of the host's flows, sorted. */
  readonly macs: readonly string[];
  /** Times of the traffic in the row itself; null without any. */
  readonly carried:
    | (FirstLast & { readonly asked: (FirstLast & { readonly requests: Range }) | null })
    | null;
}

/** First and last time. Without any, the first is infinite and the last is minus infinite. */
export interface FirstLast {
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
}

/** Sum of equal items of evidence. */
export interface EvidenceSums {
  readonly speaksFor: boolean; // key
  readonly kind: 'name' | 'dns' | 'proxy' | 'network' | 'fingerprint' | 'pair' | 'companion'; // key
  readonly rule: string; // key
  readonly sentence: Sentence; // key
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
  readonly flows: number; // sum
  readonly communityIds: readonly string[]; // the first eight of the union, sorted
}

export const noTraffic = (): Mutable<Traffic> => toolSums(NO_TOOL_SUMS);

/** Returns a new literal, because copies of a shared object are slower to update. */
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
