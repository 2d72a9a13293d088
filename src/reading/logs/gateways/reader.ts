// Reads the rows of a firewall or web gateway: the connection of each row, and rows that belong to the same connection.

import { MAX_DISTANCE_US } from '../../../model/ceilings.ts';
import type { NotVisibleSums } from '../../../model/flow.ts';
import type { Inspection } from '../../../model/outcome.ts';
import { LARGE_LOGGED_BYTES } from '../../../model/usage.ts';
import { ByteCache } from '../../../native/byte-cache.ts';
import { mixHashes } from '../../../text/fnv1a.ts';
import { plural } from '../../../text/quantity.ts';
import { addQuestion, type LocalTime } from '../dns-row.ts';
import { EarlySessions, FollowedSessions, type KeptSessions } from '../early-sessions.ts';
import { WRITTEN } from '../fields.ts';
import { loggedFingerprint } from '../fingerprints.ts';
import { HostIn } from '../host-in.ts';
import { JoinTable, type JoinTables, SeenHashes } from '../join-table.ts';
import { ListedNames } from '../listed-names.ts';
import { NamesSeen } from '../names-seen.ts';
import { RecentHashes } from '../recent-hashes.ts';
import {
  buildOutcome,
  buildRefusal,
  hasData,
  joinParts,
  type LineReader,
  type LineResult,
  type LoggedFlow,
  type LogKind,
  type LogReader,
  type LogRecords,
  type LogSample,
  NO_ROW,
  payloadOfFrames,
} from '../records.ts';
import { ROW_CLASS, type RowForm, type RowSums, type SummedFormat } from '../summed-form.ts';
import { hostTotals } from '../totals.ts';
import { classifyUnseen, classifyUnseenProtocol, isNamingService, isTunnelService } from '../unseen.ts';
import { LATEST_US, transportCache } from '../values.ts';
import {
  type Connection,
  type Counts,
  EMPTY_OPEN,
  endsHash,
  isOfSession,
  JOINED_US,
  type ListedHost,
  listEnds,
  mapCounts,
  NO_SERVER,
  type OpenFlow,
  type Session,
  type State,
  timeBetween,
  withSession,
  withUpdate,
} from './connection.ts';
import { buildLine, FOREIGN, type GatewayLine, OTHER, ownLines } from './line.ts';
import { FollowedRequests, RequestedConnections, type Requests } from './requested.ts';
import { Row, WrongType } from './row.ts';
import {
  type Decision,
  F,
  type FieldNumber,
  findDecision,
  type GatewayTable,
  type RowKind,
} from './table.ts';

const MAX_OPEN = 262_144;
/** Maximum time between requests and sessions of the same traffic without a client's port. */
const SAME_TRAFFIC_US = 900_000_000;
/** Maximum difference between the times of two logs. */
const LOGS_APART_US = 60_000_000;
/** Maximum spans with which a session is compared: a day. */
const MAX_SPANS = 96;
const MAX_USER = 256;
/** Status of the page that a gateway sends when it refuses. */
const FORBIDDEN = 403;
const AUTHENTICATION = 407;
const STANDARD_PORT = 443;

const DNS_PORT = 53;
const MAX_PROTOCOL = 255;
const DOT = 0x2e;
/** Ports of the requests that a web gateway logs. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const FORMS: readonly RowForm[] = [
  {
    row: 'gateway',
    cells: {
      written: F.time,
      clock: F.clock,
      zone: F.zone,
      start: F.start,
      duration: F.seconds,
      milliseconds: F.milliseconds,
      microseconds: F.microseconds,
      client: F.client,
      outerClient: F.outerClient,
      clientPort: F.clientPort,
      server: F.server,
      serverPort: F.serverPort,
      id: F.session,
      name: F.name,
      url: F.url,
      question: F.question,
      bytesUp: F.bytesUp,
      bytesDown: F.bytesDown,
      packetsUp: F.packetsUp,
      packetsDown: F.packetsDown,
    },
  },
];
/** Words that determine the kind of a row and its decision, together with the set of its fields. */
const CLASS_FIELDS = [
  ...[F.kind, F.part, F.record, F.protocol, F.service],
  ...[F.action, F.laterAction, F.inspection, F.bypass],
] as const;
const WHOLE_NAMES = { form: 1, readsKind: false, hasNames: true, mayWait: false, lacksNames: false } as const;
/** Names may be truncated, so the reader processes rows with one. */
const ANY_NAMES = { ...WHOLE_NAMES, hasNames: false } as const;

