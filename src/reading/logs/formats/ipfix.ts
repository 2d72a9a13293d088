// Reads exports of IPFIX flows: ipfixprobe as text with a typed header, nProbe as text or JSON with the names of its
// template.

import { splitWords } from '../../../text/word-lists.ts';
import { Fields, numberFields, WRITTEN } from '../fields.ts';
import { loggedFingerprint } from '../fingerprints.ts';
import { JoinTable } from '../join-table.ts';
import {
  EMPTY_FLOW,
  EMPTY_QUESTION,
  hasData,
  joinParts,
  type LineReader,
  type LogFormat,
  type LoggedFlow,
  type LogReader,
  type LogRecords,
  type LogSample,
  NO_ROW,
  payloadOfFrames,
} from '../records.ts';
import { isJson, JsonLine, mainForm } from '../split-line.ts';
import { otherTotals, unlistedTotals } from '../totals.ts';
import { LATEST_US, parseLoggedAddress, parseMac, parseName } from '../values.ts';

/** Names of unirec, of nProbe, of the IANA registry, and the numbers of elements that nProbe prints on request. */
const NAMES = {
  client: ['SRC_IP', 'IPV4_SRC_ADDR', 'IPV6_SRC_ADDR', 'sourceIPv4Address', 'sourceIPv6Address', '8', '27'],
  server: splitWords(
    'DST_IP IPV4_DST_ADDR IPV6_DST_ADDR destinationIPv4Address destinationIPv6Address 12 28',
  ),
  clientPort: ['SRC_PORT', 'L4_SRC_PORT', 'sourceTransportPort', '7'],
  serverPort: ['DST_PORT', 'L4_DST_PORT', 'destinationTransportPort', '11'],
  protocol: ['PROTOCOL', 'protocolIdentifier', '4'],
  bytesUp: ['BYTES', 'IN_BYTES', 'octetDeltaCount', '1'],
  bytesDown: ['BYTES_REV', 'OUT_BYTES', 'reverseOctetDeltaCount', '23'],
  packetsUp: ['PACKETS', 'IN_PKTS', 'packetDeltaCount', '2'],
  packetsDown: ['PACKETS_REV', 'OUT_PKTS', 'reversePacketDeltaCount', '24'],
  first: splitWords(
    'TIME_FIRST FIRST_SWITCHED FLOW_START_SEC FLOW_START_MILLISECONDS FLOW_START_MICROSECONDS',
    'flowStartMilliseconds flowStartSeconds 22 150 152',
  ),
  last: splitWords(
    'TIME_LAST LAST_SWITCHED FLOW_END_SEC FLOW_END_MILLISECONDS FLOW_END_MICROSECONDS',
    'flowEndMilliseconds flowEndSeconds 21 151 153',
  ),
  mac: ['SRC_MAC', 'IN_SRC_MAC', '56'],
  sni: ['TLS_SNI', 'TLS_SERVER_NAME', 'SSL_SERVER_NAME', '57660', '35632.188'],
  quicSni: ['QUIC_SNI'],
  ja3: ['TLS_JA3', 'TLS_JA3_FINGERPRINT', 'JA3C_HASH', '57961', '35632.489'],
  ja4: ['TLS_JA4', 'JA4C_HASH', '58048', '35632.576'],
  l7: ['L7_PROTO_NAME', 'L7_PROTO'],
  dnsName: ['DNS_NAME', 'DNS_QUERY', '57677'],
  sampling: ['SAMPLING_INTERVAL', 'samplingInterval', 'samplingPacketInterval', '34'],
} as const;
const { numbers: F, fields: FIELDS } = numberFields(NAMES);
const [TCP, UDP] = [6, 17];
/**
 * Maximum time between the parts of a flow, which is split after five minutes or half a minute of silence. Later parts
 * have no name.
 */
const PART_US = 330_000_000;
const MAX_OPEN = 262_144;
const TYPES = /^(?:u?int(?:8|16|32|64)|ipaddr|ip|time|macaddr|mac|string|bytes|double|float|char)\*? /;

