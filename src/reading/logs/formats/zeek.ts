// Reads logs of Zeek, as text with a header or as JSON: conn, ssl, quic, http, dns, dhcp, known_hosts, capture_loss and
// stats. It finds columns by name, because packages, versions and configurations add and rename them.

import type { Transport } from '../../../model/window-words.ts';
import { splitWords } from '../../../text/word-lists.ts';
import { ConnectionCaches, ConnectionNames, ConnectionRow, MAX_NAMED } from '../connection-names.ts';
import { numberFields } from '../fields.ts';
import { computeFingerprint, isCode, listAlpn, loggedFingerprint } from '../fingerprints.ts';
import { findHostText, findTarget, isAbsolute } from '../host-in.ts';
import { JoinTable, type JoinTables } from '../join-table.ts';
import { ListedNames } from '../listed-names.ts';
import {
  buildOutcome,
  EMPTY_FLOW,
  EMPTY_QUESTION,
  type FlowEnds,
  type FlowSpan,
  hasData,
  JA3_ALONE,
  type LineReader,
  type LineResult,
  type LogFormat,
  type LoggedFlow,
  type LogKind,
  type LogReader,
  type LogRecords,
  type LogSample,
  listMissing,
  NO_ROW,
  namedOutcome,
} from '../records.ts';
import { CellLine, isJson, JsonLine, mainForm } from '../split-line.ts';
import { JSON_LINES, type LineForm, type RowForm, type RowSums, SERVICE } from '../summed-form.ts';
import { hostTotals, unlistedTotals } from '../totals.ts';
import { isNamingService, isRequestService, isTunnelService } from '../unseen.ts';
import {
  decodeText,
  LATEST_US,
  parseHostName,
  parseLoggedAddress,
  parseMac,
  parseName,
  secondsToUs,
  unescapeHex,
} from '../values.ts';

const NAMES = {
  ts: ['ts'],
  path: ['_path', 'path'],
  uid: ['uid'],
  origH: ['id.orig_h', 'orig_h', 'src', 'src_ip', 'source_ip', 'source.ip', 'src_addr', 'client_ip'],
  origP: ['id.orig_p', 'orig_p', 'src_port', 'source_port', 'source.port', 'sport', 'client_port'],
  respH: splitWords('id.resp_h resp_h dst dst_ip dest_ip destination_ip destination.ip dst_addr server_ip'),
  respP: splitWords(
    'id.resp_p resp_p dst_port dest_port destination_port destination.port dport server_port',
  ),
  proto: ['proto'],
  service: ['service'],
  duration: ['duration'],
  origBytes: ['orig_bytes'],
  respBytes: ['resp_bytes'],
  connState: ['conn_state'],
  missedBytes: ['missed_bytes'],
  history: ['history'],
  origPkts: ['orig_pkts'],
  origIpBytes: ['orig_ip_bytes'],
  respPkts: ['resp_pkts'],
  respIpBytes: ['resp_ip_bytes'],
  origMac: ['orig_l2_addr'],
  vlan: ['vlan'],
  serverName: ['server_name'],
  established: ['established'],
  resumed: ['resumed'],
  version: ['version'],
  sslHistory: ['ssl_history'],
  ja3: ['ja3'],
  ja4: ['ja4'],
  clientVersion: ['client_version'],
  clientCiphers: ['client_ciphers'],
  sslClientExts: ['ssl_client_exts'],
  pointFormats: ['point_formats'],
  clientCurves: ['client_curves'],
  origAlpn: ['orig_alpn'],
  clientVersions: ['client_supported_versions'],
  sigalgs: ['sigalgs'],
  hashalgs: ['hashalgs'],
  clientProtocol: ['client_protocol'],
  method: ['method'],
  uri: ['uri'],
  statusCode: ['status_code'],
  userAgent: ['user_agent'],
  query: ['query'],
  qtype: ['qtype'],
  rcode: ['rcode'],
  rtt: ['rtt'],
  answers: ['answers'],
  ttls: ['TTLs'],
  mac: ['mac'],
  hostName: ['host_name'],
  assignedAddr: ['assigned_addr', 'assigned_ip'],
  leaseTime: ['lease_time'],
  host: ['host'],
  tsDelta: ['ts_delta'],
  gaps: ['gaps'],
  percentLost: ['percent_lost'],
  pktsDropped: ['pkts_dropped'],
} as const;
const { numbers: F, fields: FIELDS } = numberFields(NAMES);
/** Order of logs: names before bytes. The row of a connection in conn.log is its last. */
const RANKS: Readonly<Record<string, number>> = {
  dhcp: 0,
  known_hosts: 0,
  capture_loss: 0,
  stats: 0,
  dns: 1,
  http: 2,
  ssl: 3,
  quic: 2,
  conn_long: 4,
  conn: 5,
};
/** Logs whose rows are parts of connections. */
const PARTS: readonly string[] = ['dns', 'http', 'ssl', 'quic'];
const STREAM = 'stream';
const STREAM_RANK = 6;

/** Logs without "#path" and "_path" are recognized by columns that no other log has. */
const BY_COLUMNS: readonly (readonly [kind: string, field: keyof typeof NAMES])[] = [
  ['conn', 'connState'],
  ['ssl', 'sslHistory'],
  ['dns', 'qtype'],
  ['quic', 'clientProtocol'],
  ['capture_loss', 'percentLost'],
  ['stats', 'pktsDropped'],
  ['dhcp', 'assignedAddr'],
  ['ssl', 'serverName'],
  ['http', 'method'],
  ['conn', 'origIpBytes'],
  ['conn', 'origBytes'],
  ['dns', 'query'],
  ['known_hosts', 'host'],
];

