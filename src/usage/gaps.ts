// Gaps between captures that were read as one: put into the windows in which they begin.

import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { unionGaps } from './sums.ts';

const US = 1_000_000;
/** A pause between two captures that is worth a word: rotation takes milliseconds, a quiet network seconds. */
export const MIN_GAP_US = 60 * US;

/** First and last packet of one capture. */
export interface CaptureSpan {
  readonly firstUs: number;
  readonly lastUs: number;
}

/** Spans of more than MIN_GAP_US that no capture reaches into, in the order of time. */
export function gapsBetween(captures: readonly CaptureSpan[]): CaptureGap[] {
  const gaps: CaptureGap[] = [];
  let endUs: number | null = null;
  for (const { firstUs, lastUs } of [...captures].sort((a, b) => a.firstUs - b.firstUs)) {
    if (endUs !== null && firstUs - endUs > MIN_GAP_US) {
      gaps.push({ fromUs: endUs, toUs: firstUs, reason: 'betweenCaptures' });
    }
    endUs = Math.max(endUs ?? lastUs, lastUs);
  }
  return gaps;
}

/** Each gap in the window in which it begins, or in the one before: the last packet need not be in any flow. */
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
