// Instants as RFC 3339 text in UTC with microseconds.

import { type TimestampUs, US } from './units.ts';

/** For example "2026-07-08T07:12:03.004500Z"; exact for every microsecond until 2255, when they are more than 2^53. */
export function formatInstant(us: TimestampUs): string {
  const whole = Math.round(us);
  const seconds = Math.floor(whole / US);
  const micros = whole - seconds * US;
  // Joined, not concatenated: a concatenated string retains its parts, and reports have many instants.
  return [new Date(seconds * 1000).toISOString().slice(0, 20), String(micros).padStart(6, '0'), 'Z'].join('');
}

/** Back from what formatInstant gives. */
export function parseInstant(text: string): TimestampUs {
  const toMillis = Date.parse(`${text.slice(0, 23)}Z`);
  return toMillis * 1000 + Number(text.slice(23, 26));
}

/** A formatter that caches the text of the last second: captures are ordered by time, and `Date` is slow. */
export function instantFormatter(): (us: TimestampUs) => string {
  let lastSecond = Number.NaN;
  let prefix = '';
  return (us) => {
    const second = Math.floor(us / US);
    if (second !== lastSecond) {
      lastSecond = second;
      prefix = `${new Date(second * 1000).toISOString().slice(0, 19)}.`;
    }
    return `${prefix}${String(us - second * US).padStart(6, '0')}Z`;
  };
}
