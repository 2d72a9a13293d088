// Tools that are only possible, but made calls as they make them when they begin: they may have asked a model since.

import type { TimestampUs } from '../../time/instant.ts';
import { leastOf } from '../../window/sums.ts';
import type { Channel } from '../traffic/channels.ts';
import { startUpTimesOf } from './manner.ts';
import type { Candidate } from './ownership.ts';

export interface Beginner {
  readonly candidate: Candidate;
  /** Of the calls: their runtimes are the tool's. */
  readonly channels: readonly Channel[];
  readonly fromUs: TimestampUs;
}

/** Those that ask models with the user's own key. What nobody answered anybody may have sent. */
export function beginnersOf(candidates: readonly Candidate[]): Beginner[] {
  return candidates.flatMap((candidate): Beginner[] => {
    const { compiled, grade, items } = candidate;
    if (grade !== 'possible' || compiled.tool.ownKey !== true) return [];
    const speaking = items.filter((item) => item.grade !== null);
    const weakened = new Set(
      speaking.filter(({ isWeakened }) => isWeakened).flatMap(({ channels }) => channels),
    );
    const channels = [...new Set(speaking.flatMap((item) => item.channels))].filter(
      (channel) =>
        channel.isAnswered && (weakened.has(channel) || startUpTimesOf(compiled, [channel]).length > 0),
    );
    if (channels.length === 0) return [];
    const fromUs = leastOf(
      channels.flatMap((channel) =>
        weakened.has(channel) ? [channel.firstUs] : startUpTimesOf(compiled, [channel]),
      ),
    );
    return [{ candidate, channels, fromUs }];
  });
}
