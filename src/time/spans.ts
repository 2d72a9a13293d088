// Computes unions, differences and intersections of half-open spans of time.

import type { TimestampUs } from './units.ts';

/** A half-open span. */
export interface TimeSpan {
  readonly fromUs: TimestampUs;
  readonly untilUs: TimestampUs;
}

/** Sorts spans, and joins those that overlap or touch. */
export function uniteSpans(spans: readonly TimeSpan[]): TimeSpan[] {
  const joined: TimeSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = joined.at(-1);
    if (span.untilUs <= span.fromUs) continue;
    if (last === undefined || span.fromUs > last.untilUs) joined.push(span);
    else if (span.untilUs > last.untilUs)
      joined[joined.length - 1] = { fromUs: last.fromUs, untilUs: span.untilUs };
  }
  return joined;
}

/** Returns the parts of `spans` outside of all `holes`; `spans` must be joined. */
export function spansWithout(spans: readonly TimeSpan[], holes: readonly TimeSpan[]): TimeSpan[] {
  const sorted = uniteSpans(holes);
  const left: TimeSpan[] = [];
  let next = 0;
  for (const { fromUs: begin, untilUs } of spans) {
    let fromUs = begin;
    for (let hole = sorted[next]; hole !== undefined && hole.fromUs < untilUs; hole = sorted[next]) {
      if (hole.fromUs > fromUs) left.push({ fromUs, untilUs: hole.fromUs });
      fromUs = Math.max(fromUs, hole.untilUs);
      // The next span may overlap the same hole.
      if (hole.untilUs > untilUs) break;
      next++;
    }
    if (fromUs < untilUs) left.push({ fromUs, untilUs });
  }
  return left;
}

/** Returns the time in both lists; each list must be joined. */
export const spansInBoth = (a: readonly TimeSpan[], b: readonly TimeSpan[]): TimeSpan[] =>
  spansWithout(a, spansWithout(a, b));

/** Returns the span from the first start to the last end; null without spans. */
export function findHull(spans: readonly TimeSpan[]): TimeSpan | null {
  let [fromUs, untilUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const span of spans) {
    fromUs = Math.min(fromUs, span.fromUs);
    untilUs = Math.max(untilUs, span.untilUs);
  }
  return fromUs < untilUs ? { fromUs, untilUs } : null;
}

export const spanLength = (spans: readonly TimeSpan[]): number =>
  spans.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0);
