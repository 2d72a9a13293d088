// Writes SQL for days, hours and weeks of a time zone as whole numbers, with the offsets of the zone in a span.

import { DAY_SECONDS, HOUR_SECONDS, QUARTER_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import type { Span } from '../span.ts';
import type { Dialect } from './dialect.ts';

/** SQL expressions over a column of Unix time. Days and weeks are counted from 1970-01-01T00:00 in the zone. */
export interface ZoneSql {
  /** Unix time of the start of the local hour. */
  startOfHour(column: string): string;
  day(column: string): string;
  /** Number of the week, counted from Monday, 1969-12-29. */
  week(column: string): string;
}

/** Builds expressions that are valid in a span. */
export function zoneSql(zone: Pick<Zone, 'offsetAt'>, span: Span, divide: Dialect['divide']): ZoneSql {
  const periods = listOffsets(zone, span);
  const last = periods.at(-1)?.offset ?? 0;
  const offsetOf = (column: string): string => {
    const whens = periods
      .slice(0, -1)
      .map(({ until, offset }) => `WHEN ${column} < ${until} THEN ${offset}`)
      .join(' ');
    return whens === '' ? `(${last})` : `CASE ${whens} ELSE ${last} END`;
  };
  const local = (column: string): string => `(${column} + ${offsetOf(column)})`;
  return {
    startOfHour: (column) =>
      `(${divide(local(column), HOUR_SECONDS)} * ${HOUR_SECONDS} - ${offsetOf(column)})`,
    day: (column) => divide(local(column), DAY_SECONDS),
    week: (column) => divide(`${divide(local(column), DAY_SECONDS)} + 3`, 7),
  };
}

interface OffsetPeriod {
  until: number;
  readonly offset: number;
}

/** Lists periods of constant offset. No zone changes its offset twice in a day, or within a quarter hour. */
function listOffsets(zone: Pick<Zone, 'offsetAt'>, { from, to }: Span): OffsetPeriod[] {
  const start = Math.floor(from / DAY_SECONDS) * DAY_SECONDS;
  const periods: OffsetPeriod[] = [{ until: start, offset: zone.offsetAt(start) }];
  for (let day = start; day <= to; day += DAY_SECONDS) {
    const offset = zone.offsetAt(day + DAY_SECONDS);
    const period = periods.at(-1);
    if (period === undefined || period.offset === offset) continue;
    period.until = changeWithin(zone, day, day + DAY_SECONDS);
    periods.push({ until: day + DAY_SECONDS, offset });
  }
  return periods;
}

/** Finds the first quarter hour with the offset of the end. */
function changeWithin(zone: Pick<Zone, 'offsetAt'>, from: number, to: number): number {
  let [low, high] = [from, to];
  const after = zone.offsetAt(to);
  while (high - low > QUARTER_SECONDS) {
    const middle = Math.floor((low + high) / 2 / QUARTER_SECONDS) * QUARTER_SECONDS;
    if (zone.offsetAt(middle) === after) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Returns YYYY-MM-DD by the number of a day. Texts are cached, because a report of months names the same days for every
 * host.
 */
export function dayTexts(): (day: number) => string {
  const cache = new Map<number, string>();
  return (day) => {
    let text = cache.get(day);
    if (text === undefined) {
      text = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
      cache.set(day, text);
    }
    return text;
  };
}
