// Completes every read of captures and logs: its windows, and the known times.

import type { AnalyzeResult, CaptureDrops } from '../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { openZone } from '../time/zone.ts';
import { addGaps } from '../window/capture-gaps.ts';
import { listCoverage } from '../window/coverage.ts';
import { joinDualStack } from '../window/dual-stack.ts';
import { overflowNote } from '../window/overflow.ts';

/** Maximum revision: stores have 32 bits for it. */
const MAX_REVISION = 2 ** 31 - 1;

/** Limits a revision. A longer read of the same input has more packets or rows, so it replaces a shorter one. */
export const capRevision = (count: number): number => Math.min(count, MAX_REVISION);

/** Returns the windows of a collector, with the gaps and drops of the read. */
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
 * Distributes drops over the windows of the capture, in proportion to their packets, because the capturing machine
 * reports their number but not their times. `windows` must be sorted.
 */
export function addDrops(windows: readonly UsageWindow[], drops: readonly CaptureDrops[]): UsageWindow[] {
  const added = windows.map(() => 0);
  for (const { firstUs, lastUs, count } of drops) {
    const inside = windows.flatMap(({ startSeconds, lengthSeconds }, i) =>
      startSeconds * US <= lastUs && (startSeconds + lengthSeconds) * US > firstUs ? [i] : [],
    );
    const indexes = inside.length > 0 ? inside : windows.slice(-1).map(() => windows.length - 1);
    const weighWindow = (i: number): number => 1 + (windows[i]?.stats.packets ?? 0);
    const whole = indexes.reduce((sum, i) => sum + weighWindow(i), 0);
    let [weight, placed] = [0, 0];
    for (const i of indexes) {
      weight += weighWindow(i);
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
