// Sums the counters of several threads.

import { makeZeros, STATS_SUMS } from '../../model/counters.ts';
import type { Counters } from '../../model/flow.ts';
import { STATS_SUM_NAMES, sumCounts, sumFields } from '../../window/sums.ts';

export const NO_COUNTERS: Counters = {
  ...makeZeros(STATS_SUMS),
  undecoded: 0,
  fragments: 0,
  excluded: 0,
  filtered: 0,
  unwatched: 0,
  malformed: {},
};

/** Sums the totals of two workers, with reasons in the order of their names. */
export function sumCounters(a: Counters, b: Counters): Counters {
  return {
    ...sumFields(STATS_SUM_NAMES, a, b),
    undecoded: a.undecoded + b.undecoded,
    fragments: a.fragments + b.fragments,
    excluded: (a.excluded ?? 0) + (b.excluded ?? 0),
    filtered: (a.filtered ?? 0) + (b.filtered ?? 0),
    unwatched: (a.unwatched ?? 0) + (b.unwatched ?? 0),
    malformed: sumCounts(a.malformed, b.malformed),
  };
}
