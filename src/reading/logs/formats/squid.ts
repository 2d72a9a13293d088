// Reads access logs of Squid in its own formats, and in those that "logformat" lines of its configuration define.

import type { ByteCache } from '../../../native/byte-cache.ts';
import { parseAddress } from '../../../net/address.ts';
import type { TimestampUs } from '../../../time/units.ts';
import { type LocalTime, localTime } from '../dns-row.ts';
import { Fields } from '../fields.ts';
import { HostIn } from '../host-in.ts';
import { JoinTable } from '../join-table.ts';
import { ListedNames } from '../listed-names.ts';
import { compileFormats, type LineFormat } from '../logformat.ts';
import { NamesSeen } from '../names-seen.ts';
import {
  buildOutcome,
  buildRefusal,
  EMPTY_FLOW,
  type LineReader,
  type LineResult,
  type LogFormat,
  type LoggedFlow,
  type LogKind,
  type LogReader,
  type LogReaderOptions,
  type LogRecords,
  type LogSample,
  NO_ROW,
} from '../records.ts';
import { hostTotals } from '../totals.ts';
import { isUpload, relayTraffic, unnamedTraffic } from '../unseen.ts';
import { AddressCache, LATEST_US, matchCache, parseName } from '../values.ts';

/** Formats in cf.data.pre of Squid 7. */
const BUILT_IN: readonly string[] = [
  'logformat squid %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt',
  'logformat common %>a - %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st %Ss:%Sh',
  'logformat combined %>a - %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh',
];

/** Format codes of each wanted field. */
const CODES = {
  seconds: ['ts'],
  milliseconds: ['tu'],
  time: ['tl', 'tg'],
  duration: ['tr'],
  // Behind a load balancer, a format may have only the client that the balancer names.
  client: ['>a', '>A', 'x-forwarded-for>h'],
  clientPort: ['>p'],
  method: ['rm', '>rm'],
  target: ['ru', '>ru', '<ru', '>rd', '<rd'],
  port: ['>rP', '<rP'],
  result: ['Ss'],
  status: ['>Hs', 'Hs'],
  up: ['>st'],
  down: ['<st', 'st'],
  server: ['<a'],
  hierarchy: ['Sh'],
  sni: ['ssl::>sni'],
  agent: ['user-agent>h'],
  user: ['un'],
  login: ['ul'],
  ident: ['ui'],
  certificate: ['us'],
} as const;
const WANTED = Object.values(CODES);
const F = Object.fromEntries(Object.keys(CODES).map((name, i) => [name, i])) as Record<
  keyof typeof CODES,
  number
>;

/**
 * Lists definitions first, because a custom format may begin like a built-in one and have more fields. Each needs a
 * time, a client and a request.
 */
const listFormats = (definitions: readonly string[], at: LocalTime): LineFormat[] =>
  [definitions, BUILT_IN].flatMap((lines) => compileFormats(lines, WANTED, at)).filter(isComplete);

function isComplete({ codes, hasTime }: LineFormat): boolean {
  const has = (...codesToFind: readonly string[]): boolean =>
    codesToFind.some((code) => codes.includes(code));
  return hasTime && has(...CODES.target, ...CODES.sni) && has(...CODES.client);
}

const endOf = (format: LineFormat, fields: Fields): TimestampUs =>
  format.timeOf(fields, F.seconds, F.milliseconds);

/** True for a request. Connections that end before one, for example health checks, have the method "-" or NONE. */
function isRow(format: LineFormat, fields: Fields, line: string): boolean {
  const bytes = Buffer.from(line);
  if (!format.match(bytes, 0, bytes.length, fields) || !(endOf(format, fields) > 0)) return false;
  const client = bytes.toString('latin1', fields.start(F.client), endOfFirst(bytes, fields));
  // Squid 3 with log_fqdn, and %>A, write the name of a client if it has one.
  const isNamed = /^[\w.-]{1,255}$/.test(client);
  const method = fields.text(F.method) ?? 'CONNECT';
  return (parseAddress(client) !== null || isNamed) && /^(?:-|[A-Z_-]{3,20})$/.test(method);
}

