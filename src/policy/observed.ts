// Describes observed time for verdicts; src/query/observed.ts derives it from windows.

import { groupBy } from '../model/grouped-by.ts';
import type { ObservedScope } from '../model/policy.ts';
import type { InterfaceDown } from '../model/sensor.ts';
import type { UsageQuarter } from '../model/tool.ts';
import type { CaptureGap } from '../model/usage.ts';
import type { TimeSpan } from '../time/spans.ts';
import { floorToQuarter, QUARTER_SECONDS, type TimestampUs, US } from '../time/units.ts';

/** Reading ended before the end of the input. */
export interface Break {
  readonly reason: 'cut' | 'interrupted' | 'ignored';
  readonly fromUs: TimestampUs;
  /** Null: unknown. */
  readonly untilUs: TimestampUs | null;
}

export interface ReadingFacts {
  readonly interrupted: boolean;
  /** Inputs, or parts of them, whose time is unknown. */
  readonly unread: readonly string[];
  /** Logs without an understood row, or with ignored lines. */
  readonly ignored: readonly string[];
  /** Interfaces of a live sensor that are down; absent without any. */
  readonly down?: readonly InterfaceDown[];
  /** The requested span in Unix seconds; null: all data. */
  readonly sinceSeconds: number | null;
  readonly untilSeconds: number | null;
}

export interface Observed extends ReadingFacts {
  /** True if a record across the start of the requested span was left out. */
  readonly isCutAtStart: boolean;
  /** True if a record across the end of the requested span was left out. */
  readonly isCutAtEnd: boolean;
  /** Returns the times when sensors of the scope were on: sorted and disjoint. `isBlind`: sensors that do not count. */
  spansOf(scope: ObservedScope, isBlind?: (sensor: string) => boolean): readonly TimeSpan[];
  /** Returns these times for each named sensor of the scope, by name. Sensors do not see hosts of other sensors. */
  spansBySensor(
    scope: ObservedScope,
    isBlind?: (sensor: string) => boolean,
  ): readonly { readonly sensor: string; readonly spans: readonly TimeSpan[] }[];
  /** From the first sign of a sensor to the last, including gaps; null without any. */
  readonly whole: TimeSpan | null;
  readonly breaks: readonly Break[];
  /** All gaps of all sensors, sorted. */
  readonly gaps: readonly CaptureGap[];
  /** True for a sensor that reported a host of the scope, so that unobserved traffic may belong to these hosts. */
  readonly sees: (sensor: string, scope: ObservedScope) => boolean;
  /** Packets of the windows, with losses. */
  readonly traffic: readonly {
    readonly sensor: string;
    readonly startSeconds: number;
    readonly packets: number;
    readonly kernelDrops: number;
    readonly flaws: readonly string[];
    /** Local networks that were excluded, or ANY_NETWORK. */
    readonly excluded: readonly string[];
  }[];
  /** Sensors that captured a part of the packets, for example one in N. */
  readonly sampled: readonly string[];
}

/** Returns the largest share of lost packets of a sensor that sees the scope. Other sensors must not reduce it. */
export function lostShare(traffic: Observed['traffic'], { sees }: Observed, scope: ObservedScope): number {
  let most = 0;
  for (const [sensor, own] of groupBy(traffic, (sample) => sample.sensor)) {
    const drops = own.reduce((sum, { kernelDrops }) => sum + kernelDrops, 0);
    const packets = own.reduce((sum, sample) => sum + sample.packets, 0);
    if (drops > 0 && sees(sensor, scope)) most = Math.max(most, drops / (packets + drops));
  }
  return most;
}

/** After its last packet, a tool may wait for a prompt or for the answer of a model for this long. */
const AT_WORK_US = 60 * US;

/** Tests if observation ended in or shortly after a quarter hour of a tool. */
export type EndsIn = (
  quarter: Pick<UsageQuarter, 'startSeconds' | 'firstUs' | 'lastUs'>,
  behindUs?: number,
) => boolean;

/** `observed` null: all time was observed. */
export function findEnds(observed: Observed | null): EndsIn {
  if (observed === null) return () => false;
  const ends = [...observed.gaps.map(({ fromUs }) => fromUs), observed.whole?.untilUs ?? 0];
  const byQuarter = groupBy(ends, (us) => floorToQuarter(us / US));
  return ({ startSeconds, firstUs, lastUs }, behindUs = AT_WORK_US) =>
    [startSeconds, startSeconds + QUARTER_SECONDS].some((start) =>
      byQuarter.get(start)?.some((us) => us >= firstUs && us <= lastUs + behindUs),
    );
}

/** Returns the observed part of a span, and its longest unobserved part. */
export function buildCover(
  spans: readonly TimeSpan[],
  span: TimeSpan,
): { readonly observedUs: number; readonly longest: TimeSpan | null } {
  let observedUs = 0;
  let longest: TimeSpan | null = null;
  let fromUs = span.fromUs;
  const note = (untilUs: number): void => {
    const length = longest === null ? 0 : longest.untilUs - longest.fromUs;
    if (untilUs - fromUs > length) longest = { fromUs, untilUs };
  };
  for (const other of spans) {
    if (other.untilUs <= span.fromUs || other.fromUs >= span.untilUs) continue;
    const part = {
      fromUs: Math.max(other.fromUs, span.fromUs),
      untilUs: Math.min(other.untilUs, span.untilUs),
    };
    note(part.fromUs);
    observedUs += part.untilUs - part.fromUs;
    fromUs = part.untilUs;
  }
  note(span.untilUs);
  return { observedUs, longest };
}
