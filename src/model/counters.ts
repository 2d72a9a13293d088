// Counters of packets and flows, of one analysis and of one window.

/** Counters that add up over threads, and over windows by `merge`. The number is that of the field on the wire. */
export const STATS_SUMS = {
  packets: 1,
  bytes: 2,
  flows: 3,
  hellosComplete: 4,
  hellosIncomplete: 5,
  snaplenCut: 6,
  evictedFlows: 7,
  kernelDrops: 8,
} as const;
export type StatsSum = keyof typeof STATS_SUMS;

/** Zero for each counter of a table. */
export const zerosOf = <K extends string>(table: Readonly<Record<K, number>>): Readonly<Record<K, number>> =>
  Object.fromEntries(Object.keys(table).map((name) => [name, 0])) as Record<K, number>;
