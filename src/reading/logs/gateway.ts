// Logs of firewalls and web gateways. A format is a table: which of the vendor's fields is which of ours, which words of an
// action mean what, and how its lines are written. What a row says of a connection is read here, once for all of them.

import type { NotVisibleSums } from '../../model/flow.ts';
import type { Inspection } from '../../model/outcome.ts';
import { ByteCache } from '../../native/byte-cache.ts';
import { fnv1a } from '../../text/fnv1a.ts';
import { plural } from '../../text/quantity.ts';
import { addDnsRow, type LocalTime, localTime, offsetUs, parseMonth, syslogLine } from './dns-row.ts';
import { EarlySessions } from './early-sessions.ts';
import { FieldNames, Fields, WRITTEN } from './fields.ts';
import { loggedFingerprint } from './fingerprints.ts';
import { HostIn } from './host-in.ts';
import { JoinTable } from './join-table.ts';
import { JsonLine } from './json-line.ts';
import { ListedNames } from './listed-names.ts';
import { RecentHashes } from './recent-hashes.ts';
import {
  addCounts,
  atMost,
  EMPTY_FLOW,
  joinInspections,
  joinParts,
  type LineReader,
  type LineResult,
  type LogFormat,
  type LoggedFlow,
  type LogKind,
  type LogReader,
  type LogRecords,
  type LogSample,
  type Misfit,
  type Missing,
  NO_ROW,
  payloadOfFrames,
  refused,
  type Visible,
  went,
} from './records.ts';
import {
  ColumnLine,
  type FieldLine,
  HeaderLine,
  namesIn,
  PairLine,
  parsePairForm,
  parseSeparator,
} from './split-line.ts';
import { hostTotals } from './totals.ts';
import { unseenIn, unseenOfProtocol } from './unseen.ts';
import {
  AddressCache,
  decodeText,
  LATEST_US,
  parseCount,
  parseLoggedAddress,
  parseName,
  parseTime,
  transportCache,
} from './values.ts';

/** What a format may have. Times are those of the row, `start` of the connection; `outerClient` is behind a NAT of its site. */
const GATEWAY_FIELDS = [
  'time',
  'clock',
  'zone',
  'start',
  'seconds',
  'milliseconds',
  'kind',
  'part',
  'record',
  'client',
  'outerClient',
  'clientPort',
  'server',
  'serverPort',
  'protocol',
  'service',
  'session',
  'user',
  'name',
  'question',
  'url',
  'status',
  'action',
  'inspection',
  'bypass',
  'bytesUp',
  'bytesDown',
  'packetsUp',
  'packetsDown',
  'agent',
  'ja3',
  'ja4',
  'type',
  'rcode',
  'answers',
] as const;
export type GatewayField = (typeof GATEWAY_FIELDS)[number];
const F = Object.fromEntries(GATEWAY_FIELDS.map((name, i) => [name, i])) as Record<GatewayField, number>;

/** `session`: a whole connection, without its name. `request`: the name, and what one request or tunnel carried. */
export type RowKind = 'session' | 'request' | 'question';

/** Columns of rows without a header, by their places; `kind`: text of a column, where products write several kinds. */
export interface FixedColumns {
  readonly kind?: readonly [place: number, ...texts: readonly string[]];
  readonly names: Readonly<Record<number, string>>;
}

export interface GatewayTable {
  readonly id: LogFormat['id'];
  readonly title: string;
  readonly shows: string;
  /** Names that only logs of the product have together, as columns or keys: one line with them makes a file its log. */
  readonly signs?: readonly (readonly string[])[];
  /** The same of a line without names. */
  readonly pattern?: RegExp;
  /** The vendor's names of each field, in every form of the log. */
  readonly fields: Readonly<Partial<Record<GatewayField, readonly string[]>>>;
  /** How a line without a header is written that is neither JSON, CEF nor LEEF. */
  readonly text: 'pairs' | 'columns';
  readonly fixed?: readonly FixedColumns[];
  /** How columns are separated, where no header tells. */
  readonly separator?: string;
  /** Null for a line that is no row: an interim one, or one of another log of the product. */
  kindOf(row: GatewayRow): RowKind | null;
  /**
   * Actions by which a connection did not reach its server, in lower case. A page that warns is shown in its place; isolation
   * passes it on.
   */
  readonly blocked: ReadonlySet<string>;
  /** Absent: no row of the product says whether it decrypted a connection. */
  inspectionOf?(row: GatewayRow): Inspection;
  /** A row has the ports of its client: rows of one connection are joined. */
  readonly isJoined: boolean;
  /** Its logs of requests and of sessions have the same traffic, and no number that joins them. */
  readonly isTwice?: boolean;
  /** A row of a record replaces an earlier one of it: counts are those of the whole connection so far. */
  readonly hasUpdates?: boolean;
  /** Bytes of sessions are those of frames with a link header, of IP packets, or of payload. */
  readonly bytes: 'frames' | 'packets' | 'payload';
  /** Rows of requests are of a proxy, which the client asked. */
  readonly isProxy: boolean;
  /** Rows are parts of a connection: each of one direction, of the side that sent, or each of some time. */
  readonly parts?: 'directions' | 'times';
  /** Times without an offset are UTC. */
  readonly isUtc?: boolean;
  /** Words for protocols that hold any name. */
  readonly opaque?: ReadonlySet<string>;
  /** Fields that a review asks for, and how the product adds them. */
  readonly wanted: readonly (readonly [field: GatewayField, missing: Missing])[];
}

/** The row that is being read. */
export interface GatewayRow {
  is(field: GatewayField, text: string): boolean;
  has(field: GatewayField): boolean;
  /** In lower case; "" for an absent one. */
  word(field: GatewayField): string;
}

const MAX_OPEN = 262_144;
/** Rows of one connection come within this time; an identifier comes back after it. */
const JOINED_US = 86_400_000_000;
/** Requests and sessions without a client's port are of the same traffic within this time. */
const SAME_TRAFFIC_US = 900_000_000;
/** Their times are those of two logs. */
const LOGS_APART_US = 60_000_000;
/** Of a session that is compared with requests: a day. */
const MAX_SPANS = 96;
const MAX_USER = 256;
/** A header of syslog up to its time. */
const MAX_HEADER = 64;
/** A gateway that refuses says so on a page of its own. */
const FORBIDDEN = 403;
const AUTHENTICATION = 407;
const STANDARD_PORT = 443;
/** The gateway reached no server, or does not say which; a client that it does not know has the same. */
const NO_SERVER = '0.0.0.0';
/** A header names the time and at least this many columns. */
const LEAST_COLUMNS = 4;
const LEAST_PAIRS = 8;

/** Actions as all products write them; the table of a product has its own. */
const BLOCKED =
  /^(?:re[qs]p?_)?(?:block|den(?:y|ied)|drop|reset|reject|prevent|quarantine|refuse|forbid|terminate|sinkhole)/;