export class GatewayReader implements LogReader {
  readonly #table: GatewayTable;
  readonly #isOwn: (line: string) => boolean;
  readonly #records: LogRecords;
  #row: Row;
  /** Sessions that the core kept. */
  readonly #keptRow: Row;
  readonly #zone: string;
  readonly #names: ListedNames;
  readonly #host = new HostIn();
  readonly #seen = new NamesSeen();
  /** The row contains the name of its server, listed or not. */
  #hasName = false;
  readonly #transports = transportCache();
  readonly #definitions: readonly string[];
  readonly #open = new JoinTable<OpenFlow>({ hashOf: (_, flow) => endsHash(flow) });
  /** Counts that earlier rows of one record have added. */
  readonly #counted = new JoinTable<Counts>();
  readonly tables: JoinTables;
  /** Null: no row has the name of another one. */
  readonly #early: KeptSessions<Session> | null;
  /** Connections, or ends of requests, whose name was logged. */
  #named: RecentHashes | null = null;
  /** Sums rows of unlisted names; null: this reader reads all rows. */
  readonly #summed: RowSums | null;
  /** Lines of the current file, for questions of the core. */
  #lines: GatewayLine | null = null;
  #modifiedUs = 0;
  /** Number of sessions whose requests were logged as well. */
  #copies = 0;
  readonly #settled = (session: Session): void => this.#settle(session);
  /** Requests whose session alone counts their bytes. */
  readonly #requested: Requests;
  /** Number of rows with an unknown action. */
  #undecided = 0;
  readonly #decisions: ByteCache<Decision>;
  /** The decision for a row without an action. */
  readonly #withoutAction: Decision;
  /**
   * The field after the identifiers that join rows. A session's row without it is truncated. LEEF has the action in its
   * header.
   */
  readonly #lastOfSession: FieldNumber;