function findKind(has: (field: number) => boolean): string | null {
  if (!has(F.ts)) return null;
  const layout = BY_COLUMNS.find(
    ([kind, name]) => has(F[name]) && (kind === 'known_hosts' || isAny(kind, has)),
  );
  return layout?.[0] ?? null;
}

/** Rows of connections have a uid. Rows of leases and losses need none. */
const isAny = (kind: string, has: (field: number) => boolean): boolean =>
  has(F.uid) || kind === 'dhcp' || kind === 'capture_loss' || kind === 'stats';

/** Rows that only sums may include. */
const ENDS = { id: F.uid, client: F.origH, clientPort: F.origP, server: F.respH, serverPort: F.respP };
const CONNECTION = { ...ENDS, transport: F.proto };
const FORMS: readonly RowForm[] = [
  {
    row: 'flow',
    cells: {
      ...ENDS,
      kind: F.path,
      start: F.ts,
      duration: F.duration,
      transport: F.proto,
      service: F.service,
      bytesUp: F.origIpBytes,
      otherUp: F.origBytes,
      bytesDown: F.respIpBytes,
      otherDown: F.respBytes,
      packetsUp: F.origPkts,
      packetsDown: F.respPkts,
      mac: F.origMac,
    },
  },
  { row: 'name', cells: { ...ENDS, kind: F.path, written: F.ts, name: F.serverName } },
  { row: 'question', cells: { ...ENDS, kind: F.path, written: F.ts, name: F.query, answers: F.answers } },
];
const FORM_NUMBERS: Readonly<Record<string, number>> = { conn: 1, ssl: 2, quic: 2, dns: 3 };
const formNumber = (kind: string): number => FORM_NUMBERS[kind] ?? 0;

function serviceFlags(service: string): number {
  const isNaming = /ssl|quic/.test(service);
  return (
    (isNaming ? SERVICE.naming : 0) |
    (service.includes('ssl') ? SERVICE.hello : 0) |
    (NAMING.test(service) ? SERVICE.mayWait : 0) |
    (isTunnelService(service) || (isNamingService(service) && !isNaming) ? SERVICE.hidden : 0) |
    (isNaming && isNamingService(service) ? SERVICE.mayHideName : 0) |
    (isRequestService(service) ? SERVICE.requests : 0) |
    // A row with a service is never QUIC that was not analyzed (isUnread).
    SERVICE.quic
  );
}

/** Facts about the name of one connection, until conn.log has its end. */
interface Named {
  tsUs: number;
  ends: FlowEnds;
  sni: string | null;
  fingerprint: LoggedFlow['fingerprint'];
  proxy: LoggedFlow['proxy'];
  userAgent: string | null;
  isEstablished: boolean;
  isRefused: boolean;
  /** Status of the answer to CONNECT; 0: not logged. */
  status: number;
  isResumed: boolean;
  helloUs: number | null;
  /** A row of quic.log, which has priority over that of ssl.log. */
  isQuic: boolean;
}

/** A row of conn.log: its addresses and its time. */
type Conn = Pick<FlowEnds, 'client' | 'server'> & FlowSpan;

/** Services whose rows contain names. */
const NAMING = /ssl|quic|http/;
/** Maximum services that are kept for notes. A few dozen are usual. */
const MAX_SERVICES = 256;
/** Largest VLAN id: it has 12 bits. */
const MAX_VLAN = 4095;
/** Maximum length of a uid. Zeek writes 18 characters. */
const MAX_UID = 64;
/** TCP states of Zeek in which the client got an answer. */
const ANSWERED_STATES = new Set(['SF', 'S1', 'S2', 'S3', 'RSTO', 'RSTR', 'OTH']);

const WORDS = {
  product: 'zeek',
  endRows: 'rows of conn.log',
  rows: 'rows',
  noBytes: 'no row in conn.log: open at the end, or their log is missing',
  noNames: 'no ssl.log and no quic.log was read, so connections of TLS are hidden; read these logs too',
  noRequests: 'no http.log was read, so connections of HTTP are hidden; read this log too',
};

/** Logs with names, and streams, which may have all kinds of rows. */
const NAME_LOGS = ['ssl', 'quic', 'http', 'dns', STREAM] as const;

class ZeekReader implements LogReader {
  readonly records: LogRecords;
  readonly #names: ConnectionNames<Named>;
  /** Interim rows of long connections, of which the last counts. */
  readonly interim = new JoinTable<LoggedFlow>();
  readonly tables: JoinTables;
  readonly caches = new ConnectionCaches();
  readonly #earlyRow: ZeekRow;
  /** Names may follow connections: in a stream, in a log of several kinds, or if no names were read before. */
  #mayWait = true;
  #isMixed = false;
  readonly #isWhole: boolean;
  #isConnLog = false;
  /** Kinds of the logs that were read. */
  readonly #kinds = new Set<string>();
  /** Services of connections, alone or in lists, as they are written. */
  readonly #services = new Set<string>();
  /** Listed names by their bytes; null for others. */
  readonly listed = new ListedNames((name) => this.records.isListed(name));

