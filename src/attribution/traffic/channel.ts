// Describes what one host did with one name, and with all names of the catalogue, in one activity period.

import type { RuntimeSeen } from '../../catalogue/schema.ts';
import type { DOUBT } from '../../model/confidence.ts';
import type { ClientFingerprint, QueriedName, UsageExchange, UsageRow } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';

/** One window's part of a channel. */
export interface Slice {
  readonly sensor: string;
  readonly windowSeconds: number;
  readonly row: UsageRow;
  /** Rows of other captures with the same flows at the same time, which are left out. */
  readonly copies: readonly Copy[];
  /** Its frames came from another machine than the one that used the address at that time. */
  readonly isForeign: boolean;
  /** Flows of the host in the window that lost bytes, and whose protocol is unknown: a hello may be among the bytes. */
  readonly unknownLossyFlows: number;
}

export interface Copy {
  readonly sensor: string;
  /** True where it has the same name and form of the hello: its sensor reports the same, and not its packets alone. */
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

/** The reason why what some sensors alone report of a host names no user. */
export interface SensorDoubt {
  readonly rule: 'outside-networks' | typeof DOUBT.unusualSensor;
  readonly detail: string;
}

/** An activity period ends with this much silence towards every name of the catalogue … */
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
  /** Both ends of some flow took part, and nothing contradicts it. What is not so anybody may have sent. */
  readonly isAnswered: boolean;
  /** Some of it is known from rows of a log alone: one row for each connection, and nothing of what it carried. */
  readonly isLogged: boolean;
  readonly flows: number;
  readonly failedFlows: number;
  /** The outcomes of connections to the name show attempts in the period, and no request. */
  readonly isOnlyTried: boolean;
  readonly helloTimesUs: readonly TimestampUs[];
  readonly exchanges: readonly TimedExchange[];
  readonly communityIds: readonly string[];
  /** Sums what later captures saw the middle of, and what may go on from here; one object in all channels of a period. */
  readonly midFlowSums: MidFlowSums | null;
}

/** Describes what one host did with the names of the catalogue without a long silence. */
export interface ActivityPeriod {
  readonly host: string;
  readonly channels: readonly Channel[];
  readonly queriedNames: readonly QueriedName[];
  /** The sensor that reports each of them. */
  readonly queriedBy: ReadonlyMap<QueriedName, string>;
  /** Windows of other captures that belong to it for its crossing alone. */
  readonly midFlowSums: MidFlowSums | null;
  /** Sensors that its channels and names come from. Sorted. */
  readonly sensors: readonly string[];
  /** The reason why it names no user, where none of these sensors may report the host alone. */
  readonly doubt: SensorDoubt | null;
}

/**
 * use: the exchanges are those of a working program. modest: the same, but none is large. varied: calls alone, of several sizes. started: small calls alone, but as the tool was recorded to begin.
 * unseen: exchanges are not known, and volume or retries indicate use. call: any program's GET.
 */
export type Manner = 'use' | 'modest' | 'varied' | 'started' | 'unseen' | 'call';
