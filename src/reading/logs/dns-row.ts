// Converts one query of a resolver's log to the records that packets would have given.

import { canonicalAddress, parseAddress } from '../../net/address.ts';
import { type DateTime, isDateTime } from '../../time/calendar.ts';
import type { TimestampUs } from '../../time/units.ts';
import { openZone } from '../../time/zone.ts';
import { type FieldNames, Fields } from './fields.ts';
import {
  EMPTY_QUESTION,
  type LineReader,
  type LineResult,
  type LogReader,
  type LogRecords,
  type LogSample,
  NO_ROW,
  QUERY_TYPES,
} from './records.ts';
import { JsonLine } from './split-line.ts';
import { TextSlots } from './text-slots.ts';
import { LATEST_US, parseName } from './values.ts';

const US_OF_SECOND = 1_000_000;
/** A log may contain times slightly after that of its file. */
const AHEAD_US = 86_400 * US_OF_SECOND;
/** A leap day is at most eight years after the previous one: 1900 and 2100 have none. */
const YEARS_BACK = 10;
/**
 * Maximum line length. A line of a name server has at most two names of 255 bytes, each written as "\\255", and some
 * words.
 */
const MAX_LINE = 4096;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Stands for the resolver if its address is not in its log. */
const RESOLVER = '0.0.0.0';

export interface DnsRow {
  readonly us: TimestampUs;
  readonly client: string;
  readonly name: string;
  readonly type: string;
  /** Null: the row has no answer. A refused query has an answer without addresses. */
  readonly answer: LoggedAnswer | null;
}

export interface LoggedAnswer {
  readonly addresses: readonly string[];
  readonly rcode: number;
  /** The answer comes from a filter of the resolver. */
  readonly isBlocked?: boolean;
}

const NO_ADDRESS = /^(?:0\.0\.0\.0|::)$/;

/** Adds a row: its time, the query, and its answer if the row has one, if the name is listed. */
export function addDnsRow(records: LogRecords, row: DnsRow, isQuestion = true): LineResult {
  if (!(row.us > 0 && row.us < LATEST_US)) return 'no time';
  records.wrote(row.us);
  return addQuestion(records, row, isQuestion);
}

/** Adds a row whose time was validated and added. */
export function addQuestion(records: LogRecords, row: DnsRow, isQuestion = true): LineResult {
  // A link-local address may include an interface.
  const client = row.client.includes('%') ? row.client.replace(/%\w+$/, '') : row.client;
  if (!isAddress(client)) return 'no client address'; // The client is a host name or an anonymized address.
  const name = parseName(row.name);
  if (name === null || !records.isListed(name)) return null;
  const record = {
    ...EMPTY_QUESTION,
    tsUs: row.us,
    client: canonicalAddress(client),
    server: RESOLVER,
    queryType: parseTypeNumber(row.type),
    name,
  };
  if (isQuestion) records.dns(record);
  if (row.answer === null) return null;
  const { addresses: texts, rcode } = row.answer;
  const addresses = texts
    .filter((text) => parseAddress(text) !== null && !NO_ADDRESS.test(text))
    .map(canonicalAddress);
  const isBlocked = row.answer.isBlocked === true || texts.some((text) => NO_ADDRESS.test(text));
  const answer = { ...record, isResponse: true, rcode, addresses };
  records.dns(isBlocked ? { ...answer, isBlocked } : answer);
  return null;
}

/** 1 for an address. Clients repeat, so the result is cached. */
const addresses = new TextSlots();

function isAddress(text: string): boolean {
  if (text === '') return false;
  const existing = addresses.get(text);
  if (existing >= 0) return existing === 1;
  const isAddressText = parseAddress(text) !== null;
  addresses.set(text, isAddressText ? 1 : 0);
  return isAddressText;
}

/** Reads a query type by its name or number; 0 for one that does not precede a connection. */
function parseTypeNumber(written: string): number {
  const existing = QUERY_TYPES.get(written.toUpperCase());
  return existing ?? (/^\d{1,5}$/.test(written) ? (QUERY_TYPES.get(`TYPE${written}`) ?? 0) : 0);
}

