// Gaps in captures that were read as one, between them and where reading ended early: put into the windows in which
// they begin.

import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { unionGaps } from './sums.ts';

/** A pause between two captures that is worth a word: rotation takes milliseconds, a quiet network seconds. */
export const MIN_GAP_US = 60 * US;

/** First and last packet of one capture, as far as it was read. */
export interface CaptureSpan {
  readonly firstUs: number;
  readonly lastUs: number;
  /** Cut or damaged: what came after the last packet was not read. */
  readonly isCut?: boolean;
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

/** Behind each capture that was not read to its end, up to where another one begins: without one, for nobody knows how long. */
export function gapsBehindCuts(captures: readonly CaptureSpan[]): CaptureGap[] {
  return captures
    .filter(({ isCut }) => isCut === true)
    .map(({ lastUs }) => {
      const later = captures.filter(({ firstUs }) => firstUs > lastUs).map(({ firstUs }) => firstUs);
      return { fromUs: lastUs, toUs: later.length === 0 ? lastUs : Math.min(...later), reason: 'cut' };
    });
}

/** Behind the last packet that an interrupted reading came to, in the capture that it was reading. */
export function gapOfInterruption(captures: readonly CaptureSpan[]): CaptureGap[] {
  const lastUs = captures.at(-1)?.lastUs;
  return lastUs === undefined ? [] : [{ fromUs: lastUs, toUs: lastUs, reason: 'interrupted' }];
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
