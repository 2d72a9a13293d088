// What the counters of an analysis have beyond the records in windows.

import type { Counters } from '../../model/flow.ts';
import type { WindowStats } from '../../model/usage.ts';
import { mapFields, STATS_SUM_NAMES } from '../../window/sums.ts';

/** Difference between the totals and the records in windows. */
export function restOf(counters: Counters, placed: WindowStats): WindowStats {
  const beyond = (total: number, sum: number): number => Math.max(0, total - sum);
  const malformed: Record<string, number> = {};
  for (const [name, count] of Object.entries(counters.malformed)) {
    malformed[name] = beyond(count, placed.malformed[name] ?? 0);
  }
  const sums = mapFields(STATS_SUM_NAMES, (name) => beyond(counters[name], placed[name]));
  return {
    ...sums,
    malformed,
    undecoded: sums.packets,
    overflow: {},
  };
}

/**
 * The same during the capture: packets of open flows are in the totals and in no record yet, so
 * only packets in no flow can be assigned.
 */
export function restSoFar(counters: Counters, placed: WindowStats): WindowStats {
  const outside = counters.undecoded + (counters.excluded ?? 0) + (counters.filtered ?? 0);
  const packets = Math.max(0, outside - (placed.undecoded ?? 0));
  const rest = restOf(counters, placed);
  return { ...rest, packets, bytes: 0, flows: 0, hellosComplete: 0, evictedFlows: 0, undecoded: packets };
}
