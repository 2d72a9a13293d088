// Sums the records of windows about the sensor: the statistics of a report without captures.

import type { StatsSum } from '../../model/counters.ts';
import type { ReportDocument, ReportStats } from '../../model/report.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';

export function statsOfWindows(windows: readonly UsageWindow[]): ReportStats {
  const total = (field: StatsSum): number => windows.reduce((sum, window) => sum + window.stats[field], 0);
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

/** Returns the start of the first window and the end of the last, in Unix seconds; null without windows. */
export const buildRecords = (
  span: { readonly firstSeconds: number; readonly lastSeconds: number } | null,
): Pick<ReportDocument, 'recordsFrom' | 'recordsUntil'> => ({
  recordsFrom: span === null ? null : formatInstant(span.firstSeconds * US),
  recordsUntil: span === null ? null : formatInstant(span.lastSeconds * US),
});