  constructor(records: LogRecords, isWhole: boolean) {
    this.records = records;
    this.#earlyRow = new ZeekRow(this);
    this.#names = new ConnectionNames(WORDS, isWhole);
    this.#isWhole = isWhole;
    this.tables = { ...this.#names.tables, interim: this.interim };
    this.#names.sumRows(records, {
      fields: FIELDS,
      forms: FORMS,
      maxId: MAX_UID,
      words: {
        formOf: (path) => formNumber(path.replace(/^json_streaming_/, '')),
        serviceFlags: (service) => {
          this.#services.add(service);
          return serviceFlags(service);
        },
      },
      names: this.listed,
    });
  }

  /** Sums rows of a log of this kind; null: the rows state their kind. */
  take(
    bytes: Buffer,
    start: number,
    kind: string | null,
    lines: LineForm,
    separator: string | null,
  ): RowSums | null {
    const form = formNumber(kind ?? '');
    const readsKind = lines.kind === 'json';
    return this.#names.take(bytes, start, { form, readsKind, mayWait: this.#mayWait, separator }, lines);
  }

  describe(sample: LogSample): LogKind {
    const { kind, columns } = findHead(sample) ?? { kind: STREAM, columns: [] };
    return { kind, rank: RANKS[kind] ?? STREAM_RANK, columns };
  }

  open(sample: LogSample): LineReader {
    const { kind } = this.describe(sample);
    this.#isConnLog = kind === 'conn';
    this.#kinds.add(kind);
    // A follower opens each log once and reads their new rows in turn.
    this.#mayWait = !this.#isWhole || !this.#isConnLog || this.#isMixed || !this.#names.hasNames;
    return isText(sample) ? new TextLines(this, sample) : new JsonLines(this, sample);
  }

  finish(): readonly string[] {
    // Without these logs, no row can have a name, also not of a connection in clear text.
    if (this.#kinds.has('conn') && !NAME_LOGS.some((kind) => this.#kinds.has(kind)))
      this.#names.lacksNames = true;
    const peeked = new Set<string>();
    this.#names.peeked = peeked;
    for (const packed of this.#names.listWaiting()) this.#readEarly(packed);
    this.#names.peeked = null;
    for (const [key, flow] of this.interim)
      if (!this.#names.ended.has(key) && !peeked.has(key)) this.records.flow(flow);
    let open = 0;
    for (const [key, named] of this.#names.named) {
      if (this.interim.has(key)) continue;
      open++;
      this.#endUnknown(named);
    }
    return [...this.#names.notes(open), ...this.#missingNotes()];
  }

  /** Returns sentences about logs that were not read although their connections were. */
  #missingNotes(): string[] {
    const lacks = (kind: string): boolean => !this.#kinds.has(kind) && !this.#kinds.has(STREAM);
    const hasService = (name: string): boolean =>
      [...this.#services].some((service) => service.split(',').includes(name));
    const notes: string[] = [];
    if (this.#names.hasNames && lacks('ssl') && hasService('ssl'))
      notes.push('zeek: no ssl.log was read, so connections of TLS over TCP are hidden; read this log too');
    if (lacks('dns') && hasService('dns'))
      notes.push('zeek: no dns.log was read, so queries for names of tools are unknown; read this log too');
    return notes;
  }

  /** Ends a connection without its row in conn.log, so that its bytes are unknown. */
  #endUnknown({ tsUs, ends, ...named }: Named): void {
    this.records.flow({ ...EMPTY_FLOW, ...ends, ...namedPart(named), firstUs: tsUs, lastUs: tsUs });
  }

  settle(untilUs: number): void {
    const startOf = (packed: string): number => {
      this.#earlyRow.fields.unpack(packed);
      return this.#earlyRow.time(F.ts);
    };
    for (const packed of this.#names.early.takeOld((row) => startOf(row) < untilUs)) this.#readEarly(packed);
  }

  #end(key: string, flow: LoggedFlow): void {
    const { peeked } = this.#names;
    if (peeked !== null) peeked.add(key);
    else {
      this.#names.end(key, 1, MAX_NAMED);
      this.#names.named.delete(key);
      this.interim.delete(key);
    }
    this.records.flow(flow);
  }

  /** Reads one row of a log whose fields are set. */
  row(kind: string, row: ZeekRow): LineResult {
    if (RANKS[kind] === undefined) return NO_ROW;
    const tsUs = row.time(F.ts);
    if (!(tsUs > 0 && tsUs < LATEST_US)) return 'no time';
    if (kind !== 'conn' && kind !== 'conn_long')
      this.records.wrote(tsUs, PARTS.includes(kind) ? 'parts' : 'status');
    switch (kind) {
      case 'conn':
      case 'conn_long':
        return this.#readConnection(row, tsUs, kind === 'conn_long');
      case 'ssl':
      case 'quic':
        return this.#withEarly(row, this.#readName(row, tsUs, kind));
      case 'http':
        return this.#withEarly(row, this.#readRequest(row, tsUs));
      case 'dns':
        return this.#readQuestion(row, tsUs);
      case 'dhcp':
        return this.#readLease(row, tsUs);
      case 'known_hosts':
        return this.#readKnownHost(row, tsUs);
      case 'capture_loss': {
        const gaps = row.number(F.gaps);
        if (gaps > 0) this.records.lost(tsUs - (row.microseconds(F.tsDelta) || 0), tsUs, gaps);
        return NO_ROW;
      }
      default: {
        const dropped = row.number(F.pktsDropped);
        if (dropped > 0) this.records.lost(tsUs, tsUs, dropped);
        return NO_ROW;
      }
    }
  }

  /** Processes the waiting row after a row with a name. `result`: result of the latter. */
  #withEarly(row: ZeekRow, result: LineResult): LineResult {
    this.#isMixed ||= this.#isConnLog;
    const early = row.hasUid() ? this.#names.takeEarly(row.connection) : null;
    if (early !== null) this.#readEarly(early);
    return result;
  }

  #readEarly(packed: string): void {
    this.#earlyRow.fields.unpack(packed);
    this.#readConnection(this.#earlyRow, this.#earlyRow.time(F.ts), false, true);
  }

  /** `isEarly`: the row was counted when it was read and does not wait again. */
  #readConnection(row: ZeekRow, tsUs: number, isInterim: boolean, isEarly = false): string | null {
    if (!row.hasUid() || !row.has(F.origH) || !row.has(F.respH)) return 'no connection';
    const client = row.address(F.origH);
    const server = row.address(F.respH);
    if (client === '' || server === '') return 'no address';
    const lastUs = tsUs + (row.microseconds(F.duration) || 0);
    if (!(lastUs < LATEST_US)) return 'no time';
    if (!isEarly) this.records.wrote(lastUs);
    const service = row.word(F.service);
    if (service !== null && this.#services.size < MAX_SERVICES) this.#services.add(service);
    const isTls = service?.includes('ssl') === true;
    const names = this.#names;
    const { connection } = row;
    const isRead = (isTls || service?.includes('quic') === true) && names.withNames.has(connection);
    if (isTls && !names.hasNames) names.lacksNames = true;
    const mayBeListed = names.named.mayHaveHad(connection.hash());
    const named = mayBeListed ? names.named.get(connection.key()) : undefined;
    const isNamed = named !== undefined;
    if (mayBeListed && !isNamed && !isInterim && names.ended.has(connection.key())) {
      names.copies++;
      return null;
    }
    const mayWait =
      this.#mayWait && !isNamed && !isInterim && !isEarly && service !== null && NAMING.test(service);
    if (mayWait && names.early.keep(connection)) {
      const oldest = names.early.takeOldest();
      if (oldest !== null) this.#readEarly(oldest);
      return null;
    }
    const hasListedServer = !isRead && this.records.hasListedServer(client, server, tsUs);
    if (!isNamed && !hasListedServer && !isUnread(row)) {
      if (!isInterim) this.#countOnly(row, { client, server, firstUs: tsUs, lastUs, isRead });
      return null;
    }
    const key = connection.key();
    if (names.ended.has(key)) {
      names.copies++;
      return null;
    }
    const flow = this.#buildFlow(row, { firstUs: tsUs, lastUs }, named);
    if (isInterim && (this.interim.size < MAX_NAMED || this.interim.has(key))) this.interim.set(key, flow);
    else this.#end(key, flow);
    return null;
  }

  /** Counts a connection with an unlisted name for its host only. */
  #countOnly(
    row: ZeekRow,
    { client, server, firstUs, lastUs, isRead }: Conn & { readonly isRead: boolean },
  ): void {
    const service = row.word(F.service);
    const countBytes = (packets: number, payload: number): number | null =>
      row.number(packets) || row.number(payload) || (row.has(packets) || row.has(payload) ? 0 : null);
    const bytesUp = countBytes(F.origIpBytes, F.origBytes);
    const bytesDown = countBytes(F.respIpBytes, F.respBytes);
    const packets = (row.number(F.origPkts) || 0) + (row.number(F.respPkts) || 0);
    this.records.totals(
      unlistedTotals(
        {
          host: client,
          mac: parseMac(row.text(F.origMac)),
          firstUs,
          lastUs,
          packets,
          hasHello: service?.includes('ssl') === true,
        },
        {
          serverPort: row.number(F.respP) || 0,
          service,
          isNamed: isRead,
          lacksRequests: this.#names.lacksRequestsOf(service),
          isMidFlow: service === null && isMidFlow(row),
          isUdp: row.transport() === 'udp',
          bytesUp,
          bytesDown,
          hasData: row.has(F.origBytes)
            ? row.number(F.origBytes) + row.number(F.respBytes) !== 0
            : hasData((bytesUp ?? 0) + (bytesDown ?? 0), packets, client, 0),
        },
      ),
      server,
    );
  }

  #buildFlow(row: ZeekRow, { firstUs, lastUs }: FlowSpan, named: Named | undefined): LoggedFlow {
    const state = row.text(F.connState) ?? '';
    const count = (field: number): number | null => {
      const value = row.number(field);
      return Number.isNaN(value) ? null : value;
    };
    const [payloadUp, payloadDown] = [count(F.origBytes), count(F.respBytes)];
    const vlan = count(F.vlan);
    return {
      ...EMPTY_FLOW,
      ...row.connection.ends(),
      ...(named === undefined ? {} : namedPart(named)),
      firstUs,
      lastUs,
      clientMac: parseMac(row.text(F.origMac)),
      vlans: vlan === null || vlan > MAX_VLAN ? NO_VLANS : [vlan],
      packetsUp: count(F.origPkts),
      packetsDown: count(F.respPkts),
      bytesUp: count(F.origIpBytes),
      bytesDown: count(F.respIpBytes),
      payloadUp,
      payloadDown,
      lost: count(F.missedBytes) ?? 0,
      isEstablished:
        named?.isRefused !== true &&
        (state === '' || ANSWERED_STATES.has(state)) &&
        (payloadUp ?? 0) > 0 &&
        (payloadDown ?? 0) > 0 &&
        (named === undefined || named.isEstablished || named.sni === null),
      isMidFlow: isMidFlow(row),
      isUnread: named === undefined && isUnread(row),
      ...(row.transport() === 'tcp' ? tcpOutcome(state, named, payloadDown) : {}),
    };
  }

  #readName(row: ZeekRow, tsUs: number, kind: string): string | null {
    if (!row.hasUid()) return 'no connection';
    if (!row.has(F.origH) || !row.has(F.respH)) return 'no address';
    this.#names.noteNames();
    const hasName = row.fields.hasName(F.serverName);
    if (hasName) this.#names.withNames.add(row.connection);
    const name = hasName ? row.listed(F.serverName) : null;
    if (name === null) return null;
    const key = row.connection.key();
    if (this.#names.ended.has(key)) return null;
    const named = this.#findNamed(key, row, tsUs, kind === 'quic' ? 'udp' : 'tcp');
    if (named === null) return 'no address';
    // The two rows of one connection may be in any order.
    this.#names.named.set(key, named);
    named.helloUs = Math.min(named.helloUs ?? tsUs, tsUs);
    if (kind === 'quic') {
      if (!named.isQuic) {
        named.isQuic = true;
        named.ends = { ...named.ends, protocol: 'udp' };
        named.sni = name;
        named.fingerprint = findFingerprint(row, 'quic') ?? markQuic(named.fingerprint);
      }
      // The row of ssl.log has no result for QUIC; H is the server's first handshake packet.
      if ((row.text(F.sslHistory) ?? row.text(F.history) ?? '').includes('H')) named.isEstablished = true;
      return null;
    }
    const isDtls = row.text(F.version)?.startsWith('DTLS') === true;
    const isQuic = named.ends.protocol === 'udp';
    named.sni ??= name;
    named.fingerprint ??= findFingerprint(row, isQuic ? 'quic' : isDtls ? 'dtls' : 'tcp');
    named.isEstablished ||= row.isTrue(F.established) || (row.text(F.sslHistory) ?? '').includes('s');
    named.isResumed ||= row.isTrue(F.resumed);
    return null;
  }

  /**
   * Reads a tunnel through a proxy, whose rows contain the name in clear text and the program, or a request that a
   * proxy decrypted.
   */
  #readRequest(row: ZeekRow, tsUs: number): LineResult {
    if (!row.hasUid()) return NO_ROW;
    this.#names.noteRequests();
    const isTunnel = row.is(F.method, 'CONNECT');
    const uri = row.string(F.uri);
    const isToProxy = isTunnel || isAbsolute(uri);
    const target = isTunnel || (isToProxy && !row.has(F.host)) ? uri : row.string(F.host);
    const name = parseName(findHostText(target));
    if (name === null || !this.records.isListed(name)) return isTunnel ? null : NO_ROW;
    const key = row.connection.key();
    const named = this.#findNamed(key, row, tsUs, 'tcp');
    if (named === null) return null;
    this.#names.named.set(key, named);
    if (isToProxy) named.proxy ??= { kind: 'connect', target: isTunnel ? target : findTarget(uri, name) };
    if (!isTunnel) named.sni ??= name;
    named.userAgent ??= this.records.findAgent(row.string(F.userAgent));
    const status = row.number(F.statusCode);
    if (isToProxy && status >= 400) {
      named.isRefused = true;
      named.status = status;
    } else if (!isTunnel && status > 0) named.isEstablished = true;
    return null;
  }

  /** Returns the facts about the connection, new ones for the first row; null: the row has no place for a name. */
  #findNamed(key: string, row: ZeekRow, tsUs: number, protocol: 'tcp' | 'udp'): Named | null {
    const existing = this.#names.named.get(key);
    if (existing !== undefined) {
      existing.tsUs = Math.min(existing.tsUs, tsUs);
      return existing;
    }
    if (!row.has(F.origH) || !row.has(F.respH) || this.#names.ended.has(key)) return null;
    const ends = row.connection.ends();
    if (ends.client === '' || ends.server === '') return null;
    const oldest = this.#names.evictOldest();
    if (oldest !== undefined) this.#endUnknown(oldest);
    const named: Named = {
      tsUs,
      ends: { ...ends, protocol },
      sni: null,
      fingerprint: null,
      proxy: null,
      userAgent: null,
      isEstablished: false,
      isRefused: false,
      status: 0,
      isResumed: false,
      helloUs: null,
      isQuic: false,
    };
    this.#names.named.set(key, named);
    return named;
  }

  #readQuestion(row: ZeekRow, tsUs: number): string | null {
    if (!row.has(F.origH) || !row.has(F.respH)) return 'no address';
    if (!row.has(F.query)) return null;
    const listed = row.listed(F.query);
    if (listed === null && !row.mayHaveNames(F.answers)) return null;
    const name = listed ?? parseName(row.string(F.query));
    if (name === null) return null;
    const [client, server] = [row.address(F.origH), row.address(F.respH)];
    if (client === '' || server === '') return 'no address';
    const answers = row.has(F.answers) ? row.list(F.answers) : [];
    if (listed === null && !answers.some((answer) => this.records.isListed(answer.toLowerCase())))
      return null;
    const ttls = row.list(F.ttls).map(Number);
    const record = {
      ...EMPTY_QUESTION,
      client,
      server,
      queryType: row.number(F.qtype) || 0,
      isMulticast: row.is(F.origP, '5353') || row.is(F.respP, '5353'),
      overTcp: row.transport() === 'tcp',
      name,
    };
    this.records.dns({ ...record, tsUs });
    if (!row.has(F.rcode)) return null;
    this.records.dns({
      ...record,
      tsUs: tsUs + (row.microseconds(F.rtt) || 0),
      isResponse: true,
      rcode: row.number(F.rcode) || 0,
      ttlSeconds:
        ttls.reduce((least, ttl) => (ttl < least ? ttl : least), Number.POSITIVE_INFINITY) % 2 ** 31 || 0,
      cnames: answers
        .filter((answer) => parseLoggedAddress(answer) === null)
        .flatMap((answer) => parseName(answer) ?? []),
      addresses: answers.flatMap((answer) => parseLoggedAddress(answer) ?? []),
    });
    return null;
  }

  #readLease(row: ZeekRow, tsUs: number): LineResult {
    if (!row.has(F.assignedAddr)) return NO_ROW;
    const address = row.address(F.assignedAddr);
    if (address === '') return 'no address';
    this.records.observation({
      tsUs,
      address,
      mac: parseMac(row.text(F.mac)),
      isByOwner: true,
      name: parseHostName(row.text(F.hostName)),
      source: 'dhcp',
      leaseSeconds: row.number(F.leaseTime) || 0,
      vlan: 0,
    });
    return NO_ROW;
  }

  #readKnownHost(row: ZeekRow, tsUs: number): LineResult {
    if (!row.has(F.host) || row.address(F.host) === '') return 'no host';
    this.records.totals(
      hostTotals({
        host: row.address(F.host),
        firstUs: tsUs,
        lastUs: tsUs,
      }),
      null,
    );
    return NO_ROW;
  }
}