/** Returns the columns of a header; null for another line. Types before the names are from unirec. */
function findHeader(line: string): string[] | null {
  const separator = [',', '|', '\t', ';'].find((candidate) => line.split(candidate).length > 4);
  if (separator === undefined) return null;
  const names = line.split(separator).map((field) =>
    field
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replace(TYPES, ''),
  );
  // Elements have numbers as names in JSON only, because rows of other text logs contain lists of numbers.
  if (names.some((name) => /^\d/.test(name))) return null;
  const fieldSet = new Set(names.map((name) => FIELDS.find(name)));
  return fieldSet.has(F.client) && fieldSet.has(F.server) && fieldSet.has(F.first) ? names : null;
}

class IpfixReader implements LogReader {
  readonly #records: LogRecords;
  readonly fields = new Fields(FIELDS.count);
  readonly #open = new JoinTable<LoggedFlow>();
  readonly tables = { open: this.#open };
  #sampled = 0;

  constructor(records: LogRecords) {
    this.#records = records;
  }

  describe({ lines }: LogSample) {
    const columns = lines.map(findHeader).find((found) => found !== null);
    return { kind: 'flows', rank: 0, ...(columns === undefined ? {} : { columns }) };
  }

  open(sample: LogSample): LineReader {
    return mainForm(sample.lines, isJson) ? this.#readJson() : this.#readText(sample);
  }

  finish(): readonly string[] {
    for (const flow of this.#open.values()) this.#records.flow(flow);
    return this.#sampled === 0
      ? []
      : ['ipfix: the exporter sampled packets: counts are estimates, and most short flows are missing'];
  }

  #readJson(): LineReader {
    const json = new JsonLine(FIELDS, this.fields);
    return {
      line: (bytes, start, end) =>
        start === end ? NO_ROW : (json.read(bytes, start, end) ?? this.#readRow()),
    };
  }

  /** Reads text. In sorted files the header may be anywhere, so rows before it wait for it. */
  #readText(sample: LogSample): LineReader {
    const header = sample.lines.find((line) => findHeader(line) !== null) ?? '';
    let columns = Int16Array.from(findHeader(header) ?? [], (name) => FIELDS.find(name));
    const separator = (
      [',', '|', '\t', ';'].find((candidate) => header.split(candidate).length > 4) ?? ','
    ).charCodeAt(0);
    return {
      line: (bytes, start, end) => {
        if (start === end) return NO_ROW;
        const isHeader = /^[#a-zA-Z"]/.test(bytes.toString('latin1', start, start + 1));
        const names = isHeader ? findHeader(bytes.toString('utf8', start, end)) : null;
        if (names !== null) {
          columns = Int16Array.from(names, (name) => FIELDS.find(name));
          return NO_ROW;
        }
        return this.#split(bytes, start, end, columns, separator) ?? this.#readRow();
      },
    };
  }

  #split(bytes: Buffer, start: number, end: number, columns: Int16Array, separator: number): string | null {
    const { fields } = this;
    fields.clear(bytes);
    let column = 0;
    let from = start;
    let isQuoted = false;
    for (let at = start; at <= end; at++) {
      if (at < end && bytes[at] === 0x22) isQuoted = !isQuoted;
      if (at < end && (isQuoted || bytes[at] !== separator)) continue;
      const field = columns[column++];
      if (field === undefined) return 'more columns than the header has';
      const isText = at - from >= 2 && bytes[from] === 0x22 && bytes[at - 1] === 0x22;
      const [first, behind] = isText ? [from + 1, at - 1] : [from, at];
      if (field >= 0 && behind > first) fields.set(field, first, behind, WRITTEN.plain);
      from = at + 1;
    }
    return column < columns.length ? 'fewer columns than the header has' : null;
  }

  #readRow(): string | null {
    const { fields } = this;
    const firstUs = this.fields.time(F.first);
    const end = this.fields.time(F.last);
    if (!(firstUs > 0 && firstUs < LATEST_US)) return 'no time';
    const lastUs = end >= firstUs && end < LATEST_US ? end : firstUs;
    this.#records.wrote(lastUs);
    const client = parseLoggedAddress(fields.text(F.client) ?? '');
    const server = parseLoggedAddress(fields.text(F.server) ?? '');
    if (client === null || server === null) return 'no address';
    const number = this.fields.count(F.protocol);
    const isTcp = number === TCP || fields.is(F.protocol, 'TCP');
    if ((this.fields.count(F.sampling) ?? 1) > 1) {
      this.#sampled++;
      this.#records.sampled?.();
    }
    if (!isTcp && number !== UDP && !fields.is(F.protocol, 'UDP')) {
      const counts = [F.bytesUp, F.bytesDown, F.packetsUp, F.packetsDown];
      const span = { host: client, firstUs, lastUs };
      this.#records.totals(otherTotals(fields, fields.text(F.protocol), span, counts), server);
      return null;
    }
    const ends = {
      client,
      server,
      clientPort: this.fields.count(F.clientPort) ?? 0,
      serverPort: this.fields.count(F.serverPort) ?? 0,
      protocol: isTcp ? ('tcp' as const) : ('udp' as const),
    };
    this.#readQuestion(ends, firstUs);
    const [packetsUp, packetsDown] = [this.fields.count(F.packetsUp), this.fields.count(F.packetsDown)];
    const [bytesUp, bytesDown] = [this.fields.count(F.bytesUp), this.fields.count(F.bytesDown)];
    const quicName = fields.has(F.quicSni) ? parseName(fields.text(F.quicSni) ?? '') : null;
    const written = quicName ?? (fields.has(F.sni) ? parseName(fields.text(F.sni) ?? '') : null);
    const sni = written !== null && this.#records.isListed(written) ? written : null;
    const payloadDown = payloadOfFrames(bytesDown, packetsDown, ends, 0);
    const flow: LoggedFlow = {
      ...EMPTY_FLOW,
      ...ends,
      firstUs,
      lastUs,
      helloUs: sni === null ? null : firstUs,
      clientMac: parseMac(fields.text(F.mac)),
      sni,
      fingerprint:
        sni === null
          ? null
          : loggedFingerprint({ ja3: fields.text(F.ja3), ja4: fields.text(F.ja4) }, isTcp ? 'tcp' : 'quic'),
      packetsUp,
      packetsDown,
      bytesUp,
      bytesDown,
      payloadUp: payloadOfFrames(bytesUp, packetsUp, ends, 0),
      payloadDown,
      isEstablished: (payloadDown ?? packetsDown ?? 0) > 0,
      isUnread: false,
    };
    this.#addFlow(flow, written);
    return null;
  }

