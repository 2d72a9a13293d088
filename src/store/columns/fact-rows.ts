// Decodes rows of hosts and of coverage, for both SQL engines.

import type {
  HostQuartersBySensor,
  HostTotalsBySensor,
  SeenTotals,
  SensorTime,
} from '../../attribution/traffic/host-sensors.ts';
import type { CoverageDay } from '../../model/report.ts';
import type { CaptureGap, NotVisibleTraffic } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import type { HostPart } from '../../report/document/host-facts.ts';
import type { Zone } from '../../time/zone.ts';
import { coverageOf } from '../../window/coverage.ts';

/** Days of a host as bits: grouping by host and day takes twice as long. The number of bits that a double holds exactly. */
export const WORD_DAYS = 48;

/** `rows`: a sensor, and the starts of its first and of its last window. */
export const sensorTimesOf = (rows: readonly (readonly [string, number, number])[]): SensorTime[] =>
  rows.map(([sensor, firstSeconds, lastSeconds]) => ({ sensor, firstSeconds, lastSeconds }));

/** `rows`: a host, a sensor, seconds and bytes; each pair once. */
export function totalsOfRows(rows: Iterable<readonly [string, string, number, number]>): HostTotalsBySensor {
  const totals = new Map<string, Map<string, SeenTotals>>();
  for (const [host, sensor, seconds, bytes] of rows) {
    const bySensor = totals.get(host) ?? new Map<string, SeenTotals>();
    totals.set(host, bySensor.set(sensor, { seconds, bytes }));
  }
  return totals;
}

/** `rows`: a host, a sensor, and starts of quarter hours; each pair once. */
export function quartersOfRows(
  rows: Iterable<readonly [string, string, readonly number[]]>,
): HostQuartersBySensor {
  const quarters = new Map<string, Map<string, ReadonlySet<number>>>();
  for (const [host, sensor, starts] of rows) {
    const bySensor = quarters.get(host) ?? new Map<string, ReadonlySet<number>>();
    quarters.set(host, bySensor.set(sensor, new Set(starts)));
  }
  return quarters;
}

export type PartOfHost = { days: string[]; hosts: HostPart[] };

/** Bit words per query: 33 years. */
const MAX_WORDS = 256;

/**
 * Bit words of the days of a host, for days with windows only: one window with a wrong time would otherwise add a column
 * per 48 days for centuries. Split into parts of one query each.
 */
export function wordsToAsk(words: readonly number[]): (readonly number[])[] {
  return Array.from({ length: Math.ceil(words.length / MAX_WORDS) }, (_, i) =>
    words.slice(i * MAX_WORDS, (i + 1) * MAX_WORDS),
  );
}

/** The days of a word, half-open, as numbers since 1970. */
export const daysOfWord = (word: number): readonly [from: number, to: number] => [
  word * WORD_DAYS,
  (word + 1) * WORD_DAYS,
];

/** Days of the bits that are set, in the words of a question. */
export function daysIn(asked: readonly number[], words: readonly number[]): number[] {
  const days: number[] = [];
  for (const [i, word] of words.entries()) {
    for (let rest = word, day = (asked[i] ?? 0) * WORD_DAYS; rest > 0; rest = Math.floor(rest / 2), day++)
      if (rest % 2 === 1) days.push(day);
  }
  return days;
}

/** Unobserved traffic of a host, of one kind and hint. */
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

/** `days`: start, packets and drops of each; `gaps`: start of the windows with gaps, and the gaps as JSON. */
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
