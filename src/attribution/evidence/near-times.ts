// Searches for events near a time in logarithmic time, because hostile traffic has tens of thousands of names.

import { countBefore } from '../../time/sorted.ts';
import type { TimestampUs } from '../../time/units.ts';

/** Returns the distance from a time to the nearest of some sorted times; infinite without any. */
export function distanceTo(sorted: readonly TimestampUs[], time: TimestampUs): number {
  const at = countBefore(sorted, (us) => us < time);
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

/** A set of intervals, searched for one near another interval. */
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

  /** True if one of them ends at most `spanUs` before the interval begins, and begins at most `spanUs` after it ends. */
  hasNear({ firstUs, lastUs }: Interval, spanUs: number): boolean {
    const count = countBefore(this.#firsts, (us) => us < lastUs + spanUs + 1);
    return count > 0 && firstUs - (this.#lasts[count - 1] ?? 0) <= spanUs;
  }
}
