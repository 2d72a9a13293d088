// Finds hours without a log that was rotated away or never copied. Silence within one file was observed; silence
// between two files is unknown.

import type { Mutable } from '../../model/immutable.ts';
import type { CaptureGap } from '../../model/usage.ts';
import { findHull, type TimeSpan, uniteSpans } from '../../time/spans.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import { isIgnored, type LogCounts } from './line-counts.ts';
import type { RowKind } from './records.ts';

/** Maximum time without rows between two files of a quiet network. */
const QUIET_US = 900 * US;
/** After this time, names of files show that one between them is missing. */
const MISSING_US = 60 * US;

/** A log, up to the position that was read. */
export interface CountedLog {
  readonly file: string;
  readonly span: WrittenSpan;
  readonly counts: LogCounts;
}

export const hasTimes = ({ span }: Pick<CountedLog, 'span'>): boolean => span.rows > 0;

/**
 * Returns times of logs that were not understood: all time if one of them has no times, or if none of them has a row.
 */
export function ignoredTimes(logs: readonly CountedLog[]): TimeSpan[] {
  const ignored = logs.filter(({ counts }) => isIgnored(counts));
  if (!ignored.every(hasTimes) || hasNoRow(logs)) return [ALL_TIME];
  const firstUs = Math.min(...logs.filter(hasTimes).map(({ span }) => span.firstUs));
  return uniteSpans(
    ignored.map(({ span }) => ({
      // A row is written when its connection ends.
      fromUs: span.firstUs === firstUs ? ALL_TIME.fromUs : span.firstUs,
      untilUs: span.lastUs + 1,
    })),
  );
}

/** True if the logs of one product have no row. Their records may then be of any time of the other products. */
export const hasNoRow = (logs: readonly Pick<CountedLog, 'counts'>[]): boolean =>
  logs.length > 0 && logs.every(({ counts }) => counts.rows === 0);

/** States if the logs of one product can show a tool. */
export interface Sight {
  readonly isWithoutRow: boolean;
  /** No row can show a tool. */
  readonly isBlind: boolean;
}

/**
 * True if the products together prove nothing about absent use: one of them was not read, or none of them can show a
 * tool.
 */
export const proveNothing = (products: readonly Sight[]): boolean =>
  products.some(({ isWithoutRow }) => isWithoutRow) || products.every(({ isBlind }) => isBlind);

export const ALL_TIME: TimeSpan = { fromUs: Number.NEGATIVE_INFINITY, untilUs: Number.POSITIVE_INFINITY };

/** Matches conn.log of Zeek. */
const CONNECTIONS = /(^|[/\\])conn\./;

/** Times of rows in a file. */
interface TimedRows {
  readonly file: string;
  readonly span: RowTimes;
}

/**
 * Zeek and Suricata write a row for each connection, including DNS, so that their other rows do not show that
 * connections were logged.
 */
export function listLogGaps(logs: readonly Omit<CountedLog, 'counts'>[]): CaptureGap[] {
  const [connections, parts] = (['connections', 'parts'] as const).map((kind) =>
    sortByStart(
      logs.flatMap(({ file, span: { [kind]: span } }) => (span === undefined ? [] : [{ file, span }])),
    ),
  );
  const all = [
    ...findMissing(sortByStart(logs.filter(hasTimes))),
    ...findMissing(connections ?? []),
    ...findEnds(parts ?? [], connections ?? []),
  ];
  return uniteSpans(all).map(({ fromUs, untilUs }) => ({ fromUs, toUs: untilUs, reason: 'logMissing' }));
}

const sortByStart = <T extends TimedRows>(logs: readonly T[]): T[] =>
  [...logs].sort((a, b) => a.span.firstUs - b.span.firstUs);

/** Returns the times before the first and after the last connection with rows that are parts of connections. */
function findEnds(parts: readonly TimedRows[], connections: readonly TimedRows[]): TimeSpan[] {
  const [whole, own] = [parts, connections].map((list) =>
    findHull(list.map(({ span: { firstUs, lastUs } }) => ({ fromUs: firstUs, untilUs: lastUs }))),
  );
  if (whole == null || own == null) return [];
  return [
    { fromUs: whole.fromUs, untilUs: own.fromUs },
    { fromUs: own.untilUs, untilUs: whole.untilUs },
  ].filter(({ fromUs, untilUs }) => untilUs - fromUs > QUIET_US);
}

function findMissing(sorted: readonly TimedRows[]): TimeSpan[] {
  const gaps: TimeSpan[] = [];
  const before = new NamedFiles();
  const later = new NamedFiles();
  for (const { file } of sorted) later.add(file);
  let endUs = Number.NEGATIVE_INFINITY;
  let passed = 0;
  for (const [at, { file, span }] of sorted.entries()) {
    const apartUs = span.firstUs - endUs;
    if (at > 0 && apartUs > MISSING_US) {
      for (; (sorted[passed]?.span.firstUs ?? span.firstUs) < span.firstUs; passed++)
        later.remove(sorted[passed]?.file ?? '');
      if (!before.hasNextIn(later) && (before.hasEarlierThan(file) || apartUs > QUIET_US))
        gaps.push({ fromUs: endUs, untilUs: span.firstUs });
    }
    endUs = Math.max(endUs, span.lastUs);
    before.add(file);
  }
  return gaps;
}

/** Counts the hours and numbers in names of files, which show their order. */
class NamedFiles {
  /** Start and end times in names with hours. */
  readonly #begins = new Map<string, number>();
  readonly #ends = new Map<string, number>();
  /** Numbers of numbered files, by the rest of their name. */
  readonly #numbers = new Map<string, Map<number, number>>();

