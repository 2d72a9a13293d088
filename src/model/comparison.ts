// Comparison of two spans of one source: the coverage of each, and the differences that this coverage supports.

import type { Range } from './range.ts';

/** When one sensor saw: start of its first window in a span, and end of the last. */
export interface SensorTime {
  readonly sensor: string;
  readonly first: string;
  readonly last: string;
}

/** Coverage of one of the two spans. Half-open. */
export interface ComparedSpan {
  readonly since: string;
  readonly until: string;
  readonly seconds: number;
  /** Between the first and the last window of each sensor, without gaps and without days that have no window. */
  readonly observedSeconds: number;
  /** Names of the sensors; empty where nothing was observed. */
  readonly sensors: readonly string[];
  /** Hosts on the network, with a tool or without. */
  readonly hosts: number;
  /** Of packets, 0 to 1. */
  readonly lossShare: number;
  /** Share of bytes, 0 to 1, that could not be inspected. */
  readonly notVisibleShare: number;
}

export const COMPARISON_LIMITS = [
  /** Less than half of the span was observed: nothing is compared. */
  'notObserved',
  /** A part of the span was not observed. */
  'partly',
  /** The length of a gap in the span is unknown. */
  'openGap',
  /** A sensor was silent while others reported. */
  'silent',
  /** The reading of the span was ended before its inputs ended, or an input is damaged. */
  'incomplete',
  /** Packets were lost. */
  'loss',
  /** Sensors with data in this span only. */
  'sensors',
  /** The spans are not equally long. */
  'length',
  /** The spans have not equally many days of the weekend. */
  'weekend',
  /** A much larger share could not be inspected than in the other span. */
  'notVisible',
  /** A rule was not in force in all of the span, so violations are not compared. */
  'rule',
] as const;
export type ComparisonLimitKind = (typeof COMPARISON_LIMITS)[number];

/** What limits a comparison. */
export interface ComparisonLimit {
  readonly limit: ComparisonLimitKind;
  /** Null: of both. */
  readonly span: 'before' | 'after' | null;
  /** Of the time or of packets, 0 to 1, that is missing or lost. */
  readonly share?: number;
  /** Sensors or rules. */
  readonly names?: readonly string[];
}

/** `difference` is null where the spans are not comparable, or a use has no estimate. */
export interface Change {
  readonly before: number | null;
  readonly after: number | null;
  readonly difference: number | null;
  /** Per day that was observed; only where not equally much of both spans was observed. */
  readonly perDay?: { readonly before: number | null; readonly after: number | null };
}

export interface RangeChange {
  readonly before: Range | null;
  readonly after: Range | null;
  readonly difference: Range | null;
}

/** Rows that are only possible are in none. */
export interface Changes {
  readonly activeMinutes: Change;
  readonly requests: RangeChange;
  readonly bytesUp: Change;
  readonly bytesDown: Change;
  readonly telemetryPayloadUp: RangeChange;
  /** Findings of the result violation; null without a policy. */
  readonly violations: Change | null;
}

/** A tool, or a provider where no tool can be named. */
export interface ComparedTool extends Changes {
  readonly tool: string;
  readonly name: string;
  readonly isProvider: boolean;
  readonly hosts: Change;
  /** Sorted; null where nothing is compared. */
  readonly newHosts: readonly string[] | null;
  /** On the network after it, without the tool. */
  readonly goneHosts: readonly string[] | null;
  /** No longer on the network: their current use is unknown. */
  readonly absentHosts: readonly string[] | null;
  /** Of so few hosts that figures would point at people. */
  readonly suppressed?: true;
}

/**
 * used: certainly or likely a tool, or a provider. possible: a tool that is only possible. notSeen: on the network without
 * any. absent: not on the network. unknown: not enough of the span was observed.
 */
export type HostState = 'used' | 'possible' | 'notSeen' | 'absent' | 'unknown';

export interface ComparedHost extends Changes {
  readonly host: string;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly before: HostState;
  readonly after: HostState;
  /** Ids of tools and providers, sorted, in either span only; null where nothing is compared. */
  readonly newTools: readonly string[] | null;
  readonly goneTools: readonly string[] | null;
}

export interface Comparison {
  readonly before: ComparedSpan;
  readonly after: ComparedSpan;
  /** False: more, less, new and gone are not reported. */
  readonly isComparable: boolean;
  readonly limits: readonly ComparisonLimit[];
  /** Of all rows together; `hosts` are those with use. */
  readonly all: Changes & { readonly hosts: Change };
  /** By bytes of both spans, the most first. */
  readonly tools: readonly ComparedTool[];
  /** Hosts with a tool or provider in either span, by address. */
  readonly hosts: readonly ComparedHost[];
}
