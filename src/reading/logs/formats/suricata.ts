// Reads EVE of Suricata 6 to 8: one JSON object per line, all kinds of events in one file, joined by flow_id.

import type { DnsRecord } from '../../../model/flow.ts';
import type { Transport } from '../../../model/window-words.ts';
import { US } from '../../../time/units.ts';
import { ConnectionCaches, ConnectionNames, ConnectionRow, MAX_NAMED } from '../connection-names.ts';
import { parseRcode } from '../dns-row.ts';
import { numberFields, WRITTEN } from '../fields.ts';
import { computeFingerprint, listAlpn, loggedFingerprint, parseHello } from '../fingerprints.ts';
import { findHostText, findTarget, isAbsolute } from '../host-in.ts';
import type { JoinTables } from '../join-table.ts';
import { ListedNames } from '../listed-names.ts';
import { NetflowPairs } from '../netflow-pairs.ts';
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
  type LogReader,
  type LogRecords,
  type LogSample,
  listMissing,
  NO_ROW,
  namedOutcome,
  payloadOfFrames,
  QUERY_TYPES,
  type RowKind,
} from '../records.ts';
import { JsonLine } from '../split-line.ts';
import { JSON_LINES, type RowForm, type RowSums, SERVICE } from '../summed-form.ts';
import { otherTotals, unlistedTotals } from '../totals.ts';
import { isNamingService, isRequestService, isTunnelService } from '../unseen.ts';
import { LATEST_US, parseHostName, parseLoggedAddress, parseMac, parseName } from '../values.ts';

const NAMES = {
  timestamp: ['timestamp'],
  flowId: ['flow_id'],
  event: ['event_type'],
  srcIp: ['src_ip'],
  srcPort: ['src_port'],
  destIp: ['dest_ip'],
  destPort: ['dest_port'],
  proto: ['proto'],
  vlan: ['vlan'],
  srcMac: ['ether.src_mac'],
  appProto: ['app_proto'],
  up: ['flow.bytes_toserver'],
  down: ['flow.bytes_toclient'],
  packetsUp: ['flow.pkts_toserver'],
  packetsDown: ['flow.pkts_toclient'],
  start: ['flow.start'],
  end: ['flow.end'],
  state: ['flow.state'],
  bypassedUp: ['flow.bypassed.bytes_toserver'],
  bypassedDown: ['flow.bypassed.bytes_toclient'],
  netBytes: ['netflow.bytes'],
  netPackets: ['netflow.pkts'],
  netStart: ['netflow.start'],
  netEnd: ['netflow.end'],
  tcSyn: ['tcp.syn'],
  flagsDown: ['tcp.tcp_flags_tc'],
  gapUp: ['tcp.ts_gap'],
  gapDown: ['tcp.tc_gap'],
  sni: ['tls.sni'],
  tlsVersion: ['tls.version'],
  ja3: ['tls.ja3.hash'],
  ja4: ['tls.ja4'],
  clientAlpns: ['tls.client_alpns'],
  resumed: ['tls.session_resumed'],
  handshake: ['tls.client_handshake'],
  quicSni: ['quic.sni'],
  quicJa3: ['quic.ja3.hash'],
  quicJa4: ['quic.ja4'],
  dnsType: ['dns.type'],
  rrname: ['dns.rrname'],
  rrtype: ['dns.rrtype'],
  rcode: ['dns.rcode'],
  answers: ['dns.answers'],
  queries: ['dns.queries'],
  httpMethod: ['http.http_method'],
  httpHost: ['http.hostname'],
  // HTTP/2 has the host only among its headers, unless the client sends "host" too.
  httpHeaders: ['http.request_headers'],
  httpUrl: ['http.url'],
  httpAgent: ['http.http_user_agent'],
  httpStatus: ['http.status'],
  dhcpType: ['dhcp.dhcp_type'],
  dhcpMac: ['dhcp.client_mac'],
  dhcpAddress: ['dhcp.assigned_ip'],
  dhcpName: ['dhcp.hostname'],
  dhcpLease: ['dhcp.lease_time'],
  kernelDrops: ['stats.capture.kernel_drops', 'stats.capture.dpdk.imissed'],
  uptime: ['stats.uptime'],
} as const;
const { numbers: F, fields: FIELDS } = numberFields(NAMES);