const NO_VLANS: readonly number[] = [];

const namedPart = (named: Omit<Named, 'tsUs' | 'ends' | 'isQuic'>) => ({
  sni: named.sni,
  fingerprint: named.fingerprint,
  proxy: named.proxy,
  userAgent: named.userAgent,
  isEstablished: named.isEstablished && !named.isRefused,
  isResumed: named.isResumed,
  helloUs: named.helloUs,
  ...namedOutcome(named),
});

/** TCP states in which the client's SYN got no answer. */
const SILENT_STATES = new Set(['S0', 'SH', 'RSTOS0']);
/** TCP states in which both ends, or the server, closed the connection. */
const CLOSED_STATES = new Set(['SF', 'S3']);

/** Derives the outcome from the state of a connection; none for an ambiguous state. */
function tcpOutcome(
  state: string,
  named: Named | undefined,
  payloadDown: number | null,
): Pick<LoggedFlow, 'outcome'> {
  if (named?.isRefused === true || named?.isEstablished === true) return {};
  if (SILENT_STATES.has(state)) return buildOutcome('synSilent');
  if (state === 'REJ') return buildOutcome('synReset');
  if (named === undefined || named.helloUs === null || payloadDown !== 0) return {};
  if (state === 'RSTR') return buildOutcome('helloReset');
  return buildOutcome(CLOSED_STATES.has(state) ? 'helloClosed' : 'helloUnanswered');
}

