// Reads sessions of Arkime as JSON: documents of its index, one per line, or an answer of its API. It supports the keys
// of older versions.

import { createHash } from 'node:crypto';
import { Fields, numberFields } from '../fields.ts';
import { loggedFingerprint } from '../fingerprints.ts';
import { connectionKey, JoinTable } from '../join-table.ts';
import {
  buildOutcome,
  EMPTY_FLOW,
  EMPTY_QUESTION,
  type FlowEnds,
  type FlowSpan,
  joinParts,
  type LineReader,
  type LineResult,
  type LogFormat,
  type LoggedFlow,
  type LogReader,
  type LogRecords,
  type LogSample,
  NO_ROW,
} from '../records.ts';
import { JsonLine } from '../split-line.ts';
import { otherTotals, unlistedTotals } from '../totals.ts';
import { LATEST_US, parseLoggedAddress, parseMac, parseName } from '../values.ts';

const inside = (...names: readonly string[]): string[] => names.flatMap((name) => [name, `_source.${name}`]);
const NAMES = {
  first: inside('firstPacket', 'fp'),
  last: inside('lastPacket', 'lp'),
  protocol: inside('ipProtocol', 'pr'),
  client: inside('source.ip', 'srcIp', 'a1'),
  clientPort: inside('source.port', 'srcPort', 'p1'),
  server: inside('destination.ip', 'dstIp', 'a2'),
  serverPort: inside('destination.port', 'dstPort', 'p2'),
  bytesUp: inside('source.bytes', 'srcBytes', 'by1'),
  bytesDown: inside('destination.bytes', 'dstBytes', 'by2'),
  packetsUp: inside('source.packets', 'srcPackets', 'pa1'),
  packetsDown: inside('destination.packets', 'dstPackets', 'pa2'),
  payloadUp: inside('client.bytes', 'srcDataBytes', 'db1'),
  payloadDown: inside('server.bytes', 'dstDataBytes', 'db2'),
  mac: inside('source.mac', 'srcMac'),
  vlan: inside('network.vlan.id', 'vlan'),
  protocols: inside('protocol', 'protocols'),
  hosts: inside('http.host'),
  ja3: inside('tls.ja3'),
  ja4: inside('tls.ja4', 'tls.ja4-ja4'),
  ja4r: inside('tls.ja4_r', 'tls.ja4r'),
  methods: inside('http.method', 'http.method-CONNECT'),
  agents: inside('http.useragent', 'http.user-agent'),
  dnsHosts: inside('dns.host'),
  dnsAddresses: inside('dns.ip'),
  dnsStatus: inside('dns.status'),
  syns: inside('tcpflags.syn'),
  synAcks: inside('tcpflags.syn-ack'),
  resets: inside('tcpflags.rst'),
  rootId: inside('rootId', 'ro'),
  id: ['_id', 'id'],
} as const;
const { numbers: F, fields: FIELDS } = numberFields(NAMES);

const isTls = (protocols: ReadonlySet<string>): boolean =>
  protocols.has('tls') || protocols.has('quic') || protocols.has('dtls');

const [TCP, UDP] = [6, 17];
/** Maximum sessions in parts, of which the first has the name. */
const MAX_SESSIONS = 262_144;
/** Maximum size of a document that is read as a whole: an answer of the API with some ten thousand sessions. */
const MAX_DOCUMENT = 256 << 20;