  add(file: string): void {
    this.#count(file, 1);
  }

  remove(file: string): void {
    this.#count(file, -1);
  }

  #count(file: string, by: number): void {
    const hours = HOURS.exec(file);
    if (hours !== null) {
      countIn(this.#begins, hours[1] ?? '', by);
      countIn(this.#ends, hours[2] ?? '', by);
    }
    const numbered = findNumber(file);
    if (numbered === null) return;
    const numbers = this.#numbers.get(numbered.stem) ?? new Map<number, number>();
    this.#numbers.set(numbered.stem, numbers);
    countIn(numbers, numbered.number, by);
  }

  /** True if one of `later` begins when one of these ends. */
  hasNextIn(later: NamedFiles): boolean {
    for (const end of this.#ends.keys()) if (later.#begins.has(end)) return true;
    for (const [stem, numbers] of this.#numbers)
      for (const number of numbers.keys())
        if (later.#numbers.get(stem)?.has(number - 1) === true) return true;
    return false;
  }

  /** True if one of these ends before `file` begins and another one is missing between them. */
  hasEarlierThan(file: string): boolean {
    const hours = HOURS.exec(file);
    if (hours !== null && this.#ends.size > (this.#ends.has(hours[1] ?? '') ? 1 : 0)) return true;
    const numbered = hours === null ? findNumber(file) : null;
    if (numbered === null) return false;
    const numbers = this.#numbers.get(numbered.stem)?.keys() ?? [];
    return [...numbers].some((number) => number > numbered.number + 1);
  }
}

function countIn<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count <= 0) counts.delete(key);
  else counts.set(key, count);
}

/** zeekctl names logs by their hour: conn.08:00:00-09:00:00.log.gz. */
const HOURS = /(\d\d[:_]\d\d[:_]\d\d)-(\d\d[:_]\d\d[:_]\d\d)/;
/** logrotate and Squid number files: eve.json.3.gz, access.log.0. Higher numbers are older. */
const NUMBER = /^(.*?)\.(\d{1,4})(?:\.(?:gz|zst))?$/;

function findNumber(file: string): { readonly stem: string; readonly number: number } | null {
  const parts = NUMBER.exec(file);
  return parts === null ? null : { stem: parts[1] ?? '', number: Number(parts[2]) };
}

/**
 * Returns files that are missing in a series according to its names, before any is read: hours of Zeek's connections,
 * and numbers of rotated files.
 */
export function findMissingFiles(files: readonly string[]): string[] {
  const hours = new Map<string, { readonly begin: string; readonly end: string }[]>();
  const numbers = new Map<string, number[]>();
  for (const file of files) {
    const [span, begin = '', end = ''] = HOURS.exec(file) ?? [];
    const numbered = findNumber(file);
    if (span !== undefined && CONNECTIONS.test(file)) {
      const series = file.replace(span, '*');
      hours.set(series, [...(hours.get(series) ?? []), { begin, end }]);
    } else if (numbered !== null)
      numbers.set(numbered.stem, [...(numbers.get(numbered.stem) ?? []), numbered.number]);
  }
  return [
    ...[...hours].flatMap(([series, spans]) => {
      const sorted = spans.sort((a, b) => (a.begin < b.begin ? -1 : 1));
      return sorted.slice(1).flatMap(({ begin }, at) => {
        const end = sorted[at]?.end ?? begin;
        return end < begin ? [series.replace('*', `${end}-${begin}`)] : [];
      });
    }),
    ...[...numbers].flatMap(([stem, found]) => {
      const sorted = found.sort((a, b) => a - b);
      return sorted.slice(1).flatMap((number, at) => {
        const [first, last] = [(sorted[at] ?? number) + 1, number - 1];
        return first > last ? [] : [first === last ? `${stem}.${first}` : `${stem}.${first} to .${last}`];
      });
    }),
  ].sort();
}

/** Times of the first and last row. */
export interface RowTimes {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
}

export interface WrittenSpan extends Mutable<RowTimes> {
  rows: number;
  /** Rows of these kinds; undefined without any. */
  connections?: Mutable<RowTimes> | undefined;
  parts?: Mutable<RowTimes> | undefined;
}

export const newSpan = (): WrittenSpan => ({
  firstUs: Number.POSITIVE_INFINITY,
  lastUs: Number.NEGATIVE_INFINITY,
  rows: 0,
  connections: undefined,
  parts: undefined,
});

/** Adds rows between these times. Called for every row, so that it makes no object. */
export function addRows(span: WrittenSpan, times: RowTimes, rows: number, kind: RowKind): void {
  span.rows += rows;
  extendTimes(span, times);
  if (kind === 'status' || times.firstUs > times.lastUs) return;
  const ofKind = span[kind];
  if (ofKind === undefined) span[kind] = { firstUs: times.firstUs, lastUs: times.lastUs };
  else extendTimes(ofKind, times);
}

/** Returns the times of both; `to` may be of an earlier version, without kinds. */
export function joinSpans(to: WrittenSpan, more: WrittenSpan): WrittenSpan {
  const span = structuredClone({ ...newSpan(), ...to });
  addRows(span, more, more.rows, 'status');
  for (const kind of ['connections', 'parts'] as const) {
    const times = more[kind];
    if (times !== undefined) addRows(span, times, 0, kind);
  }
  return span;
}

function extendTimes(times: Mutable<RowTimes>, { firstUs, lastUs }: RowTimes): void {
  if (firstUs < times.firstUs) times.firstUs = firstUs;
  if (lastUs > times.lastUs) times.lastUs = lastUs;
}
