// On which days something was seen: packets and drops by day of a zone, out of windows.

import { compareText } from '../model/address.ts';
import { formatInstant } from '../model/instant.ts';
import type { CoverageDay } from '../model/report.ts';
import type { CaptureGap, GapReason, UsageWindow } from '../model/usage.ts';
import type { Zone } from '../model/zone.ts';
import { unionGaps } from './sums.ts';

const REASONS: Readonly<Record<GapReason, string>> = {
  betweenCaptures: 'between two captures',
  interfaceDown: 'the interface was down',
  notRunning: 'the sensor was not running',
};

/**
 * Days with at least one window. `packets` are those of flows: packets outside any flow are known for a whole capture
 * only, and a day's figure must not depend on where a capture was cut.
 */
export function coverageOf(windows: readonly UsageWindow[], zone: Zone): CoverageDay[] {
  const days = new Map<string, { packets: number; kernelDrops: number; windows: UsageWindow[] }>();
  for (const window of windows) {
    const { startSeconds, stats } = window;
    const date = zone.dayOf(startSeconds);
    const day = days.get(date) ?? { packets: 0, kernelDrops: 0, windows: [] };
    day.packets += stats.packets - (stats.undecoded ?? 0);
    day.kernelDrops += stats.kernelDrops;
    if (window.gaps !== undefined) day.windows.push(window);
    days.set(date, day);
  }
  return [...days]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([date, { packets, kernelDrops, windows: withGaps }]) => ({
      date,
      packets,
      kernelDrops,
      gaps: (unionGaps(withGaps).gaps ?? []).map(gapOf),
    }));
}

/** A gap stands on the day on which it begins, and may last for several. */
function gapOf(gap: CaptureGap): CoverageDay['gaps'][number] {
  return { from: formatInstant(gap.fromUs), to: formatInstant(gap.toUs), reason: REASONS[gap.reason] };
}
