// Access logs of Squid: its own formats, and those that "logformat" lines of its configuration define.

import type { ProxyKind } from '../../../model/window-words.ts';
import { canonicalAddress, parseAddress } from '../../../net/address.ts';
import { monthOf } from '../dns-row.ts';
import {
  EMPTY_FLOW,
  EMPTY_TOTALS,
  type LineResult,
  type LogFormat,
  type LoggedFlow,
  type LogKind,
  type LogRecords,
  type LogSample,
  NO_ROW,
  refused,
  went,
} from '../records.ts';
import { LATEST_US, nameOf } from '../values.ts';

/** cf.data.pre of Squid 7. */
const BUILT_IN: readonly string[] = [
  'logformat squid %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt',
  'logformat common %>a - %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st %Ss:%Sh',
  'logformat combined %>a - %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh',
];

/** A format code: %["|[|'|#|/][-][0][width][.precision][{argument}]code[{argument}]. */
const CODE =
  /%(?:%|(["['#/])?(-?\d*)(?:\.\d+)?(?:\{([^}]*)\})?((?:ssl::|proxy_protocol::|transport::|request_header::|tls::|icap::|adapt::)?[<>]{0,2}(?:[a-z]+::)?[<>]?[A-Za-z_]+)(?:\{([^}]*)\})?)/g;
/** Codes of two letters that are followed by text without a space: the longest known one is meant. */
const KNOWN = new Set(
  'ts tu tl tg tr dt >a >A >p >eui >la >lp <a <A <p <la <lp la lp un ul ui us ue >Hs <Hs Hs Ss Sh rm ru rp rv rG >rm >ru >rp >rs >rd >rP >rv <rm <ru <rp <rs <rd <rP <rv <st >st st >sh <sh mt et ea >h <h >ha'.split(
    ' ',
  ),
);

interface Part {
  /** Text in front of the field. */
  readonly literal: string;
  readonly field: string;
  readonly isPadded: boolean;
}

interface LineFormat {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly tail: string;
}

/** Null for a line that is no definition, or one of a format that has no time, client or request. */
function compile(definition: string): LineFormat | null {
  const head = /^\s*logformat\s+(\S+)\s+(.*\S)\s*$/.exec(definition);
  if (head === null) return null;
  const [, name = '', written = ''] = head;
  const parts: Part[] = [];
  let literal = '';
  let from = 0;
  for (const match of written.matchAll(CODE)) {
    literal += written.slice(from, match.index);
    from = (match.index ?? 0) + match[0].length;
    if (match[0] === '%%') {
      literal += '%';
      continue;
    }
    const [, , width = '', before, code = '', behind] = match;
    let known = code;
    if (!code.includes('::')) while (known.length > 1 && !KNOWN.has(known)) known = known.slice(0, -1);
    if (!code.includes('::') && KNOWN.has(known))
      from -= code.length - known.length + (behind === undefined ? 0 : behind.length + 2);
    else known = code;
    const argument = (before ?? behind ?? '').toLowerCase();
    const field = known.endsWith('h') && argument !== '' ? `${argument}${known}` : known;
    parts.push({ literal, field, isPadded: width !== '' && !width.startsWith('0') });
    literal = '';
  }
  const fields = new Set(parts.map((part) => part.field));
  const hasTime = fields.has('ts') || fields.has('tl') || fields.has('tg');
  const hasRequest = fields.has('ru') || fields.has('>ru') || fields.has('ssl::>sni');
  if (!hasTime || !hasRequest || !fields.has('>a')) return null;
  return { name, parts, tail: literal + written.slice(from) };
}

/** Values by code; null where the line does not have the shape. Each byte is looked at a few times at most. */
function matchLine(format: LineFormat, line: string): Map<string, string> | null {
  const values = new Map<string, string>();
  let at = 0;
  const { parts, tail } = format;
  for (const [i, { literal, field, isPadded }] of parts.entries()) {
    if (!line.startsWith(literal, at)) return null;
    at += literal.length;
    if (isPadded) while (line[at] === ' ') at++;
    const next = parts[i + 1]?.literal ?? tail;
    const end =
      next === ':' && parts[i + 1]?.field.endsWith('p')
        ? portAt(line, at, parts[i + 2]?.literal ?? tail)
        : next === ''
          ? line.length
          : line.indexOf(next, at);
    if (end < 0) return null;
    if (!values.has(field)) values.set(field, line.slice(at, end));
    at = end;
  }
  return line.slice(at) === tail ? values : null;
}

/** Of "address:port" the last colon: an address of IPv6 has others. */
function portAt(line: string, from: number, behind: string): number {
  const end = behind === '' ? line.length : line.indexOf(behind, from);
  const at = end < 0 ? -1 : line.lastIndexOf(':', end);
  return at >= from ? at : -1;
}

/** End of the transaction. NaN for anything that is no time. */
function endOf(values: ReadonlyMap<string, string>): number {
  const seconds = values.get('ts');
  if (seconds !== undefined) {
    if (!/^\d{9,11}$/.test(seconds)) return Number.NaN;
    return Number(seconds) * 1_000_000 + Number(values.get('tu') ?? 0) * 1000;
  }
  const text = values.get('tl') ?? values.get('tg') ?? '';
  const parts = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (parts === null) return Number.NaN;
  const [day, , year, hour, minute, second] = parts.slice(1, 7).map(Number);
  const offset = (Number(parts[8]) * 60 + Number(parts[9])) * (parts[7] === '-' ? -1 : 1);
  const month = monthOf(parts[2] ?? '') - 1;
  return (Date.UTC(year ?? 0, month, day, hour, minute, second) - offset * 60_000) * 1000;
}

function formatsOf(definitions: readonly string[]): LineFormat[] {
  // Definitions first: a custom format may begin as a built-in one does, and has more.
  return [...definitions, ...BUILT_IN].flatMap((definition) => compile(definition) ?? []);
}

const isRow = (values: ReadonlyMap<string, string> | null): boolean =>
  values !== null &&
  endOf(values) > 0 &&
  parseAddress(values.get('>a') ?? '') !== null &&
  /^[A-Z_]{3,20}$/.test(values.get('rm') ?? values.get('>rm') ?? 'CONNECT');

/** The format that most of the first lines have. */
function formatOf({ lines }: LogSample, definitions: readonly string[]): LineFormat | null {
  let best: LineFormat | null = null;
  let most = 0;
  for (const format of formatsOf(definitions)) {
    const count = lines.filter((line) => isRow(matchLine(format, line))).length;
    if (count > most) [best, most] = [format, count];
  }
  return most * 2 >= lines.length ? best : null;
}

const numberIn = (values: ReadonlyMap<string, string>, ...names: readonly string[]): number | null => {
  const text = names.map((name) => values.get(name)).find((value) => value !== undefined);
  return text !== undefined && /^\d{1,13}$/.test(text) ? Number(text) : null;
};

const CONNECT_PORT = 443;
/** Characters of a user's name; two names that differ behind them are one. */
const MAX_USER = 256;

function addRow(records: LogRecords, values: ReadonlyMap<string, string>): LineResult {
  const lastUs = endOf(values);
  if (!(lastUs > 0 && lastUs < LATEST_US)) return 'no time';
  records.wrote(lastUs);
  const client = canonicalAddress(values.get('>a') ?? '');
  if (parseAddress(client) === null) return 'no client address';
  const startUs = lastUs - (numberIn(values, 'tr') ?? 0) * 1000;
  const firstUs = startUs > 0 ? startUs : lastUs;
  const method = values.get('rm') ?? values.get('>rm') ?? '';
  const target = values.get('ru') ?? values.get('>ru') ?? '';
  const status = `${values.get('Ss') ?? ''}`;
  const code = numberIn(values, '>Hs', 'Hs') ?? 0;
  const up = numberIn(values, '>st');
  const down = numberIn(values, '<st', 'st');
  const server = canonicalAddress(values.get('<a') ?? '');
  const isTunnel = method === 'CONNECT';
  // A bumped connection has a row of its own besides those of its requests.
  if (isTunnel && status.startsWith('NONE') && code === 200) return NO_ROW;
  const written = values.get('ssl::>sni') ?? '-';
  const sni = written === '-' ? null : nameOf(written);
  const [, host = '', port = `${CONNECT_PORT}`] = /^\[?([^\]]*?)\]?(?::(\d{1,5}))?$/.exec(target) ?? [];
  const asked = isTunnel ? nameOf(host) : null;
  const name = [sni, asked].find((one) => one !== null && records.isListed(one)) ?? null;
  if (name === null) {
    records.totals(
      {
        ...EMPTY_TOTALS,
        host: client,
        firstUs,
        lastUs,
        bytesUp: up ?? 0,
        bytesDown: down ?? 0,
        flows: 1,
      },
      null,
    );
    if (target.startsWith('error:')) return NO_ROW;
    return sni === null && target.startsWith('https:') ? 'request inside TLS (ssl_bump)' : null;
  }
  const user = ['un', 'ul', 'ui', 'us']
    .map((field) => values.get(field))
    .find((text) => (text ?? '-') !== '-');
  if (user !== undefined && user !== '') records.user(client, user.slice(0, MAX_USER), lastUs);
  const isDenied = status.startsWith('TCP_DENIED') || code >= 400;
  const kind: ProxyKind = 'connect';
  const isServed = code > 0 && code < 400 && (down ?? 0) > 0;
  const outcome: Pick<LoggedFlow, 'outcome'> = code >= 400 ? refused(code) : isServed ? went('served') : {};
  records.flow({
    ...EMPTY_FLOW,
    firstUs,
    lastUs,
    client,
    clientPort: numberIn(values, '>p') ?? 0,
    server: parseAddress(server) === null ? NO_SERVER : server,
    serverPort: Number(port),
    protocol: 'tcp',
    sni,
    proxy: asked === null ? null : { kind, target: `${asked}:${port}` },
    userAgent: records.agentOf(values.get('user-agent>h') ?? ''),
    bytesUp: up,
    bytesDown: down,
    payloadUp: up,
    payloadDown: down,
    isEstablished: !isDenied && (down ?? 0) > 0,
    ...outcome,
  });
  return null;
}

/** The proxy reached none, or does not say which. */
const NO_SERVER = '0.0.0.0';

export const SQUID: LogFormat = {
  id: 'squid',
  title: 'Squid access log',
  recognizes: (sample, definitions) => formatOf(sample, definitions) !== null,
  reader: (records, { definitions }) => ({
    describe: (sample): LogKind => {
      const format = formatOf(sample, definitions);
      const first = sample.lines
        .map((line) => (format === null ? null : matchLine(format, line)))
        .find(isRow);
      const firstUs = first === undefined || first === null ? Number.NaN : endOf(first);
      return {
        kind: format?.name ?? 'access',
        rank: 0,
        ...(format === null ? {} : { columns: format.parts.map(({ field }) => field) }),
        ...(firstUs > 0 ? { firstUs } : {}),
      };
    },
    open(sample) {
      const format = formatOf(sample, definitions);
      return {
        line(bytes, start, end) {
          if (start === end) return NO_ROW;
          if (format === null) return 'no known logformat';
          const values = matchLine(format, bytes.toString('utf8', start, end));
          return values === null ? `not in the format "${format.name}"` : addRow(records, values);
        },
      };
    },
    finish: () => [],
  }),
  review: (samples) => {
    const isSized = samples.some(({ lines }) => lines.some((line) => /bytes_from_client/.test(line)));
    return {
      shows: 'targets of CONNECT; tools are likely at most',
      missing: isSized
        ? []
        : [
            {
              what: 'bytes of clients and TLS names, unless a logformat adds them',
              next: 'use a logformat with %>st and %ssl::>sni, and pass squid.conf with the log',
            },
          ],
    };
  },
};
