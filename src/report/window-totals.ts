// What windows say of the sensor rather than of hosts: statistics, and how much was seen on each day.

import { compareText } from '../model/address.ts';
import type { CoverageDay, ReportStats } from '../model/report.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { Zone } from '../model/zone.ts';
import { formatInstant } from './instant.ts';

/** A span without packets whose reason is known. */
export interface Gap {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  readonly reason: string;
}

type CountField =
  | 'packets'
  | 'bytes'
  | 'flows'
  | 'hellosComplete'
  | 'hellosIncomplete'
  | 'snaplenCut'
  | 'evictedFlows'
  | 'kernelDrops';

export function sumStats(windows: readonly UsageWindow[]): ReportStats {
  const total = (field: CountField): number => windows.reduce((sum, window) => sum + window.stats[field], 0);
  const malformed = new Map<string, number>();
  for (const { stats } of windows) {
    for (const [reason, count] of Object.entries(stats.malformed)) {
      malformed.set(reason, (malformed.get(reason) ?? 0) + count);
    }
  }
  return {
    packets: total('packets'),
    bytes: total('bytes'),
    flows: total('flows'),
    clientHellos: { complete: total('hellosComplete'), incomplete: total('hellosIncomplete') },
    malformed: Object.fromEntries([...malformed].sort(([a], [b]) => compareText(a, b))),
    snaplenCut: total('snaplenCut'),
    evictedFlows: total('evictedFlows'),
    kernelDrops: total('kernelDrops'),
  };
}

/** A gap over midnight is said once, on the day on which it begins. */
export function coverageOf(windows: readonly UsageWindow[], gaps: readonly Gap[], zone: Zone): CoverageDay[] {
  const days = new Map<
    string,
    { packets: number; kernelDrops: number; gaps: CoverageDay['gaps'][number][] }
  >();
  const dayOf = (seconds: number) => {
    const date = zone.dayOf(seconds);
    const day = days.get(date) ?? { packets: 0, kernelDrops: 0, gaps: [] };
    days.set(date, day);
    return day;
  };
  for (const window of windows) {
    const day = dayOf(window.startSeconds);
    day.packets += window.stats.packets;
    day.kernelDrops += window.stats.kernelDrops;
  }
  for (const gap of gaps) {
    dayOf(gap.fromSeconds).gaps.push({
      from: formatInstant(gap.fromSeconds * 1_000_000),
      to: formatInstant(gap.untilSeconds * 1_000_000),
      reason: gap.reason,
    });
  }
  return [...days]
    .sort(([a], [b]) => compareText(a, b))
    .map(([date, day]) => ({
      date,
      packets: day.packets,
      kernelDrops: day.kernelDrops,
      gaps: day.gaps.sort((a, b) => compareText(a.from, b.from) || compareText(a.reason, b.reason)),
    }));
}
