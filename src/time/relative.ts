// A time relative to now: today, yesterday, a weekday, or an age like 7d.

import { DAY_SECONDS } from './units.ts';
import type { Zone } from './zone.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  m: 60,
  h: 3600,
  d: DAY_SECONDS,
  w: 7 * DAY_SECONDS,
};

/**
 * Unix seconds of the start of today, yesterday or the last such weekday (today included) in the zone, or of an age
 * ("90m", "24h", "7d", "2w") before now; null for anything else.
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
  return count === undefined ? null : Math.floor(nowSeconds) - Number(count) * (UNIT_SECONDS[unit] ?? 0);
}

/** Days of the calendar, whatever their length in the zone. */
const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_SECONDS * 1000).toISOString().slice(0, 10);