/** Protocols whose events contain names. */
const NAMING = ['tls', 'quic', 'http'];
/** Events about a whole connection, or one direction of it. */
const FLOW_EVENTS = ['flow', 'netflow'];
const [HAS_FLOWS, HAS_HALVES] = ['hasFlows', 'hasHalves'];
const [DROPS, DROPS_AT] = ['drops', 'dropsAt'];
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
/** A connection has two ends: those of its flow event, and of its identifier. */
const MAX_ENDED = 2 * MAX_NAMED;
/** Digits of a 64-bit number. */
const MAX_FLOW_ID = 20;
const NO_ADDRESS = '0.0.0.0';
/** Maximum time since the start of a sensor whose first counters are of the time of its log. */
const MAX_UPTIME_SECONDS = 3600;

/** Events that only sums may include. */
const ENDS = {
  id: F.flowId,
  client: F.srcIp,
  clientPort: F.srcPort,
  server: F.destIp,
  serverPort: F.destPort,
};
const CONNECTION = { ...ENDS, transport: F.proto };
const EVENT = { ...ENDS, kind: F.event, written: F.timestamp };
const FORMS: readonly RowForm[] = [
  {
    row: 'flow',
    cells: {
      ...EVENT,
      start: F.start,
      end: F.end,
      transport: F.proto,
      service: F.appProto,
      bytesUp: F.up,
      bytesDown: F.down,
      packetsUp: F.packetsUp,
      packetsDown: F.packetsDown,
    },
  },
  { row: 'name', cells: { ...EVENT, name: F.sni } },
  { row: 'name', cells: { ...EVENT, name: F.quicSni } },
  { row: 'question', cells: { ...EVENT, name: F.rrname, answers: F.answers } },
];
const FORM_NUMBERS: Readonly<Record<string, number>> = { flow: 1, tls: 2, quic: 3, dns: 4 };

function serviceFlags(service: string): number {
  const isNaming = service === 'tls' || service === 'quic';
  const isNone = service === 'failed' || service === 'unknown';
  return (
    (isNaming ? SERVICE.naming : 0) |
    (service === 'tls' ? SERVICE.hello : 0) |
    (NAMING.includes(service) ? SERVICE.mayWait : 0) |
    (isNone || isTunnelService(service) || (isNamingService(service) && !isNaming) ? SERVICE.hidden : 0) |
    (service === 'quic' ? SERVICE.quic : 0) |
    (isNaming ? SERVICE.mayHideName : 0) |
    (isRequestService(service) ? SERVICE.requests : 0)
  );
}

type Named = Pick<
  LoggedFlow,
  keyof FlowEnds | 'sni' | 'fingerprint' | 'proxy' | 'userAgent' | 'isEstablished' | 'isResumed' | 'helloUs'
> & { readonly tsUs: number; readonly isRefused: boolean; readonly status: number };

const WORDS = {
  product: 'suricata',
  endRows: 'flow events',
  rows: 'events',
  noBytes: 'no flow event: open at the end, or flow events are off',
  noNames:
    'no tls or quic event was read, so connections of TLS are hidden; switch these events on, or read their file too',
  noRequests:
    'no http event was read, so connections of HTTP are hidden; switch these events on, or read their file too',
};

const WHOLE_FACTS: Named = {
  client: '',
  clientPort: 0,
  server: '',
  serverPort: 0,
  protocol: 'tcp',
  sni: null,
  fingerprint: null,
  proxy: null,
  userAgent: null,
  isEstablished: false,
  isResumed: false,
  isRefused: false,
  status: 0,
  helloUs: null,
  tsUs: 0,
};

/** Facts that an event with a name may lack, see EMPTY_FLOW. */
const NO_FACTS: Omit<Named, keyof FlowEnds | 'sni' | 'tsUs'> = WHOLE_FACTS;

/** Fields of the flow of a connection with a name. */
const namedPart = (named: Named) => ({
  client: named.client,
  clientPort: named.clientPort,
  server: named.server,
  serverPort: named.serverPort,
  protocol: named.protocol,
  sni: named.sni,
  fingerprint: named.fingerprint,
  proxy: named.proxy,
  userAgent: named.userAgent,
  isEstablished: named.isEstablished,
  isResumed: named.isResumed,
  helloUs: named.helloUs,
});

class EveReader implements LogReader, LineReader {
  readonly #records: LogRecords;
  readonly #row = new ConnectionRow(FIELDS, CONNECTION, MAX_FLOW_ID, new ConnectionCaches());
  readonly #fields = this.#row.fields;
  readonly #json = new JsonLine(FIELDS, this.#fields);
  /**
   * Its facts, in addition to names. HAS_FLOWS: there was a flow event. HAS_HALVES: there were netflow events without
   * one. DROPS: the last count of the sensor, and its time.
   */
  readonly #names: ConnectionNames<Named>;
  readonly #netflow = new NetflowPairs();
  readonly tables: JoinTables;
  readonly #listedNames = new ListedNames((name) => this.#records.isListed(name));
  /** False if a collector drops the protocols of flow events, so that any of them may have a name. */
  #hasProtocols = false;

