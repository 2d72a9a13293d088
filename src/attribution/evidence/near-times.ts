// Finds in logarithmic time whether something happened near a time: hostile traffic has tens of thousands of names.

import type { TimestampUs } from '../../time/units.ts';

/** Index of the first of some sorted numbers that is no smaller. */
export function firstFrom(sorted: readonly number[], least: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Distance from a time to the nearest of some sorted times; infinite where there is none. */
export function distanceTo(sorted: readonly TimestampUs[], time: TimestampUs): number {
  const at = firstFrom(sorted, time);
  const [before, behind] = [sorted[at - 1], sorted[at]];
  return Math.min(
    before === undefined ? Number.POSITIVE_INFINITY : time - before,
    behind === undefined ? Number.POSITIVE_INFINITY : behind - time,
  );
}

interface Interval {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
}

/** Intervals, of which any may lie near another one. */
export class Intervals {
  readonly #firsts: readonly TimestampUs[];
  /** The latest end of the intervals up to each. */
  readonly #lasts: readonly TimestampUs[];

  constructor(intervals: readonly Interval[]) {
    const sorted = [...intervals].sort((a, b) => a.firstUs - b.firstUs);
    let last = Number.NEGATIVE_INFINITY;
    this.#firsts = sorted.map(({ firstUs }) => firstUs);
    this.#lasts = sorted.map(({ lastUs }) => {
      last = Math.max(last, lastUs);
      return last;
    });
  }

  /** True when one of them ends no earlier than `spanUs` before, and begins no later than that behind. */
  haveNear({ firstUs, lastUs }: Interval, spanUs: number): boolean {
    const count = firstFrom(this.#firsts, lastUs + spanUs + 1);
    return count > 0 && firstUs - (this.#lasts[count - 1] ?? 0) <= spanUs;
  }
}
