// Counters of packets and flows, of one analysis and of one window.

/** Counters that add up over threads, and over windows by `merge`. The number is that of the field in usage.proto. */
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