  /**
   * Adds a flow. A later part of a split flow has the tuple of the first and no name. Exporters of single directions
   * write the answer separately.
   */
  #addFlow(flow: LoggedFlow, written: string | null): void {
    const key = getKey(flow.client, flow.clientPort, flow.server, flow.serverPort);
    const existing = this.#open.get(key);
    const isNear =
      existing !== undefined && flow.firstUs - existing.lastUs <= PART_US && flow.firstUs >= existing.firstUs;
    if (flow.sni === null && written === null && existing !== undefined && isNear) {
      this.#open.set(key, joinParts(existing, flow));
      return;
    }
    const turned = this.#open.get(getKey(flow.server, flow.serverPort, flow.client, flow.clientPort));
    if (
      flow.sni === null &&
      turned !== undefined &&
      turned.packetsDown === null &&
      flow.packetsDown === null
    ) {
      const turnedKey = getKey(flow.server, flow.serverPort, flow.client, flow.clientPort);
      this.#open.set(turnedKey, withAnswer(turned, flow));
      return;
    }
    if (flow.sni !== null) {
      if (existing !== undefined) this.#records.flow(existing);
      if (this.#open.size < MAX_OPEN || existing !== undefined) this.#open.set(key, flow);
      else this.#records.flow(flow);
      return;
    }
    this.#addUnlisted(flow, written);
  }

