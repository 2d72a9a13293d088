// The end of every reading, of captures and of logs: its windows, and what is known of their times.

import type { AnalyzeResult, CaptureDrops } from '../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { openZone } from '../time/zone.ts';
import { addGaps } from '../window/capture-gaps.ts';
import { listCoverage } from '../window/coverage.ts';
import { joinDualStack } from '../window/dual-stack.ts';
import { overflowNote } from '../window/overflow.ts';

/** Stores keep a revision in 32 bits. */
const MAX_REVISION = 2 ** 31 - 1;

/** A longer reading of the same input, of more packets or rows, is the better one. */
export const capRevision = (count: number): number => Math.min(count, MAX_REVISION);

/** Windows that a collector has finished, with the gaps and drops of the reading. */
export const finishedWindows = (
  windows: readonly UsageWindow[],
  gaps: readonly CaptureGap[],
  drops: readonly CaptureDrops[],
): UsageWindow[] => addDrops(addGaps(joinDualStack(windows), gaps), drops);

export function notesWithOverflow(
  notes: readonly string[],
  windows: readonly UsageWindow[],
): readonly string[] {
  const overflow = overflowNote(windows);
  return overflow === null ? notes : [...notes, overflow];
}

export function buildResult<R extends Pick<AnalyzeResult, 'captures'>>(
  reading: R,
  windows: readonly UsageWindow[],
  timezone = 'UTC',
): R & Pick<AnalyzeResult, 'windows' | 'coverage' | 'recordsFrom' | 'recordsUntil'> {
  const { captures } = reading;
  return {
    ...reading,
    windows,
    coverage: listCoverage(windows, openZone(timezone)),
    recordsFrom: captures.flatMap(({ firstPacket }) => firstPacket ?? []).sort()[0] ?? null,
    recordsUntil:
      captures
        .flatMap(({ lastPacket }) => lastPacket ?? [])
        .sort()
        .at(-1) ?? null,
  };
}

/**
 * Distributes drops of the capturing machine over the windows of the capture: it reports their number, not their times.
 * By the packets of each window, so that each span of a capture lost the same share. `windows` are sorted.
 */
export function addDrops(windows: readonly UsageWindow[], drops: readonly CaptureDrops[]): UsageWindow[] {
  const added = windows.map(() => 0);
  for (const { firstUs, lastUs, count } of drops) {
    const inside = windows.flatMap(({ startSeconds, lengthSeconds }, i) =>
      startSeconds * US <= lastUs && (startSeconds + lengthSeconds) * US > firstUs ? [i] : [],
    );
    const meant = inside.length > 0 ? inside : windows.slice(-1).map(() => windows.length - 1);
    const weightOf = (i: number): number => 1 + (windows[i]?.stats.packets ?? 0);
    const whole = meant.reduce((sum, i) => sum + weightOf(i), 0);
    let [weight, placed] = [0, 0];
    for (const i of meant) {
      weight += weightOf(i);
      const upTo = Math.round((count * weight) / whole);
      added[i] = (added[i] ?? 0) + upTo - placed;
      placed = upTo;
    }
  }
  return windows.map((window, i) => withDrops(window, added[i] ?? 0));
}

function withDrops(window: UsageWindow, count: number): UsageWindow {
  if (count === 0) return window;
  return { ...window, stats: { ...window.stats, kernelDrops: window.stats.kernelDrops + count } };
}
