// Converts dates and times of a policy to instants. A bare date begins in the time zone of the policy. Every instant is
// a quarter hour of UTC, the granularity of summed windows.

import { DAY_SECONDS, QUARTER_SECONDS } from '../time/units.ts';
import { formatOffset, localTime, type Zone } from '../time/zone.ts';

const PATTERN = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Returns Unix seconds or an error message. `onQuarter` refuses instants within a quarter hour. */
export function parseDateTime(text: string, zone: Zone, onQuarter: 'quarter' | 'any'): number | string {
  const match = PATTERN.exec(text);
  if (match === null)
    return `"${text}" is neither a date (2026-07-10) nor a time (2026-07-10T09:00:00+08:00)`;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  if (month < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return `${text.slice(0, 10)} does not exist in the calendar`;
  }
  if (hour > 23 || minute > 59 || second > 59) return `${text.slice(11)} is not a time of day`;
  const offset = match[7];
  const at =
    offset === undefined
      ? zone.fromLocal(year, month, day, hour, minute, second)
      : Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - parseOffset(offset);
  if (onQuarter === 'quarter' && at % QUARTER_SECONDS !== 0) {
    return `"${text}" does not fall on a quarter hour of UTC; rules begin and end on quarter hours`;
  }
  return at;
}

/**
 * States that a local time without an offset occurs twice or never because clocks change; null: it occurs once. `at`:
 * the assumed instant.
 */
export function describeClockChange(text: string, at: number, zone: Zone): string | null {
  if (!/T[\d:]+$/.test(text)) return null;
  const local = localTime(at, zone);
  if (!local.startsWith(text.replace('T', ' ')))
    return `"${text}" does not exist in ${zone.name}, because clocks are set forward: it is taken for ${local}`;
  const [offset, later] = [zone.offsetAt(at), zone.offsetAt(at + DAY_SECONDS)];
  if (later >= offset || zone.offsetAt(at + offset - later) !== later) return null;
  return `"${text}" comes twice in ${zone.name}, because clocks are set back: it is taken for the first; write ${text}${formatOffset(offset)} or ${text}${formatOffset(later)}`;
}

function parseOffset(text: string): number {
  if (text === 'Z') return 0;
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * (Number(text.slice(1, 3)) * 3600 + Number(text.slice(4, 6)) * 60);
}
