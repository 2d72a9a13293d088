// Drops that captures report, each counted once: counters continue when a capture is rotated.

import type { CaptureRecord } from '../model/flow.ts';
import type { CaptureDrops } from '../model/sensor.ts';

/**
 * Captures with drops, by time. Counters with the same start belong to one run: of a later file only the increase over the
 * previous file counts.
 */
export function capturesWithDrops(captures: readonly CaptureRecord[]): CaptureDrops[] {
  const counted = new Map<number, number>();
  const found: CaptureDrops[] = [];
  for (const { firstUs, lastUs, drops, dropsSinceUs } of captures.toSorted(byTime)) {
    const before = dropsSinceUs === 0 ? 0 : (counted.get(dropsSinceUs) ?? 0);
    counted.set(dropsSinceUs, Math.max(before, drops));
    const count = drops >= before ? drops - before : drops;
    if (count > 0 && firstUs !== null && lastUs !== null) found.push({ firstUs, lastUs, count });
  }
  return found;
}

const byTime = (a: CaptureRecord, b: CaptureRecord): number =>
  (a.firstUs ?? 0) - (b.firstUs ?? 0) || (a.lastUs ?? 0) - (b.lastUs ?? 0);
