// Access logs of Squid: its own formats, and those that "logformat" lines of its configuration define.

import type { ProxyKind } from '../../../model/window-words.ts';
import { canonicalAddress, parseAddress } from '../../../net/address.ts';
import { type LocalTime, localTime, monthOf } from '../dns-row.ts';
import {
  EMPTY_FLOW,
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
import { hostTotals } from '../totals.ts';
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
  /** Of a time in a form of strftime(3): how it is written. */
  readonly clock?: Clock;
}

interface Clock {
  readonly pattern: RegExp;
  /** Conversion letters of the groups. */
  readonly letters: string;
}

/** Conversions of strftime(3), and those that stand for several. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  y: '\\d\\d',
  m: '\\d\\d',
  d: '\\d\\d',
  e: '[ \\d]?\\d',
  b: '[A-Z][a-z]{2}',
  h: '[A-Z][a-z]{2}',
  H: '\\d\\d',
  I: '\\d\\d',
  p: '[AaPp][Mm]',
  M: '\\d\\d',
  S: '\\d\\d',
  z: '[+-]\\d\\d:?\\d\\d',
  s: '\\d{9,11}',
  a: '[A-Z][a-z]{2}',
  A: '[A-Z][a-z]{5,8}',
  Z: '[A-Z]{1,5}|[+-]\\d{2,4}',
};
/** Of Apache's common log format. */
const COMMON_TIME = '%d/%b/%Y:%H:%M:%S %z';
const SHORTHANDS: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
};

/** Null for a form without a day or an hour, or with a conversion that is not known. */
function clockOf(written: string): Clock | null {
  const form = written.replace(/%([FTRD])/g, (_, letter: string) => SHORTHANDS[letter] ?? '');
  let letters = '';
  let isKnown = true;
  const pattern = form.replace(/%([A-Za-z])|[\\^$.*+?()[\]{}|]/g, (text, letter: string | undefined) => {
    if (letter === undefined) return `\\${text}`;
    isKnown &&= CONVERSIONS[letter] !== undefined;
    letters += letter;
    return `(${CONVERSIONS[letter]})`;
  });
  const hasTime = letters.includes('s') || (/[de]/.test(letters) && /[HI]/.test(letters));
  return isKnown && hasTime ? { pattern: new RegExp(pattern, 'y'), letters } : null;
}

/** `isLocal`: without an offset it is of the zone of the proxy. */
function clockTime({ pattern, letters }: Clock, text: string, at: LocalTime, isLocal: boolean): number {
  pattern.lastIndex = 0;
  const parts = pattern.exec(text);
  if (parts === null) return Number.NaN;
  const of = (...wanted: readonly string[]): string => {
    const place = [...letters].findIndex((letter) => wanted.includes(letter));
    return place < 0 ? '' : (parts[place + 1] ?? '');
  };
  const seconds = of('s');
  if (seconds !== '') return Number(seconds) * 1_000_000;
  const named = of('b', 'h');
  const month = named === '' ? Number(of('m')) : monthOf(named);
  const year = of('Y') === '' ? 2000 + Number(of('y')) : Number(of('Y'));
  const half = /p/i.test(of('p')) ? 12 : 0;
  const hour = of('H') === '' ? (Number(of('I')) % 12) + half : Number(of('H'));
  const clock = [hour, Number(of('M')), Number(of('S'))] as const;
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(of('z'));
  if (offset === null && isLocal) return at(year, month, Number(of('d', 'e')), ...clock);
  const [, sign, hours, minutes] = offset ?? [];
  const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
  return (Date.UTC(year, month - 1, Number(of('d', 'e')), ...clock) - ahead * 60_000) * 1000;
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
    const clock = known === 'tl' || known === 'tg' ? clockOf(before ?? behind ?? COMMON_TIME) : null;
    parts.push({
      literal,
      field,
      isPadded: width !== '' && !width.startsWith('0'),
      ...(clock === null ? {} : { clock }),
    });
    literal = '';
  }
  const fields = new Set(parts.map((part) => part.field));
  const hasTime = fields.has('ts') || fields.has('tl') || fields.has('tg');
  const hasRequest = fields.has('ru') || fields.has('>ru') || fields.has('ssl::>sni');
  if (!hasTime || !hasRequest || !(fields.has('>a') || fields.has('>A'))) return null;
  return { name, parts, tail: literal + written.slice(from) };
}

