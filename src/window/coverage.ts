// Computes from windows on which days of a zone packets were captured, and how many were dropped.

import type { CoverageDay } from '../model/report.ts';
import type { CaptureGap, UsageWindow, WindowStats } from '../model/usage.ts';
import { GAP_WORDS } from '../model/window-words.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import type { Zone } from '../time/zone.ts';
import { listGaps, listObservedWindows, type QuerySpan, type WindowTimes } from './observed.ts';

/** Counters of one window, or of the windows of one day. */
export interface CountedWindow extends Pick<UsageWindow, 'startSeconds'> {
  readonly stats: Pick<WindowStats, 'packets' | 'undecoded' | 'kernelDrops'>;
}

/** `around`: windows outside of the requested span. */
export const listCoverage = (
  windows: readonly UsageWindow[],
  zone: Zone,
  { around = [], requestedSpan = {} }: { around?: readonly WindowTimes[]; requestedSpan?: QuerySpan } = {},
): CoverageDay[] =>
  coverageDays(windows, listGaps(listObservedWindows(windows, around), requestedSpan), zone);

/**
 * Days with at least one window, or with the beginning of a gap. `packets` are those of flows: packets outside any flow
 * are known for a whole capture only, and a day's figure must not depend on where a capture was cut.
 */
export function coverageDays(
  windows: readonly CountedWindow[],
  all: readonly CaptureGap[],
  zone: Zone,
): CoverageDay[] {
  const days = new Map<string, { packets: number; kernelDrops: number; gaps: CaptureGap[] }>();
  const findDay = (seconds: number) => {
    const date = zone.dayOf(seconds);
    const day = days.get(date) ?? { packets: 0, kernelDrops: 0, gaps: [] };
    days.set(date, day);
    return day;
  };
  for (const { startSeconds, stats } of windows) {
    const day = findDay(startSeconds);
    day.packets += stats.packets - (stats.undecoded ?? 0);
    day.kernelDrops += stats.kernelDrops;
  }
  for (const gap of joinGaps(all)) findDay(Math.floor(gap.fromUs / US)).gaps.push(gap);
  return [...days]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([date, { packets, kernelDrops, gaps }]) => ({
      date,
      packets,
      kernelDrops,
      gaps: gaps.map(buildGap),
    }));
}

/** A live sensor reports an outage per window: adjacent parts with one reason form one gap. */
function joinGaps(gaps: readonly CaptureGap[]): CaptureGap[] {
  const joined: CaptureGap[] = [];
  const open = new Map<CaptureGap['reason'], number>();
  for (const gap of gaps) {
    const at = open.get(gap.reason);
    const last = at === undefined ? undefined : joined[at];
    const touches = last !== undefined && last.toUs > last.fromUs && gap.fromUs <= last.toUs;
    if (at !== undefined && touches && gap.toUs > gap.fromUs) {
      joined[at] = { ...last, toUs: Math.max(last.toUs, gap.toUs) };
    } else {
      open.set(gap.reason, joined.push(gap) - 1);
    }
  }
  return joined;
}

/** A gap belongs to the day of its start, with or without a window, and may span several days. */
function buildGap(gap: CaptureGap): CoverageDay['gaps'][number] {
  return {
    from: formatInstant(gap.fromUs),
    to: gap.toUs > gap.fromUs ? formatInstant(gap.toUs) : null,
    reason: GAP_WORDS[gap.reason],
  };
}
