// Writes tab-separated logs like Zeek's ASCII writer (zeek 8, src/logging/writers/ascii and
// src/threading/formatters/Ascii.cc): uses, server names, traffic that is not visible, and findings as notices. Fields
// of Zeek keep their names and types. Several logs follow each other, each with its own header.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { findBytes } from '../../model/withheld.ts';
import { parseAddress } from '../../net/address.ts';
import type { Words } from '../../text/word-lists.ts';
import { type Gap, readingState } from '../text/blind-spots.ts';
import { exactNumbers } from '../text/finding-words.ts';
import { findHiddenBytes } from '../text/use-bytes.ts';
import {
  describeFinding,
  type EventOf,
  findDestination,
  findingDestination,
  findingEvents,
  nameEvents,
  useEvents,
} from './events.ts';

type ZeekType = Words<['time interval addr port string count double enum set[string] set[enum]']>[number];
type Value = string | number | readonly string[] | null;

interface Log<T> {
  readonly path: string;
  readonly fields: readonly (readonly [string, ZeekType, (item: T) => Value])[];
}

const addressOrNull = (host: string): string | null => (parseAddress(host) === null ? null : host);

const USE_LOG: Log<EventOf<'use'>> = {
  path: 'wiretally_use',
  fields: [
    ['ts', 'time', ({ use }) => use.firstSeen],
    ['last', 'time', ({ use }) => use.lastSeen],
    ['id.orig_h', 'addr', ({ host }) => addressOrNull(host.host)],
    ['orig_l2_addr', 'string', ({ host }) => host.mac],
    ['host', 'string', ({ host }) => host.host],
    ['host_name', 'string', ({ host }) => host.name],
    ['tool', 'string', ({ use }) => use.tool],
    ['tool_name', 'string', ({ use }) => use.name],
    ['vendor', 'string', ({ use }) => use.vendor],
    ['row', 'enum', ({ isProvider }) => (isProvider ? 'provider' : 'tool')],
    ['confidence', 'enum', ({ use }) => use.confidence],
    ['flows', 'count', ({ use }) => use.flows],
    // Bytes of whole frames. orig_ip_bytes of conn.log does not count the link header.
    ['orig_frame_bytes', 'count', ({ use }) => findBytes(use, 'bytesUp')],
    ['resp_frame_bytes', 'count', ({ use }) => findBytes(use, 'bytesDown')],
    ['orig_bytes', 'count', ({ use }) => findBytes(use, 'payloadUp')],
    ['resp_bytes', 'count', ({ use }) => findBytes(use, 'payloadDown')],
    ['active_minutes', 'count', ({ use }) => use.activeMinutes],
    ['requests_min', 'count', ({ use }) => use.requests?.min ?? null],
    ['requests_max', 'count', ({ use }) => use.requests?.max ?? null],
    ['telemetry_bytes', 'count', ({ use }) => use.telemetry?.payloadUp ?? null],
    ['telemetry_share', 'double', ({ use }) => use.telemetry?.share ?? null],
    ['ja3', 'set[string]', ({ use }) => use.fingerprints.map(({ ja3 }) => ja3)],
    ['ja4', 'set[string]', ({ use }) => use.fingerprints.map(({ ja4 }) => ja4)],
  ],
};

const NAME_LOG: Log<EventOf<'name'>> = {
  path: 'wiretally_name',
  fields: [
    ['ts', 'time', ({ use }) => use.firstSeen],
    ['id.orig_h', 'addr', ({ host }) => addressOrNull(host.host)],
    ['host', 'string', ({ host }) => host.host],
    ['tool', 'string', ({ use }) => use.tool],
    ['id.resp_h', 'addr', ({ name }) => findDestination([name]).address],
    ['id.resp_p', 'port', ({ name }) => findDestination([name]).port],
    ['server_name', 'string', ({ name }) => name.name],
    ['role', 'enum', ({ name }) => name.role],
    ['specificity', 'enum', ({ name }) => name.specificity],
    ['flows', 'count', ({ name }) => name.flows],
    ['orig_frame_bytes', 'count', ({ use, name }) => findBytes(use, 'bytesUp', name)],
    ['resp_frame_bytes', 'count', ({ use, name }) => findBytes(use, 'bytesDown', name)],
    ['orig_bytes', 'count', ({ use, name }) => findBytes(use, 'payloadUp', name)],
    ['resp_bytes', 'count', ({ use, name }) => findBytes(use, 'payloadDown', name)],
  ],
};