/** Builds a format with one kind of rows in every file, as most formats need it. */
export function lineFormat(
  kind: string,
  firstUs: (line: string, sample: LogSample) => TimestampUs,
  open: (sample: LogSample) => (line: string) => LineResult,
): LogReader {
  return {
    describe(sample) {
      const first = sample.lines.map((line) => firstUs(line, sample)).find((us) => us > 0);
      return { kind, rank: 0, ...(first === undefined ? {} : { firstUs: first }) };
    },
    open(sample): LineReader {
      const read = open(sample);
      return {
        line(bytes, start, end) {
          if (start === end) return NO_ROW;
          return end - start > MAX_LINE ? 'line too long' : read(bytes.toString('utf8', start, end));
        },
      };
    },
    finish: () => [],
  };
}

type DnsFields = Readonly<Record<'time' | 'name' | 'type' | 'client', number>>;

/** Builds a query log with one JSON object per line. `answerOf` reads the answer from the current line. */
export function jsonQueryLog(
  records: LogRecords,
  names: FieldNames,
  { time, name, type, client }: DnsFields,
  answerOf: (fields: Fields) => DnsRow['answer'],
  typeOf: (written: string) => string = (written) => written,
): LogReader {
  const fields = new Fields(names.count);
  const json = new JsonLine(names, fields);
  return {
    describe({ lines }) {
      const first = Buffer.from(lines[0] ?? '');
      const us = json.read(first, 0, first.length) === null ? fields.time(time) : Number.NaN;
      return { kind: 'queries', rank: 0, ...(us > 0 ? { firstUs: us } : {}) };
    },
    open: () => ({
      line(bytes, start, end) {
        if (start === end) return NO_ROW;
        const fault = json.read(bytes, start, end);
        if (fault !== null) return fault;
        const us = fields.time(time);
        if (!(us > 0)) return 'no time';
        const address = fields.text(client);
        if (address === null || !fields.has(name)) return 'no question';
        const query = {
          us,
          client: address,
          name: fields.text(name) ?? '',
          type: typeOf(fields.text(type) ?? ''),
        };
        return addDnsRow(records, { ...query, answer: answerOf(fields) });
      },
    }),
    finish: () => [],
  };
}

/** Returns NaN for a time that is not in the calendar. */
export type LocalTime = (...parts: DateTime) => TimestampUs;

export function localTime(zone: string): LocalTime {
  const opened = openZone(zone);
  // Consecutive rows often have the same second.
  let last: readonly number[] = [];
  let lastUs = Number.NaN;
  return (...parts) => {
    if (parts.some((part, i) => part !== last[i])) {
      last = parts;
      lastUs = isDateTime(...parts) ? opened.fromLocal(...parts) * US_OF_SECOND : Number.NaN;
    }
    return lastUs;
  };
}

/**
 * Reads a time with its zone ("+02:00", or a name of UTC), or else a local time. NaN for a time that is not in the
 * calendar.
 */
export function calendarTime(
  date: readonly [year: number, month: number, day: number],
  clock: readonly [hour: number, minute: number, second: number],
  zone: string | undefined,
  at: LocalTime,
): TimestampUs {
  if (zone === undefined) return at(...date, ...clock);
  const [year, month, day] = date;
  return isDateTime(...date, ...clock)
    ? Date.UTC(year, month - 1, day, ...clock) * 1000 - offsetUs(zone)
    : Number.NaN;
}

/**
 * Codes as resolvers write them, without case and punctuation: "NXDOMAIN", "NxDomain", "3". Other words are not
 * failures.
 */
const RCODES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    formerr: 1,
    formaterror: 1,
    servfail: 2,
    serverfailure: 2,
    nxdomain: 3,
    notimp: 4,
    notimpl: 4,
    notimplemented: 4,
    refused: 5,
  }),
);

export const parseRcode = (text: string): number =>
  /^\d{1,2}$/.test(text) ? Number(text) : parseRcodeWord(text);