/** True if the start of the connection was not captured. */
function isMidFlow(row: ZeekRow): boolean {
  if (row.is(F.connState, 'OTH')) return true;
  if (row.transport() !== 'tcp') return false;
  const history = row.text(F.history) ?? '';
  return history !== '' && !/s/i.test(history.slice(0, 3));
}

/** True for UDP to the port of HTTP/3 without a service: QUIC that was not analyzed, so that it has no name. */
function isUnread(row: ZeekRow): boolean {
  return row.is(F.respP, '443') && row.transport() === 'udp' && !row.has(F.service);
}

const markQuic = (form: LoggedFlow['fingerprint']): LoggedFlow['fingerprint'] =>
  form === null ? null : { ...form, transport: 'quic', ja4: form.ja4.replace(/^./, 'q') };

function findFingerprint(row: ZeekRow, transport: Transport): LoggedFlow['fingerprint'] {
  const alpn = listAlpn(row.has(F.origAlpn) ? row.list(F.origAlpn) : []);
  if (row.has(F.clientCiphers) && row.has(F.sslClientExts)) {
    const numbers = (field: number): number[] => row.list(field).map(Number).filter(isCode);
    const [signatures, hashes] = [numbers(F.sigalgs), numbers(F.hashalgs)];
    return computeFingerprint(
      {
        version: row.number(F.clientVersion) || 0,
        ciphers: numbers(F.clientCiphers),
        extensions: numbers(F.sslClientExts),
        groups: numbers(F.clientCurves),
        pointFormats: numbers(F.pointFormats),
        alpn,
        supportedVersions: numbers(F.clientVersions),
        signatureAlgorithms: signatures.map((signature, i) => ((hashes[i] ?? 0) << 8) | signature),
      },
      transport,
    );
  }
  return loggedFingerprint({ ja3: row.text(F.ja3), ja4: row.text(F.ja4), alpn }, transport);
}

