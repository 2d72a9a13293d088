// Distributes drops of the capturing machine over the windows of the capture: it reports their number, not their times.

import type { CaptureDrops } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import { US } from '../time/units.ts';

/** By the packets of each window, so that each span of a capture lost the same share. `windows` are sorted. */
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
