// The zone of days and times where none is asked for: the policy's, else the reader's, else UTC for programs.

import { type FormatName, isForPeople } from '../../report/render.ts';

interface Asked {
  readonly timezone?: string;
  /** Absent: for people. */
  readonly format?: FormatName;
}

export function zoneFor({ timezone, format }: Asked, policyZone?: string): string {
  if (timezone !== undefined) return timezone;
  if (policyZone !== undefined) return policyZone;
  return format === undefined || isForPeople(format) ? systemZone() : 'UTC';
}

/** UTC under each of its names, and where the system has no zone. */
const UTC_NAMES = /^(?:Etc\/)?(?:UTC|UCT|GMT|GMT[+-]?0|Greenwich|Universal|Zulu|Unknown)$/;

function systemZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return timeZone === undefined || UTC_NAMES.test(timeZone) ? 'UTC' : timeZone;
}
