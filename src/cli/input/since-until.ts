// Spans of time on the command line: a date, a date and time, or how long ago, in the zone of the report.

import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { openZone } from '../../time/zone.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** Unix seconds of "2026-07-10", "2026-07-10T09:30" (in the zone) or an RFC 3339 instant with its own offset. */
export function parseMoment(option: string, value: string, timezone: string): number {
  const parts = DATE.exec(value);
  if (parts !== null) {
    const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0));
    const isReal = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1)).getUTCDate() === day;
    if (isReal && (hour ?? 0) < 24 && (minute ?? 0) < 60 && (second ?? 0) < 60) {
      return openZone(timezone).fromLocal(
        year ?? 0,
        month ?? 1,
        day ?? 1,
        hour ?? 0,
        minute ?? 0,
        second ?? 0,
      );
    }
  }
  const instant = /(?:Z|[+-]\d{2}:?\d{2})$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isFinite(instant)) return Math.floor(instant / 1000);
  throw new WiretallyError('USAGE', `${option} must be a date or a time, not "${value}"`, {
    where: `option ${option}`,
    next: `write for example ${option} 2026-07-10 or ${option} 2026-07-10T09:30`,
  });
}

/** Windows that begin in the half-open span. */
export function windowsWithin(
  windows: readonly UsageWindow[],
  sinceSeconds: number | undefined,
  untilSeconds: number | undefined,
): UsageWindow[] {
  return windows.filter(
    ({ startSeconds }) =>
      (sinceSeconds === undefined || startSeconds >= sinceSeconds) &&
      (untilSeconds === undefined || startSeconds < untilSeconds),
  );
}
