// Lists of half-open spans of time: unions, differences and intersections.

import type { TimestampUs } from './units.ts';

/** Half-open. */
export interface TimeSpan {
  readonly fromUs: TimestampUs;
  readonly untilUs: TimestampUs;
}

/** Sorted; spans that overlap or touch are joined. */
export function joinedSpans(spans: readonly TimeSpan[]): TimeSpan[] {
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

/** Returns the parts of `spans` that lie in none of `holes`; `spans` are joined. */
export function spansWithout(spans: readonly TimeSpan[], holes: readonly TimeSpan[]): TimeSpan[] {
  const sorted = joinedSpans(holes);
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

/** Returns the time that lies in both; each is joined. */
export const spansInBoth = (a: readonly TimeSpan[], b: readonly TimeSpan[]): TimeSpan[] =>
  spansWithout(a, spansWithout(a, b));

/** Reaches from the begin of the first to the end of the last; none without any. */
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