/** Reads a text that is a code or an answer. A number is an answer. */
export const parseRcodeWord = (text: string): number => RCODES.get(text.toLowerCase()) ?? 0;

/**
 * Reads a time in seconds since 1970, in ISO 8601, or as BIND writes it. Without an offset it is local. NaN for other
 * text.
 */
export function writtenTime(text: string, at: LocalTime): TimestampUs {
  if (/^\d{9,11}(?:\.\d{1,9})?$/.test(text)) return Math.round(Number(text) * US_OF_SECOND);
  const parts =
    /^(?:(\d{4})[-/](\d\d)[-/](\d\d)|(\d\d)-([A-Z][a-z]{2})-(\d{4}))[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d+)? ?(UTC|Z|[+-]\d\d:?\d\d)?$/.exec(
      text,
    );
  if (parts === null) return Number.NaN;
  const [, isoYear, isoMonth, isoDay, day, month = '', year, hour = '', minute = '', second = '', offset] =
    parts;
  const date = [
    Number(isoYear ?? year),
    isoMonth === undefined ? parseMonth(month) : Number(isoMonth),
    Number(isoDay ?? day),
  ] as const;
  const clock = [Number(hour), Number(minute), Number(second)] as const;
  return calendarTime(date, clock, offset, at);
}

/** Returns the offset of a zone written as "+02:00" or "-0700"; 0 for names of UTC. */
export function offsetUs(zone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60) * US_OF_SECOND;
}

export const parseMonth = (text: string): number => MONTHS.indexOf(text) + 1;

/**
 * Reads "Nov 20 06:22:30", a time without a year. The year is the last with this day before the file was last written;
 * for 29 February, it may be years ago. NaN for other text.
 */
export function syslogTime(text: string, at: LocalTime, modifiedUs: TimestampUs): TimestampUs {
  const parts = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)$/.exec(text);
  const month = parseMonth(parts?.[1] ?? '');
  if (parts === null || month === 0) return Number.NaN;
  const [day = 1, hour = 0, minute = 0, second = 0] = parts.slice(2).map(Number);
  const latest = new Date(modifiedUs / 1000).getUTCFullYear() + 1;
  for (let year = latest; year > latest - YEARS_BACK; year--) {
    // The time is NaN for 29 February in most years.
    const us = at(year, month, day, hour, minute, second);
    if (us <= modifiedUs + AHEAD_US) return us;
  }
  return Number.NaN;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?(?= )/;

/**
 * Returns a pattern for syslog lines of a program after their time, with or without a host. `tag`: pattern of the
 * program.
 */
export const taggedLine = (tag: string): RegExp =>
  new RegExp(`^[A-Z\\d][^\\s{]*(?: [ \\d]\\d [\\d:]+)?(?: \\S+)? ${tag}`);

/** A message that rsyslog wrote once more for its repetitions ("$RepeatedMsgReduction"). */
const REPEATED = /: message repeated \d{1,9} times: \[ ?(.*)\]$/;

/**
 * Splits a syslog line into its time and the rest. The time is in the form of RFC 3164 or ISO 8601; without an offset
 * it is local.
 */
export function syslogLine(
  written: string,
  at: LocalTime,
  modifiedUs: TimestampUs,
): { readonly us: TimestampUs; readonly rest: string } | null {
  const line = written.endsWith(']') ? written.replace(REPEATED, ': $1') : written;
  const old = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?= )/.exec(line)?.[0];
  if (old !== undefined) return { us: syslogTime(old, at, modifiedUs), rest: line.slice(old.length + 1) };
  const iso = ISO.exec(line);
  if (iso === null) return null;
  const [text, ...parts] = iso;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(Number);
  const [fraction = '', zone] = parts.slice(6);
  const milliseconds = zone === undefined ? 0 : Number(fraction.slice(1, 4).padEnd(3, '0'));
  // Date.parse knows no leap seconds.
  const us = calendarTime([year, month, day], [hour, minute, second], zone, at) + milliseconds * 1000;
  return { us, rest: line.slice(text.length + 1) };
}