const ALLOWED =
  /allow|accept|permit|pass|alert|monitor|isolat|bypass|crypt|inspect|detect|exempt|none|continue|close|time-?out|-rst|log|scan|proxied|referred|override|proceed|ip-conn|dns|start|end|info|safe|^(?:ok|on|off|utm|ssl)/;

type Decision = 'allowed' | 'blocked' | 'unknown';

/** Products write few actions; a hostile log may have any number. */
const MAX_DECISIONS = 1024;

/** A product that logs no action logs what passed. In flow logs of clouds the action is a state of the connection. */
function decisionBy({ blocked, parts }: GatewayTable, word: string): Decision {
  if (blocked.has(word) || BLOCKED.test(word)) return 'blocked';
  return word === '' || parts !== undefined || ALLOWED.test(word) ? 'allowed' : 'unknown';
}

const ABSENT: ReadonlySet<string> = new Set(['', '-', 'N/A', 'n/a', 'NA', 'None', 'none', 'null', 'Unknown']);

/** Thrown for a value that is not of the type of its field. */
class WrongType extends Error {}

/** What collectors put in front of the vendor's names: Splunk, of an event and of a result of a search. */
const PREFIXES = ['', 'event.', 'result.', 'result.event.'];

const namesOfFields = (fields: GatewayTable['fields']): FieldNames =>
  new FieldNames(
    GATEWAY_FIELDS.map((field) =>
      (fields[field] ?? []).flatMap((name) => PREFIXES.map((prefix) => prefix + name)),
    ),
    true,
  );

class Row implements GatewayRow {
  readonly names: FieldNames;
  readonly fields: Fields;
  readonly #at: LocalTime;
  readonly #words = new ByteCache((bytes, start, end) =>
    decodeText(buildBuffer(bytes), start, end).toLowerCase(),
  );
  readonly #addresses = new AddressCache();
  readonly #times = new ByteCache((bytes, start, end) =>
    writtenTime(decodeText(buildBuffer(bytes), start, end), this.#at),
  );
  readonly #utcTimes = new ByteCache((bytes, start, end) =>
    writtenTime(decodeText(buildBuffer(bytes), start, end), localTime('UTC')),
  );

  /** From the date to the clock behind it, of the row. */
  readonly #clocks = new ByteCache(() => this.#timeOfClock());

  /** A time had no zone that is known. */
  isLocal = false;

  constructor({ fields, isUtc }: GatewayTable, at: LocalTime) {
    this.#at = (...parts) => {
      this.isLocal = isUtc !== true;
      return at(...parts);
    };
    this.names = namesOfFields(fields);
    this.fields = new Fields(this.names.count);
  }

  is(field: GatewayField, text: string): boolean {
    return this.fields.is(F[field], text);
  }

  has(field: GatewayField): boolean {
    return this.fields.has(F[field]);
  }

  word(field: GatewayField): string {
    return this.has(field) ? this.#cached(this.#words, field) : '';
  }

  text(field: GatewayField): string | null {
    const text = this.fields.text(F[field]);
    return text === null || ABSENT.has(text) ? null : text;
  }

  #cached<T>(cache: Pick<ByteCache<T>, 'get'>, field: GatewayField): T {
    return cache.get(this.fields.bytes, this.fields.start(F[field]), this.fields.end(F[field]));
  }

  /** "" for an absent one. Throws WrongType. */
  address(field: GatewayField): string {
    if (!this.has(field)) return '';
    const address = this.#cached(this.#addresses, field);
    if (address === '' && this.text(field) !== null) throw new WrongType(`no address: ${field}`);
    return address;
  }

  /** Throws WrongType. */
  count(field: GatewayField): number | null {
    if (!this.has(field)) return null;
    const { bytes } = this.fields;
    const [start, end] = [this.fields.start(F[field]), this.fields.end(F[field])];
    const value = parseCount(bytes, start, end);
    // "1.100" of a program in German is no number with a fraction.
    const isGrouped = bytes[end - 4] === DOT && end - start > 4 && field !== 'seconds';
    if (!Number.isNaN(value) && !isGrouped) return value;
    if (this.text(field) === null) return null;
    throw new WrongType(`no number: ${field}`);
  }

  port(field: GatewayField): number {
    const port = this.count(field) ?? 0;
    if (port > 0xffff) throw new WrongType(`no port: ${field}`);
    return port;
  }

  /** Of the row; where it has none, that of the header of syslog in front of it. NaN for an unreadable one. */
  timeOf(bytes: Buffer, start: number, end: number, modifiedUs: number): number {
    if (this.has('time')) return this.time('time');
    const text = decodeText(bytes, start, Math.min(end, start + MAX_HEADER)).replace(/^<\d{1,3}>(?:1 )?/, '');
    const written = LEADING.exec(text)?.[1];
    if (written !== undefined) return writtenTime(written, this.#at);
    return syslogLine(text, this.#at, modifiedUs)?.us ?? Number.NaN;
  }

  /** NaN for an absent or unreadable one. */
  time(field: GatewayField): number {
    if (!this.has(field)) return Number.NaN;
    const { bytes } = this.fields;
    const [start, end] = [this.fields.start(F[field]), this.fields.end(F[field])];
    if (isNumber(bytes, start, end)) return parseTime(bytes, start, end);
    if (field === 'time' && this.has('clock')) {
      const clockEnd = this.fields.end(F.clock);
      const isAhead = this.fields.start(F.clock) >= end && !this.has('zone');
      return isAhead ? this.#clocks.get(bytes, start, clockEnd) : this.#timeOfClock();
    }
    if (!this.has('zone')) return this.#cached(this.#times, field);
    const zone = zoneIn(this.text('zone') ?? '');
    if (zone === 'UTC') return this.#cached(this.#utcTimes, field);
    // A time with an offset of its own has it twice, and is no time.
    const zoned = zone === '' ? Number.NaN : writtenTime(`${this.text(field)}${zone}`, this.#at);
    return Number.isNaN(zoned) ? this.#cached(this.#times, field) : zoned;
  }

  /** Of a date and a clock in two fields. */
  #timeOfClock(): number {
    return writtenTime(
      `${this.text('time')} ${this.text('clock')}${zoneIn(this.text('zone') ?? '')}`,
      this.#at,
    );
  }
}

const buildBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

function isNumber(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if ((byte < 0x30 || byte > 0x39) && byte !== 0x2e) return false;
  }
  return end > start;
}

const CLOCK = '(\\d{1,2}):(\\d\\d):(\\d\\d)(?:[.,](\\d{1,9}))?';
const ZONE = '(?: ?(Z|UTC|GMT|[+-]\\d\\d:?\\d\\d))?';
/** "2026-11-16T08:00:00.123+01:00", "2026/11/16 08:00:00". */
const YEAR_FIRST = new RegExp(`^(\\d{4})[-/](\\d\\d)[-/](\\d\\d)[T ]${CLOCK}${ZONE}$`);
/** "Mon Nov 16 08:00:00 2026", "Mon Nov 16 08:00:00 UTC 2026". */
const YEAR_LAST = new RegExp(
  `^(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2}) {1,2}(\\d{1,2}) ${CLOCK}${ZONE} (\\d{4})${ZONE}$`,
);
/** "Nov 16 2026 08:00:00 GMT". */
const YEAR_THIRD = new RegExp(`^([A-Z][a-z]{2}) {1,2}(\\d{1,2}) (\\d{4}) ${CLOCK}${ZONE}$`);

