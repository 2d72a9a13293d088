// Does calendar arithmetic in an IANA time zone, by Intl: days of a zone and their start.

import type { DateTime } from './calendar.ts';
import { DAY_MS, DAY_SECONDS, QUARTER_SECONDS } from './units.ts';

/** Days and offsets of one time zone. Offsets are constant within a quarter hour of UTC in every zone since 1972. */
export interface Zone {
  readonly name: string;
  /** Seconds to add to UTC at a Unix time. */
  offsetAt(unixSeconds: number): number;
  /** Day of the zone as YYYY-MM-DD. */
  dayOf(unixSeconds: number): string;
  /** Unix time at which a day of the zone (YYYY-MM-DD) begins: its first instant, also where midnight does not exist. */
  startOfDay(day: string): number;
  /** Unix time of a local date and time; the earlier instant when it happens twice, the first one after a gap. */
  fromLocal(...parts: DateTime): number;
}

/** "+02:00". */
export function formatOffset(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${seconds < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

/** True for time zones of the runtime. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Date and clock of the zone, "2026-07-10 09:12:30". */
export const localTime = (unixSeconds: number, zone: Pick<Zone, 'offsetAt'>): string =>
  new Date((unixSeconds + zone.offsetAt(unixSeconds)) * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** "2026-07-10 09:12:30 (Asia/Shanghai)". */
export const zonedTime = (unixSeconds: number, zone: Zone): string =>
  `${localTime(unixSeconds, zone)} (${zone.name})`;

const dayTexts = new Map<number, string>();
/** Maximum number of cached days, thirty years: hostile input may contain more. */
const MAX_DAY_TEXTS = 11_000;

/** Returns one shared text per day: otherwise these texts take most memory of the report on a large network. */
function dayText(localSeconds: number): string {
  const day = Math.floor(localSeconds / DAY_SECONDS);
  const existing = dayTexts.get(day);
  if (existing !== undefined) return existing;
  const text = new Date(localSeconds * 1000).toISOString().slice(0, 10);
  if (dayTexts.size >= MAX_DAY_TEXTS) dayTexts.clear();
  dayTexts.set(day, text);
  return text;
}

const dayNumbers = new Map<string, number>();

/**
 * Counts the days from 1970-01-01 to a day (YYYY-MM-DD). Results are cached, because a report needs the same days for every
 * host.
 */
export function dayNumber(day: string): number {
  const existing = dayNumbers.get(day);
  if (existing !== undefined) return existing;
  const number = Date.parse(day) / DAY_MS;
  if (dayNumbers.size >= MAX_DAY_TEXTS) dayNumbers.clear();
  dayNumbers.set(day, number);
  return number;
}

/** UTC bypasses Intl, whose first use costs about 30 ms: a third of the start-up of a short command. */
const UTC: Zone = {
  name: 'UTC',
  offsetAt: () => 0,
  dayOf: (unixSeconds) => dayText(unixSeconds),
  startOfDay: (day) => Date.parse(`${day}T00:00:00Z`) / 1000,
  fromLocal: (year, month, day, hour, minute, second) =>
    Date.UTC(year, month - 1, day, hour, minute, second) / 1000,
};

/** Throws RangeError for a zone that does not exist. */
export function openZone(name: string): Zone {
  if (name === 'UTC') return UTC;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsets = new Map<number, number>();

  function offsetAt(unixSeconds: number): number {
    const quarter = Math.floor(unixSeconds / QUARTER_SECONDS);
    const existing = offsets.get(quarter);
    if (existing !== undefined) return existing;
    const start = quarter * QUARTER_SECONDS;
    const parts = new Map<string, number>();
    for (const part of format.formatToParts(start * 1000)) parts.set(part.type, Number(part.value));
    const get = (type: string): number => parts.get(type) ?? 0;
    const local =
      Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second')) / 1000;
    const offset = local - start;
    offsets.set(quarter, offset);
    return offset;
  }

  function fromLocal(...[year, month, day, hour, minute, second]: DateTime): number {
    const wall = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
    // The offsets one day before and after bound the possible offsets; the earlier instant has the larger offset.
    const candidates = [offsetAt(wall - DAY_SECONDS), offsetAt(wall + DAY_SECONDS)];
    candidates.sort((a, b) => b - a);
    for (const offset of candidates) {
      if (offsetAt(wall - offset) === offset) return wall - offset;
    }
    // A local time in a gap means the instant of the change to daylight saving time.
    let low = wall - (candidates[0] ?? 0);
    let high = wall - (candidates[1] ?? 0);
    const before = offsetAt(Math.min(low, high));
    [low, high] = [Math.min(low, high), Math.max(low, high)];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  return {
    name,
    offsetAt,
    fromLocal,
    dayOf(unixSeconds) {
      return dayText(unixSeconds + offsetAt(unixSeconds));
    },
    startOfDay(day) {
      const [year, month, date] = day.split('-').map(Number);
      return fromLocal(year ?? 1970, month ?? 1, date ?? 1, 0, 0, 0);
    },
  };
}
