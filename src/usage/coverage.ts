// On which days something was seen: packets and drops by day of a zone, out of windows.

import { compareText } from '../model/address.ts';
import type { CoverageDay } from '../model/report.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { Zone } from '../model/zone.ts';

/**
 * Days with at least one window. `packets` are those of flows: packets outside any flow are known for a whole capture
 * only, and a day's figure must not depend on where a capture was cut.
 */
export function coverageOf(windows: readonly UsageWindow[], zone: Zone): CoverageDay[] {
  const days = new Map<string, { packets: number; kernelDrops: number }>();
  for (const { startSeconds, stats } of windows) {
    const date = zone.dayOf(startSeconds);
    const day = days.get(date) ?? { packets: 0, kernelDrops: 0 };
    day.packets += stats.packets - (stats.undecoded ?? 0);
    day.kernelDrops += stats.kernelDrops;
    days.set(date, day);
  }
  return [...days]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([date, day]) => ({ date, packets: day.packets, kernelDrops: day.kernelDrops, gaps: [] }));
}
