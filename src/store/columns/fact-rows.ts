// What rows of a store's columns say of hosts and of coverage, as the engines that speak SQL answer.

import type { CoverageDay } from '../../model/report.ts';
import type { CaptureGap, NotVisibleTraffic } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import type { HostPart } from '../../report/document/host-facts.ts';
import type { Zone } from '../../time/zone.ts';
import { coverageOf } from '../../window/coverage.ts';

/** Days on which a host was seen, one bit each: to group by host and day takes twice as long. A double holds so many. */
export const WORD_DAYS = 48;

export type PartOfHost = { days: string[]; hosts: HostPart[] };

/** Indexes of the bits that are set, in words of so many days. */
export function daysIn(words: readonly number[]): number[] {
  const days: number[] = [];
  for (const [i, word] of words.entries()) {
    for (let rest = word, day = i * WORD_DAYS; rest > 0; rest = Math.floor(rest / 2), day++)
      if (rest % 2 === 1) days.push(day);
  }
  return days;
}

/** Of a host: what could not be seen into, of one kind and hint. */
export function partOfNotVisible([host, kind, hint, flows, bytes, firstUs, lastUs]: [
  string,
  string,
  string,
  number,
  number,
  number,
  number,
]): PartOfHost {
  const notVisible: NotVisibleTraffic = {
    kind: kind as NotVisibleTraffic['kind'],
    hint: hint as NotVisibleTraffic['hint'],
    ...{ flows, bytes, firstUs, lastUs },
  };
  const nothing = { mac: null, macFrom: null, names: [], flows: 0, bytesUp: 0, bytesDown: 0 };
  return { days: [], hosts: [{ host, ...nothing, notVisible: [notVisible] }] };
}

/** `rows`: counts by reason as JSON, and how many windows have said the same. */
export function malformedOf(rows: readonly (readonly [string, number])[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [text, windows] of rows) {
    for (const [reason, count] of Object.entries(JSON.parse(text) as Record<string, number>))
      sums.set(reason, (sums.get(reason) ?? 0) + count * windows);
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => compareText(a, b)));
}

/** `days`: start, packets and drops of each; `gaps`: start of the windows that tell them, and they as JSON. */
export function coverageOfRows(
  days: readonly (readonly [number, number, number])[],
  gaps: readonly (readonly [number, string])[],
  zone: Zone,
): CoverageDay[] {
  return coverageOf(
    [
      ...days.map(([startSeconds, packets, kernelDrops]) => ({
        startSeconds,
        stats: { packets, kernelDrops },
      })),
      ...gaps.map(([startSeconds, list]) => ({
        startSeconds,
        stats: { packets: 0, kernelDrops: 0 },
        gaps: JSON.parse(list) as CaptureGap[],
      })),
    ],
    zone,
  );
}

/** `rows`: a key, bytes that could not be seen into, and all bytes. */
export const notVisibleShares = (rows: readonly (readonly [string, number, number])[]): Map<string, number> =>
  new Map(rows.map(([key, notVisible, all]) => [key, all === 0 ? 0 : Math.min(1, notVisible / all)]));