/** Without this log, an empty log would look like "nothing used". */
const NOT_VISIBLE_LOG: Log<ReportDocument['notVisible'][number]> = {
  path: 'wiretally_not_visible',
  fields: [
    ['ts', 'time', (notVisible) => notVisible.first],
    ['last', 'time', (notVisible) => notVisible.last],
    ['kind', 'enum', (notVisible) => notVisible.kind],
    ['flows', 'count', (notVisible) => notVisible.flows],
    ['bytes', 'count', findHiddenBytes],
    ['share', 'double', (notVisible) => notVisible.share],
  ],
};

/** Unobserved time; an unknown end is unset. */
const GAP_LOG: Log<Gap> = {
  path: 'wiretally_gap',
  fields: [
    ['ts', 'time', (gap) => gap.from],
    ['last', 'time', (gap) => gap.to],
    ['reason', 'string', (gap) => gap.reason],
  ],
};

type ReadState = Pick<ReportDocument, 'period'> & { readonly state: string };

/** Present only for an incomplete or filtered read, in which every other log covers a part. */
const READING_LOG: Log<ReadState> = {
  path: 'wiretally_reading',
  fields: [
    ['ts', 'time', ({ period }) => period.until],
    ['state', 'enum', ({ state }) => state],
  ],
};

type RuleVerdict = NonNullable<ReportDocument['summary']>['rules'][number];

const VERDICT_LOG: Log<RuleVerdict> = {
  path: 'wiretally_verdict',
  fields: [
    ['ts', 'time', ({ observed }) => observed?.since ?? null],
    ['last', 'time', ({ observed }) => observed?.until ?? null],
    ['rule', 'string', ({ rule }) => rule],
    ['verdict', 'enum', ({ verdict }) => verdict],
    ['observed', 'double', ({ observed }) => observed?.share ?? null],
    ['reasons', 'set[enum]', ({ reasons }) => reasons.map(({ reason }) => reason)],
  ],
};

const unset = (): null => null;
const empty = (): readonly string[] => [];

/**
 * Has every column of Zeek's notice.log in its order (scripts/base/frameworks/notice/main.zeek and
 * actions/add-geodata.zeek there), because readers rely on it.
 */
const NOTICE_LOG: Log<EventOf<'finding'>> = {
  path: 'notice',
  fields: [
    ['ts', 'time', ({ finding }) => finding.last],
    ['uid', 'string', unset],
    ['id.orig_h', 'addr', unset],
    ['id.orig_p', 'port', unset],
    ['id.resp_h', 'addr', unset],
    ['id.resp_p', 'port', unset],
    ['fuid', 'string', unset],
    ['file_mime_type', 'string', unset],
    ['file_desc', 'string', unset],
    ['proto', 'enum', unset],
    ['note', 'enum', ({ finding }) => `Wiretally::${NOTE[finding.result]}`],
    ['msg', 'string', ({ finding, toolName }) => formatNotice(finding, toolName)],
    ['sub', 'string', ({ finding }) => finding.id],
    // The source address of a notice without a single connection.
    ['src', 'addr', ({ finding }) => addressOrNull(finding.host)],
    ['dst', 'addr', (event) => findingDestination(event).address],
    ['p', 'port', (event) => findingDestination(event).port],
    ['n', 'count', ({ finding }) => finding.requests?.min ?? null],
    ['peer_descr', 'string', unset],
    ['actions', 'set[enum]', () => ['Notice::ACTION_LOG']],
    ['email_dest', 'set[string]', empty],
    ['suppress_for', 'interval', () => 0],
    ['remote_location.country_code', 'string', unset],
    ['remote_location.region', 'string', unset],
    ['remote_location.city', 'string', unset],
    ['remote_location.latitude', 'double', unset],
    ['remote_location.longitude', 'double', unset],
  ],
};

