// Parses times that users write: a date, a date and time in a zone, or an instant with an offset.

import { DAY_SECONDS } from './units.ts';
import { openZone, type Zone } from './zone.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * Unix seconds of "2026-07-10", "2026-07-10T09:30" (in the zone) or an RFC 3339 instant; null for anything else. In an hour
 * that occurs twice, a start is the earlier instant and an end (`until`) the later one: the span has both hours.
 */
export function secondsOfDateTime(value: string, timezone: string, name = ''): number | null {
  const parts = DATE.exec(value);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offset = parts[7];
  if (offset === undefined) {
    const zone = openZone(timezone);
    const first = zone.fromLocal(year, month, day, hour, minute, second);
    return parts[4] !== undefined && /^(?:--)?until$/.test(name) ? secondOccurrence(first, zone) : first;
  }
  const seconds = offsetSeconds(offset);
  return seconds === null ? null : Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds;
}

/** The later instant with the same local time; the same instant if there is none. */
function secondOccurrence(first: number, zone: Zone): number {
  const second = first + zone.offsetAt(first) - zone.offsetAt(first + DAY_SECONDS);
  const isSameTime = second + zone.offsetAt(second) === first + zone.offsetAt(first);
  return second > first && isSameTime ? second : first;
}

/** Reads "Z", "+02:00" or "-0230"; null for an impossible offset. */
function offsetSeconds(text: string): number | null {
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

// Parses times relative to now: today, yesterday, a weekday, or an age like 7d.

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const QUARTER_SECONDS = 900;
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  m: 60,
  h: 3600,
  d: DAY_SECONDS,
  w: 7 * DAY_SECONDS,
};

/**
 * Unix seconds of the start of today, yesterday or the last such weekday (today included) in the zone, or of an age
 * ("90m", "24h", "7d", "2w") before the current quarter hour, because records of logs have this length and are read whole;
 * null for anything else.
 */
export function secondsOfRelative(text: string, nowSeconds: number, zone: Zone): number | null {
  const word = text.toLowerCase();
  const today = zone.dayOf(nowSeconds);
  if (word === 'now') return Math.floor(nowSeconds);
  if (word === 'today') return zone.startOfDay(today);
  if (word === 'yesterday') return zone.startOfDay(daysBefore(today, 1));
  const weekday = WEEKDAYS.indexOf(word);
  if (weekday >= 0) {
    const ago = (new Date(`${today}T00:00:00Z`).getUTCDay() - weekday + 7) % 7;
    return zone.startOfDay(daysBefore(today, ago));
  }
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(word) ?? [];
  if (count === undefined) return null;
  const quarter = Math.floor(nowSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
  return quarter - Number(count) * (UNIT_SECONDS[unit] ?? 0);
}

/** Counts calendar days, whatever their length in the zone. */
const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_SECONDS * 1000).toISOString().slice(0, 10);

/** True for an existing date as YYYY-MM-DD. */
export function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