  constructor(
    table: GatewayTable,
    records: LogRecords,
    at: LocalTime,
    zone: string,
    definitions: readonly string[],
    isWhole: boolean,
  ) {
    this.#table = table;
    this.#isOwn = ownLines(table);
    this.#zone = zone;
    const isJoined = table.isJoined && table.parts === undefined && table.fields.url !== undefined;
    const followed = isWhole ? null : new FollowedSessions<Session>();
    const tables = { open: this.#open, counted: this.#counted, seen: this.#seen.table };
    const followedRequests = isWhole ? null : new FollowedRequests();
    const requested = new RequestedConnections((number) => this.#summed?.hostOf(number) ?? '');
    this.#requested = followedRequests ?? requested;
    this.tables =
      followed === null || followedRequests === null
        ? tables
        : { ...tables, early: followed.table, requested: followedRequests.table };
    const early = isWhole ? new EarlySessions((values) => this.#unpackSession(values)) : null;
    this.#early = isJoined || table.isTwice === true ? (followed ?? early) : null;
    this.#records = records;
    this.#row = new Row(table, at);
    this.#keptRow = new Row(table, at);
    this.#names = new ListedNames((name) => records.isListed(name));
    this.#definitions = definitions;
    this.#decisions = new ByteCache((bytes, start, end) =>
      findDecision(table, Buffer.from(bytes.subarray(start, end)).toString().toLowerCase()),
    );
    this.#withoutAction = findDecision(table, '');
    this.#lastOfSession = table.fields.action?.includes('header.event') ? F.protocol : F.action;
    // Rows with parts or updates must be joined before they are summed.
    const isSummed = isWhole && table.parts === undefined && table.hasUpdates !== true;
    this.#summed = isSummed
      ? (records.sumRows?.(this.#buildSummedFormat(this.#early === null ? null : early, requested)) ?? null)
      : null;
  }

  #buildSummedFormat(early: EarlySessions<Session> | null, requested: RequestedConnections): SummedFormat {
    this.#named = new RecentHashes();
    const { places } = this.#named;
    const { bits } = early?.kept ?? new SeenHashes();
    return {
      fields: this.#row.names,
      forms: FORMS,
      maxId: 0,
      names: this.#names,
      early: {
        tables: {
          recent: places,
          waiting: bits,
          readers: bits,
          counts: new Int32Array(2),
          beyond: places,
        },
      },
      open: this.#open,
      gateway: {
        isJoined: this.#table.isJoined,
        isTwice: this.#table.isTwice === true,
        early,
        requested,
        classFields: CLASS_FIELDS,
        classOf: (...line) => (this.#isRead(...line) ? this.#classifyRow() : 0),
        timeOf: (bytes, start, end, isStart) => {
          if (!this.#isRead(bytes, start, end)) return Number.NaN;
          return isStart ? this.#row.time(F.start) : this.#row.timeOf(bytes, start, end, this.#modifiedUs);
        },
      },
    };
  }

  #isRead(bytes: Buffer, start: number, end: number): boolean {
    return this.#lines?.read(bytes, start, end) === null;
  }

  /** Returns flags of ROW_CLASS for rows with the same words and the same fields. */
  #classifyRow(): number {
    const [row, table] = [this.#row, this.#table];
    const kind = table.kindOf(row);
    const decision = this.#findDecision();
    const blocked = decision === 'blocked' ? ROW_CLASS.blocked : 0;
    if (kind === 'question') return ROW_CLASS.question;
    if (this.#isShifted()) return 0;
    if (kind === 'request') return ROW_CLASS.request | blocked;
    const isCut = table.isJoined && table.fields.action !== undefined && !row.has(this.#lastOfSession);
    const transport = row.has(F.protocol) ? this.#findTransport() : 'tcp';
    if (kind !== 'session' || decision === 'unknown' || isCut || transport === null) return 0;
    if (!row.has(F.name) && !row.has(F.url)) this.#seen.addConnection();
    const service = row.word(F.service);
    const hidesName = service === '' || isTunnelService(service) || isNamingService(service);
    return (
      ROW_CLASS.session |
      blocked |
      (transport === 'tcp' ? ROW_CLASS.tcp : 0) |
      (table.opaque?.has(service) === true ? ROW_CLASS.opaque : 0) |
      (hidesName ? ROW_CLASS.hidesName : 0) |
      (service === '' ? ROW_CLASS.noService : 0)
    );
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
        return this.#read(bytes, start, end, sample.modifiedUs, line.isWhole);
      },
      take: (bytes, start) => {
        this.#lines = line;
        this.#modifiedUs = sample.modifiedUs;
        this.#summed?.take(bytes, start, this.#seen.isDecided ? WHOLE_NAMES : ANY_NAMES, line.form);
        return this.#summed;
      },
      get context() {
        return line.context;
      },
    };
  }

  finish(): readonly string[] {
    this.#summed?.sumSessions();
    for (const session of this.#early?.all() ?? []) this.#settle(session, false);
    for (const flow of this.#open.values()) this.#records.flow(flow);
    for (const { client, us } of this.#requested.missing()) this.#addUnsized(client, us);
    const lost = this.#early?.lost ?? 0;
    const notes: string[] = [];
    if (this.#copies > 0)
      notes.push(
        `connections of which the requests are logged as well count once; sessions left out: ${this.#copies}`,
      );
    if (this.#undecided > 0)
      notes.push(
        `${plural(this.#undecided, 'row')} with a decision that is not known: neither use nor an attempt`,
      );
    if (this.#row.isLocal)
      notes.push(
        `times without a zone that is known are taken as ${this.#zone}; pass --timezone ZONE if the device has another one`,
      );
    if (lost > 0)
      notes.push(
        `${plural(lost, 'session')} came too far in front of the requests in them: each counts as a second connection; sort the log by time`,
      );
    return notes.map((note) => `${this.#table.title}: ${note}`);
  }

  get blindness(): string | null {
    return this.#seen.blindness;
  }

  #read(bytes: Buffer, start: number, end: number, modifiedUs: number, isWhole: boolean): LineResult {
    const kind = this.#table.kindOf(this.#row);
    if (kind === null) return this.#isOfProduct(bytes, start, end) ? NO_ROW : FOREIGN;
    const us = this.#row.timeOf(bytes, start, end, modifiedUs);
    if (!(us > 0 && us < LATEST_US)) return 'no time';
    this.#records.wrote(us);
    try {
      const client = this.#readClient();
      if (client === '' || client === NO_SERVER) return 'no client address';
      if (kind === 'question') return this.#readQuestion(us, client);
      const isCut =
        !isWhole &&
        this.#table.isJoined &&
        // A flow log of AWS may have any columns.
        this.#table.parts !== 'directions' &&
        this.#table.fields.action !== undefined &&
        !this.#row.has(this.#lastOfSession);
      if (kind === 'session' && isCut) return this.#row.has(F.action) ? 'no protocol' : 'no action';
      const written = this.#readConnection(us, client);
      if (this.#isShifted()) return 'no protocol';
      const turned = this.#table.parts === 'directions' ? this.#turnConnection(written) : written;
      const connection = this.#table.hasUpdates === true ? this.#subtractEarlier(turned) : turned;
      return kind === 'session' ? this.#readSession(connection) : this.#readRequest(connection);
    } catch (error) {
      if (error instanceof WrongType) return error.message;
      throw error;
    }
  }

  /** True if a line that is not a row identifies itself as a line of this product. */
  #isOfProduct(bytes: Buffer, start: number, end: number): boolean {
    const { kind, record } = this.#table.fields;
    const field = kind !== undefined ? F.kind : record !== undefined ? F.record : null;
    return field === null
      ? this.#row.has(F.time) && this.#isOwn(bytes.toString('latin1', start, end))
      : this.#row.has(field);
  }

  /** True if flags or ports are in the place of the protocol or action, because another field contains a comma. */
  #isShifted(): boolean {
    const isOther = (word: string): boolean => word.startsWith('0x') || Number(word) > MAX_PROTOCOL;
    return isOther(this.#row.word(F.protocol)) || isOther(this.#row.word(F.action));
  }

  #readQuestion(us: number, client: string): LineResult {
    const row = this.#row;
    const { fields } = row;
    if (!this.#seen.isDecided) {
      this.#seen.addRequest(false);
      this.#seen.addName(fields.bytes, fields.start(F.question), fields.end(F.question));
    }
    const isBlocked = this.#isBlocked();
    const written = row.text(F.answers);
    const code = row.text(F.rcode)?.toUpperCase();
    const rcode = code === undefined ? 0 : Math.max(0, RCODES.indexOf(code), Number(code) || 0);
    const isAnswered = isBlocked || written !== null || code !== undefined;
    const answer = isAnswered
      ? { addresses: isBlocked ? [] : (written ?? '').split(/[^0-9a-f:.]+/i), rcode, isBlocked }
      : null;
    const type = (row.text(F.type) ?? '').replace(/^\d+ \((.*)\)$|^(\S+) record$/i, '$1$2');
    return addQuestion(this.#records, { us, client, name: row.text(F.question) ?? '', type, answer });
  }

  #isBlocked(): boolean {
    return this.#findDecision() === 'blocked';
  }

  #findDecision(): Decision {
    return this.#isRefusedLater() ? 'blocked' : this.#findFirstDecision();
  }

  /** Without the action, the status of a page that refuses is that of the gateway or of the server. */
  #findFirstDecision(): Decision {
    const row = this.#row;
    if (row.has(F.action)) return row.cached(this.#decisions, F.action);
    const isRefusal = row.is(F.status, `${FORBIDDEN}`) && this.#table.fields.action !== undefined;
    return isRefusal ? 'unknown' : this.#withoutAction;
  }

  #isRefusedLater(): boolean {
    const row = this.#row;
    return row.has(F.laterAction) && row.cached(this.#decisions, F.laterAction) === 'blocked';
  }

  /** Throws WrongType. */
  #readClient(): string {
    const inner = this.#row.address(F.client);
    return inner === '' || inner === NO_SERVER ? this.#row.address(F.outerClient) : inner;
  }

  /** Reads a session without a name, by the values that the core kept. */
  #unpackSession(values: string): Session {
    const current = this.#row;
    const row = this.#keptRow;
    this.#row = row;
    row.fields.unpack(values);
    const connection = this.#readConnection(row.time(F.time), this.#readClient());
    const state = this.#buildSessionState(connection);
    this.#row = current;
    const service = row.word(F.service);
    return {
      connection,
      ends: endsHash(connection),
      key: '',
      state,
      listed: null,
      flow: null,
      service,
      isNamed: false,
    };
  }

  /** Reads a row without its name. Throws WrongType. */
  #readConnection(us: number, client: string): Connection {
    const row = this.#row;
    const started = row.time(F.start);
    const lasted =
      (row.count(F.seconds) ?? 0) * 1_000_000 +
      (row.count(F.milliseconds) ?? 0) * 1000 +
      (row.count(F.microseconds) ?? 0);
    const before = started > 0 ? started : us - lasted;
    const server = row.address(F.server);
    return {
      firstUs: before >= us - MAX_DISTANCE_US && before <= us ? before : us,
      lastUs: us,
      client,
      clientPort: row.port(F.clientPort),
      server: server === '' ? NO_SERVER : server,
      serverPort: row.port(F.serverPort),
      protocol: row.has(F.protocol) ? this.#findTransport() : 'tcp',
      packetsUp: row.count(F.packetsUp),
      packetsDown: row.count(F.packetsDown),
      bytesUp: row.count(F.bytesUp),
      bytesDown: row.count(F.bytesDown),
    };
  }

  /** Turns a connection to the client's side: the server has the smaller port. */
  #turnConnection(connection: Connection): Connection {
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

  /** Subtracts the counts of earlier rows of the same record. */
  #subtractEarlier(connection: Connection): Connection {
    const record = this.#row.text(F.record);
    if (record === null) return connection;
    const existing = this.#counted.get(record);
    const counts = mapCounts((field) => Math.max(connection[field] ?? 0, existing?.[field] ?? 0));
    if (existing === undefined && this.#counted.size >= MAX_OPEN) {
      const [oldest = ''] = this.#counted.keys();
      this.#counted.delete(oldest);
    }
    this.#counted.set(record, counts);
    if (existing === undefined) return connection;
    return {
      ...connection,
      isUpdate: true,
      ...mapCounts((field) => (connection[field] === null ? null : counts[field] - existing[field])),
    };
  }

  /** A session that sent much went on after one of its requests was refused. */
  #buildSessionState(connection: Connection): State {
    const isRefused = this.#isRefusedLater() && (connection.bytesUp ?? 0) < LARGE_LOGGED_BYTES;
    const state = this.#buildState(connection, this.#findFirstDecision());
    return isRefused ? { ...state, isBlocked: true } : state;
  }

  #buildState({ bytesDown }: Connection, decision = this.#findDecision()): State {
    if (decision === 'unknown') this.#undecided++;
    return {
      isBlocked: decision === 'blocked',
      isEstablished: decision === 'allowed' && (bytesDown === null ? this.#isAnswered() : bytesDown > 0),
      inspection: this.#findInspection(),
    };
  }

  #findInspection(): Inspection {
    return this.#table.inspectionOf?.(this.#row) ?? 'unknown';
  }

  /**
   * Builds the flow of a relevant row. It names every field, because a copy of all but some takes longer than reading
   * the row.
   */
  #buildFlow(connection: Connection, { isEstablished, inspection }: State): OpenFlow {
    const { client, packetsUp, packetsDown, bytesUp, bytesDown } = connection;
    const protocol = connection.protocol ?? 'tcp';
    return {
      ...EMPTY_OPEN,
      firstUs: connection.firstUs,
      lastUs: connection.lastUs,
      client,
      clientPort: connection.clientPort,
      server: connection.server,
      serverPort: connection.serverPort,
      protocol,
      packetsUp,
      packetsDown,
      bytesUp,
      bytesDown,
      payloadUp: this.#computePayload(bytesUp, packetsUp, { client, protocol }),
      payloadDown: this.#computePayload(bytesDown, packetsDown, { client, protocol }),
      isEstablished,
      isUnread: true,
      inspection,
    };
  }