/**
 * Returns the text of a notice. A notice has one time, that of the finding's last request, so the text contains the
 * other figures.
 */
function formatNotice(finding: Finding, tool: string): string {
  return `${describeFinding(finding, tool)}: ${finding.first} to ${finding.last}, ${exactNumbers(finding)}`;
}

/** Names of notice types: capitalized words joined by underscores. */
const NOTE: Readonly<Record<EventOf<'finding'>['finding']['result'], string>> = {
  violation: 'Violation',
  grace: 'Grace',
  suspected: 'Suspected',
  updateOnly: 'Update_Only',
  telemetryOnly: 'Telemetry_Only',
  exempt: 'Exempt',
  bypass: 'Bypass',
  telemetrySent: 'Telemetry_Sent',
  uploaded: 'Uploaded',
  attempted: 'Attempted',
};

export function* renderZeek(document: ReportDocument): Iterable<string> {
  yield* logLines(document, USE_LOG, useEvents(document));
  yield* logLines(document, NAME_LOG, listNames(document));
  yield* logLines(document, NOT_VISIBLE_LOG, document.notVisible);
  const rules = document.summary?.rules ?? [];
  if (rules.length > 0) yield* logLines(document, VERDICT_LOG, rules);
  const gaps = document.coverage.flatMap((day) => day.gaps);
  if (gaps.length > 0) yield* logLines(document, GAP_LOG, gaps);
  const state = readingState(document);
  if (state !== 'whole') yield* logLines(document, READING_LOG, [{ period: document.period, state }]);
  if (document.policy !== undefined) yield* logLines(document, NOTICE_LOG, findingEvents(document));
}

function* listNames(document: ReportDocument): Iterable<EventOf<'name'>> {
  for (const event of useEvents(document)) yield* nameEvents(event);
}

function* logLines<T>(document: ReportDocument, log: Log<T>, items: Iterable<T>): Iterable<string> {
  // Zeek writes when it opened and closed a log. The period replaces these times, so that equal runs give equal logs.
  const { generated, period } = document;
  const opened = logTime(generated ?? period.since);
  const closed = logTime(generated ?? period.until);
  yield [
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    `#path\t${log.path}`,
    `#open\t${opened}`,
    `#fields\t${log.fields.map(([name]) => name).join('\t')}`,
    `#types\t${log.fields.map(([, type]) => type).join('\t')}\n`,
  ].join('\n');
  for (const item of items)
    yield `${log.fields.map(([, type, value]) => formatField(type, value(item))).join('\t')}\n`;
  yield `#close\t${closed}\n`;
}

const logTime = (instant: string | null): string =>
  (instant ?? '1970-01-01T00:00:00Z').slice(0, 19).replace(/[T:]/g, '-');

function formatField(type: ZeekType, value: Value): string {
  if (value === null) return '-';
  if (typeof value === 'number') return type === 'interval' ? value.toFixed(6) : String(value);
  if (typeof value !== 'string') {
    const items = [...new Set(value)].map((item) => escapeText(item).replaceAll(',', '\\x2c'));
    return items.length === 0 ? '(empty)' : items.join(',');
  }
  return type === 'time' ? formatEpoch(value) : escapeText(value);
}

/** Returns seconds with six decimals, without a conversion to double. */
function formatEpoch(instant: string): string {
  return `${Math.floor(Date.parse(instant) / 1000)}.${instant.slice(20, 26).padEnd(6, '0')}`;
}

/** Escapes bytes that would end a field, hide text or read as "unset", as \xHH. */
function escapeText(value: string): string {
  if (value === '') return '(empty)';
  if (value === '-' || value === '(empty)') return escapeBytes(value.charAt(0)) + value.slice(1);
  return value.replace(/[\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeBytes);
}

function escapeBytes(sign: string): string {
  return [...new TextEncoder().encode(sign)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('');
}