  /** Adds an unlisted flow. `written`: its name; without one the content is unknown. */
  #addUnlisted(flow: LoggedFlow, written: string | null): void {
    const { client, server, serverPort, firstUs, lastUs } = flow;
    const { bytesUp, bytesDown } = flow;
    const service = written === null ? this.#findService() : 'tls';
    const isUdp = flow.protocol === 'udp';
    const packets = (flow.packetsUp ?? 0) + (flow.packetsDown ?? 0);
    if (this.#records.hasListedServer(client, server, firstUs) && flow.serverPort !== 53) {
      this.#records.flow(flow);
      return;
    }
    this.#records.totals(
      unlistedTotals(
        { host: client, mac: flow.clientMac, firstUs, lastUs, packets },
        {
          serverPort,
          service,
          isNamed: written !== null,
          isMidFlow: false,
          isUdp,
          bytesUp,
          bytesDown,
          hasData: hasData((bytesUp ?? 0) + (bytesDown ?? 0), packets, client, 0),
        },
      ),
      server,
    );
  }

  /** Returns the protocol that the exporter recognized, as a word. The numbers of its list are not supported. */
  #findService(): string | null {
    if (this.fields.has(F.dnsName) && this.fields.text(F.dnsName) !== null) return 'dns';
    const word = this.fields.text(F.l7)?.toLowerCase() ?? '';
    return /[a-z]/.test(word) && word !== 'unknown' ? word : null;
  }

  #readQuestion(ends: Pick<LoggedFlow, 'client' | 'server' | 'protocol'>, us: number): void {
    const name = this.fields.has(F.dnsName) ? parseName(this.fields.text(F.dnsName) ?? '') : null;
    if (name === null || !this.#records.isListed(name)) return;
    this.#records.dns({
      ...EMPTY_QUESTION,
      tsUs: us,
      client: ends.client,
      server: ends.server,
      overTcp: ends.protocol === 'tcp',
      name,
    });
  }
}

const getKey = (client: string, clientPort: number, server: string, serverPort: number): string =>
  `${client} ${clientPort} ${server} ${serverPort}`;

/** Adds the answer from an exporter that counts each direction separately. */
const withAnswer = (flow: LoggedFlow, answer: LoggedFlow): LoggedFlow => ({
  ...flow,
  lastUs: Math.max(flow.lastUs, answer.lastUs),
  packetsDown: answer.packetsUp,
  bytesDown: answer.bytesUp,
  payloadDown: answer.payloadUp,
  isEstablished: (answer.payloadUp ?? 0) > 0,
});

export const IPFIX: LogFormat = {
  id: 'ipfix',
  title: 'IPFIX flows (ipfixprobe, nProbe)',
  visible: [{ names: 'server name', fingerprint: 'JA3, JA4', bytes: 'IP packets' }],
  recognizes: ({ lines }) => {
    if (lines.some((line) => !isJson(line) && findHeader(line) !== null)) return true;
    const names = new Set<number>();
    const first = lines.find(isJson) ?? '';
    for (const [, name = ''] of first.matchAll(/"([^"\\]{1,60})"\s*:/g)) names.add(FIELDS.find(name));
    return names.has(F.client) && names.has(F.server) && names.has(F.first) && names.has(F.bytesUp);
  },
  reader: (records) => new IpfixReader(records),
  review: (samples) => {
    const columns = samples.flatMap(({ lines }) => lines.flatMap((line) => findHeader(line) ?? []));
    const has = (field: number): boolean => columns.some((name) => FIELDS.find(name) === field);
    const isNamed = columns.length === 0 || has(F.sni) || has(F.quicSni);
    return {
      shows: 'flows of IP packets; tools are likely at most',
      missing: isNamed
        ? []
        : [{ what: 'names of servers', next: 'switch on the TLS plugin of the exporter' }],
    };
  },
};
