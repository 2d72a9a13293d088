// A time as people write it: a date, a date and time in a zone, or an instant with its own offset.

import { openZone } from './zone.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** Unix seconds of "2026-07-10", "2026-07-10T09:30" (in the zone) or an RFC 3339 instant; null for anything else. */
export function secondsOfDateTime(value: string, timezone: string): number | null {
  const parts = DATE.exec(value);
  if (parts !== null) {
    const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0));
    const isReal = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1)).getUTCDate() === day;
    if (isReal && (hour ?? 0) < 24 && (minute ?? 0) < 60 && (second ?? 0) < 60) {
      const zone = openZone(timezone);
      return zone.fromLocal(year ?? 0, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0);
    }
  }
  const instant = /(?:Z|[+-]\d{2}:?\d{2})$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isFinite(instant) ? Math.floor(instant / 1000) : null;
}
