// Reads the query log of BIND. Time, category and severity at the start are optional; times are local, without a zone.

import {
  addDnsRow,
  type DnsRow,
  type LocalTime,
  lineFormat,
  localTime,
  parseMonth,
  parseRcode,
  syslogLine,
} from '../dns-row.ts';
import { type LogFormat, NO_ROW, OF_QUESTIONS } from '../records.ts';

const TIME = /^(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d)\.(\d{3}) /;
/** Versions before 9.9 write no name after the client. A signed query names its key. */
const CLIENT =
  '\\bclient (?:@0x[0-9a-f]+ )?([0-9a-fA-F.:]+)#\\d+(?:/key \\S+)?(?: \\(([^)]*)\\))?(?: UDP| TCP)?:(?: view \\S+:)? ';
/** A query. Infoblox NIOS adds the response to it ("Capturing DNS Queries and Responses"). */
const ROW = new RegExp(`${CLIENT}query: (\\S+) \\S+ ([A-Z0-9]+)(?: response: ([A-Z]+) \\S+(?: (.*))?| .*)$`);
/** A line of category "responses" in version 9.20, option responselog. */
const RESPONSE = new RegExp(`${CLIENT}response: (\\S+) \\S+ ([A-Z0-9]+) ([A-Z]+) `);
/** A line of the categories security, query-errors and rpz in the manual. */
const DENIED = new RegExp(`${CLIENT}query (?:\\(cache\\) )?'([^'/]+)/([A-Z0-9]+)/[A-Z]+' denied`);
const FAILED = new RegExp(`${CLIENT}query failed \\(([^)]+)\\) for ([^\\s/]+)/[A-Z]+/([A-Z0-9]+) at `);
const REWRITTEN = new RegExp(
  `${CLIENT}rpz [A-Z-]+ ([A-Z-]+) rewrite ([^\\s/]+)(?:/([A-Z0-9]+)/[A-Z]+)? via `,
);
const ADDRESS = / IN (?:A|AAAA) ([0-9a-fA-F.:]+)/g;

type Row = Omit<DnsRow, 'us'>;

/** Reads a line about a query. `isQuestion`: no other line contains the query. */
function parseRow(line: string): { readonly row: Row; readonly isQuestion: boolean } | null {
  const fields = ROW.exec(line);
  if (fields !== null) {
    const [, client = '', , name = '', type = '', code, records = ''] = fields;
    const addresses = records === '' ? [] : [...records.matchAll(ADDRESS)].map(([, address = '']) => address);
    const answer = code === undefined ? null : { addresses, rcode: parseRcode(code) };
    return { row: { client, name, type, answer }, isQuestion: true };
  }
  const response = RESPONSE.exec(line);
  if (response !== null) {
    const [, client = '', , name = '', type = '', code = ''] = response;
    return {
      row: { client, name, type, answer: { addresses: [], rcode: parseRcode(code) } },
      isQuestion: false,
    };
  }
  const denied = DENIED.exec(line);
  if (denied !== null) {
    const [, client = '', , name = '', type = ''] = denied;
    return { row: { client, name, type, answer: { addresses: [], rcode: 5 } }, isQuestion: true };
  }
  const failed = FAILED.exec(line);
  if (failed !== null) {
    const [, client = '', , why = '', name = '', type = ''] = failed;
    const answer = { addresses: [], rcode: parseRcode(why) || 2 };
    return { row: { client, name, type, answer }, isQuestion: false };
  }
  const rewritten = REWRITTEN.exec(line);
  if (rewritten === null) return null;
  const [, client = '', , what = '', name = '', type = ''] = rewritten;
  const answer = { addresses: [], rcode: parseRcode(what), isBlocked: what !== 'PASSTHRU' };
  return { row: { client, name, type, answer }, isQuestion: false };
}

function parseTime(line: string, at: LocalTime, modifiedUs: number): number {
  const parts = TIME.exec(line);
  if (parts === null) {
    const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?=(Z|[+-]\d\d:?\d\d)? )/.exec(line);
    if (iso === null) return syslogLine(line, at, modifiedUs)?.us ?? Number.NaN;
    return iso[1] === undefined ? localIso(iso[0], at) : Date.parse(iso[0] + iso[1]) * 1000;
  }
  const [, day, month, year, hour, minute, second, millis] = parts;
  const us = at(
    Number(year),
    parseMonth(month ?? ''),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return us + Number(millis) * 1000;
}

/** Length of "16-Nov-2026 08:00:00.", and with milliseconds. */
const [SECOND_LENGTH, TIME_LENGTH] = [21, 25];
const MILLISECONDS = /^\d{3} $/;

/** Returns a parser that caches the second, because many consecutive rows have the same. */
function parseTimes(at: LocalTime): (line: string, modifiedUs: number) => number {
  let second = '';
  let secondUs = Number.NaN;
  return (line, modifiedUs) => {
    const millis = line.slice(SECOND_LENGTH, TIME_LENGTH);
    if (second !== '' && line.startsWith(second) && MILLISECONDS.test(millis))
      return secondUs + Number(millis) * 1000;
    const us = parseTime(line, at, modifiedUs);
    const isWhole = us > 0 && TIME.test(line);
    second = isWhole ? line.slice(0, SECOND_LENGTH) : '';
    secondUs = us - (isWhole ? Number(millis) * 1000 : 0);
    return us;
  };
}

function localIso(text: string, at: LocalTime): number {
  const [year, month, day, hour, minute, second] = text.split(/[-T:.]/).map(Number);
  return at(year ?? 0, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0);
}

export const BIND: LogFormat = {
  id: 'bind',
  title: 'BIND query log',
  recognizes: ({ lines }) => lines.some((line) => parseRow(line) !== null),
  reader: (records, { zone }) => {
    const at = localTime(zone);
    const timeOf = parseTimes(at);
    return lineFormat(
      'queries',
      (line, { modifiedUs }) => parseTime(line, at, modifiedUs),
      ({ modifiedUs }) =>
        (line) => {
          const found = parseRow(line);
          if (found === null) return / query: /.test(line) ? 'question in an unknown form' : NO_ROW;
          const us = timeOf(line, modifiedUs);
          if (!(us > 0)) return 'no time';
          const { client, name, type, answer } = found.row;
          return addDnsRow(records, { us, client, name, type, answer }, found.isQuestion);
        },
    );
  },
  ...OF_QUESTIONS,
};
