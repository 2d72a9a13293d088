// Formats and parses instants as RFC 3339 text in UTC with microseconds.

import { DAY_SECONDS, type TimestampUs, US } from './units.ts';

const DAY_US = DAY_SECONDS * US;
const TWO_DIGITS = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'));

/** Caches the last day: reports have many instants of few days, and `Date` is slow. */
let lastDay = Number.NaN;
let dateOfDay = '';
/** Caches the last instant: a row of a report repeats the time of a connection, and the copies share one text. */
let lastUs = Number.NaN;
let lastText = '';

/**
 * For example "2026-07-08T07:12:03.004500Z". Exact to the microsecond until 2255, when microseconds exceed 2^53.
 * Throws RangeError for an invalid instant.
 */
export function formatInstant(us: TimestampUs): string {
  if (us !== lastUs) {
    lastText = formatText(us);
    lastUs = us;
  }
  return lastText;
}

function formatText(us: TimestampUs): string {
  const whole = Math.round(us);
  const day = Math.floor(whole / DAY_US);
  if (day !== lastDay) {
    dateOfDay = new Date(day * (DAY_US / 1000)).toISOString().slice(0, 11);
    lastDay = day;
  }
  const ofDay = whole - day * DAY_US;
  const seconds = Math.floor(ofDay / US);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const micros = String(ofDay - seconds * US + US).slice(1);
  // Joins the parts, because a concatenated string retains them.
  return [
    dateOfDay,
    TWO_DIGITS[hours],
    ':',
    TWO_DIGITS[minutes - 60 * hours],
    ':',
    TWO_DIGITS[seconds - 60 * minutes],
    '.',
    micros,
    'Z',
  ].join('');
}

export function parseInstant(text: string): TimestampUs {
  const toMillis = Date.parse(`${text.slice(0, 23)}Z`);
  return toMillis * 1000 + Number(text.slice(23, 26));
}

/** Removes a fraction of zero: windows and periods begin and end at whole seconds. */
export const shortInstant = (instant: string): string => instant.replace('.000000Z', 'Z');
