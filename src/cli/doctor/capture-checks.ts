// Checks of `wiretally doctor` for the packets of captures: what is missing of them limits every report.

import { CAPTURE_ADVICE } from '../../model/capture-advice.ts';
import { MIN_LOST_BYTES } from '../../model/counters.ts';
import { sumOf } from '../../model/extremes.ts';
import type { CaptureSummary } from '../../model/report.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';
import type { SourceRead } from '../../query/source.ts';
import { formatShare, plural } from '../../text/quantity.ts';
import type { Check } from './machine-checks.ts';

const EVERY_PACKET =
  'capture every packet whole: snap length 0, a mirror port with sufficient bandwidth, a larger buffer';

/** Below this share, single connections were seen in one direction. */
const MIN_ONE_WAY = 0.01;

/** `captures`: those with packets. */
export function checkCaptures(
  captures: readonly CaptureSummary[],
  { windows, stats }: Pick<SourceRead, 'windows' | 'stats'>,
): Check[] {
  if (captures.length === 0) return [];
  const packets = sumOf(captures, (capture) => capture.packets);
  const bytes = sumOf(captures, (capture) => capture.bytes);
  const [missing, oneWay] = [countBytes(windows, 'loss'), countBytes(windows, 'oneWay')];
  const { complete, incomplete } = stats.clientHellos;
  const lacks: readonly (readonly [boolean, string, string])[] = [
    [
      missing >= MIN_LOST_BYTES,
      `${formatShare(missing / (bytes + missing))} of all bytes sent are missing: use can be overlooked`,
      EVERY_PACKET,
    ],
    [
      stats.kernelDrops > 0,
      `${formatShare(stats.kernelDrops / (packets + stats.kernelDrops))} of packets were dropped by the capturing machine`,
      EVERY_PACKET,
    ],
    [
      oneWay > bytes * MIN_ONE_WAY,
      `${formatShare(Math.min(1, oneWay / bytes))} of bytes are of connections that were captured in one direction only`,
      CAPTURE_ADVICE.bothDirections,
    ],
    [
      stats.snaplenCut > 0,
      `${plural(stats.snaplenCut, 'packet')} (${formatShare(stats.snaplenCut / packets)}) truncated by the snap length`,
      CAPTURE_ADVICE.wholePackets,
    ],
    [
      incomplete > 0,
      `${incomplete} of ${plural(complete + incomplete, 'hello')} cut or incomplete: their names are not read`,
      CAPTURE_ADVICE.fromTheBeginning,
    ],
  ];
  return [
    {
      name: 'captures',
      state: packets === 0 ? 'note' : 'good',
      says: `${plural(captures.length, 'capture')}, ${plural(packets, 'packet')}${packets === 0 ? '' : '; tools can be certain, likely or possible'}`,
      next: null,
    },
    ...lacks.flatMap(([isThere, says, next]): Check[] =>
      isThere ? [{ name: 'captures', state: 'note', says, next }] : [],
    ),
  ];
}

function countBytes(windows: readonly UsageWindow[], wanted: NotVisibleKind): number {
  let sum = 0;
  for (const { hosts } of windows)
    for (const { notVisible } of hosts)
      for (const { kind, bytes } of notVisible) if (kind === wanted) sum += bytes;
  return sum;
}
