// Counts of a window: values that flows assign to a time, and the rest of the totals.

import type { Counters, FlowRecord, FlowSummary, HostTotalsRecord } from '../model/flow.ts';
import type { WindowStats } from '../model/usage.ts';
import { mapFields, STATS_SUM_NAMES } from '../window/sums.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** True when the slice contains the time: a hello counts in the slice of its last packet. */
export function isWithin(us: number, slice: FlowSummary | FlowRecord): boolean {
  return us >= slice.firstUs && us <= slice.lastUs;
}

export function countFlow(stats: Mutable<WindowStats>, flow: FlowSummary | FlowRecord): void {
  stats.packets += flow.packetsUp + flow.packetsDown;
  stats.bytes += flow.bytesUp + flow.bytesDown;
  if (flow.isFirstSlice) stats.flows++;
  if (flow.helloUs !== null && isWithin(flow.helloUs, flow)) stats.hellosComplete++;
  if (flow.isLastSlice && flow.end === 'evicted') stats.evictedFlows++;
}

export function countTotals(stats: Mutable<WindowStats>, totals: HostTotalsRecord): void {
  stats.packets += totals.packets;
  stats.bytes += totals.bytesUp + totals.bytesDown;
  stats.flows += totals.flows;
  stats.hellosComplete += totals.hellosComplete;
  stats.evictedFlows += totals.evictedFlows;
}

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
