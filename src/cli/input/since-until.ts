// Spans of time on the command line: a date, a date and time, or how long ago, in the zone of the report.

import { WiretallyError } from '../../model/errors.ts';
import { secondsOfDateTime } from '../../time/datetime.ts';

/** Unix seconds of "2026-07-10", "2026-07-10T09:30" (in the zone) or an RFC 3339 instant with its own offset. */
export function parseDateTime(option: string, value: string, timezone: string): number {
  const seconds = secondsOfDateTime(value, timezone);
  if (seconds !== null) return seconds;
  throw new WiretallyError('USAGE', `${option} must be a date or a time, not "${value}"`, {
    where: `option ${option}`,
    next: `write for example ${option} 2026-07-10 or ${option} 2026-07-10T09:30`,
  });
}
