// Defines the traffic of one host with one name, and with all names of the catalogue, in one activity period.

import type { RuntimeSeen } from '../../catalogue/schema.ts';
import type { DOUBT } from '../../model/confidence.ts';
import type { Sentence } from '../../model/sentences.ts';
import type { ClientFingerprint, QueriedName, UsageExchange, UsageRow } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';

/** Part of a channel in one window. */
export interface Slice {
  readonly sensor: string;
  readonly windowSeconds: number;
  readonly row: UsageRow;
  /** Omitted rows of other captures with the same flows at the same time. */
  readonly copies: readonly Copy[];
  /** True if its frames came from another machine than the one that used the address at that time. */
  readonly isForeign: boolean;
  /** Number of flows of the host in the window with lost bytes and unknown protocol: the bytes may contain a hello. */
  readonly unknownLossyFlows: number;
}

export interface Copy {
  readonly sensor: string;
  /**
   * True if the copy has the same name and hello form, so that its sensor reports the same facts, not only the same packets.
   */
  readonly isSame: boolean;
}

/** Flows of one period that may continue in captures that begin later. */
export interface MidFlowSums {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly flows: number;
  readonly bytes: number;
  readonly windows: readonly number[];
}

/** The reason why reports of only some sensors about a host identify no user. */
export interface SensorDoubt {
  readonly rule: 'outside-networks' | typeof DOUBT.unusualSensor;
  readonly sentence: Sentence;
}

/** An activity period ends after this time without traffic to any name of the catalogue. */
export const PERIOD_GAP_US = 4 * 3_600_000_000;

export interface TimedExchange {
  readonly startUs: TimestampUs;
  readonly endUs: TimestampUs;
  readonly exchange: UsageExchange;
}

export interface Channel {
  readonly name: string;
  readonly nameFrom: UsageRow['nameFrom'];
  readonly fingerprint: ClientFingerprint | null;
  readonly runtime: RuntimeSeen | null;
  readonly userAgent: string | null;
  readonly isProxied: boolean;
  readonly isHttp2: boolean;
  readonly slices: readonly Slice[];
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  /** True if a flow has packets of both ends and no contradiction. Any sender could forge flows without these. */
  readonly isAnswered: boolean;
  /** True if a part is known only from rows of a log: one row per connection without its content. */
  readonly isLogged: boolean;
  readonly flows: number;
  readonly failedFlows: number;
  /** True if the outcomes of connections to the name show only attempts in the period, and no request. */
  readonly isOnlyTried: boolean;
  readonly helloTimesUs: readonly TimestampUs[];
  readonly exchanges: readonly TimedExchange[];
  readonly communityIds: readonly string[];
  /** Flows that may continue in later captures; one object for all channels of a period. */
  readonly midFlowSums: MidFlowSums | null;
}

/** The traffic of one host with names of the catalogue without a long silence. */
export interface ActivityPeriod {
  readonly host: string;
  readonly channels: readonly Channel[];
  readonly queriedNames: readonly QueriedName[];
  /** The sensor that reports each query. */
  readonly queriedBy: ReadonlyMap<QueriedName, string>;
  /** Flows of the period that may continue in later captures. */
  readonly midFlowSums: MidFlowSums | null;
  /** Sensors of its channels and names, sorted. */
  readonly sensors: readonly string[];
  /** The reason why the period identifies no user, if none of these sensors may report the host alone. */
  readonly doubt: SensorDoubt | null;
}

/**
 * use: the exchanges are those of a working program. modest: the same, but none is large. varied: only calls, of several
 * sizes. started: only small calls, as recorded at starts of the tool. unseen: exchanges are not known, and volume or
 * retries indicate use. call: an ordinary GET.
 */
export type ProgramBehavior = 'use' | 'modest' | 'varied' | 'started' | 'unseen' | 'call';
