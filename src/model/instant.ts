// Instants as RFC 3339 text in UTC with microseconds.

import type { TimestampUs } from './flow.ts';

const MICROS_PER_SECOND = 1_000_000;

/** For example "2026-07-08T07:12:03.004500Z"; exact for every microsecond until the year 9999. */
export function formatInstant(us: TimestampUs): string {
  const whole = Math.round(us);
  const seconds = Math.floor(whole / MICROS_PER_SECOND);
  const micros = whole - seconds * MICROS_PER_SECOND;
  // Joined rather than added: a string of parts holds on to them, and reports keep many instants.
  return [new Date(seconds * 1000).toISOString().slice(0, 20), String(micros).padStart(6, '0'), 'Z'].join('');
}

/** Back from what formatInstant gives. */
export function parseInstant(text: string): TimestampUs {
  const toMillis = Date.parse(`${text.slice(0, 23)}Z`);
  return toMillis * 1000 + Number(text.slice(23, 26));
}

/** A formatter that keeps the text of the last second: captures come in order of time, and `Date` is dear. */
export function instantFormatter(): (us: TimestampUs) => string {
  let lastSecond = Number.NaN;
  let prefix = '';
  return (us) => {
    const second = Math.floor(us / MICROS_PER_SECOND);
    if (second !== lastSecond) {
      lastSecond = second;
      prefix = `${new Date(second * 1000).toISOString().slice(0, 19)}.`;
    }
    return `${prefix}${String(us - second * MICROS_PER_SECOND).padStart(6, '0')}Z`;
  };
}
