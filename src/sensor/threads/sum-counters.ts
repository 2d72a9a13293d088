// Counters of several threads as those of one.

import type { Counters } from '../../model/flow.ts';
import { sumCounts } from '../../window/sums.ts';

export const NO_COUNTERS: Counters = {
  packets: 0,
  bytes: 0,
  flows: 0,
  hellosComplete: 0,
  hellosIncomplete: 0,
  snaplenCut: 0,
  evictedFlows: 0,
  kernelDrops: 0,
  undecoded: 0,
  fragments: 0,
  excluded: 0,
  filtered: 0,
  malformed: {},
};

/** Totals of two workers, reasons in the order of their names. */
export function sumCounters(a: Counters, b: Counters): Counters {
  return {
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    flows: a.flows + b.flows,
    hellosComplete: a.hellosComplete + b.hellosComplete,
    hellosIncomplete: a.hellosIncomplete + b.hellosIncomplete,
    snaplenCut: a.snaplenCut + b.snaplenCut,
    evictedFlows: a.evictedFlows + b.evictedFlows,
    kernelDrops: a.kernelDrops + b.kernelDrops,
    undecoded: a.undecoded + b.undecoded,
    fragments: a.fragments + b.fragments,
    excluded: (a.excluded ?? 0) + (b.excluded ?? 0),
    filtered: (a.filtered ?? 0) + (b.filtered ?? 0),
    malformed: sumCounts(a.malformed, b.malformed),
  };
}
