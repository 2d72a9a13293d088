// Spans of window starts, and the distance within which they affect each other.

import { PERIOD_GAP_US } from '../attribution/traffic/channel.ts';
import type { UsageWindow } from '../model/usage.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';

/** A half-open span of window starts, in Unix seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A span of one host. */
export interface HostSpan extends Span {
  readonly host: string;
}

/**
 * Windows this near to a span can change its attribution: no window is longer than a quarter hour,
 * and its facts lie within it.
 */
export const REACH_US = PERIOD_GAP_US + QUARTER_SECONDS * US;
/** Extends a span to whole quarter hours, because sensors are compared by quarter hour. */
export const wholeQuarters = ({ from, to }: Span): Span => ({
  from: Math.floor(from / QUARTER_SECONDS) * QUARTER_SECONDS,
  to: Math.ceil(to / QUARTER_SECONDS) * QUARTER_SECONDS,
});

/** Spans with a smaller distance are joined. */
const JOIN_SECONDS = 3600;

export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from - last.to <= JOIN_SECONDS) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

export function listSpans(windows: readonly UsageWindow[]): Span[] {
  return joinSpans(windows.map(({ startSeconds }) => ({ from: startSeconds, to: startSeconds + 1 })));
}