/** The fields of one row, with their encoding. */
class ZeekRow {
  readonly connection: ConnectionRow;
  readonly fields: ConnectionRow['fields'];
  readonly #listed: ListedNames;
  /** Separates the elements of a set or vector in a text log. Null: JSON. */
  setSeparator: string | null = null;

  constructor({ caches, listed }: Pick<ZeekReader, 'caches' | 'listed'>) {
    this.connection = new ConnectionRow(FIELDS, CONNECTION, MAX_UID, caches);
    this.fields = this.connection.fields;
    this.#listed = listed;
  }

  has = (field: number): boolean => this.fields.has(field);

  is(field: number, text: string): boolean {
    return this.fields.is(field, text);
  }

  word(field: number): string | null {
    return this.connection.word(field);
  }

  transport(): 'tcp' | 'udp' | null {
    return this.connection.transport();
  }

  isTrue(field: number): boolean {
    return this.is(field, 'T') || this.is(field, 'true');
  }

  time(field: number): number {
    return this.fields.time(field);
  }

  number(field: number): number {
    return this.fields.count(field) ?? Number.NaN;
  }

  microseconds(field: number): number {
    if (!this.has(field)) return Number.NaN;
    return secondsToUs(this.fields.bytes, this.fields.start(field), this.fields.end(field));
  }