  #computePayload(
    bytes: number | null,
    packets: number | null,
    flow: Pick<LoggedFlow, 'client' | 'protocol'>,
  ): number | null {
    if (this.#table.bytes === 'payload') return bytes;
    return payloadOfFrames(bytes, packets, flow, this.#table.bytes === 'frames' ? undefined : 0);
  }

  /** If bytes are not logged, a status of HTTP shows that the server answered. */
  #isAnswered(): boolean {
    const status = this.#row.count(F.status) ?? 0;
    return status >= 100 && status < 600;
  }

  #findTransport(): 'tcp' | 'udp' | null {
    const { fields } = this.#row;
    return this.#transports.get(fields.bytes, fields.start(F.protocol), fields.end(F.protocol));
  }

  /** Returns the listed name of the row, and the port in its URL; null for an unlisted name. */
  #findListed(): ListedHost | null {
    this.#hasName = false;
    return this.#findListedIn(F.name) ?? this.#findListedIn(F.url);
  }

  #findListedIn(field: FieldNumber): ListedHost | null {
    const host = this.#host;
    const bytes = this.#findHost(field);
    if (bytes === null) return null;
    // The domain of a pattern may be listed, but belongs to several tools.
    if (host.isPattern) return null;
    const isName = this.#isName(bytes, field);
    if (isName && !this.#hasName && !this.#seen.isDecided) this.#noteName(bytes);
    this.#hasName ||= isName;
    const name = this.#names.get(bytes, host.start, host.end);
    return name === null ? null : { name, port: host.port };
  }

  /** Records a name. A name that any gateway can read does not show that the log contains encrypted ones. */
  #noteName(bytes: Buffer): void {
    const isClear = this.#isClearText();
    this.#seen.addRequest(isClear);
    if (!isClear) this.#seen.addName(bytes, this.#host.start, this.#host.end);
  }

  /** True for a name. Words for an absent name contain no dot. */
  #isName(bytes: Buffer, field: FieldNumber): boolean {
    const { isAddress, start, end } = this.#host;
    if (isAddress || start === end) return false;
    for (let at = start; at < end; at++) if (bytes[at] === DOT) return true;
    return this.#row.text(field) !== null;
  }

  /** Returns the bytes that contain the host of the field; null for an absent one. */
  #findHost(field: FieldNumber): Buffer | null {
    const { fields } = this.#row;
    if (!fields.has(field)) return null;
    const isEscaped = fields.written(field) === WRITTEN.escaped;
    const bytes = isEscaped ? Buffer.from(fields.text(field) ?? '') : fields.bytes;
    this.#host.find(bytes, isEscaped ? 0 : fields.start(field), isEscaped ? bytes.length : fields.end(field));
    return bytes;
  }

  /**
   * True if the row has a usable name. An address, or the pattern of a certificate, is one only if the gateway read the
   * request.
   */
  #isNamedRow(): boolean {
    if (this.#hasName) return true;
    // A URL may be a path alone.
    const hasHost = ([F.name, F.url] as const).some(
      (field) =>
        this.#findHost(field) !== null && this.#host.end > this.#host.start && this.#row.text(field) !== null,
    );
    return hasHost && (this.#findInspection() === 'inspected' || this.#isClearText());
  }

  /** True for a request in clear text. */
  #isClearText(): boolean {
    const row = this.#row;
    if (row.word(F.service) === 'http' || row.word(F.protocol) === 'http') return true;
    return row.is(F.serverPort, '80') || /^http:/i.test(row.text(F.url) ?? '');
  }

  /** Adds the name of the row to the flow. */
  #withName(flow: LoggedFlow, { name, port }: ListedHost, isBlocked: boolean): LoggedFlow {
    const row = this.#row;
    const [table, records] = [this.#table, this.#records];
    const user = row.text(F.user);
    if (user !== null) records.user(flow.client, user.slice(0, MAX_USER), flow.lastUs);
    const written = row.count(F.status) ?? 0;
    const serverPort = flow.serverPort === 0 ? port || STANDARD_PORT : flow.serverPort;
    const isRefused = isBlocked || written === AUTHENTICATION;
    const outcome = isRefused
      ? buildRefusal(written >= 400 && written < 600 ? written : FORBIDDEN)
      : flow.isEstablished
        ? buildOutcome('served')
        : {};
    return {
      ...flow,
      serverPort,
      // The proxy refused instead of the server, which it did not reach.
      ...(isRefused && table.isProxy ? { server: NO_SERVER } : {}),
      ...(table.isProxy ? {} : { sni: name, helloUs: flow.firstUs }),
      isUnread: false,
      proxy: table.isProxy ? { kind: 'connect', target: `${name}:${serverPort}` } : null,
      userAgent: records.findAgent(row.text(F.agent) ?? ''),
      isEstablished: flow.isEstablished && !isRefused,
      fingerprint: loggedFingerprint(
        { ja3: row.text(F.ja3), ja4: row.text(F.ja4) },
        flow.protocol === 'udp' ? 'quic' : 'tcp',
      ),
      ...outcome,
    };
  }

  #getKey({ client, clientPort, server, serverPort }: Connection): string {
    return `${client} ${clientPort} ${server} ${serverPort} ${this.#row.text(F.session) ?? ''}`;
  }

  /** Returns the hash of the connection and its number; `ends`: hash of its ends. 0: nothing joins its rows. */
  #nameHash(ends: number): number {
    return ends === 0 ? 0 : mixHashes(ends, this.#row.fields.hash(F.session)) || 1;
  }

  #readRequest(connection: Connection): LineResult {
    const ends = this.#table.isJoined ? endsHash(connection) : 0;
    const listed = this.#findListed();
    if (this.#table.isTwice === true) this.#setRequested(connection, listed);
    const name = this.#nameHash(ends);
    if (ends !== 0) this.#addRequest(name, connection);
    if (listed === null) {
      this.#addUnlistedRequest(connection, ends, name);
      return null;
    }
    const early = ends === 0 ? undefined : this.#takeEarly(name, connection);
    const state = this.#buildState(connection);
    const named = this.#withName(this.#buildFlow(connection, state), listed, state.isBlocked);
    const key = ends === 0 ? null : this.#getKey(connection);
    const known = key === null ? undefined : this.#open.get(key);
    if (early === undefined) this.#early?.miss(name);
    const flow = early === undefined ? named : this.#joinSession(named, connection, early);
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

  #addRequest(name: number, { client, server, lastUs }: Connection): void {
    if (this.#isBlocked() || this.#records.isInbound?.(client, server) === true) return;
    for (const lost of this.#requested.add(name, client, lastUs)) this.#addUnsized(lost.client, lost.us);
  }

  #addUnsized(host: string, us: number): void {
    this.#records.totals(hostTotals({ host, firstUs: us, lastUs: us, unsizedFlows: 1 }), null);
  }

  #addUnlistedRequest(connection: Connection, ends: number, name: number): void {
    const isNamed = this.#isNamedRow();
    if (ends !== 0 && !isNamed) return;
    if (ends !== 0) {
      this.#setNamed(name);
      const early = this.#takeEarly(name, connection);
      if (early !== undefined) this.#settle({ ...early, isNamed });
    } else if (isNamed || this.#isBlocked()) this.#addTotals(connection, [], this.#isBlocked());
    else
      this.#addUnlisted({
        connection,
        ends,
        key: '',
        state: this.#buildState(connection),
        service: 'tls',
        isNamed,
      });
  }

  /** Returns the session of a connection that preceded its requests. */
  #takeEarly(name: number, connection: Connection): Session | undefined {
    const session = this.#early?.get(name);
    if (session === undefined || !isOfSession(connection, session)) return undefined;
    this.#requested.addSession(name);
    return this.#early?.take(name);
  }

  /** Adds a request to the session that preceded it. */
  #joinSession(named: LoggedFlow, { isUpdate }: Connection, { connection, state }: Session): OpenFlow {
    const flow = { ...withSession(named, this.#buildFlow(connection, state)), hasSession: true };
    return isUpdate === true ? joinParts(flow, named) : flow;
  }

  #readSession(connection: Connection): LineResult {
    const ends = this.#table.isJoined ? endsHash(connection) : 0;
    const name = this.#nameHash(ends);
    if (name !== 0) this.#requested.addSession(name);
    const key = ends !== 0 && this.#open.mayHave(ends) ? this.#getKey(connection) : null;
    const known = key === null ? undefined : this.#open.get(key);
    if (known !== undefined && key !== null && (known.hasSession !== true || connection.isUpdate === true)) {
      const flow = this.#buildFlow(connection, this.#buildSessionState(connection));
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
      // The ports were reused.
      this.#records.flow(known);
      this.#open.delete(key);
    }
    const listed = this.#findListed();
    const row = this.#row;
    if (connection.protocol === null) {
      const bytes = (connection.bytesUp ?? 0) + (connection.bytesDown ?? 0);
      this.#addTotals(connection, classifyUnseenProtocol(row.word(F.protocol), bytes), this.#isBlocked());
      return null;
    }
    const before = connection.isUpdate === true ? this.#takeEarly(name, connection) : undefined;
    if (!this.#hasName) this.#seen.addConnection();
    const state = before?.state ?? this.#buildSessionState(connection);
    const session: Session = {
      connection: before === undefined ? connection : withUpdate(before.connection, connection),
      ends,
      key: this.#table.hasUpdates === true && ends !== 0 ? this.#getKey(connection) : '',
      state,
      listed,
      flow:
        listed === null ? null : this.#withName(this.#buildFlow(connection, state), listed, state.isBlocked),
      service: row.word(F.service),
      isNamed: this.#isNamedRow() || this.#isNamed(name),
    };
    const isCopy = this.#table.isTwice === true && this.#isRequested(connection, listed);
    if (this.#early === null || isCopy || !this.#waits(session)) {
      this.#settle(session);
      return null;
    }
    this.#early.keep(name, session, this.#settled);
    return null;
  }

  /** True if a request of the session may follow. One to a listed name may be refused, although the session has bytes. */
  #waits({ connection: { protocol, serverPort }, listed, isNamed, ends, service }: Session): boolean {
    const isWeb = WEB_PORTS.has(serverPort);
    if (this.#table.isTwice === true) return protocol === 'tcp' && isWeb;
    if (ends === 0) return false;
    return listed !== null || (!isNamed && (isWeb || this.#table.opaque?.has(service) === true));
  }

  /** Processes a session without requests. `mayFollow`: later rows of it may. */
  #settle(session: Session, mayFollow = true): void {
    if (this.#table.isTwice === true && this.#isRequested(session.connection, session.listed)) this.#copies++;
    else if (session.flow !== null) this.#records.flow(session.flow);
    else this.#addUnlisted(session, mayFollow);
  }

  /** Adds a connection without a listed name. */
  #addUnlisted(
    { connection, ends, key, state, service: word, isNamed }: Omit<Session, 'listed' | 'flow'>,
    mayFollow = true,
  ): void {
    const { client, server, serverPort, firstUs, protocol } = connection;
    if (serverPort !== DNS_PORT && this.#records.hasListedServer(client, server, firstUs)) {
      const flow = this.#buildFlow(connection, state);
      const noted = state.isBlocked
        ? { ...flow, isEstablished: false, isUnread: false, ...buildOutcome('synSilent') }
        : flow;
      const mayJoin = mayFollow && ends !== 0 && this.#open.size < MAX_OPEN;
      if (mayJoin && key !== '') this.#open.set(key, { ...noted, hasSession: true });
      else if (mayJoin && this.#table.parts !== undefined) this.#open.set(this.#getKey(connection), noted);
      else this.#records.flow(noted);
      return;
    }
    const { bytesUp, bytesDown } = connection;
    const isOpaque = word === '' || this.#table.opaque?.has(word) === true;
    const service = isNamed ? 'tls' : isOpaque ? null : word;
    const isUdp = protocol === 'udp';
    const packets = (connection.packetsUp ?? 0) + (connection.packetsDown ?? 0);
    const link = this.#table.bytes === 'frames' ? undefined : 0;
    this.#addTotals(
      connection,
      classifyUnseen({
        serverPort,
        service,
        isNamed,
        isMidFlow: false,
        isUdp,
        bytesUp,
        bytesDown,
        hasData:
          !state.isBlocked &&
          (this.#table.bytes === 'payload' ||
            hasData((bytesUp ?? 0) + (bytesDown ?? 0), packets, client, link)),
      }),
      state.isBlocked,
    );
  }

  #addTotals(connection: Connection, notVisible: readonly NotVisibleSums[], isBlocked: boolean): void {
    const { client, server, firstUs, lastUs, packetsUp, packetsDown, bytesUp, bytesDown } = connection;
    const isRefused = isBlocked && (bytesUp ?? 0) < LARGE_LOGGED_BYTES;
    // A row of a log with parts may have one direction.
    const isSized = this.#table.parts !== undefined && (bytesUp ?? bytesDown) !== null;
    this.#records.totals(
      hostTotals({
        host: client,
        firstUs,
        lastUs,
        packets: (packetsUp ?? 0) + (packetsDown ?? 0),
        bytesUp: isRefused ? 0 : bytesUp,
        bytesDown: isRefused ? 0 : bytesDown,
        ...(isSized ? { unsizedFlows: 0 } : {}),
        flows: connection.isUpdate === true ? 0 : 1,
        notVisible: isRefused ? [] : notVisible,
      }),
      server === NO_SERVER ? null : server,
    );
  }

  /** Records a connection that sessions are compared with. */
  #setRequested(connection: Connection, listed: ListedHost | null): void {
    const span = Math.floor(connection.lastUs / SAME_TRAFFIC_US);
    for (const end of listEnds(connection, listed)) this.#setNamed(mixHashes(end, span) || 1);
  }

  #isRequested(connection: Connection, listed: ListedHost | null): boolean {
    const { protocol, serverPort, firstUs, lastUs } = connection;
    if (this.#named === null || protocol !== 'tcp' || !WEB_PORTS.has(serverPort)) return false;
    const last = Math.floor((lastUs + LOGS_APART_US) / SAME_TRAFFIC_US);
    const first = Math.max(Math.floor((firstUs - LOGS_APART_US) / SAME_TRAFFIC_US), last - MAX_SPANS);
    for (const end of listEnds(connection, listed))
      for (let span = first; span <= last; span++) if (this.#isNamed(mixHashes(end, span) || 1)) return true;
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