/** Returns the format that matches most of the first lines. */
function findFormat({ lines }: LogSample, definitions: readonly string[], at: LocalTime): LineFormat | null {
  const fields = new Fields(WANTED.length);
  let best: LineFormat | null = null;
  let most = 0;
  for (const format of listFormats(definitions, at)) {
    const count = lines.filter((line) => isRow(format, fields, line)).length;
    if (count > most) [best, most] = [format, count];
  }
  return most * 2 >= lines.length ? best : null;
}

/** The first of these fields with a value names the user. */
const USERS = [F.user, F.login, F.ident, F.certificate];
const CONNECT_PORT = 443;
const HTTP_PORT = 80;
/** Maximum connections that wait for their first request: those of an office's busiest minutes. */
const MAX_OPENED = 4096;
/** Statuses of failed gateways: RFC 9110 §15.5.8 and §15.6.3 to §15.6.5. */
const OWN_STATUSES: ReadonlySet<number> = new Set([407, 502, 503, 504]);
/** Maximum characters of a user's name. Names that differ only after these are the same user. */
const MAX_USER = 256;
/** The proxy reached no server, or did not log it. */
const NO_SERVER = '0.0.0.0';

/** Returns the end of the first address. X-Forwarded-For lists the client first, then proxies. */
function endOfFirst(bytes: Buffer, fields: Fields): number {
  const end = fields.end(F.client);
  for (let at = fields.start(F.client); at < end; at++) if (bytes[at] === COMMA) return at;
  return end;
}

type Scheme = 'https' | 'http' | 'error' | 'none';
/** Prefixes of targets. A proxy that decrypts (ssl_bump) writes whole URLs. */
const SCHEMES: readonly (readonly [Scheme, Buffer])[] = [
  ['https', Buffer.from('https://')],
  ['http', Buffer.from('http://')],
  ['error', Buffer.from('error:')],
];

function decodeScheme(bytes: Buffer, start: number, end: number): Scheme {
  for (const [scheme, text] of SCHEMES) if (beginsWith(bytes, start, end, text)) return scheme;
  return end - start === 1 && bytes[start] === DASH ? 'error' : 'none';
}

const [DASH, COMMA] = [0x2d, 0x2c];
const LOWER_CASE = 0x20;

function beginsWith(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++)
    if (((bytes[start + i] ?? 0) | LOWER_CASE) !== ((text[i] ?? 0) | LOWER_CASE)) return false;
  return true;
}