  constructor(records: LogRecords, isWhole: boolean) {
    this.#records = records;
    this.#names = new ConnectionNames(WORDS, isWhole);
    const { halves, pairs } = this.#netflow;
    this.tables = { ...this.#names.tables, halves, pairs };
    this.#names.sumRows(records, {
      fields: FIELDS,
      forms: FORMS,
      maxId: MAX_FLOW_ID,
      words: {
        formOf: (event) => {
          if (event === 'flow') this.#noteFlows();
          return FORM_NUMBERS[event] ?? 0;
        },
        serviceFlags: (service) => {
          this.#hasProtocols = true;
          return serviceFlags(service);
        },
      },
      names: this.#listedNames,
    });
  }

  take(bytes: Buffer, start: number): RowSums | null {
    return this.#names.take(bytes, start, { form: 0, readsKind: true, mayWait: true }, JSON_LINES);
  }

  describe({ lines }: LogSample) {
    const json = this.#json;
    for (const line of lines) {
      const bytes = Buffer.from(line);
      if (json.read(bytes, 0, bytes.length) !== null) continue;
      const firstUs = this.#fields.time(F.timestamp);
      if (firstUs > 0) return { kind: 'eve', rank: 0, firstUs };
    }
    return { kind: 'eve', rank: 0 };
  }

  open(): LineReader {
    return this;
  }

  line(bytes: Buffer, start: number, end: number): LineResult {
    if (start === end) return NO_ROW;
    const fault = this.#json.read(bytes, start, end);
    if (fault !== null) return fault;
    if (!this.#fields.has(F.event)) return 'no event_type';
    const us = this.#fields.time(F.timestamp);
    if (!(us > 0 && us < LATEST_US)) return 'no time';
    this.#records.wrote(us, this.#findRowKind());
    if (this.#is(F.event, 'flow')) {
      this.#noteFlows();
      return this.#waits() ? null : this.#readFlow(us);
    }
    if (this.#is(F.event, 'netflow')) return this.#readNetflow();
    if (this.#is(F.event, 'dns')) return this.#readQuestion(us);
    if (this.#is(F.event, 'tls')) return this.#withEarly(this.#readTls(us));
    if (this.#is(F.event, 'quic')) return this.#withEarly(this.#readQuic(us));
    if (this.#is(F.event, 'http')) return this.#withEarly(this.#readRequest(us));
    if (this.#is(F.event, 'dhcp')) return this.#readLease(us);
    if (this.#is(F.event, 'stats')) this.#readStats(us);
    return NO_ROW;
  }

  #findRowKind(): RowKind {
    const isAnyOf = (events: readonly string[]): boolean => events.some((event) => this.#is(F.event, event));
    if (isAnyOf(FLOW_EVENTS)) return 'connections';
    return isAnyOf(NAMING) || this.#is(F.event, 'dns') ? 'parts' : 'status';
  }

  #noteFlows(): void {
    if (this.#names.facts.has(HAS_FLOWS)) return;
    this.#names.facts.set(HAS_FLOWS, 1);
    this.#netflow.drop();
  }

  /** Reads one direction of a connection. A sensor that also writes flow events has both directions there. */
  #readNetflow(): LineResult {
    if (this.#names.facts.has(HAS_FLOWS)) return NO_ROW;
    if (!this.#hasKey()) return 'no connection';
    const { client, clientPort, server, serverPort } = this.#row.ends();
    if (client === '' || server === '') return 'no address';
    const fields = this.#fields;
    if (!(fields.time(F.netStart) > 0 && fields.time(F.netEnd) > 0)) return 'no time';
    const half = {
      timestamp: fields.text(F.timestamp) ?? '',
      flowId: fields.text(F.flowId) ?? '',
      appProto: fields.text(F.appProto),
      transport: fields.text(F.proto) ?? '',
      from: client,
      fromPort: clientPort,
      to: server,
      toPort: serverPort,
      start: fields.text(F.netStart) ?? '',
      end: fields.text(F.netEnd) ?? '',
      bytes: fields.count(F.netBytes) ?? 0,
      packets: fields.count(F.netPackets) ?? 0,
    };
    const hasNoFlowEvents = this.#names.facts.has(HAS_HALVES);
    const events = this.#netflow.add(this.#row.key(), half, hasNoFlowEvents);
    if (!hasNoFlowEvents && events.length > 0) this.#names.facts.set(HAS_HALVES, 1);
    this.#readFlows(events);
    return null;
  }

  /** Reads flow events that were joined from others. */
  #readFlows(events: readonly string[]): void {
    for (const event of events) {
      const bytes = Buffer.from(event);
      this.#json.read(bytes, 0, bytes.length);
      if (!this.#waits()) this.#readFlow(this.#fields.time(F.timestamp));
    }
  }

  /** True for a flow event that waits for the event with its name. */
  #waits(): boolean {
    const { early } = this.#names;
    if (this.#fields.has(F.appProto)) this.#hasProtocols = true;
    const mayHaveName = this.#hasProtocols
      ? NAMING.some((protocol) => this.#is(F.appProto, protocol))
      : this.#hasAnswer();
    if (!mayHaveName) return false;
    if (!this.#hasKey() || this.#findNamed() !== null || !early.keep(this.#row)) return false;
    const oldest = early.takeOldest();
    if (oldest !== null) this.#readEarly(oldest);
    return true;
  }

  #hasAnswer(): boolean {
    const down = this.#fields.count(F.down);
    return (payloadOfFrames(down, this.#fields.count(F.packetsDown), this.#row.ends()) ?? 0) > 0;
  }

  /** Processes the waiting flow event after an event with a name. `result`: result of the latter. */
  #withEarly(result: LineResult): LineResult {
    const early = this.#hasKey() ? this.#names.takeEarly(this.#row) : null;
    if (early !== null) this.#readEarly(early);
    return result;
  }

  #readEarly(packed: string): void {
    this.#fields.unpack(packed);
    this.#readFlow(this.#fields.time(F.timestamp));
  }

  finish(): readonly string[] {
    const peeked = new Set<string>();
    this.#names.peeked = peeked;
    for (const event of this.#netflow.all()) {
      const bytes = Buffer.from(event);
      this.#json.read(bytes, 0, bytes.length);
      this.#readFlow(this.#fields.time(F.timestamp));
    }
    for (const packed of this.#names.listWaiting()) this.#readEarly(packed);
    this.#names.peeked = null;
    const open = [...this.#names.named].filter(([key]) => !peeked.has(key));
    for (const [, named] of open) this.#emitNamed(named);
    return this.#names.notes(open.length);
  }

  settle(untilUs: number): void {
    const startOf = (packed: string): number => {
      this.#fields.unpack(packed);
      return this.#fields.time(F.start);
    };
    for (const packed of this.#names.early.takeOld((row) => startOf(row) < untilUs)) this.#readEarly(packed);
  }

  #noteNames(field: number): void {
    this.#names.noteNames();
    if (this.#hasKey() && this.#fields.hasName(field)) this.#names.withNames.add(this.#row);
  }

  #emitNamed(named: Named): void {
    const { tsUs } = named;
    this.#records.flow({
      ...EMPTY_FLOW,
      ...namedPart(named),
      firstUs: tsUs,
      lastUs: tsUs,
      ...namedOutcome(named),
    });
  }

  #is(field: number, text: string): boolean {
    return this.#fields.is(field, text);
  }

  #hasKey(): boolean {
    return this.#row.hasId() && this.#fields.has(F.srcIp);
  }

  /** Returns the facts of an event about the connection; null: none. */
  #findNamed(): Named | null {
    const { named } = this.#names;
    if (!this.#hasKey() || !named.mayHave(this.#row.hash())) return null;
    return named.get(this.#row.key()) ?? null;
  }

  /** True if an event had a name for the connection of this event, which ended. */
  #isNamed(): boolean {
    const { hasNames, withNames } = this.#names;
    if (!this.#hasKey()) return hasNames;
    return withNames.has(this.#row);
  }

  #findListed(field: number): string | null {
    if (!this.#fields.has(field)) return null;
    if (this.#fields.written(field) === WRITTEN.escaped) {
      const name = parseName(this.#fields.text(field) ?? '');
      return name !== null && this.#records.isListed(name) ? name : null;
    }
    return this.#listedNames.get(this.#fields.bytes, this.#fields.start(field), this.#fields.end(field));
  }

  /** False for a list that contains no listed name. */
  #mayName(field: number): boolean {
    if (!this.#fields.has(field)) return false;
    const { bytes } = this.#fields;
    const end = this.#fields.end(field);
    let from = 0;
    for (let at = this.#fields.start(field); at < end; at++) {
      if (bytes[at] === BACKSLASH) return true;
      if (bytes[at] !== QUOTE) continue;
      if (from > 0 && this.#listedNames.get(bytes, from, at) !== null) return true;
      from = from > 0 ? 0 : at + 1;
    }
    return false;
  }

  #readTls(us: number): string | null {
    this.#noteNames(F.sni);
    const sni = this.#findListed(F.sni);
    if (sni === null) return null;
    const version = this.#fields.text(F.tlsVersion);
    const transport: Transport = version?.startsWith('DTLS') === true ? 'dtls' : 'tcp';
    return this.#addName(us, {
      ...NO_FACTS,
      ...this.#row.ends(),
      sni,
      fingerprint: this.#findFingerprint(transport, F.ja3, F.ja4),
      isEstablished: version !== 'UNDETERMINED',
      isResumed: this.#is(F.resumed, 'true'),
      helloUs: us,
      tsUs: us,
    });
  }

  #findFingerprint(transport: Transport, ja3: number, ja4: number): LoggedFlow['fingerprint'] {
    const alpn = listAlpn(this.#fields.texts(F.clientAlpns));
    const written = { ja3: this.#fields.text(ja3), ja4: this.#fields.text(ja4), alpn };
    const hello = this.#fields.has(F.handshake) ? parseHello(this.#fields.json(F.handshake), alpn) : null;
    if (hello === null) return loggedFingerprint(written, transport);
    return { ...computeFingerprint(hello, transport), ja3: loggedFingerprint(written, transport)?.ja3 ?? '' };
  }

  /** Reads a QUIC event. The event of the server's hello has the same name, but the server's fingerprint. */
  #readQuic(us: number): string | null {
    this.#noteNames(F.quicSni);
    const sni = this.#findListed(F.quicSni);
    if (sni === null) return null;
    return this.#addName(us, {
      ...NO_FACTS,
      ...this.#row.ends(),
      sni,
      fingerprint: this.#findFingerprint('quic', F.quicJa3, F.quicJa4),
      helloUs: us,
      tsUs: us,
    });
  }

  /**
   * Reads CONNECT or a request in clear text. Behind a decrypting proxy, requests to listed names are in clear text.
   */
  #readRequest(us: number): LineResult {
    this.#names.noteRequests();
    const isTunnel = this.#is(F.httpMethod, 'CONNECT');
    const url = this.#fields.text(F.httpUrl) ?? '';
    const isToProxy = isTunnel || isAbsolute(url);
    const host = this.#fields.text(F.httpHost) ?? (isToProxy ? url : this.#findAuthority());
    const name = parseName(findHostText(host));
    if (name === null || !this.#records.isListed(name)) return isTunnel ? null : NO_ROW;
    const status = this.#fields.count(F.httpStatus) ?? 0;
    const isRefused = isToProxy && status >= 400;
    return this.#addName(us, {
      ...NO_FACTS,
      ...this.#row.ends(),
      sni: isTunnel ? null : name,
      proxy: isToProxy ? { kind: 'connect', target: isTunnel ? `${name}:443` : findTarget(url, name) } : null,
      userAgent: this.#records.findAgent(this.#fields.text(F.httpAgent) ?? ''),
      isEstablished: !isTunnel && status > 0 && !isRefused,
      isRefused,
      status: isRefused ? status : 0,
      tsUs: us,
    });
  }

  /** Returns the authority (RFC 9113 §8.3.1). */
  #findAuthority(): string {
    if (!this.#fields.has(F.httpHeaders)) return '';
    const headers = this.#fields.text(F.httpHeaders) ?? '';
    return /"name":\s*":authority",\s*"value":\s*"([^"\\]{1,512})"/.exec(headers)?.[1] ?? '';
  }

  /**
   * Names a connection. It may have several events: CONNECT, then TLS inside, then a renegotiation. The first name
   * remains.
   */
  #addName(us: number, found: Named): string | null {
    if (found.client === '' || found.server === '') return 'no address';
    if (!this.#hasKey()) {
      this.#emitNamed(found);
      return null;
    }
    const key = this.#row.key();
    const { named, ended } = this.#names;
    const existing = named.get(key);
    if (existing !== undefined) {
      named.set(key, {
        ...existing,
        sni: existing.sni ?? found.sni,
        fingerprint: existing.fingerprint ?? found.fingerprint,
        proxy: existing.proxy ?? found.proxy,
        userAgent: existing.userAgent ?? found.userAgent,
        isEstablished: existing.isEstablished || found.isEstablished,
        isResumed: existing.isResumed || found.isResumed,
        isRefused: existing.isRefused || found.isRefused,
        status: Math.max(existing.status, found.status),
        helloUs: existing.helloUs ?? found.helloUs,
      });
      return null;
    }
    const endedUs = ended.get(key);
    if (endedUs !== undefined && us <= endedUs) return null; // The flow event was read before.
    const oldest = this.#names.evictOldest();
    if (oldest !== undefined) this.#emitNamed(oldest);
    named.set(key, found);
    return null;
  }

  #readFlow(us: number): string | null {
    const transport = this.#row.transport();
    const isTcp = transport === 'tcp';
    if (!this.#fields.has(F.srcIp) || !this.#fields.has(F.destIp)) return isTcp ? 'no connection' : null;
    const firstUs = this.#fields.time(F.start);
    if (!(firstUs > 0 && firstUs < LATEST_US)) return 'no time';
    const end = this.#fields.time(F.end);
    const lastUs = end >= firstUs && end < LATEST_US ? end : firstUs;
    const named = this.#findNamed();
    const ends = this.#row.ends();
    const { client, server, serverPort: port } = ends;
    if (client === '' || server === '') return 'no address';
    if (transport === null) {
      const fields = [F.up, F.down, F.packetsUp, F.packetsDown];
      const span = { host: client, firstUs, lastUs };
      this.#records.totals(otherTotals(this.#fields, this.#fields.text(F.proto), span, fields), server);
      return null;
    }
    if (named === null && this.#isCopy(firstUs, lastUs)) {
      this.#names.copies++;
      return null;
    }
    const isNamed = this.#isNamed();
    const isTls = this.#is(F.appProto, 'tls') || this.#is(F.appProto, 'quic');
    const isRead = isNamed && isTls;
    if (isTls && !this.#names.hasNames) this.#names.lacksNames = true;
    const isUnread = !isTcp && port === 443 && !this.#is(F.appProto, 'quic') && named === null;
    if (named === null && !isUnread && (isRead || !this.#records.hasListedServer(client, server, firstUs))) {
      this.#countOnly(ends, { firstUs, lastUs, isTcp, isNamed });
      return null;
    }
    const key = this.#hasKey() ? this.#row.key() : null;
    const flowKey = `${key} ${firstUs}`;
    if (this.#names.ended.get(flowKey) === lastUs) {
      this.#names.copies++;
      return null;
    }
    this.#records.flow(this.#buildFlow(ends, { firstUs, lastUs, isTcp, isUnread }, named));
    if (key === null || named === null) return null;
    const { peeked } = this.#names;
    if (peeked !== null) peeked.add(key);
    else {
      this.#names.named.delete(key);
      this.#names.end(flowKey, lastUs, MAX_ENDED);
      this.#names.end(key, us, MAX_ENDED);
    }
    return null;
  }

  /** True for a second event about the end of a connection to a listed name. */
  #isCopy(firstUs: number, lastUs: number): boolean {
    const { named, ended } = this.#names;
    if (!this.#hasKey() || !named.mayHaveHad(this.#row.hash())) return false;
    return ended.get(`${this.#row.key()} ${firstUs}`) === lastUs;
  }

  /** Counts a connection with an unlisted name for its host only. */
  #countOnly(
    { client, server, serverPort }: FlowEnds,
    { firstUs, lastUs, isTcp, isNamed }: FlowSpan & { readonly isTcp: boolean; readonly isNamed: boolean },
  ): void {
    const [bytesUp, bytesDown] = [this.#fields.count(F.up), this.#fields.count(F.down)];
    const packets = (this.#fields.count(F.packetsUp) ?? 0) + (this.#fields.count(F.packetsDown) ?? 0);
    const service = this.#row.word(F.appProto);
    this.#records.totals(
      unlistedTotals(
        { host: client, mac: null, firstUs, lastUs, packets, hasHello: service === 'tls' },
        {
          serverPort,
          service: service === 'failed' || service === 'unknown' ? null : service,
          isNamed,
          lacksRequests: this.#names.lacksRequestsOf(service),
          isMidFlow: false,
          isUdp: !isTcp,
          bytesUp,
          bytesDown,
          hasData: hasData((bytesUp ?? 0) + (bytesDown ?? 0), packets, client),
        },
      ),
      server,
    );
  }

  #buildFlow(
    ends: FlowEnds,
    { firstUs, lastUs, isTcp, isUnread }: FlowSpan & { readonly isTcp: boolean; readonly isUnread: boolean },
    named: Named | null,
  ): LoggedFlow {
    const packetsUp = this.#fields.count(F.packetsUp);
    const packetsDown = this.#fields.count(F.packetsDown);
    const [bypassedUp, bypassedDown] = [
      this.#fields.count(F.bypassedUp) ?? 0,
      this.#fields.count(F.bypassedDown) ?? 0,
    ];
    const total = (bytes: number | null, bypassed: number): number | null =>
      bytes === null ? null : bytes + bypassed;
    const up = total(this.#fields.count(F.up), bypassedUp);
    const down = total(this.#fields.count(F.down), bypassedDown);
    const vlans = this.#fields.has(F.vlan) ? this.#fields.json(F.vlan) : null;
    const isMidFlow = isTcp && this.#is(F.tcSyn, 'false');
    return {
      ...EMPTY_FLOW,
      ...ends,
      ...(named === null ? {} : namedPart(named)),
      firstUs,
      lastUs,
      clientMac: parseMac(this.#fields.text(F.srcMac)),
      vlans: Array.isArray(vlans) ? vlans.filter(isVlan).slice(0, 2) : NO_VLANS,
      packetsUp,
      packetsDown,
      bytesUp: up,
      bytesDown: down,
      payloadUp: payloadOfFrames(up, packetsUp, ends),
      payloadDown: payloadOfFrames(down, packetsDown, ends),
      // The event states that bytes are missing, but not how many.
      lost: this.#is(F.gapUp, 'true') || this.#is(F.gapDown, 'true') ? 1 : 0,
      isEstablished:
        named?.isRefused !== true &&
        (packetsUp ?? 0) > 0 &&
        (packetsDown ?? 0) > 0 &&
        (payloadOfFrames(down, packetsDown, ends) ?? 0) > 0 &&
        (named === null || named.isEstablished || named.sni === null || !isTcp),
      isMidFlow,
      isUnread: named === null && isUnread,
      ...(named !== null ? namedOutcome(named) : isTcp ? this.#findTcpOutcome(packetsDown) : {}),
    };
  }

  /** A connection without a name may not have begun. */
  #findTcpOutcome(packetsDown: number | null): Pick<LoggedFlow, 'outcome'> {
    if (packetsDown === 0) return buildOutcome('synSilent');
    const flags = Number.parseInt(this.#fields.text(F.flagsDown) ?? '', 16);
    return (flags & RST) !== 0 && (flags & SYN) === 0 ? buildOutcome('synReset') : {};
  }

  #readQuestion(us: number): string | null {
    const type = this.#fields.text(F.dnsType);
    // Most queries are for other names, and their answers cannot contain a listed one.
    if (this.#fields.has(F.rrname) && this.#findListed(F.rrname) === null && !this.#mayName(F.answers))
      return null;
    const isResponse = type === 'answer' || type === 'response';
    const queries = this.#fields.has(F.queries) ? toList(this.#fields.json(F.queries)) : [];
    const rrname = this.#fields.has(F.rrname) ? this.#fields.text(F.rrname) : textIn(queries[0], 'rrname');
    const name = rrname === null ? null : parseName(rrname);
    if (name === null) return null;
    const answers = isResponse && this.#fields.has(F.answers) ? toList(this.#fields.json(F.answers)) : [];
    const texts = answers.flatMap((answer) => textIn(answer, 'rdata') ?? []);
    if (!this.#records.isListed(name) && !texts.some((text) => this.#records.isListed(text.toLowerCase())))
      return null;
    const { client, server, clientPort, serverPort } = this.#row.ends();
    if (client === '' || server === '') return 'no address';
    // Version 8 writes a response as it was sent, so that the resolver is its source.
    const isTurned = isResponse && clientPort === 53 && serverPort !== 53;
    const rrtype = this.#fields.text(F.rrtype) ?? textIn(queries[0], 'rrtype') ?? '';
    const ttls = answers.flatMap((answer) => numberIn(answer, 'ttl') ?? []);
    const record: DnsRecord = {
      ...EMPTY_QUESTION,
      tsUs: us,
      client: isTurned ? server : client,
      server: isTurned ? client : server,
      queryType: QUERY_TYPES.get(rrtype) ?? 0,
      rcode: isResponse ? parseRcode(this.#fields.text(F.rcode) ?? '') : 0,
      ttlSeconds: ttls.length === 0 ? 0 : Math.min(...ttls),
      isResponse,
      isMulticast: clientPort === 5353 || serverPort === 5353,
      overTcp: this.#row.transport() === 'tcp',
      name,
      cnames: answers.flatMap((answer) =>
        textIn(answer, 'rrtype') === 'CNAME' ? (parseName(textIn(answer, 'rdata') ?? '') ?? []) : [],
      ),
      addresses: answers.flatMap((answer) =>
        ['A', 'AAAA'].includes(textIn(answer, 'rrtype') ?? '')
          ? (parseLoggedAddress(textIn(answer, 'rdata') ?? '') ?? [])
          : [],
      ),
    };
    this.#records.dns(record);
    return null;
  }

  #readLease(us: number): LineResult {
    const address = parseLoggedAddress(this.#fields.text(F.dhcpAddress) ?? '');
    if (!this.#is(F.dhcpType, 'ack') || address === null || address === NO_ADDRESS) return NO_ROW;
    this.#records.observation({
      tsUs: us,
      address,
      mac: parseMac(this.#fields.text(F.dhcpMac)),
      isByOwner: true,
      name: parseHostName(this.#fields.text(F.dhcpName)),
      source: 'dhcp',
      leaseSeconds: this.#fields.count(F.dhcpLease) ?? 0,
      vlan: 0,
    });
    return NO_ROW;
  }

  /** Reads counters since the start of the sensor. */
  #readStats(us: number): void {
    const count = this.#fields.count(F.kernelDrops);
    if (count === null) return;
    // A sensor that started recently lost all of these packets in the time of its log.
    const uptime = this.#fields.count(F.uptime);
    const isNew = uptime !== null && uptime <= MAX_UPTIME_SECONDS;
    const beforeUs = this.#names.facts.get(DROPS_AT) ?? (isNew ? us - uptime * US : undefined);
    const before = this.#names.facts.get(DROPS) ?? (isNew ? 0 : undefined);
    this.#names.facts.set(DROPS_AT, us);
    this.#names.facts.set(DROPS, count);
    if (beforeUs === undefined || before === undefined) return;
    const more = count >= before ? count - before : count;
    if (more > 0) this.#records.lost(beforeUs, us, more);
  }
}

/** Flags of RFC 9293 §3.1. */
const [SYN, RST] = [0x02, 0x04];

/** True for a VLAN id, which has 12 bits. Events contain at most two. */
const isVlan = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 4096;
/** Maximum TTL, RFC 2181 §8. */
const MAX_TTL = 2 ** 31 - 1;
const NO_VLANS: readonly number[] = [];

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function fieldIn(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textIn(value: unknown, name: string): string | null {
  const text = fieldIn(value, name);
  return typeof text === 'string' ? text : null;
}

function numberIn(value: unknown, name: string): number | null {
  const number = fieldIn(value, name);
  return typeof number === 'number' && number >= 0 ? Math.min(Math.floor(number), MAX_TTL) : null;
}

export const SURICATA: LogFormat = {
  id: 'suricata',
  title: 'Suricata EVE',
  visible: [
    {
      log: 'Suricata EVE `tls`, `quic`, and `flow` or `netflow`',
      names: 'server name',
      fingerprint: 'JA3, JA4, if switched on',
      bytes: 'frames; payload is computed with headers of usual length',
    },
    {
      log: 'EVE without `flow` events',
      names: 'server name',
      fingerprint: 'JA3, JA4, if switched on',
      bytes: null,
    },
    {
      log: 'EVE `http` of CONNECT, or behind a proxy that decrypts',
      names: 'host of the request; the path is dropped',
      fingerprint: null,
      bytes: 'those of the connection',
    },
  ],
  recognizes: ({ lines }) => lines.some((line) => line.startsWith('{') && /"event_type"\s*:/.test(line)),
  reader: (records, { isWhole = false }) => new EveReader(records, isWhole),
  review: (samples) => {
    const text = samples.flatMap(({ lines }) => lines).join('\n');
    const has = (type: string): boolean => new RegExp(`"event_type"\\s*:\\s*"${type}"`).test(text);
    const seen = ['tls', 'quic', 'flow', 'netflow', 'dns', 'dhcp', 'stats'].filter(has);
    const next = (type: string): string => `add "- ${type}" to the types of eve-log in suricata.yaml`;
    const missing = listMissing([
      [has('tls'), 'tls events among the first lines', next('tls')],
      [has('(?:net)?flow'), 'flow events among the first lines: bytes may be unknown', next('flow')],
      [
        !has('tls') || /"ja4"\s*:/.test(text),
        /"ja3"\s*:/.test(text) ? JA3_ALONE : 'fingerprints: the runtime of a client is unknown',
        'set ja3-fingerprints and ja4-fingerprints to yes under app-layer.protocols.tls',
      ],
    ]);
    return { shows: `events of ${seen.join(', ') || 'other kinds'}; tools are likely at most`, missing };
  },
};