/** Values by code; null where the line does not have the shape. Each byte is looked at a few times at most. */
function matchLine(format: LineFormat, line: string): Map<string, string> | null {
  const values = new Map<string, string>();
  let at = 0;
  const { parts, tail } = format;
  for (const [i, { literal, field, isPadded, clock }] of parts.entries()) {
    if (!line.startsWith(literal, at)) return null;
    at += literal.length;
    if (isPadded) while (line[at] === ' ') at++;
    const next = parts[i + 1]?.literal ?? tail;
    const end =
      clock !== undefined
        ? clockEnd(clock, line, at)
        : next === ':' && parts[i + 1]?.field.endsWith('p')
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

function clockEnd({ pattern }: Clock, line: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(line) ? pattern.lastIndex : -1;
}

/** Of "address:port" the last colon: an address of IPv6 has others. */
function portAt(line: string, from: number, behind: string): number {
  const end = behind === '' ? line.length : line.indexOf(behind, from);
  const at = end < 0 ? -1 : line.lastIndexOf(':', end);
  return at >= from ? at : -1;
}

/** End of the transaction. NaN for anything that is no time. */
function endOf({ parts: codes }: LineFormat, values: ReadonlyMap<string, string>, at: LocalTime): number {
  const seconds = values.get('ts');
  if (seconds !== undefined) {
    if (!/^\d{9,11}$/.test(seconds)) return Number.NaN;
    return Number(seconds) * 1_000_000 + Number(values.get('tu') ?? 0) * 1000;
  }
  const timed = codes.find(({ clock }) => clock !== undefined);
  if (timed?.clock === undefined) return Number.NaN;
  return clockTime(timed.clock, values.get(timed.field) ?? '', at, timed.field === 'tl');
}

function formatsOf(definitions: readonly string[]): LineFormat[] {
  // Definitions first: a custom format may begin as a built-in one does, and has more.
  // squid.conf.documented, "logformat": a line that ends in a backslash goes on in the next one.
  const whole = definitions
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  return [...whole, ...BUILT_IN].flatMap((definition) => compile(definition) ?? []);
}

const clientOf = (values: ReadonlyMap<string, string>): string => values.get('>a') ?? values.get('>A') ?? '';

/** `%>A` is the name of a client that has one. */
const isClient = (values: ReadonlyMap<string, string>): boolean =>
  parseAddress(clientOf(values)) !== null || (!values.has('>a') && /^[\w.-]{1,255}$/.test(clientOf(values)));

/** Connections that end before a request, as health checks make them, have the method "-" or NONE. */
const isRow = (format: LineFormat, values: ReadonlyMap<string, string> | null, at: LocalTime): boolean =>
  values !== null &&
  endOf(format, values, at) > 0 &&
  isClient(values) &&
  /^(?:-|[A-Z_-]{3,20})$/.test(values.get('rm') ?? values.get('>rm') ?? 'CONNECT');

/** The format that most of the first lines have. */
function formatOf(
  { lines }: LogSample,
  definitions: readonly string[],
  at: LocalTime = localTime('UTC'),
): LineFormat | null {
  let best: LineFormat | null = null;
  let most = 0;
  for (const format of formatsOf(definitions)) {
    const count = lines.filter((line) => isRow(format, matchLine(format, line), at)).length;
    if (count > most) [best, most] = [format, count];
  }
  return most * 2 >= lines.length ? best : null;
}

const numberIn = (values: ReadonlyMap<string, string>, ...names: readonly string[]): number | null => {
  const text = names.map((name) => values.get(name)).find((value) => value !== undefined);
  return text !== undefined && /^\d{1,13}$/.test(text) ? Number(text) : null;
};

const CONNECT_PORT = 443;
const HTTP_PORT = 80;

/** Host and port of a request; its path stays here. A proxy that decrypts (ssl_bump) writes whole URLs. */
function destinationOf(target: string, isTunnel: boolean): { readonly host: string; readonly port: number } {
  const pattern = isTunnel
    ? /^\[?([^\]]*?)\]?(?::(\d{1,5}))?$/
    : /^https?:\/\/(?:[^/?#@]*@)?\[?([^\]/?#:]*)\]?(?::(\d{1,5}))?(?:[/?#]|$)/i;
  const [, host = '', written] = pattern.exec(target) ?? [];
  const standard = /^http:/i.test(target) ? HTTP_PORT : CONNECT_PORT;
  return { host, port: written === undefined ? standard : Number(written) };
}
/** Characters of a user's name; two names that differ behind them are one. */
const MAX_USER = 256;

function addRow(records: LogRecords, values: ReadonlyMap<string, string>, lastUs: number): LineResult {
  if (!(lastUs > 0 && lastUs < LATEST_US)) return 'no time';
  records.wrote(lastUs);
  const client = canonicalAddress(clientOf(values));
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
  // A bumped connection has a row of its own besides those of its requests. Versions before 5 write TAG_NONE or NONE.
  if (isTunnel && /^(?:TAG_)?NONE/.test(status) && code === 200) return NO_ROW;
  const written = values.get('ssl::>sni') ?? '-';
  const sni = written === '-' ? null : nameOf(written);
  const { host, port } = destinationOf(target, isTunnel);
  const asked = nameOf(host);
  const name = [sni, asked].find((one) => one !== null && records.isListed(one)) ?? null;
  if (name === null) {
    records.totals(
      hostTotals({
        host: client,
        firstUs,
        lastUs,
        bytesUp: up ?? 0,
        bytesDown: down ?? 0,
        flows: 1,
      }),
      null,
    );
    return target.startsWith('error:') || target === '-' ? NO_ROW : null;
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
    serverPort: port,
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
  reader: (records, { definitions, zone }) => {
    const at = localTime(zone);
    return {
      describe: (sample): LogKind => {
        const format = formatOf(sample, definitions, at);
        const first = sample.lines
          .map((line) => (format === null ? null : matchLine(format, line)))
          .find((values) => format !== null && isRow(format, values, at));
        const firstUs =
          format === null || first === undefined || first === null ? Number.NaN : endOf(format, first, at);
        return {
          kind: format?.name ?? 'access',
          rank: 0,
          ...(format === null ? {} : { columns: format.parts.map(({ field }) => field) }),
          ...(firstUs > 0 ? { firstUs } : {}),
        };
      },
      open(sample) {
        const format = formatOf(sample, definitions, at);
        return {
          line(bytes, start, end) {
            if (start === end) return NO_ROW;
            if (format === null) return 'no known logformat';
            const values = matchLine(format, bytes.toString('utf8', start, end));
            return values === null
              ? `not in the format "${format.name}"`
              : addRow(records, values, endOf(format, values, at));
          },
        };
      },
      finish: () => [],
    };
  },
  review: (samples) => {
    const isSized = samples.some(({ lines }) => lines.some((line) => /bytes_from_client/.test(line)));
    return {
      shows: 'targets of CONNECT, and hosts of requests; tools are likely at most',
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