  address(field: number): string {
    return this.connection.address(field);
  }

  /** Returns the name if it is listed. */
  listed(field: number): string | null {
    return this.#listed.get(this.fields.bytes, this.fields.start(field), this.fields.end(field));
  }

  /** False for a list of IPv4 addresses only. */
  mayHaveNames(field: number): boolean {
    if (!this.has(field)) return false;
    const { bytes } = this.fields;
    const end = this.fields.end(field);
    for (let at = this.fields.start(field); at < end; at++) if ((bytes[at] ?? 0) >= 0x61) return true;
    return false;
  }

  hasUid(): boolean {
    return this.connection.hasId();
  }

  text(field: number): string | null {
    return this.has(field) ? this.string(field) : null;
  }

  string(field: number): string {
    if (!this.has(field)) return '';
    if (this.setSeparator === null) return this.fields.text(field) ?? '';
    return unescapeHex(this.fields.bytes, this.fields.start(field), this.fields.end(field));
  }

  list(field: number): string[] {
    if (!this.has(field)) return [];
    if (this.setSeparator === null) {
      const list = this.fields.json(field);
      return Array.isArray(list) ? list.map(String) : [];
    }
    const raw = this.fields.bytes.toString('latin1', this.fields.start(field), this.fields.end(field));
    return raw.split(this.setSeparator).map((part) => {
      const bytes = Buffer.from(part, 'latin1');
      return unescapeHex(bytes, 0, bytes.length);
    });
  }
}

/** Reads a JSON file with one object per line. */
class JsonLines implements LineReader {
  readonly #reader: ZeekReader;
  readonly #row: ZeekRow;
  readonly #json: JsonLine;
  readonly #fileKind: string | null;

  constructor(reader: ZeekReader, sample: LogSample) {
    this.#reader = reader;
    this.#row = new ZeekRow(reader);
    this.#json = new JsonLine(FIELDS, this.#row.fields);
    const kind = reader.describe(sample).kind;
    this.#fileKind = kind === STREAM ? null : kind;
  }

