// A time as people write it: a date, a date and time in a zone, or an instant with its own offset.

import { openZone } from './zone.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Unix seconds of "2026-07-10", "2026-07-10T09:30" (in the zone) or an RFC 3339 instant; null for anything else. */
export function secondsOfDateTime(value: string, timezone: string): number | null {
  const parts = DATE.exec(value);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offset = parts[7];
  if (offset === undefined) return openZone(timezone).fromLocal(year, month, day, hour, minute, second);
  const seconds = offsetSeconds(offset);
  return seconds === null ? null : Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds;
}

/** Of "Z", "+02:00" or "-0230"; null for none that can be. */
function offsetSeconds(text: string): number | null {
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}
