// The end of every reading, of captures and of logs: its windows, and what is known of their times.

import type { AnalyzeResult, CaptureDrops } from '../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { openZone } from '../time/zone.ts';
import { coverageOf } from '../window/coverage.ts';
import { addDrops } from '../window/drops.ts';
import { joinDualStack } from '../window/dual-stack.ts';
import { addGaps } from '../window/gaps.ts';
import { overflowNote } from '../window/overflow.ts';

/** What stores keep a revision as. */
const MAX_REVISION = 2 ** 31 - 1;

/** A longer reading of the same input, of more packets or rows, is the better one. */
export const revisionOf = (count: number): number => Math.min(count, MAX_REVISION);

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

/** A reading as the result of an analysis. */
export function resultOf<R extends Pick<AnalyzeResult, 'captures'>>(
  reading: R,
  windows: readonly UsageWindow[],
  timeZone = 'UTC',
): R & Pick<AnalyzeResult, 'windows' | 'coverage' | 'recordsFrom' | 'recordsUntil'> {
  const { captures } = reading;
  return {
    ...reading,
    windows,
    coverage: coverageOf(windows, openZone(timeZone)),
    recordsFrom: captures.flatMap(({ firstPacket }) => firstPacket ?? []).sort()[0] ?? null,
    recordsUntil:
      captures
        .flatMap(({ lastPacket }) => lastPacket ?? [])
        .sort()
        .at(-1) ?? null,
  };
}