class SquidReader implements LogReader {
  readonly #records: LogRecords;
  readonly #definitions: readonly string[];
  readonly #at: LocalTime;
  readonly fields = new Fields(WANTED.length);
  readonly #addresses = new AddressCache();
  readonly #names = new ListedNames((name) => this.#records.isListed(name));
  readonly #host = new HostIn();
  readonly #seen = new NamesSeen();
  /** Connections to listed names that a decrypting proxy opened, without a request so far. */
  readonly #opened = new JoinTable<LoggedFlow>();
  readonly tables = { opened: this.#opened, seen: this.#seen.table };
  /** The address is that of another proxy (squid.conf, cache_peer). */
  readonly #isPeer = matchCache(/PARENT|SIBLING|CARP|ROUNDROBIN|HASH/);
  /** Results of rows without a connection of their own. Versions before 5 write TAG_NONE or NONE. */
  readonly #isNone = matchCache(/^(?:TAG_)?NONE/);
  /** Results of rows whose bytes belong to a page of the proxy. */
  readonly #isDenied = matchCache(/^TCP_DENIED/);

  constructor(records: LogRecords, { definitions, zone }: LogReaderOptions) {
    this.#records = records;
    this.#definitions = definitions;
    this.#at = localTime(zone);
  }

  describe(sample: LogSample): LogKind {
    const format = findFormat(sample, this.#definitions, this.#at);
    if (format === null) return { kind: 'access', rank: 0 };
    const kind = { kind: format.name, rank: 0, columns: format.codes };
    const hasFirst = sample.lines.some((line) => isRow(format, this.fields, line));
    return hasFirst ? { ...kind, firstUs: endOf(format, this.fields) } : kind;
  }

  open(sample: LogSample): LineReader {
    const format = findFormat(sample, this.#definitions, this.#at);
    const hasHostAlone =
      format?.codes.some((code) => code === '>rd' || code === '<rd') === true &&
      !format.codes.some((code) => code.endsWith('ru'));
    const unknown = `not in the format "${format?.name ?? ''}"`;
    return {
      line: (bytes, start, end) => {
        if (start === end) return NO_ROW;
        if (format === null) return 'no known logformat';
        if (!format.match(bytes, start, end, this.fields)) return unknown;
        return this.#row(endOf(format, this.fields), hasHostAlone);
      },
    };
  }

  finish(): readonly string[] {
    for (const flow of this.#opened.values()) this.#records.flow(flow);
    return [];
  }

  get blindness(): string | null {
    return this.#seen.blindness;
  }

  /** `hasHostAlone`: targets are hosts (%>rd), not URLs. */
  #row(lastUs: TimestampUs, hasHostAlone: boolean): LineResult {
    if (!(lastUs > 0 && lastUs < LATEST_US)) return 'no time';
    const { fields } = this;
    const { bytes } = fields;
    this.#records.wrote(lastUs);
    const client = this.#addresses.get(bytes, fields.start(F.client), endOfFirst(bytes, fields));
    if (client === '' || !fields.has(F.client)) return 'no client address';
    const isTunnel = fields.is(F.method, 'CONNECT');
    // A decrypted connection has its own row in addition to those of its requests.
    const isOpening = isTunnel && fields.is(F.status, '200') && this.#isResult(this.#isNone);
    const startUs = lastUs - (fields.count(F.duration) ?? 0) * 1000;
    const firstUs = startUs > 0 ? startUs : lastUs;
    const scheme = this.#findHost(isTunnel || hasHostAlone);
    // Errors before a request, and requests to the proxy itself, have no host.
    if (this.#host.start < this.#host.end) this.#noteRequest(scheme === 'http' && !isTunnel);
    const requestedHost = this.#names.get(bytes, this.#host.start, this.#host.end);
    const sni = fields.has(F.sni) ? this.#names.get(bytes, fields.start(F.sni), fields.end(F.sni)) : null;
    const name = requestedHost ?? sni;
    if (name !== null) {
      const flow = this.#connection(client, firstUs, lastUs, isTunnel, scheme);
      const key = `${client} ${name}`;
      if (isOpening) this.#open(key, flow);
      else {
        if (this.#opened.size > 0 && !isTunnel) this.#opened.delete(key);
        this.#records.flow(flow);
      }
      return null;
    }
    if (isOpening) return NO_ROW;
    const bytesUp = fields.count(F.up);
    const bytesDown = fields.count(F.down);
    const sum = (bytesUp ?? 0) + (bytesDown ?? 0);
    const isServed = (fields.count(F.status) ?? 0) < 400;
    // A proxy that intercepts connections without reading their hellos knows only the address of the server.
    const isNamed = !this.#host.isAddress && this.#host.start < this.#host.end;
    const isRead = !isTunnel || isNamed || fields.hasName(F.sni);
    const isHidden = !isRead && isServed && sum > 0;
    const notVisible = isHidden ? unnamedTraffic(sum) : isUpload(bytesUp, bytesDown) ? relayTraffic(sum) : [];
    const server = isHidden ? this.#addresses.get(bytes, fields.start(F.server), fields.end(F.server)) : '';
    this.#records.totals(
      this.#isResult(this.#isDenied)
        ? hostTotals({ host: client, firstUs, lastUs, flows: 1 })
        : hostTotals({
            host: client,
            firstUs,
            lastUs,
            bytesUp,
            bytesDown,
            flows: 1,
            notVisible,
            // A refused request carried nothing, nor did a connection that ended before its request.
            unsizedFlows: isServed && this.#host.start < this.#host.end ? undefined : 0,
          }),
      server === '' ? null : server,
    );
    return scheme === 'error' ? NO_ROW : null;
  }

  #noteRequest(isClear: boolean): void {
    const { start, end, isAddress } = this.#host;
    this.#seen.addRequest(isClear);
    if (!isClear && !isAddress) this.#seen.addName(this.fields.bytes, start, end);
  }

  /**
   * Adds a connection without requests so far. A client that does not trust the proxy's CA sends none, so the row is
   * the only trace of its destination.
   */
  #open(key: string, flow: LoggedFlow): void {
    const [oldest] = this.#opened;
    if (this.#opened.size >= MAX_OPENED && oldest !== undefined) {
      this.#records.flow(oldest[1]);
      this.#opened.delete(oldest[0]);
    }
    this.#opened.set(key, flow);
  }

  #isResult(kind: ByteCache<boolean>): boolean {
    const { fields } = this;
    return fields.has(F.result) && kind.get(fields.bytes, fields.start(F.result), fields.end(F.result));
  }

  /** Finds the host of the target; a request with another scheme has none. `isHost`: the target has no scheme. */
  #findHost(isHost: boolean): Scheme {
    const { fields } = this;
    const [start, end] = fields.has(F.target) ? [fields.start(F.target), fields.end(F.target)] : [0, 0];
    const scheme = decodeScheme(fields.bytes, start, end);
    const hasHost = isHost || scheme === 'https' || scheme === 'http';
    this.#host.find(fields.bytes, start, hasHost ? end : start);
    return scheme;
  }