/** In front of a line, with a tab behind. */
const LEADING = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK}${ZONE})\\t`);

/** A time in the forms of these products, in microseconds; without an offset it is local. NaN for anything else. */
function writtenTime(text: string, at: LocalTime): number {
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
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return Number.NaN;
  const micros = Number((rest ?? '').padEnd(6, '0').slice(0, 6));
  if (zone === undefined) return at(year, month, day, hour, minute, second) + micros;
  return Date.UTC(year, month - 1, day, hour, minute, second) * 1000 - offsetUs(zone) + micros;
}

/** Abbreviations that mean one offset, as devices write them; others, as CST and IST, mean several. */
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

/** An offset as a time has it behind; "" for a zone that is not known, whose times are local. */
function zoneIn(text: string): string {
  const [, offset] = /^(?:UTC|GMT)?([+-]\d\d(?::?\d\d)?)$/.exec(text) ?? [];
  if (offset !== undefined) return offset.length === 3 ? `${offset}00` : offset;
  return ABBREVIATIONS.get(text.toUpperCase()) ?? '';
}

const [SPACE, DOT] = [0x20, 0x2e];

class GatewayReader implements LogReader {
  readonly #table: GatewayTable;
  readonly #records: LogRecords;
  readonly #row: Row;
  readonly #zone: string;
  readonly #names: ListedNames;
  readonly #host = new HostIn();
  readonly #transports = transportCache();
  readonly #definitions: readonly string[];
  readonly #open = new JoinTable<OpenFlow>({ hashOf: (_, flow) => endsHash(flow) });
  /** What rows of one record counted so far. */
  readonly #counted = new JoinTable<Counts>();
  readonly tables = { open: this.#open, counted: this.#counted };
  /** Null: rows are used as they come, or none has the name of another one. */
  readonly #early: EarlySessions<Session> | null;
  /** Connections, or ends of requests, whose name was logged. */
  #named: RecentHashes | null = null;
  /** Sessions whose requests were logged as well. */
  #copies = 0;
  /** Rows whose action is not known. */
  #undecided = 0;
  readonly #decisions = new Map<string, Decision>();

  constructor(
    table: GatewayTable,
    records: LogRecords,
    at: LocalTime,
    zone: string,
    definitions: readonly string[],
    isWhole: boolean,
  ) {
    this.#table = table;
    this.#zone = zone;
    const isJoined = table.isJoined && table.parts === undefined && table.fields.url !== undefined;
    this.#early = isWhole && (isJoined || table.isTwice === true) ? new EarlySessions() : null;
    this.#records = records;
    this.#row = new Row(table, at);
    this.#names = new ListedNames((name) => records.isListed(name));
    this.#definitions = definitions;
  }

  describe(sample: LogSample): LogKind {
    const reader = buildLine(this.#table, this.#row, sample, this.#definitions);
    const kinds = new Map<RowKind, number>();
    let firstUs = Number.NaN;
    for (const line of sample.lines) {
      const bytes = Buffer.from(line);
      if (reader.isHeader(bytes, 0, bytes.length) || reader.read(bytes, 0, bytes.length) !== null) continue;
      const kind = this.#table.kindOf(this.#row);
      if (kind === null) continue;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (Number.isNaN(firstUs)) firstUs = this.#row.timeOf(bytes, 0, bytes.length, sample.modifiedUs);
    }
    const [kind] = [...kinds].sort((a, b) => b[1] - a[1])[0] ?? ['request'];
    return { kind, rank: kind === 'session' ? 1 : 0, ...(firstUs > 0 ? { firstUs } : {}) };
  }

  open(sample: LogSample): LineReader {
    const line = buildLine(this.#table, this.#row, sample, this.#definitions);
    return {
      line: (bytes, start, end) => {
        if (start === end || line.isHeader(bytes, start, end)) return NO_ROW;
        const fault = line.read(bytes, start, end);
        if (fault !== null) return fault === OTHER ? NO_ROW : fault;
        return this.#read(bytes, start, end, sample.modifiedUs);
      },
      get context() {
        return line.context;
      },
    };
  }

  finish(): readonly string[] {
    for (const session of this.#early?.takeAll() ?? []) this.#settle(session);
    for (const flow of this.#open.values()) this.#records.flow(flow);
    const lost = this.#early?.lost ?? 0;
    return [
      ...(this.#copies === 0
        ? []
        : [
            `${this.#table.title}: connections of which the requests are logged as well count once; sessions left out: ${this.#copies}`,
          ]),
      ...(this.#undecided === 0
        ? []
        : [
            `${this.#table.title}: ${plural(this.#undecided, 'row')} with a decision that is not known: neither use nor an attempt`,
          ]),
      ...(this.#row.isLocal
        ? [
            `${this.#table.title}: times without a zone that is known are taken as ${this.#zone}; pass --timezone ZONE if the device has another one`,
          ]
        : []),
      ...(lost === 0
        ? []
        : [
            `${this.#table.title}: ${plural(lost, 'session')} came too far in front of the requests in them: each counts as a second connection; sort the log by time`,
          ]),
    ];
  }

  #read(bytes: Buffer, start: number, end: number, modifiedUs: number): LineResult {
    const kind = this.#table.kindOf(this.#row);
    if (kind === null) return this.#isOfProduct() ? NO_ROW : FOREIGN;
    const us = this.#row.timeOf(bytes, start, end, modifiedUs);
    if (!(us > 0 && us < LATEST_US)) return 'no time';
    this.#records.wrote(us);
    try {
      const inner = this.#row.address('client');
      const client = inner === '' || inner === NO_SERVER ? this.#row.address('outerClient') : inner;
      if (client === '' || client === NO_SERVER) return 'no client address';
      if (kind === 'question') return this.#question(us, client);
      // It stands behind the identifiers by which rows are joined: a row without it is cut.
      const isCut =
        this.#table.isJoined && this.#table.fields.action !== undefined && !this.#row.has('action');
      if (kind === 'session' && isCut) return 'no action';
      const written = this.#connection(us, client);
      const turned = this.#table.parts === 'directions' ? this.#turned(written) : written;
      const connection = this.#table.hasUpdates === true ? this.#sinceUpdate(turned) : turned;
      return kind === 'session' ? this.#session(connection) : this.#request(connection);
    } catch (error) {
      if (error instanceof WrongType) return error.message;
      throw error;
    }
  }

  /** A line that is no row is of this product where it says what it is. */
  #isOfProduct(): boolean {
    const { kind, record } = this.#table.fields;
    if (kind === undefined && record === undefined) return this.#row.has('time');
    return this.#row.has('kind') || this.#row.has('record');
  }

  #question(us: number, client: string): LineResult {
    const row = this.#row;
    const isBlocked = this.#isBlocked();
    const written = row.text('answers');
    const code = row.text('rcode')?.toUpperCase();
    const rcode = code === undefined ? 0 : Math.max(0, RCODES.indexOf(code), Number(code) || 0);
    const isAnswered = isBlocked || written !== null || code !== undefined;
    const answer = isAnswered
      ? { addresses: isBlocked ? [] : (written ?? '').split(/[^0-9a-f:.]+/i), rcode, isBlocked }
      : null;
    const type = (row.text('type') ?? '').replace(/^\d+ \((.*)\)$|^(\S+) record$/i, '$1$2');
    return addDnsRow(this.#records, { us, client, name: row.text('question') ?? '', type, answer });
  }

  #isBlocked(): boolean {
    return this.#decision() === 'blocked';
  }

  #decision(): Decision {
    const word = this.#row.word('action');
    const known = this.#decisions.get(word);
    if (known !== undefined) return known;
    const decision = decisionBy(this.#table, word);
    if (this.#decisions.size >= MAX_DECISIONS) this.#decisions.clear();
    this.#decisions.set(word, decision);
    return decision;
  }

  /** What a row says, without the name. Throws WrongType. */
  #connection(us: number, client: string): Connection {
    const row = this.#row;
    const started = row.time('start');
    const lasted = (row.count('seconds') ?? 0) * 1_000_000 + (row.count('milliseconds') ?? 0) * 1000;
    const before = started > 0 ? started : us - lasted;
    const server = row.address('server');
    return {
      firstUs: before > 0 && before <= us ? before : us,
      lastUs: us,
      client,
      clientPort: row.port('clientPort'),
      server: server === '' ? NO_SERVER : server,
      serverPort: row.port('serverPort'),
      protocol: row.has('protocol') ? this.#transport() : 'tcp',
      packetsUp: row.count('packetsUp'),
      packetsDown: row.count('packetsDown'),
      bytesUp: row.count('bytesUp'),
      bytesDown: row.count('bytesDown'),
    };
  }

  /** As the client's side has it: a server sends from the smaller port. */
  #turned(connection: Connection): Connection {
    const { clientPort, serverPort } = connection;
    if (serverPort <= clientPort) return connection;
    const { client, server, bytesUp, packetsUp } = connection;
    return {
      ...connection,
      client: server,
      clientPort: serverPort,
      server: client,
      serverPort: clientPort,
      bytesUp: null,
      bytesDown: bytesUp,
      packetsUp: null,
      packetsDown: packetsUp,
    };
  }

  /** Without what earlier rows of the same record counted. */
  #sinceUpdate(connection: Connection): Connection {
    const record = this.#row.text('record');
    if (record === null) return connection;
    const known = this.#counted.get(record);
    const counts = mapCounts((field) => Math.max(connection[field] ?? 0, known?.[field] ?? 0));
    if (known === undefined && this.#counted.size >= MAX_OPEN) {
      const [oldest = ''] = this.#counted.keys();
      this.#counted.delete(oldest);
    }
    this.#counted.set(record, counts);
    if (known === undefined) return connection;
    return {
      ...connection,
      isUpdate: true,
      ...mapCounts((field) => (connection[field] === null ? null : counts[field] - known[field])),
    };
  }

  #stateOf({ bytesDown }: Connection): State {
    const decision = this.#decision();
    if (decision === 'unknown') this.#undecided++;
    return {
      isBlocked: decision === 'blocked',
      isEstablished: decision === 'allowed' && (bytesDown === null ? this.#isAnswered() : bytesDown > 0),
      inspection: this.#table.inspectionOf?.(this.#row) ?? 'unknown',
    };
  }

  /** Of a row of note. */
  #flow(
    { protocol: written, isUpdate: _, ...connection }: Connection,
    { isEstablished, inspection }: State,
  ): LoggedFlow {
    const { client, packetsUp, packetsDown, bytesUp, bytesDown } = connection;
    const protocol = written ?? 'tcp';
    const payloadOf = (bytes: number | null, packets: number | null): number | null =>
      this.#table.bytes === 'payload'
        ? bytes
        : payloadOfFrames(
            bytes,
            packets,
            { client, protocol },
            this.#table.bytes === 'frames' ? undefined : 0,
          );
    return {
      ...EMPTY_FLOW,
      ...connection,
      protocol,
      payloadUp: payloadOf(bytesUp, packetsUp),
      payloadDown: payloadOf(bytesDown, packetsDown),
      isEstablished,
      isUnread: true,
      inspection,
    };
  }

  /** Where bytes are not logged, a status of HTTP says that the server answered. */
  #isAnswered(): boolean {
    const status = this.#row.count('status') ?? 0;
    return status >= 100 && status < 600;
  }

  #transport(): 'tcp' | 'udp' | null {
    const { fields } = this.#row;
    return this.#transports.get(fields.bytes, fields.start(F.protocol), fields.end(F.protocol));
  }

  /** The listed name of the row, and the port that its URL has; null for another name. */
  #listed(): ListedHost | null {
    const { fields } = this.#row;
    for (const field of [F.name, F.url]) {
      if (!fields.has(field)) continue;
      const isEscaped = fields.written[field] === WRITTEN.escaped;
      const bytes = isEscaped ? Buffer.from(fields.text(field) ?? '') : fields.bytes;
      const [start, end] = isEscaped ? [0, bytes.length] : [fields.start(field), fields.end(field)];
      const host = this.#host;
      host.find(bytes, start, end);
      const name = this.#names.get(bytes, host.start, host.end);
      if (name !== null) return { name, port: host.port };
    }
    return null;
  }

  /** With the name of its row. */
  #withName(flow: LoggedFlow, { name, port }: ListedHost): LoggedFlow {
    const row = this.#row;
    const [table, records] = [this.#table, this.#records];
    const user = row.text('user');
    if (user !== null) records.user(flow.client, user.slice(0, MAX_USER), flow.lastUs);
    const written = row.count('status') ?? 0;
    const isBlocked = this.#isBlocked();
    const serverPort = flow.serverPort === 0 ? port || STANDARD_PORT : flow.serverPort;
    const isRefused = isBlocked || written === AUTHENTICATION;
    const outcome = isRefused
      ? refused(written >= 400 && written < 600 ? written : FORBIDDEN)
      : flow.isEstablished
        ? went('served')
        : {};
    return {
      ...flow,
      serverPort,
      // The proxy refused in the place of the server, which it did not reach.
      ...(isRefused && table.isProxy ? { server: NO_SERVER } : {}),
      ...(table.isProxy ? {} : { sni: name, helloUs: flow.firstUs }),
      isUnread: false,
      proxy: table.isProxy ? { kind: 'connect', target: `${name}:${serverPort}` } : null,
      userAgent: records.agentOf(row.text('agent') ?? ''),
      isEstablished: flow.isEstablished && !isRefused,
      fingerprint: loggedFingerprint(
        { ja3: row.text('ja3'), ja4: row.text('ja4') },
        flow.protocol === 'udp' ? 'quic' : 'tcp',
      ),
      ...outcome,
    };
  }

  #keyOf({ client, clientPort, server, serverPort }: Connection): string {
    return `${client} ${clientPort} ${server} ${serverPort} ${this.#row.text('session') ?? ''}`;
  }

  /** Of the connection and its number; `ends`: of its ends. 0: nothing joins its rows. */
  #nameHash(ends: number): number {
    return ends === 0 ? 0 : mixed(ends, this.#row.fields.hash(F.session)) || 1;
  }

  #request(connection: Connection): LineResult {
    const ends = this.#table.isJoined ? endsHash(connection) : 0;
    const listed = this.#listed();
    if (this.#table.isTwice === true) this.#setRequested(connection, listed);
    const name = this.#nameHash(ends);
    const early = ends === 0 ? undefined : this.#early?.take(name, isOfSession(connection));
    if (listed === null) {
      if (ends === 0) this.#total(connection, []);
      else this.#setNamed(name);
      if (early !== undefined) this.#settle({ ...early, isNamed: true });
      return null;
    }
    const named = this.#withName(this.#flow(connection, this.#stateOf(connection)), listed);
    const key = ends === 0 ? null : this.#keyOf(connection);
    const known = key === null ? undefined : this.#open.get(key);
    if (early === undefined) this.#early?.miss(name);
    const flow = early === undefined ? named : this.#inSession(named, connection, early);
    if (key === null || (known === undefined && this.#open.size >= MAX_OPEN)) this.#records.flow(flow);
    else if (known === undefined) this.#open.set(key, flow);
    else if (known.sni === null && known.hasSession === true)
      this.#open.set(key, { ...withSession(named, known), hasSession: true });
    else if (timeBetween(known, named) > JOINED_US || known.sni !== named.sni) {
      this.#records.flow(known);
      this.#open.set(key, flow);
    } else {
      const joined = joinParts(known, named);
      const isServed = known.outcome?.kind === 'served' || named.outcome === undefined;
      const all = isServed ? joined : { ...joined, outcome: named.outcome };
      const isCounted = known.hasSession === true && connection.isUpdate !== true;
      this.#open.set(key, isCounted ? { ...withSession(all, known), hasSession: true } : all);
    }
    return null;
  }

  /** A request in a session that came before it. */
  #inSession(named: LoggedFlow, { isUpdate }: Connection, { connection, state }: Session): OpenFlow {
    const flow = { ...withSession(named, this.#flow(connection, state)), hasSession: true };
    return isUpdate === true ? joinParts(flow, named) : flow;
  }

  #session(connection: Connection): LineResult {
    const ends = this.#table.isJoined ? endsHash(connection) : 0;
    const key = ends !== 0 && this.#open.mayHave(ends) ? this.#keyOf(connection) : null;
    const known = key === null ? undefined : this.#open.get(key);
    if (known !== undefined && key !== null && (known.hasSession !== true || connection.isUpdate === true)) {
      const flow = this.#flow(connection, this.#stateOf(connection));
      if (this.#table.parts !== undefined || known.hasSession === true)
        this.#open.set(key, joinParts(known, flow));
      else if (this.#table.hasUpdates === true)
        this.#open.set(key, { ...withSession(known, flow), hasSession: true });
      else {
        this.#open.delete(key);
        this.#records.flow(withSession(known, flow));
      }
      return null;
    }
    if (known !== undefined && key !== null) {
      // The ports were used again.
      this.#records.flow(known);
      this.#open.delete(key);
    }
    const listed = this.#listed();
    const [row, name] = [this.#row, this.#nameHash(ends)];
    if (connection.protocol === null) {
      const bytes = (connection.bytesUp ?? 0) + (connection.bytesDown ?? 0);
      this.#total(connection, unseenOfProtocol(row.word('protocol'), bytes));
      return null;
    }
    const before =
      connection.isUpdate === true ? this.#early?.take(name, isOfSession(connection)) : undefined;
    const state = before?.state ?? this.#stateOf(connection);
    const session: Session = {
      connection: before === undefined ? connection : withUpdate(before.connection, connection),
      ends,
      key: this.#table.hasUpdates === true && ends !== 0 ? this.#keyOf(connection) : '',
      state,
      listed,
      flow: listed === null ? null : this.#withName(this.#flow(connection, state), listed),
      service: row.word('service'),
      isNamed: row.has('name') || row.has('url') || this.#isNamed(name),
    };
    if (this.#early === null || !this.#waits(session)) {
      this.#settle(session);
      return null;
    }
    for (const settled of this.#early.keep(name, session)) this.#settle(settled);
    return null;
  }

  /** True where a request in it may follow. */
  #waits({ connection: { protocol, serverPort }, isNamed, ends, service }: Session): boolean {
    const isWeb = WEB_PORTS.has(serverPort);
    if (this.#table.isTwice === true) return protocol === 'tcp' && isWeb;
    return ends !== 0 && !isNamed && (isWeb || this.#table.opaque?.has(service) === true);
  }

  /** Of a session whose requests did not come. */
  #settle({ connection, ends, key, state, listed, flow: named, service: word, isNamed }: Session): void {
    if (this.#table.isTwice === true && this.#isRequested(connection, listed)) {
      this.#copies++;
      return;
    }
    if (named !== null) {
      this.#records.flow(named);
      return;
    }
    const { client, server, serverPort, firstUs, protocol } = connection;
    if (serverPort !== DNS_PORT && this.#records.isOfNote(client, server, firstUs)) {
      const flow = this.#flow(connection, state);
      const noted = state.isBlocked ? { ...flow, isUnread: false, ...went('synSilent') } : flow;
      const mayJoin = ends !== 0 && this.#open.size < MAX_OPEN;
      if (mayJoin && key !== '') this.#open.set(key, { ...noted, hasSession: true });
      else if (mayJoin && this.#table.parts !== undefined) this.#open.set(this.#keyOf(connection), noted);
      else this.#records.flow(noted);
      return;
    }
    const [bytesUp, bytesDown] = [connection.bytesUp ?? 0, connection.bytesDown ?? 0];
    const service = isNamed ? 'tls' : word === '' || this.#table.opaque?.has(word) === true ? null : word;
    const isUdp = protocol === 'udp';
    this.#total(connection, unseenIn({ serverPort, service, isMidFlow: false, isUdp, bytesUp, bytesDown }));
  }

  #total(connection: Connection, notVisible: readonly NotVisibleSums[]): void {
    const { client, server, firstUs, lastUs, packetsUp, packetsDown, bytesUp, bytesDown } = connection;
    this.#records.totals(
      hostTotals({
        host: client,
        firstUs,
        lastUs,
        packets: (packetsUp ?? 0) + (packetsDown ?? 0),
        bytesUp: bytesUp ?? 0,
        bytesDown: bytesDown ?? 0,
        flows: connection.isUpdate === true ? 0 : 1,
        notVisible,
      }),
      server === NO_SERVER ? null : server,
    );
  }

  /** What sessions are compared with. */
  #setRequested(connection: Connection, listed: ListedHost | null): void {
    const span = Math.floor(connection.lastUs / SAME_TRAFFIC_US);
    for (const end of listEnds(connection, listed)) this.#setNamed(mixed(end, span) || 1);
  }

  #isRequested(connection: Connection, listed: ListedHost | null): boolean {
    const { protocol, serverPort, firstUs, lastUs } = connection;
    if (this.#named === null || protocol !== 'tcp' || !WEB_PORTS.has(serverPort)) return false;
    const last = Math.floor((lastUs + LOGS_APART_US) / SAME_TRAFFIC_US);
    const first = Math.max(Math.floor((firstUs - LOGS_APART_US) / SAME_TRAFFIC_US), last - MAX_SPANS);
    for (const end of listEnds(connection, listed))
      for (let span = first; span <= last; span++) if (this.#isNamed(mixed(end, span) || 1)) return true;
    return false;
  }

  #setNamed(hash: number): void {
    this.#named ??= new RecentHashes();
    this.#named.add(hash);
  }

  #isNamed(hash: number): boolean {
    return this.#named?.has(hash) === true;
  }
}

/** A connection as a row has it. `protocol`: null for another one than TCP and UDP. */
interface Connection
  extends Pick<
    LoggedFlow,
    | 'firstUs'
    | 'lastUs'
    | 'client'
    | 'clientPort'
    | 'server'
    | 'serverPort'
    | 'packetsUp'
    | 'packetsDown'
    | 'bytesUp'
    | 'bytesDown'
  > {
  readonly protocol: 'tcp' | 'udp' | null;
  /** A later row of a record: counts are those since the row before. */
  readonly isUpdate?: boolean;
}

type CountField = 'packetsUp' | 'packetsDown' | 'bytesUp' | 'bytesDown';
type Counts = Readonly<Record<CountField, number>>;

const mapCounts = <T>(count: (field: CountField) => T): Record<CountField, T> => ({
  packetsUp: count('packetsUp'),
  packetsDown: count('packetsDown'),
  bytesUp: count('bytesUp'),
  bytesDown: count('bytesDown'),
});

/** `hasSession`: its counts are those of the session; requests add nothing. */
type OpenFlow = LoggedFlow & { readonly hasSession?: boolean };

/** Whether the gateway let a connection through and read it. */
interface State {
  readonly isBlocked: boolean;
  readonly isEstablished: boolean;
  readonly inspection: Inspection;
}

/** A session whose requests did not come so far. */
interface Session {
  readonly connection: Connection;
  /** Hash of its ends; 0: nothing joins its rows. */
  readonly ends: number;
  /** Of its rows, where updates follow; "" else. */
  readonly key: string;
  readonly state: State;
  readonly listed: ListedHost | null;
  /** With its own name; null: it has none that is listed. */
  readonly flow: LoggedFlow | null;
  readonly service: string;
  /** By a request, or by itself: with a name that is not listed. */
  readonly isNamed: boolean;
}

const withUpdate = (known: Connection, more: Connection): Connection => ({
  ...known,
  firstUs: Math.min(known.firstUs, more.firstUs),
  lastUs: Math.max(known.lastUs, more.lastUs),
  ...mapCounts((field) => addCounts(known[field], more[field])),
});

const isOfSession =
  (request: Connection) =>
  ({ connection }: Session): boolean =>
    connection.client === request.client &&
    connection.clientPort === request.clientPort &&
    connection.server === request.server &&
    connection.serverPort === request.serverPort &&
    timeBetween(request, connection) <= JOINED_US;

const timeBetween = (
  a: Pick<Connection, 'firstUs' | 'lastUs'>,
  b: Pick<Connection, 'firstUs' | 'lastUs'>,
): number => Math.max(a.firstUs - b.lastUs, b.firstUs - a.lastUs);

type Ends = Pick<LoggedFlow, 'client' | 'clientPort' | 'server' | 'serverPort'>;

interface ListedHost {
  readonly name: string;
  /** 0: not written. */
  readonly port: number;
}

/** The client with its server, and with the name of that. */
function listEnds({ client, server }: Connection, listed: ListedHost | null): number[] {
  const host = fnv1a(client);
  const ends = server === NO_SERVER ? [] : [mixed(host, fnv1a(server))];
  if (listed !== null) ends.push(mixed(host, fnv1a(listed.name)));
  return ends;
}

const DNS_PORT = 53;
/** Ports of the requests that a web gateway logs. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** Of the ends of a connection; 0 without the client's port. */
function endsHash({ client, clientPort, server, serverPort }: Ends): number {
  if (clientPort === 0) return 0;
  return mixed(mixed(fnv1a(client), fnv1a(server)), mixed(clientPort, serverPort)) || 1;
}

/** One number of two, all of whose bits depend on both. */
function mixed(a: number, b: number): number {
  const hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** Of requests that were joined, and of their session, which counts all bytes. */
function withSession(known: LoggedFlow, session: LoggedFlow): LoggedFlow {
  const isRefused = known.outcome?.kind === 'connectStatus';
  return {
    ...known,
    firstUs: Math.min(known.firstUs, session.firstUs),
    lastUs: Math.max(known.lastUs, session.lastUs),
    packetsUp: session.packetsUp,
    packetsDown: session.packetsDown,
    bytesUp: session.bytesUp,
    bytesDown: session.bytesDown,
    payloadUp: session.payloadUp,
    payloadDown: session.payloadDown,
    isEstablished: !isRefused && (known.isEstablished || session.isEstablished),
    inspection: joinInspections(known.inspection, session.inspection),
    ...(isRefused || !session.isEstablished ? {} : went('served')),
  };
}

/** A line of another log of the product. */
const OTHER = 'other';
/** Of no log of the product. */
const FOREIGN = 'a line of another form';

/** Reads the lines of one file. */
interface GatewayLine extends FieldLine {
  /** True for a header, whose columns hold from now on, and for a comment. */
  isHeader(bytes: Buffer, start: number, end: number): boolean;
  readonly context: readonly string[];
}

const noHeader = { isHeader: () => false, context: [] };

function buildLine(
  table: GatewayTable,
  row: Row,
  { lines }: LogSample,
  definitions: readonly string[],
): GatewayLine {
  const { names, fields } = row;
  const first = lines.find((line) => !line.startsWith('#')) ?? '';
  if (/(?:CEF:\d|LEEF:\d\.\d)\|/.test(first.slice(0, 600))) {
    const line = new HeaderLine(names, fields);
    return { ...noHeader, read: (...part) => line.read(...part) };
  }
  if (first.startsWith('{')) {
    const line = new JsonLine(names, fields);
    return { ...noHeader, read: (...part) => line.read(...part) };
  }
  const columns = columnNames(table, definitions);
  if (columns !== null) return namedLine(columns, names, fields, lines);
  const header = lines.map((line) => findHeader(names, line)).find((one) => one !== null) ?? null;
  if (header === null && (table.text === 'pairs' || isInPairs(first))) {
    const line = new PairLine(names, fields, parsePairForm(first));
    return { ...noHeader, read: (...part) => line.read(...part) };
  }
  if (header === null && table.fixed !== undefined) return fixedLine(table, row);
  return headedLine(header ?? [], names, fields, separatorIn(lines, false));
}

/** Columns that were named: a first line that is no row is a header with unknown column names. */
function namedLine(
  columns: readonly string[],
  names: FieldNames,
  fields: Fields,
  lines: readonly string[],
): GatewayLine {
  const line = headedLine(columns, names, fields, separatorIn(lines, true));
  const [first = ''] = lines;
  const isFirst = (bytes: Buffer, start: number, end: number): boolean =>
    !/\d/.test(first) && bytes.toString('utf8', start, end) === first;
  return {
    read: (...part) => line.read(...part),
    get context() {
      return line.context;
    },
    isHeader: (...part) => line.isHeader(...part) || isFirst(...part),
  };
}

/** Pairs without a program that separates them, as a feed of columns may have them too. */
const isInPairs = (line: string): boolean => (line.match(/(?:^|[\s,"])[\w-]+=/g)?.length ?? 0) >= LEAST_PAIRS;

/** Of rows: as their header has it, or, where columns were given, as the rows themselves do. */
function separatorIn(lines: readonly string[], isGiven: boolean): string {
  const first =
    (isGiven
      ? lines.find((line) => !line.startsWith('#'))
      : lines.find((line) => /^(?!#[^fF])/.test(line))) ?? '';
  return parseSeparator(first.replace(/^#fields:\s*/i, ''), LEAST_COLUMNS) ?? ',';
}

function headedLine(
  header: readonly string[],
  names: FieldNames,
  fields: Fields,
  separator: string,
): GatewayLine {
  const line = new ColumnLine(fields, separator);
  let written = '';
  const take = (columns: readonly string[]): void => {
    line.columns = names.inColumns(columns);
  };
  take(header);
  return {
    read: (...part) => line.read(...part),
    get context() {
      return written === '' ? [] : [written];
    },
    isHeader(bytes, start, end) {
      const byte = bytes[start] ?? 0;
      const isComment = byte === 0x23;
      const second = byte === 0x22 ? (bytes[start + 1] ?? 0) : byte;
      if (!isComment && second >= 0x30 && second <= 0x39) return false;
      const text = bytes.toString('utf8', start, Math.min(end, start + 16_384));
      const found = findHeader(names, text);
      if (found === null) return isComment;
      written = text;
      take(found);
      return true;
    },
  };
}

/** Columns of a header, which names a time and a client, URL or name; null for another line. */
function findHeader(names: FieldNames, line: string): readonly string[] | null {
  const separator = parseSeparator(line.replace(/^#fields:\s*/i, ''), LEAST_COLUMNS);
  if (separator === null || (line.startsWith('#') && !/^#fields:/i.test(line))) return null;
  const columns = namesIn(line, separator);
  const known = new Set(columns.map((name) => names.find(name)));
  const isRow = [F.client, F.url, F.name, F.question].some((field) => known.has(field));
  return known.has(F.time) && isRow ? columns : null;
}

/** Columns that a definition gives for a log of the format without a header, by the vendor's names in their order. */
function columnNames({ id }: GatewayTable, definitions: readonly string[]): readonly string[] | null {
  for (const line of definitions) {
    const [, format, names = ''] = /^columns\s+([a-z-]+)\s+(.*)$/.exec(line) ?? [];
    if (format === id) return names.trim().split(names.includes(',') ? /\s*,\s*/ : /\s+/);
  }
  return null;
}

function fixedLine({ fixed = [], separator = ',' }: GatewayTable, row: Row): GatewayLine {
  const { names, fields } = row;
  const forms = fixed.map(({ kind, names: places }) => {
    const line = new ColumnLine(fields, separator, true);
    const count = Math.max(...Object.keys(places).map(Number)) + 1;
    line.columns = Int16Array.from({ length: count }, (_, place) =>
      places[place] === undefined ? -1 : names.find(places[place]),
    );
    return { kind, line };
  });
  return {
    ...noHeader,
    read(bytes, start, end) {
      for (const { kind, line } of forms)
        if (kind === undefined || isColumn(bytes, start, end, kind)) return line.read(bytes, start, end);
      // All logs of a product have their time in one place.
      forms[0]?.line.read(bytes, start, end);
      return row.time('time') > 0 ? OTHER : FOREIGN;
    },
  };
}

const [QUOTE, COMMA] = [0x22, 0x2c];

/** True where the column at a place is one of some texts. */
function isColumn(
  bytes: Buffer,
  start: number,
  end: number,
  [place, ...texts]: readonly [place: number, ...texts: readonly string[]],
): boolean {
  let column = 0;
  let isQuoted = false;
  let at = start;
  for (; at < end && column < place; at++) {
    if (bytes[at] === QUOTE) isQuoted = !isQuoted;
    else if (bytes[at] === COMMA && !isQuoted) column++;
  }
  while (bytes[at] === SPACE) at++;
  if (bytes[at] === QUOTE) at++;
  return texts.some((text) => {
    const behind = at + text.length;
    if (column < place || behind >= end || (bytes[behind] !== COMMA && bytes[behind] !== QUOTE)) return false;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  });
}

/** A name as a column of a header, as a key of JSON, or in front of "=". */
const namePattern = (name: string): RegExp =>
  new RegExp(
    `(?:^|[\\s,;|{"'])(?:result[._])?(?:event[._])?${name.replaceAll(/[^A-Za-z0-9]/g, (mark) => (/[./$ _-]/.test(mark) ? '[./$ _-]' : `\\${mark}`))}(?:"?\\s*[,;|:=]|"|\\s|$)`,
    'i',
  );

/** An `inspectionOf` by the words of the field, in lower case. */
export const inspectionBy =
  (inspected: string, notInspected: readonly string[]): NonNullable<GatewayTable['inspectionOf']> =>
  (row) => {
    const word = row.word('inspection');
    return word === inspected ? 'inspected' : notInspected.includes(word) ? 'notInspected' : 'unknown';
  };

/** The format that a table declares. */
export function gatewayFormat(table: GatewayTable): LogFormat {
  const signs = (table.signs ?? []).map((names) => names.map(namePattern));
  const isOwn = (line: string): boolean =>
    table.pattern?.test(line) === true || signs.some((names) => names.every((name) => name.test(line)));
  const recognizes = (sample: LogSample, definitions: readonly string[]): boolean => {
    if (!sample.lines.some(isOwn) && columnNames(table, definitions) === null) return false;
    const row = new Row(table, localTime('UTC'));
    const reader = buildLine(table, row, sample, definitions);
    return sample.lines.some((line) => {
      const bytes = Buffer.from(line);
      const isRead = !reader.isHeader(bytes, 0, bytes.length) && reader.read(bytes, 0, bytes.length) === null;
      return (
        isRead &&
        // A sample of events alone is a log of this product, without a row so far.
        (isOwn(line) || table.kindOf(row) !== null) &&
        row.timeOf(bytes, 0, bytes.length, sample.modifiedUs) > 0
      );
    });
  };
  const visible = visibleIn(table);
  return {
    id: table.id,
    title: table.title,
    hasPrefixes: true,
    visible: [visible],
    recognizes,
    owns: isOwn,
    reader: (records, { zone, definitions, isWhole }) =>
      new GatewayReader(
        table,
        records,
        localTime(table.isUtc === true ? 'UTC' : zone),
        zone,
        definitions,
        isWhole === true,
      ),
    review(samples, definitions) {
      const { seen, undecided } = fieldsSeen(table, samples, definitions);
      const found = [...seen].map((field) => writtenAs(table, field, samples, definitions));
      return {
        shows: `${table.shows}; tools are ${atMost(visible)} at most; read: ${found.join(', ') || 'nothing'}`,
        missing: [
          ...table.wanted.flatMap(([field, missing]) =>
            // Names of questions are names.
            seen.has(field) || (field === 'name' && seen.has('question')) ? [] : [missing],
          ),
          ...(undecided === 0
            ? []
            : [
                {
                  what: `decisions that are known: ${plural(undecided, 'row')} of the beginning have others`,
                  next: 'export the action in the words of the vendor',
                },
              ]),
        ],
      };
    },
    countKnown(columns) {
      const names = namesOfFields(table.fields);
      return columns.filter((name) => names.find(name) >= 0).length;
    },
    misfit: (sample, definitions) => findMisfit(table, sample, definitions),
  };
}

/** By the fields that the product has. */
function visibleIn({ fields, bytes, parts }: GatewayTable): Visible {
  const names = [
    ...(fields.name === undefined && fields.question === undefined ? [] : ['server name']),
    ...(fields.url === undefined ? [] : ['host of the URL; the path is dropped']),
  ];
  const fingerprints = (['ja3', 'ja4'] as const).filter((field) => fields[field] !== undefined);
  const isCounted = fields.bytesUp !== undefined;
  return {
    names: names.length === 0 ? null : names.join(', '),
    fingerprint: fingerprints.length === 0 ? null : `${fingerprints.join(', ').toUpperCase()}, if exported`,
    bytes: isCounted ? `${BYTES_OF[bytes]}${parts === undefined ? '' : ', in parts'}` : null,
  };
}

const BYTES_OF = { frames: 'frames', packets: 'IP packets', payload: 'payload' } as const;

/** Fields with a value in any row, and the number of rows whose action is not known. */
function fieldsSeen(
  table: GatewayTable,
  samples: readonly LogSample[],
  definitions: readonly string[],
): { readonly seen: Set<GatewayField>; readonly undecided: number } {
  const row = new Row(table, localTime('UTC'));
  const seen = new Set<GatewayField>();
  let undecided = 0;
  for (const sample of samples) {
    const reader = buildLine(table, row, sample, definitions);
    for (const line of sample.lines) {
      const bytes = Buffer.from(line);
      if (reader.isHeader(bytes, 0, bytes.length) || reader.read(bytes, 0, bytes.length) !== null) continue;
      for (const field of GATEWAY_FIELDS) if (row.has(field)) seen.add(field);
      if (table.kindOf(row) !== null && decisionBy(table, row.word('action')) === 'unknown') undecided++;
    }
  }
  return { seen, undecided };
}

/** The vendor's name of a field, as the logs or their definition have it. */
function writtenAs(
  { fields }: GatewayTable,
  field: GatewayField,
  samples: readonly LogSample[],
  definitions: readonly string[],
): string {
  const [first = field, ...others] = fields[field] ?? [];
  const lines = [...definitions, ...samples.flatMap((sample) => sample.lines)];
  const isWritten = (name: string): boolean => {
    const pattern = namePattern(name);
    return lines.some((line) => pattern.test(line));
  };
  return [first, ...others].find(isWritten) ?? first;
}

const NO_RECORDS: LogRecords = {
  isListed: () => false,
  agentOf: () => null,
  wrote: () => undefined,
  isOfNote: () => false,
  flow: () => undefined,
  totals: () => undefined,
  dns: () => undefined,
  observation: () => undefined,
  user: () => undefined,
  lost: () => undefined,
};

/** The first row whose values are not of the types of its columns, where most rows are such. */
function findMisfit(table: GatewayTable, sample: LogSample, definitions: readonly string[]): Misfit | null {
  const columns = columnNames(table, definitions);
  if (columns === null) return null;
  const row = new Row(table, localTime('UTC'));
  const reader = new GatewayReader(table, NO_RECORDS, localTime('UTC'), 'UTC', definitions, false).open(
    sample,
  );
  const names = buildLine(table, row, sample, definitions);
  const results = sample.lines.map((line, i) => {
    const bytes = Buffer.from(line);
    const result = reader.line(bytes, 0, bytes.length);
    return { line: i + 1, result: result === null ? hostFault(names, row, bytes) : result };
  });
  const rows = results.filter(({ result }) => result !== NO_ROW);
  const faults = rows.flatMap(({ line, result }) => (typeof result === 'string' ? [{ line, result }] : []));
  const [first] = faults;
  if (first === undefined || faults.length * 2 <= rows.length) return null;
  const [, what = first.result, field] = /^(no [a-z]+): (\w+)$/.exec(first.result) ?? [];
  const place = columns.findIndex((name) => row.names.find(name) === F[field as GatewayField]);
  return {
    line: first.line,
    reason: place < 0 ? what : `${what} in column ${place + 1}, "${columns[place]}"`,
  };
}

/** A reason where the host of a row is none: a user, a category, or an empty text. */
function hostFault(names: GatewayLine, row: Row, bytes: Buffer): string | null {
  names.read(bytes, 0, bytes.length);
  const host = new HostIn();
  for (const field of ['url', 'name', 'question'] as const) {
    const text = row.text(field);
    if (text === null) continue;
    const written = Buffer.from(text);
    host.find(written, 0, written.length);
    // An address of mail has a host as well.
    if (/^[^/:]*@/.test(text)) return `no host: ${field}`;
    const found = written.toString('utf8', host.start, host.end);
    if (parseName(found) === null && parseLoggedAddress(found) === null) return `no host: ${field}`;
  }
  return null;
}
