// Adds the gaps after captures that ended early to the windows in which they begin. For gaps by silence see observed.ts.

import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { unionGaps } from './sums.ts';

/** Shortest reported pause between two captures: rotation takes milliseconds, a quiet network seconds. */
export const MIN_GAP_US = 60 * US;

/** First and last packet of one capture, as far as it was read. */
export interface CaptureSpan {
  readonly firstUs: number;
  readonly lastUs: number;
  /** Cut or damaged: content after the last packet was not read. */
  readonly isCut?: boolean;
}

/** Lists the gaps from the end of each incompletely read capture to the start of the next one, if any. */
export function listGapsAfterCuts(captures: readonly CaptureSpan[]): CaptureGap[] {
  return captures
    .filter(({ isCut }) => isCut === true)
    .map(({ lastUs }) => {
      const later = captures.filter(({ firstUs }) => firstUs > lastUs).map(({ firstUs }) => firstUs);
      return { fromUs: lastUs, toUs: later.length === 0 ? lastUs : Math.min(...later), reason: 'cut' };
    });
}

/** Returns the gap after the last packet of an interrupted reading. */
export function gapOfInterruption(captures: readonly CaptureSpan[]): CaptureGap[] {
  const lastUs = captures.at(-1)?.lastUs;
  return lastUs === undefined ? [] : [{ fromUs: lastUs, toUs: lastUs, reason: 'interrupted' }];
}

/** Assigns each gap to the window in which it begins, or the previous one: the last packet may belong to no flow. */
export function addGaps(windows: readonly UsageWindow[], gaps: readonly CaptureGap[]): UsageWindow[] {
  const added = windows.map((): CaptureGap[] => []);
  for (const gap of gaps) {
    const at = windows.findLastIndex((window) => window.startSeconds * US <= gap.fromUs);
    added[Math.max(at, 0)]?.push(gap);
  }
  return windows.map((window, i) => {
    const own = added[i] ?? [];
    return own.length === 0 ? window : { ...window, ...unionGaps([window, { gaps: own }]) };
  });
}
