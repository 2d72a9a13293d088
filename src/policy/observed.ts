// What time was observed: out of windows with their gaps, so that a verdict speaks of nothing else.

import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import type { TimestampUs } from '../time/instant.ts';
import { US } from '../time/units.ts';

/** Between two parts that were analysed apart: rotation takes milliseconds, a quiet network seconds. */
const JOIN_US = 60 * US;

/** Half-open. */
export interface Span {
  readonly fromUs: TimestampUs;
  readonly untilUs: TimestampUs;
}

/** Where reading ended before its input did. */
export interface Break {
  readonly reason: 'cut' | 'interrupted';
  readonly fromUs: TimestampUs;
  /** Null: nobody knows. */
  readonly untilUs: TimestampUs | null;
}

/** What is known of the reading beside its windows. */
export interface ReadingFacts {
  readonly interrupted: boolean;
  /** Inputs, or parts of them, of which nobody knows of what time they were. */
  readonly unread: readonly string[];
  /** The span asked for, in Unix seconds; null: all that there is. */
  readonly sinceSeconds: number | null;
  readonly untilSeconds: number | null;
}

export interface Observed extends ReadingFacts {
  /** Sorted, and none touches another. */
  readonly spans: readonly Span[];
  readonly breaks: readonly Break[];
  /** Packets of the windows, and what was lost beside them. */
  readonly traffic: readonly {
    readonly startSeconds: number;
    readonly packets: number;
    readonly kernelDrops: number;
  }[];
}

/**
 * A sensor observes from its first to its last packet (a live one: from its first to its last window), without its
 * gaps; what one of several sensors observed was observed, unless one of a fleet was silent then, or what it saw was lost.
 */
export function observedOf(windows: readonly UsageWindow[], reading: ReadingFacts): Observed {
  const sensors = new Map<string, UsageWindow[]>();
  for (const window of windows) {
    const known = sensors.get(window.sensor);
    if (known === undefined) sensors.set(window.sensor, [window]);
    else known.push(window);
  }
  const gaps = windows.flatMap((window) => window.gaps ?? []);
  const seen = union([...sensors.values()].flatMap(spansOfSensor), JOIN_US);
  // Of a fleet each sensor stands where no other one sees.
  const unseen = gaps.filter(({ reason }) => reason === 'silent' || reason === 'givenUp');
  const holes = unseen.map(({ fromUs, toUs }) => ({ fromUs, untilUs: toUs }));
  return {
    ...reading,
    spans: seen.flatMap((span) => without(span, holes)),
    breaks: gaps
      .flatMap(({ reason, fromUs, toUs }) =>
        reason === 'cut' || reason === 'interrupted'
          ? [{ reason, fromUs, untilUs: toUs > fromUs ? toUs : null }]
          : [],
      )
      .sort((a, b) => a.fromUs - b.fromUs || compareText(a.reason, b.reason)),
    traffic: windows.map(({ startSeconds, stats }) => ({
      startSeconds,
      packets: stats.packets,
      kernelDrops: stats.kernelDrops,
    })),
  };
}

function spansOfSensor(windows: readonly UsageWindow[]): Span[] {
  const first = windows.reduce((least, window) =>
    window.startSeconds < least.startSeconds ? window : least,
  );
  const last = windows.reduce((most, window) => (endOf(window) > endOf(most) ? window : most));
  const fromUs = first.hosts.reduce((least, host) => Math.min(least, host.firstUs), Number.POSITIVE_INFINITY);
  const lastUs = last.hosts.reduce((most, host) => Math.max(most, host.lastUs), Number.NEGATIVE_INFINITY);
  const whole = {
    fromUs: Number.isFinite(fromUs) ? fromUs : first.startSeconds * US,
    untilUs: Number.isFinite(lastUs) ? Math.min(lastUs + 1, endOf(last)) : endOf(last),
  };
  const gaps = windows.flatMap((window) => window.gaps ?? []);
  return without(
    whole,
    gaps.map(({ fromUs: from, toUs }) => ({ fromUs: from, untilUs: toUs })),
  );
}

const endOf = (window: UsageWindow): number => (window.startSeconds + window.lengthSeconds) * US;

/** Spans that overlap, or lie no further apart than `apartUs`, are one. */
function union(spans: readonly Span[], apartUs: number): Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = joined.at(-1);
    if (last === undefined || span.fromUs - last.untilUs > apartUs) joined.push(span);
    else if (span.untilUs > last.untilUs)
      joined[joined.length - 1] = { fromUs: last.fromUs, untilUs: span.untilUs };
  }
  return joined;
}

function without(whole: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let { fromUs } = whole;
  for (const hole of union(holes, 0)) {
    if (hole.fromUs > fromUs) left.push({ fromUs, untilUs: Math.min(hole.fromUs, whole.untilUs) });
    fromUs = Math.max(fromUs, hole.untilUs);
  }
  if (fromUs < whole.untilUs) left.push({ fromUs, untilUs: whole.untilUs });
  return left.filter((span) => span.untilUs > span.fromUs);
}

/** What of a span was observed, and the longest part of it that was not. */
export function coverOf(
  { spans }: Observed,
  span: Span,
): { readonly observedUs: number; readonly longest: Span | null } {
  let observedUs = 0;
  let longest: Span | null = null;
  let fromUs = span.fromUs;
  const note = (untilUs: number): void => {
    const length = longest === null ? 0 : longest.untilUs - longest.fromUs;
    if (untilUs - fromUs > length) longest = { fromUs, untilUs };
  };
  for (const each of spans) {
    if (each.untilUs <= span.fromUs || each.fromUs >= span.untilUs) continue;
    const part = {
      fromUs: Math.max(each.fromUs, span.fromUs),
      untilUs: Math.min(each.untilUs, span.untilUs),
    };
    note(part.fromUs);
    observedUs += part.untilUs - part.fromUs;
    fromUs = part.untilUs;
  }
  note(span.untilUs);
  return { observedUs, longest };
}
