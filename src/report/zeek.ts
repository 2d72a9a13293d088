// Tab-separated logs as Zeek writes them (docs.zeek.org, Zeek Log Formats): uses, server names, and findings as notices.
// Fields that Zeek has keep its names and types. Several logs follow one another, each with its own header.

import { parseAddress } from '../model/address.ts';
import type { ReportDocument } from '../model/report.ts';
import { findingSentence, reportEvents } from './events.ts';

type ZeekType = 'time' | 'addr' | 'string' | 'count' | 'double' | 'enum' | 'set[string]' | 'set[enum]';
type Value = string | number | readonly string[] | null;

interface Log<T> {
  readonly path: string;
  readonly fields: readonly (readonly [string, ZeekType, (item: T) => Value])[];
}

type Of<K> = Extract<ReturnType<typeof reportEvents>[number], { type: K }>;

const addressOrNull = (host: string): string | null => (parseAddress(host) === null ? null : host);

const USE_LOG: Log<Of<'use'>> = {
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
    ['orig_ip_bytes', 'count', ({ use }) => use.bytesUp],
    ['resp_ip_bytes', 'count', ({ use }) => use.bytesDown],
    ['orig_bytes', 'count', ({ use }) => use.payloadUp],
    ['resp_bytes', 'count', ({ use }) => use.payloadDown],
    ['active_minutes', 'count', ({ use }) => use.activeMinutes],
    ['requests_min', 'count', ({ use }) => use.requests?.min ?? null],
    ['requests_max', 'count', ({ use }) => use.requests?.max ?? null],
    ['telemetry_bytes', 'count', ({ use }) => use.telemetry?.payloadUp ?? null],
    ['telemetry_share', 'double', ({ use }) => use.telemetry?.share ?? null],
    ['ja3', 'set[string]', ({ use }) => use.fingerprints.map(({ ja3 }) => ja3)],
    ['ja4', 'set[string]', ({ use }) => use.fingerprints.map(({ ja4 }) => ja4)],
  ],
};

const NAME_LOG: Log<Of<'name'>> = {
  path: 'wiretally_name',
  fields: [
    ['ts', 'time', ({ use }) => use.firstSeen],
    ['id.orig_h', 'addr', ({ host }) => addressOrNull(host.host)],
    ['host', 'string', ({ host }) => host.host],
    ['tool', 'string', ({ use }) => use.tool],
    ['server_name', 'string', ({ name }) => name.name],
    ['role', 'enum', ({ name }) => name.role],
    ['specificity', 'enum', ({ name }) => name.specificity],
    ['flows', 'count', ({ name }) => name.flows],
    ['orig_ip_bytes', 'count', ({ name }) => name.bytesUp],
    ['resp_ip_bytes', 'count', ({ name }) => name.bytesDown],
    ['orig_bytes', 'count', ({ name }) => name.payloadUp],
    ['resp_bytes', 'count', ({ name }) => name.payloadDown],
  ],
};

/** The fields of Zeek's notice.log that a finding can fill. */
const NOTICE_LOG: Log<Of<'finding'>> = {
  path: 'notice',
  fields: [
    ['ts', 'time', ({ finding }) => finding.last],
    ['id.orig_h', 'addr', ({ finding }) => addressOrNull(finding.host)],
    [
      'note',
      'enum',
      ({ finding }) => `Wiretally::${finding.result.charAt(0).toUpperCase()}${finding.result.slice(1)}`,
    ],
    ['msg', 'string', ({ finding, use }) => findingSentence(finding, use?.name ?? finding.tool)],
    ['sub', 'string', ({ finding }) => finding.id],
    ['src', 'addr', ({ finding }) => addressOrNull(finding.host)],
    ['n', 'count', ({ finding }) => finding.evidence.reduce((sum, item) => sum + item.flows, 0)],
    ['actions', 'set[enum]', () => ['Notice::ACTION_LOG']],
  ],
};

export function renderZeek(document: ReportDocument): string {
  const events = reportEvents(document);
  const logs = [
    logText(
      document,
      USE_LOG,
      events.filter((event): event is Of<'use'> => event.type === 'use'),
    ),
    logText(
      document,
      NAME_LOG,
      events.filter((event): event is Of<'name'> => event.type === 'name'),
    ),
  ];
  const findings = events.filter((event): event is Of<'finding'> => event.type === 'finding');
  if (document.policy !== undefined) logs.push(logText(document, NOTICE_LOG, findings));
  return logs.join('');
}

function logText<T>(document: ReportDocument, log: Log<T>, items: readonly T[]): string {
  // Zeek says when a log was opened; the period does as well and keeps equal runs equal.
  const opened = (document.generated ?? document.period.since ?? '1970-01-01T00:00:00Z')
    .slice(0, 19)
    .replace(/[T:]/g, '-');
  const lines = [
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    `#path\t${log.path}`,
    `#open\t${opened}`,
    `#fields\t${log.fields.map(([name]) => name).join('\t')}`,
    `#types\t${log.fields.map(([, type]) => type).join('\t')}`,
    ...items.map((item) => log.fields.map(([, type, value]) => field(type, value(item))).join('\t')),
    `#close\t${opened}`,
  ];
  return `${lines.join('\n')}\n`;
}

function field(type: ZeekType, value: Value): string {
  if (value === null) return '-';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') {
    const items = value.map((item) => text(item).replaceAll(',', '\\x2c'));
    return items.length === 0 ? '(empty)' : items.join(',');
  }
  return type === 'time' ? epoch(value) : text(value);
}

/** Seconds with six decimals, without passing through a double. */
function epoch(instant: string): string {
  return `${Math.floor(Date.parse(instant) / 1000)}.${instant.slice(20, 26).padEnd(6, '0')}`;
}

/** What would end a field, hide text or pass for "unset" is written as \xHH, byte by byte. */
function text(value: string): string {
  if (value === '') return '(empty)';
  if (value === '-' || value === '(empty)') return escapeBytes(value.charAt(0)) + value.slice(1);
  return value.replace(/[\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeBytes);
}

function escapeBytes(sign: string): string {
  return [...new TextEncoder().encode(sign)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('');
}
