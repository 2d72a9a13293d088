// Finds the default time zone: that of the policy, else that of the user, or UTC for output to programs.

import { readlinkSync } from 'node:fs';
import { optionError } from '../../model/errors.ts';
import { type FormatName, isForPeople } from '../../report/render.ts';
import { secondsOfDateTime, secondsOfRelative } from '../../time/datetime.ts';
import { openZone } from '../../time/zone.ts';

interface ZoneOptions {
  readonly timezone?: string;
  /** Format of the output; without it, output is for people. */
  readonly format?: FormatName;
}

export function chooseZone({ timezone, format }: ZoneOptions, policyZone?: string): string {
  if (timezone !== undefined) return timezone;
  if (policyZone !== undefined) return policyZone;
  return format === undefined || isForPeople(format) ? systemZone() : 'UTC';
}

/** Names of UTC, and the name for a system without a time zone. */
const UTC_NAMES = /^(?:Etc\/)?(?:UTC|UCT|GMT|GMT[+-]?0|Greenwich|Universal|Zulu|Unknown)$/;

/** Detects UTC without Intl, whose first use takes a tenth of the time of a short command. */
function isSystemUtc(): boolean {
  const { TZ } = process.env;
  if (TZ !== undefined && TZ !== '') return UTC_NAMES.test(TZ);
  try {
    const [, name = ''] = readlinkSync('/etc/localtime').split('/zoneinfo/');
    return UTC_NAMES.test(name);
  } catch {
    return false;
  }
}

function systemZone(): string {
  if (isSystemUtc()) return 'UTC';
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return timeZone === undefined || UTC_NAMES.test(timeZone) ? 'UTC' : timeZone;
}

// Parses times on the command line: a date, a date and time, or a time relative to now, in the zone of the report.

/**
 * Returns the Unix seconds of "2026-07-10", "2026-07-10T09:30" (in the zone), an RFC 3339 instant with an offset, or a time
 * relative to now: today, yesterday, monday, 7d.
 */
export function parseDateTime(option: string, value: string, timezone: string): number {
  const seconds =
    secondsOfDateTime(value, timezone, option) ??
    secondsOfRelative(value, Date.now() / 1000, openZone(timezone));
  if (seconds !== null) return seconds;
  throw optionError(
    option,
    `${option} must be a date or a time, not "${value}"`,
    `use for example ${option} 2026-07-10, ${option} 2026-07-10T09:30, ${option} yesterday or ${option} 7d`,
  );
}

/** Returns the time that a report repeats. A time relative to now is converted, because later it would mean another time. */
export function formatTypedTime(
  text: string | undefined,
  seconds: number | undefined,
  timezone: string,
): string | undefined {
  if (text === undefined || seconds === undefined || secondsOfDateTime(text, timezone) !== null) return text;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
