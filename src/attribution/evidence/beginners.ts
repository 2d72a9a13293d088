// Tools that are only possible, but made calls as they make them when they begin: they may have asked a model since.

import type { TimestampUs } from '../../time/units.ts';
import { leastOf } from '../../window/sums.ts';
import type { Channel } from '../traffic/channel.ts';
import type { Candidate } from './item.ts';
import { startUpTimesOf } from './manner.ts';

export interface Beginner {
  readonly candidate: Candidate;
  /** Of the calls: their runtimes are the tool's. */
  readonly channels: readonly Channel[];
  readonly fromUs: TimestampUs;
}

/** Another tool, which begins alike, explains one call: of several, one may be this tool's. */
const WEAKENED_CALLS = 2;

/** Those that ask models with the user's own key. What nobody answered anybody may have sent. */
export function beginnersOf(candidates: readonly Candidate[]): Beginner[] {
  return candidates.flatMap((candidate): Beginner[] => {
    const { compiled, grade, items } = candidate;
    if (grade !== 'possible' || compiled.tool.ownKey !== true) return [];
    const speaking = items.filter((item) => item.grade !== null);
    const isWeakened = speaking.some((item) => item.isWeakened);
    const channels = [...new Set(speaking.flatMap((item) => item.channels))].filter(
      (channel) => channel.isAnswered && startUpTimesOf(compiled, [channel]).length > 0,
    );
    const times = startUpTimesOf(compiled, channels);
    if (times.length < (isWeakened ? WEAKENED_CALLS : 1)) return [];
    return [{ candidate, channels, fromUs: leastOf(times) }];
  });
}