  line(bytes: Buffer, start: number, end: number): LineResult {
    if (start === end) return NO_ROW;
    const fault = this.#json.read(bytes, start, end);
    if (fault !== null) return fault;
    const row = this.#row;
    const kind = row.has(F.path)
      ? row.string(F.path).replace(/^json_streaming_/, '')
      : (this.#fileKind ?? findKind(row.has));
    return kind === null ? 'unknown kind of row' : this.#reader.row(kind, row);
  }

  take(bytes: Buffer, start: number): RowSums | null {
    return this.#reader.take(bytes, start, this.#fileKind, JSON_LINES, null);
  }
}

const isText = ({ lines }: LogSample): boolean =>
  !mainForm(
    lines.filter((line) => !line.startsWith('#')),
    isJson,
  );

interface Head {
  readonly kind: string;
  readonly columns: readonly string[];
}

function findHead(sample: LogSample): Head | null {
  const { lines } = sample;
  if (!isText(sample)) {
    const row = new ZeekRow({ caches: new ConnectionCaches(), listed: new ListedNames(() => false) });
    const json = new JsonLine(FIELDS, row.fields);
    const kinds = new Set<string>();
    const columns = new Set<string>();
    for (const line of lines) {
      const bytes = Buffer.from(line);
      if (json.read(bytes, 0, bytes.length) !== null) continue;
      kinds.add(
        row.has(F.path) ? row.string(F.path).replace(/^json_streaming_/, '') : (findKind(row.has) ?? STREAM),
      );
      for (const [name, field] of Object.entries(F)) if (row.has(field)) columns.add(name);
    }
    const [kind = STREAM] = kinds;
    return { kind: kinds.size > 1 ? STREAM : kind, columns: [...columns] };
  }
  const columns = lines.find((line) => line.startsWith('#fields'));
  const path = lines.find((line) => line.startsWith('#path'));
  if (columns === undefined) {
    const names = (lines[0] ?? '').split('\t');
    const kind = findKind((field) => names.some((name) => FIELDS.find(name) === field));
    return kind === null ? null : { kind, columns: names };
  }
  const names = columns.split(lineSeparator(lines)).slice(1);
  const kind =
    path?.split(lineSeparator(lines))[1] ??
    findKind((field) => names.some((name) => FIELDS.find(name) === field));
  return kind === undefined || kind === null ? null : { kind, columns: names };
}

/** Reads "#separator \x09": the separator as text, always after a space. */
function lineSeparator(lines: readonly string[]): string {
  const written =
    lines.find((line) => line.startsWith('#separator '))?.slice('#separator '.length) ?? '\\x09';
  return written.replace(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const HASH = 0x23;

const CONTEXT = new Set(['#set_separator', '#unset_field', '#empty_field', '#path', '#fields']);

/** Reads a text file. Another header in it changes the columns of the following rows. */
class TextLines implements LineReader {
  readonly #reader: ZeekReader;
  readonly #row: ZeekRow;
  readonly #cells: CellLine;
  #kind: string | null = null;
  #isHeaderless: boolean;
  #hasColumns = false;
  /** Current header lines by their first word. */
  readonly #context = new Map<string, string>();

  constructor(reader: ZeekReader, sample: LogSample) {
    this.#reader = reader;
    this.#row = new ZeekRow(reader);
    this.#row.setSeparator = ',';
    this.#cells = new CellLine(FIELDS, this.#row.fields);
    this.#isHeaderless = !sample.lines.some((line) => line.startsWith('#fields'));
  }

  line(bytes: Buffer, start: number, end: number): LineResult {
    if (start === end) return NO_ROW;
    if (bytes[start] === HASH) {
      this.#readHeader(decodeText(bytes, start, Math.min(end, start + 65_536)));
      return NO_ROW;
    }
    if (this.#isHeaderless && !this.#hasColumns) {
      const line = bytes.toString('utf8', start, end);
      this.#context.set('', line);
      this.#setColumns(line.split('\t'));
      return this.#kind === null ? 'no #fields line' : NO_ROW;
    }
    if (!this.#hasColumns || this.#kind === null) return 'no #fields line';
    return this.#cells.read(bytes, start, end) ?? this.#reader.row(this.#kind, this.#row);
  }

  take(bytes: Buffer, start: number): RowSums | null {
    if (!this.#hasColumns || this.#kind === null) return null;
    return this.#reader.take(bytes, start, this.#kind, this.#cells.form, this.#row.setSeparator);
  }

  get context(): readonly string[] {
    return [...this.#context.values()];
  }

  #readHeader(line: string): void {
    this.#cells.forget();
    if (line.startsWith('#separator ')) {
      this.#context.set('#separator', line);
      this.#cells.separator = lineSeparator([line]);
      return;
    }
    const [key = '', ...values] = line.split(this.#cells.separator);
    const [value = ''] = values;
    if (CONTEXT.has(key)) this.#context.set(key, line);
    if (key === '#set_separator') this.#row.setSeparator = value;
    else if (key === '#unset_field') this.#cells.unset = Buffer.from(value);
    else if (key === '#empty_field') this.#cells.empty = Buffer.from(value);
    else if (key === '#path') this.#kind = value;
    else if (key === '#fields') this.#setColumns(values, this.#kind);
  }

  #setColumns(names: readonly string[], kind: string | null = null): void {
    const columns = Int16Array.from(names, (name) => FIELDS.find(name));
    this.#cells.columns = columns;
    this.#hasColumns = true;
    this.#kind = kind ?? findKind((field) => columns.includes(field));
  }
}

export const ZEEK: LogFormat = {
  id: 'zeek',
  title: 'Zeek',
  visible: [
    {
      log: 'Zeek `ssl.log` and `conn.log` with the packages ja3 or ja4',
      names: 'server name',
      fingerprint: 'JA3, JA4',
      bytes: 'payload and IP packets',
    },
    {
      log: 'the same with `ssl-log-ext`',
      names: 'server name',
      fingerprint: 'JA3 and JA4 are computed from the lists',
      bytes: 'payload and IP packets',
    },
    {
      log: 'the same without a package',
      names: 'server name',
      fingerprint: null,
      bytes: 'payload and IP packets',
    },
    {
      log: 'Zeek `quic.log`',
      names: 'server name',
      fingerprint: 'from `ssl.log` of the same uid',
      bytes: 'with `conn.log`',
    },
    {
      log: 'Zeek `http.log` of CONNECT, or behind a proxy that decrypts',
      names: 'host of the request; the path is dropped',
      fingerprint: null,
      bytes: 'those of the connection',
    },
  ],
  recognizes: (sample) => {
    const { lines } = sample;
    if (lines.some((line) => line.startsWith('#fields') && /\bts\b/.test(line))) return true;
    if (lines.some((line) => line.startsWith('#separator ') || line.startsWith('#path\t'))) return true;
    const head = findHead(sample);
    if (head === null) return false;
    const isJson = !isText(sample);
    return isJson
      ? head.columns.includes('ts') &&
          (head.kind !== STREAM || head.columns.includes('path') || head.columns.includes('uid'))
      : true;
  },
  reader: (records, { isWhole = false }) => new ZeekReader(records, isWhole),
  review: (samples) => {
    const heads = samples.flatMap((sample) => findHead(sample) ?? []);
    const kinds = new Set(heads.map(({ kind }) => kind));
    const hasStream = kinds.has(STREAM);
    const columns = new Set(heads.flatMap((head) => head.columns));
    const isPrinted = ['ja4', 'client_ciphers', 'clientCiphers'].some((name) => columns.has(name));
    const has = (kind: string): boolean => hasStream || kinds.has(kind);
    const missing = listMissing([
      [has('ssl'), 'ssl.log: names are unknown', 'pass ssl.log as well'],
      [has('conn'), 'conn.log: bytes are unknown', 'pass conn.log as well'],
      [has('quic'), 'quic.log: names of HTTP/3 may be unknown', 'pass quic.log, or build Zeek with Spicy'],
      [
        isPrinted,
        columns.has('ja3') ? JA3_ALONE : 'fingerprints: the runtime of a client is unknown',
        'add "@load policy/protocols/ssl/ssl-log-ext" to local.zeek, or install the package ja4',
      ],
    ]);
    return { shows: `rows of ${[...kinds].sort().join(', ')}; tools are likely at most`, missing };
  },
};
