// Reads times and zones as firewalls and web gateways write them.

import { calendarTime, type LocalTime, parseMonth } from '../dns-row.ts';

const CLOCK = '(\\d{1,2}):(\\d\\d):(\\d\\d)(?:[.,](\\d{1,9}))?';
const ZONE = '(?: ?(Z|UTC|GMT|[+-]\\d\\d:?\\d\\d))?';
/** Matches "2026-11-16T08:00:00.123+01:00" and "2026/11/16 08:00:00". */
const YEAR_FIRST = new RegExp(`^(\\d{4})[-/](\\d\\d)[-/](\\d\\d)[T ]${CLOCK}${ZONE}$`);
/** Matches "Mon Nov 16 08:00:00 2026" and "Mon Nov 16 08:00:00 UTC 2026". */
const YEAR_LAST = new RegExp(
  `^(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2}) {1,2}(\\d{1,2}) ${CLOCK}${ZONE} (\\d{4})${ZONE}$`,
);
/** Matches "Nov 16 2026 08:00:00 GMT". */
const YEAR_THIRD = new RegExp(`^([A-Z][a-z]{2}) {1,2}(\\d{1,2}) (\\d{4}) ${CLOCK}${ZONE}$`);

/** Matches "26Nov2026 20:18:31". */
const CLOSED = new RegExp(`^(\\d{1,2})([A-Z][a-z]{2})(\\d{4}) {1,2}${CLOCK}$`);

/** Matches a time before a line, followed by a tab. */
const TABBED = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK}${ZONE})\\t`);
/** Matches the time before a line of Sophos UTM: "2026:11:20-06:22:42". */
const COLONS = /^(\d{4}):(\d\d):(\d\d)-(\d\d:\d\d:\d\d) /;

/** A time before a line of CPLogToSyslog: "2026-11-20T06:22:42--5:00". */
const SHORT_OFFSET = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)-?([+-])(\d{1,2}:\d\d) /;

/** Reads a time before a line; NaN for other text. */
export function leadingTime(text: string, at: LocalTime): number {
  const [, dated, sign, offset = ''] = SHORT_OFFSET.exec(text) ?? [];
  if (dated !== undefined) return writtenTime(`${dated}${sign}${offset.padStart(5, '0')}`, at);
  const tabbed = TABBED.exec(text)?.[1];
  if (tabbed !== undefined) return writtenTime(tabbed, at);
  const [, year, month, day, clock] = COLONS.exec(text) ?? [];
  return clock === undefined ? Number.NaN : writtenTime(`${year}-${month}-${day} ${clock}`, at);
}

/** Reads a time in the forms of these products, in microseconds. Without an offset it is local. NaN for other text. */
export function writtenTime(text: string, at: LocalTime): number {
  const first = YEAR_FIRST.exec(text);
  if (first !== null) {
    const [, year, month, day, hour, minute, second, rest, zone] = first;
    return instantFromParts([year, month, day, hour, minute, second].map(Number), rest, zone, at);
  }
  const last = YEAR_LAST.exec(text);
  if (last !== null) {
    const [, month = '', day, hour, minute, second, rest, before, year, behind] = last;
    const parts = [Number(year), parseMonth(month), ...[day, hour, minute, second].map(Number)];
    return instantFromParts(parts, rest, before ?? behind, at);
  }
  const closed = CLOSED.exec(text);
  if (closed !== null) {
    const [, day, month = '', year, hour, minute, second, rest] = closed;
    const parts = [Number(year), parseMonth(month), ...[day, hour, minute, second].map(Number)];
    return instantFromParts(parts, rest, undefined, at);
  }
  const third = YEAR_THIRD.exec(text);
  if (third === null) return Number.NaN;
  const [, month = '', day, year, hour, minute, second, rest, zone] = third;
  return instantFromParts(
    [Number(year), parseMonth(month), ...[day, hour, minute, second].map(Number)],
    rest,
    zone,
    at,
  );
}

function instantFromParts(
  parts: readonly number[],
  rest: string | undefined,
  zone: string | undefined,
  at: LocalTime,
): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const micros = Number((rest ?? '').padEnd(6, '0').slice(0, 6));
  return calendarTime([year, month, day], [hour, minute, second], zone, at) + micros;
}

/** Abbreviations with a single offset. Others, for example CST and IST, have several. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    UTC: 'UTC',
    GMT: 'UTC',
    Z: 'UTC',
    WET: 'UTC',
    WEST: '+0100',
    CET: '+0100',
    CEST: '+0200',
    EET: '+0200',
    EEST: '+0300',
    MSK: '+0300',
    SGT: '+0800',
    HKT: '+0800',
    JST: '+0900',
    KST: '+0900',
    AEST: '+1000',
    AEDT: '+1100',
    NZST: '+1200',
    NZDT: '+1300',
    EST: '-0500',
    EDT: '-0400',
    CDT: '-0500',
    MST: '-0700',
    MDT: '-0600',
    PST: '-0800',
    PDT: '-0700',
  }),
);

/** Returns an offset in the form that follows a time; "" for an unknown zone, whose times are local. */
export function zoneIn(text: string): string {
  const [, offset] = /^(?:UTC|GMT)?([+-]\d\d(?::?\d\d)?)$/.exec(text) ?? [];
  if (offset !== undefined) return offset.length === 3 ? `${offset}00` : offset;
  return ABBREVIATIONS.get(text.toUpperCase()) ?? '';
}
