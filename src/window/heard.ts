// Merges the times in which captures had packets.

import type { UsageWindow } from '../model/usage.ts';
import { type TimeSpan, uniteSpans } from '../time/spans.ts';
import { US } from '../time/units.ts';

type Part = Pick<UsageWindow, 'startSeconds' | 'lengthSeconds' | 'heard'>;

/** Lists the times with packets of a window; null for a window that states that its sensor was on all the time. */
export function findRuns({ heard }: Pick<Part, 'heard'>): TimeSpan[] | null {
  if (heard === undefined) return null;
  const runs: TimeSpan[] = [];
  for (let i = 0; i + 1 < heard.length; i += 2)
    runs.push({ fromUs: heard[i] ?? 0, untilUs: heard[i + 1] ?? 0 });
  return runs;
}

/** Returns a list that is never empty: an empty list would state that the sensor was on all the time. */
function listHeardTimes(runs: readonly TimeSpan[], { startSeconds }: Pick<Part, 'startSeconds'>): number[] {
  const joined = uniteSpans(runs).flatMap(({ fromUs, untilUs }) => [fromUs, untilUs]);
  return joined.length === 0 ? [startSeconds * US, startSeconds * US] : joined;
}

export const partSpan = ({ startSeconds, lengthSeconds }: Omit<Part, 'heard'>): TimeSpan => ({
  fromUs: startSeconds * US,
  untilUs: (startSeconds + lengthSeconds) * US,
});

/** Unites the times of the parts of one window. Absent if its sensors state that they were on all the time. */
export function unionHeard(parts: readonly Part[], whole: Omit<Part, 'heard'>): Pick<Part, 'heard'> {
  const runs = uniteSpans(parts.flatMap((part) => findRuns(part) ?? [partSpan(part)]));
  const { fromUs, untilUs } = partSpan(whole);
  const [first] = runs;
  const isStated = parts.every(({ heard }) => heard === undefined);
  const isWhole = first !== undefined && first.fromUs <= fromUs && first.untilUs >= untilUs;
  return isStated && isWhole ? {} : { heard: listHeardTimes(runs, whole) };
}