  /** Adds a connection to a listed name. */
  #connection(
    client: string,
    firstUs: TimestampUs,
    lastUs: TimestampUs,
    isTunnel: boolean,
    scheme: Scheme,
  ): LoggedFlow {
    const { fields } = this;
    const records = this.#records;
    const user = USERS.map((field) => fields.text(field) ?? '-').find((text) => text !== '-' && text !== '');
    if (user !== undefined) records.user(client, user.slice(0, MAX_USER), lastUs);
    const code = fields.count(F.status) ?? 0;
    const [up, down] = [fields.count(F.up), fields.count(F.down)];
    const isPeer = this.#isPeer.get(fields.bytes, fields.start(F.hierarchy), fields.end(F.hierarchy));
    const server = this.#addresses.get(fields.bytes, fields.start(F.server), fields.end(F.server));
    const port =
      this.#host.port ||
      (fields.count(F.port) ?? 0) ||
      (scheme === 'http' && !isTunnel ? HTTP_PORT : CONNECT_PORT);
    const requestedName = parseName(fields.bytes.toString('latin1', this.#host.start, this.#host.end));
    const written = fields.text(F.sni) ?? '-';
    const result = fields.text(F.result) ?? '';
    const isDeniedByAcl = result.startsWith('TCP_DENIED');
    // The status of a request that reached its server is the server's, unless it indicates a failed gateway.
    const isServers =
      scheme === 'https' && !isTunnel && server !== '' && !OWN_STATUSES.has(code) && !isDeniedByAcl;
    const isRefused = code >= 400 && !isServers;
    const isDenied = isDeniedByAcl || isRefused;
    const isServed = code > 0 && !isRefused && (down ?? 0) > 0;
    return {
      ...EMPTY_FLOW,
      firstUs,
      lastUs,
      client,
      clientPort: fields.count(F.clientPort) ?? 0,
      server: fields.has(F.server) && server !== '' && !isPeer ? server : NO_SERVER,
      serverPort: port,
      protocol: 'tcp',
      sni: written === '-' ? null : parseName(written),
      proxy: requestedName === null ? null : { kind: 'connect', target: `${requestedName}:${port}` },
      userAgent: records.findAgent(fields.text(F.agent) ?? ''),
      bytesUp: up,
      bytesDown: down,
      payloadUp: up,
      payloadDown: down,
      isEstablished: !isDenied && (down ?? 0) > 0,
      // Only a decrypting proxy sees the URL of a request over TLS.
      inspection:
        scheme === 'https' ? 'inspected' : result.startsWith('TCP_TUNNEL') ? 'notInspected' : 'unknown',
      ...(isRefused ? buildRefusal(code) : isServed ? buildOutcome('served') : {}),
    };
  }
}

export const SQUID: LogFormat = {
  id: 'squid',
  title: 'Squid access log',
  visible: [
    {
      log: 'Squid with CONNECT, or with requests that it decrypted (`ssl_bump`)',
      names: 'host of the request; the path is dropped',
      fingerprint: null,
      bytes: 'payload; upward with `%>st` only',
    },
  ],
  recognizes: (sample, definitions) => findFormat(sample, definitions, localTime('UTC')) !== null,
  reader: (records, options) => new SquidReader(records, options),
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