class ArkimeReader implements LogReader {
  readonly #records: LogRecords;
  readonly #fields = new Fields(FIELDS.count);
  readonly #json = new JsonLine(FIELDS, this.#fields);
  /** Sessions in parts, by their first part, because only the first has the hello. */
  readonly #parts = new JoinTable<LoggedFlow>();
  readonly #seen = new JoinTable<true>();
  readonly tables = { parts: this.#parts, seen: this.#seen };

  constructor(records: LogRecords) {
    this.#records = records;
  }

  describe({ lines }: LogSample) {
    for (const line of lines) {
      const bytes = Buffer.from(line);
      if (this.#json.read(bytes, 0, bytes.length) !== null) continue;
      const firstUs = this.#fields.time(F.first);
      if (firstUs > 0) return { kind: 'sessions', rank: 0, firstUs };
    }
    return { kind: 'sessions', rank: 0 };
  }

  open(sample: LogSample): LineReader {
    if (isPerLine(sample)) return { line: (bytes, start, end) => this.#readLine(bytes, start, end) };
    return this.#readDocument();
  }

  finish(): readonly string[] {
    for (const flow of this.#parts.values()) this.#records.flow(flow);
    return [];
  }

  /** Reads an answer of the API: {"data": [...]}, {"hits": {"hits": [...]}} or a list, over any number of lines. */
  #readDocument(): LineReader {
    const chunks: Buffer[] = [];
    let length = 0;
    return {
      line(bytes, start, end) {
        length += end - start;
        if (length > MAX_DOCUMENT) return 'document too long';
        chunks.push(Buffer.from(bytes.subarray(start, end)));
        return NO_ROW;
      },
      end: () => {
        let parsed: unknown;
        try {
          parsed = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        } catch {
          return ['no JSON document'];
        }
        return listSessions(parsed).map((session) => this.#readSession(session));
      },
    };
  }

  #readSession(parsed: unknown): LineResult {
    let text: string | undefined;
    try {
      text = JSON.stringify(parsed);
    } catch {
      return 'nested too deeply'; // The stack of the writer is exhausted.
    }
    const bytes = Buffer.from(text ?? '');
    return this.#readLine(bytes, 0, bytes.length);
  }

  #readLine(bytes: Buffer, start: number, end: number): LineResult {
    if (start === end) return NO_ROW;
    const fault = this.#json.read(bytes, start, end);
    if (fault !== null) return fault;
    const fields = this.#fields;
    if (!fields.has(F.client) && !fields.has(F.first)) return NO_ROW; // The line is an action line of a bulk file.
    const firstUs = this.#fields.time(F.first);
    const lastUs = this.#fields.time(F.last);
    if (!(firstUs > 0 && lastUs >= firstUs && lastUs < LATEST_US)) return 'no time';
    this.#records.wrote(lastUs);
    const protocol = this.#fields.count(F.protocol);
    const isOther = protocol !== TCP && protocol !== UDP;
    const client = parseLoggedAddress(fields.text(F.client) ?? '');
    const server = parseLoggedAddress(fields.text(F.server) ?? '');
    if (client === null || server === null) return isOther ? null : 'no address';
    const ends = {
      client,
      server,
      clientPort: this.#fields.count(F.clientPort) ?? 0,
      serverPort: this.#fields.count(F.serverPort) ?? 0,
      protocol: protocol === TCP ? ('tcp' as const) : ('udp' as const),
    };
    if (this.#isCopy(bytes.subarray(start, end), ends)) return null;
    if (isOther) {
      const number = String(fields.count(F.protocol) ?? '');
      const counts = [F.bytesUp, F.bytesDown, F.packetsUp, F.packetsDown];
      this.#records.totals(otherTotals(fields, number, { host: client, firstUs, lastUs }, counts), server);
      return null;
    }
    this.#readQuestions(ends, firstUs, lastUs);
    const protocols = new Set(fields.texts(F.protocols));
    const isEncrypted = isTls(protocols);
    const hosts = fields.texts(F.hosts).flatMap((host) => parseName(host.replace(/:\d+$/, '')) ?? []);
    const sni = isEncrypted ? (hosts.find((host) => this.#records.isListed(host)) ?? null) : null;
    const rootId = fields.text(F.rootId);
    const key = rootId === null ? null : connectionKey(rootId, ends);
    const [packetsUp, packetsDown] = [this.#fields.count(F.packetsUp), this.#fields.count(F.packetsDown)];
    const [payloadUp, payloadDown] = [this.#fields.count(F.payloadUp), this.#fields.count(F.payloadDown)];
    const hasListedServer = !isEncrypted && this.#records.hasListedServer(client, server, firstUs);
    const isKnownPart = key !== null && this.#parts.has(key);
    const isUnread = protocol === UDP && ends.serverPort === 443 && !isEncrypted;
    if (sni === null && !hasListedServer && !isKnownPart && !isUnread) {
      this.#countOnly(ends, { firstUs, lastUs }, { protocols, isNamed: hosts.length > 0 });
      return null;
    }
    const isTunnel = ends.serverPort !== 443 && fields.texts(F.methods).includes('CONNECT') && sni !== null;
    const flow: LoggedFlow = {
      ...EMPTY_FLOW,
      ...ends,
      firstUs,
      lastUs,
      helloUs: sni === null ? null : firstUs,
      clientMac: parseMac(fields.texts(F.mac)[0]),
      sni,
      fingerprint: this.#findFingerprint(protocols, protocol === TCP),
      proxy: isTunnel ? { kind: 'connect', target: `${sni}:443` } : null,
      userAgent: isTunnel ? this.#records.findAgent(fields.texts(F.agents)[0] ?? '') : null,
      packetsUp,
      packetsDown,
      bytesUp: this.#fields.count(F.bytesUp),
      bytesDown: this.#fields.count(F.bytesDown),
      payloadUp,
      payloadDown,
      isEstablished: (payloadUp ?? packetsUp ?? 0) > 0 && (payloadDown ?? packetsDown ?? 0) > 0,
      isUnread,
      ...this.#findOutcome(sni !== null && (payloadDown ?? 0) > 0),
    };
    if (key === null) this.#records.flow(flow);
    else this.#addPart(key, flow);
    return null;
  }

  /** Counts a session with an unlisted name for its host only. */
  #countOnly(
    { client, server, serverPort, protocol }: FlowEnds,
    { firstUs, lastUs }: FlowSpan,
    { protocols, isNamed }: { readonly protocols: ReadonlySet<string>; readonly isNamed: boolean },
  ): void {
    const fields = this.#fields;
    const [bytesUp, bytesDown] = [fields.count(F.bytesUp), fields.count(F.bytesDown)];
    this.#records.totals(
      unlistedTotals(
        {
          host: client,
          mac: parseMac(fields.texts(F.mac)[0]),
          firstUs,
          lastUs,
          packets: (fields.count(F.packetsUp) ?? 0) + (fields.count(F.packetsDown) ?? 0),
          hasHello: isTls(protocols),
        },
        {
          serverPort,
          service: findService(protocols),
          isNamed,
          isMidFlow: fields.count(F.syns) === 0,
          isUdp: protocol === 'udp',
          bytesUp,
          bytesDown,
          hasData: fields.count(F.payloadUp) !== 0 || fields.count(F.payloadDown) !== 0,
        },
      ),
      server,
    );
  }

  #findOutcome(isServed: boolean): Pick<LoggedFlow, 'outcome'> {
    if (isServed) return buildOutcome('served');
    if (
      this.#fields.count(F.syns) === null ||
      this.#fields.count(F.syns) === 0 ||
      this.#fields.count(F.synAcks) !== 0
    )
      return {};
    return buildOutcome((this.#fields.count(F.resets) ?? 0) > 0 ? 'synReset' : 'synSilent');
  }

  #addPart(key: string, flow: LoggedFlow): void {
    const existing = this.#parts.get(key);
    if (existing === undefined) {
      if (this.#parts.size < MAX_SESSIONS) this.#parts.set(key, flow);
      else this.#records.flow(flow);
      return;
    }
    this.#parts.set(key, joinParts(existing, flow));
  }

  /** A session with several hellos has them in one list without their order, so that it has no fingerprint. */
  #findFingerprint(protocols: ReadonlySet<string>, isTcp: boolean): LoggedFlow['fingerprint'] {
    const fields = this.#fields;
    const only = (field: number): string | null => {
      const list = fields.texts(field);
      return list.length === 1 ? (list[0] ?? null) : null;
    };
    const transport = isTcp ? 'tcp' : protocols.has('dtls') ? 'dtls' : 'quic';
    return loggedFingerprint({ ja3: only(F.ja3), ja4: only(F.ja4), ja4r: only(F.ja4r) }, transport);
  }

  /** A session contains many queries without their answers. They are known only for a single query. */
  #readQuestions(
    ends: Pick<LoggedFlow, 'client' | 'server' | 'protocol'>,
    firstUs: number,
    lastUs: number,
  ): void {
    const hosts = this.#fields.texts(F.dnsHosts).flatMap((host) => parseName(host) ?? []);
    const listed = hosts.filter((host) => this.#records.isListed(host));
    const addresses =
      hosts.length === 1
        ? this.#fields.texts(F.dnsAddresses).flatMap((text) => parseLoggedAddress(text) ?? [])
        : [];
    for (const name of listed) {
      const record = {
        ...EMPTY_QUESTION,
        client: ends.client,
        server: ends.server,
        overTcp: ends.protocol === 'tcp',
        name,
      };
      this.#records.dns({ ...record, tsUs: firstUs });
      if (addresses.length > 0) this.#records.dns({ ...record, tsUs: lastUs, isResponse: true, addresses });
    }
  }

  /** True for a document that was exported twice. */
  #isCopy(document: Buffer, ends: FlowEnds): boolean {
    const id = this.#fields.has(F.id)
      ? this.#fields.text(F.id)
      : createHash('sha1').update(document).digest('base64');
    if (id === null) return false;
    const key = connectionKey(id, ends);
    if (this.#seen.has(key)) return true;
    if (this.#seen.size < MAX_SESSIONS) this.#seen.set(key, true);
    return false;
  }
}

/** Returns the protocol that Arkime recognized above TCP and UDP; null: none. */
function findService(protocols: ReadonlySet<string>): string | null {
  const services = [...protocols].filter((protocol) => protocol !== 'tcp' && protocol !== 'udp');
  return services.length === 0 ? null : services.join();
}

function listSessions(parsed: unknown): readonly unknown[] {
  if (Array.isArray(parsed)) return parsed;
  if (typeof parsed !== 'object' || parsed === null) return [];
  const { data, hits, sessions } = parsed as Readonly<Record<string, unknown>>;
  if (Array.isArray(data)) return data;
  if (Array.isArray(sessions)) return sessions.map((session) => unwrapSession(session));
  if (Array.isArray(hits)) return hits;
  return typeof hits === 'object' && hits !== null ? listSessions(hits) : [parsed];
}

/** Unwraps tests of Arkime, which have {"header": …, "body": session}. */
function unwrapSession(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('body' in value)) return value;
  return value.body;
}

const isPerLine = ({ lines }: LogSample): boolean => {
  const first = lines[0] ?? '';
  return (
    /"firstPacket"|"fp"/.test(first) &&
    !/^\s*\{\s*"(?:data|hits|sessions|recordsTotal|recordsFiltered|graph|map)"/.test(first) &&
    !first.startsWith('[')
  );
};

export const ARKIME: LogFormat = {
  id: 'arkime',
  readsDocuments: true,
  title: 'Arkime sessions',
  visible: [{ names: 'server name', fingerprint: 'JA3, JA4', bytes: 'frames and payload' }],
  recognizes: ({ lines }) => {
    const first = lines[0]?.trimStart() ?? '';
    if (!first.startsWith('{') && !first.startsWith('[')) return false;
    const text = lines.join('\n');
    return /"firstPacket"\s*:/.test(text) && /"lastPacket"\s*:/.test(text);
  },
  reader: (records) => new ArkimeReader(records),
  review: () => ({ shows: 'names, fingerprints and bytes; tools are likely at most', missing: [] }),
};
