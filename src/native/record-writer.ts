// Writes records of the model as bytes of a batch, in the form of native code. Values that exceed the border's limits
// are truncated: 32 bits of packets, four VLANs of a sum, 64 KiB of a text.

import {
  COUNTED_KINDS,
  type DnsRecord,
  FLOW_ENDS,
  type FlowRecord,
  type HostObservationRecord,
  type HostTotalsRecord,
} from '../model/flow.ts';
import { CONNECTION_OUTCOMES, type OutcomeRecord } from '../model/outcome.ts';
import { APP_HINTS, ECH_SEEN, PROXY_KINDS } from '../model/window-words.ts';
import { parseAddress } from '../net/address.ts';
import {
  BATCH,
  BATCH_MAGIC,
  DNS,
  DNS_FLAGS,
  FLOW,
  FLOW_FLAGS,
  HOST_OBSERVATION,
  HOST_TOTALS,
  LAYOUT_VERSION,
  LOOK_FLAGS,
  OBSERVATION_FLAGS,
  OUTCOME,
  OUTCOME_FLAGS,
  RECORD,
  RECORD_TYPE,
} from './record-layout.ts';
import { CLIENT_KNOWN_BY, OBSERVATION_SOURCES } from './record-values.ts';

const FIRST_ROOM = 65_536;
const MAX_TEXT = 65_535;
const MAX_U32 = 0xffff_ffff;
const TWO_32 = 0x1_0000_0000;
const MAX_VLANS_OF_TOTALS = 4;
/** Content of a field without a name or number. */
const NO_BYTES = new Uint8Array(0);

type Tail = Uint8Array | readonly number[];

export class RecordWriter {
  #bytes = new Uint8Array(FIRST_ROOM);
  #view = new DataView(this.#bytes.buffer);
  #at: number = BATCH.size;
  #count = 0;

  /** Returns the batch and begins a new one. The result is valid until the next record is written. */
  take(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly length: number } {
    const length = this.#at;
    this.#view.setUint32(BATCH.magic, BATCH_MAGIC, true);
    this.#view.setUint16(BATCH.layoutVersion, LAYOUT_VERSION, true);
    this.#view.setUint32(BATCH.recordCount, this.#count, true);
    this.#view.setUint32(BATCH.length, length, true);
    this.#at = BATCH.size;
    this.#count = 0;
    return { bytes: this.#bytes, length };
  }

  flow(flow: FlowRecord): void {
    const { hello, proxy } = flow;
    const tails: Tail[] = [
      this.#text(flow.sni),
      hello === null ? NO_BYTES : this.#alpn(hello.alpn),
      this.#text(proxy?.target ?? null),
      NO_BYTES,
      flow.vlans,
      this.#text(flow.userAgent),
      this.#text(flow.otherSni),
    ];
    const at = this.#record(RECORD_TYPE.flow, packFlags(flow), FLOW.size, tails);
    this.#u64(at + FLOW.flowId, flow.flowId);
    this.#us(at + FLOW.flowFirstNs, flow.flowFirstUs);
    this.#us(at + FLOW.firstNs, flow.firstUs);
    this.#us(at + FLOW.lastNs, flow.lastUs);
    this.#us(at + FLOW.helloNs, flow.helloUs ?? 0);
    this.#u64(at + FLOW.bytesUp, flow.bytesUp);
    this.#u64(at + FLOW.bytesDown, flow.bytesDown);
    this.#u64(at + FLOW.payloadUp, flow.payloadUp);
    this.#u64(at + FLOW.payloadDown, flow.payloadDown);
    this.#u32(at + FLOW.packetsUp, flow.packetsUp);
    this.#u32(at + FLOW.packetsDown, flow.packetsDown);
    this.#u32(at + FLOW.lostUp, flow.lostUp);
    this.#u32(at + FLOW.lostDown, flow.lostDown);
    const ipVersion = this.#address(at + FLOW.clientAddress, flow.client);
    this.#address(at + FLOW.serverAddress, flow.server);
    this.#mac(at + FLOW.clientMac, flow.clientMac);
    this.#mac(at + FLOW.serverMac, flow.serverMac);
    const view = this.#view;
    view.setUint16(at + FLOW.clientPort, flow.clientPort, true);
    view.setUint16(at + FLOW.serverPort, flow.serverPort, true);
    view.setUint8(at + FLOW.ipVersion, ipVersion);
    view.setUint8(at + FLOW.protocol, flow.protocol === 'tcp' ? 6 : 17);
    view.setUint8(at + FLOW.endReason, FLOW_ENDS.indexOf(flow.end));
    view.setUint8(at + FLOW.clientKnownBy, CLIENT_KNOWN_BY.indexOf(flow.clientKnownBy));
    view.setUint8(at + FLOW.proxyKind, proxy === null ? 0 : PROXY_KINDS.indexOf(proxy.kind) + 1);
    view.setUint8(at + FLOW.appHint, APP_HINTS.indexOf(flow.appHint));
    view.setUint32(at + FLOW.multipathToken, flow.multipathToken, true);
    view.setUint8(at + FLOW.look, flow.isParsed ? LOOK_FLAGS.parsed : 0);
    view.setUint16(at + FLOW.countedKinds, packKinds(flow.countedKinds ?? []), true);
    if (flow.helloHash !== null) view.setBigUint64(at + FLOW.helloHash, BigInt(`0x${flow.helloHash}`), true);
    if (hello !== null) {
      this.#u32(at + FLOW.helloBytes, hello.bytes);
      view.setUint8(at + FLOW.ech, ECH_SEEN.indexOf(hello.ech));
      this.#bytes.set(Buffer.from(hello.ja3, 'hex').subarray(0, FLOW.ja4 - FLOW.ja3Md5), at + FLOW.ja3Md5);
      this.#bytes.set(Buffer.from(hello.ja4, 'latin1').subarray(0, FLOW.sniLength - FLOW.ja4), at + FLOW.ja4);
    }
    this.#lengths(
      [
        FLOW.sniLength,
        FLOW.alpnLength,
        FLOW.proxyLength,
        FLOW.tunnelLength,
        FLOW.vlanLength,
        FLOW.userAgentLength,
        FLOW.otherSniLength,
      ].map((field) => at + field),
      tails,
    );
  }

  dns(message: DnsRecord): void {
    const addresses = message.addresses.map((text) => parseAddress(text) ?? NO_BYTES);
    const tails = [
      this.#text(message.name),
      this.#text(message.cnames.join('\0')),
      concatBytes(addresses.filter(({ length }) => length === 4)),
      concatBytes(addresses.filter(({ length }) => length === 16)),
    ];
    const flags =
      (message.isResponse ? DNS_FLAGS.response : 0) |
      (message.offersEch ? DNS_FLAGS.ech : 0) |
      (message.isMulticast ? DNS_FLAGS.multicast : 0) |
      (message.isBlocked === true ? DNS_FLAGS.blocked : 0);
    const at = this.#record(RECORD_TYPE.dns, flags, DNS.size, tails);
    this.#us(at + DNS.tsNs, message.tsUs);
    const ipVersion = this.#address(at + DNS.clientAddress, message.client);
    this.#address(at + DNS.serverAddress, message.server);
    this.#view.setUint8(at + DNS.ipVersion, ipVersion);
    this.#view.setUint16(at + DNS.queryType, message.queryType, true);
    this.#view.setUint8(at + DNS.rcode, message.rcode);
    this.#view.setUint16(at + DNS.clientPort, message.clientPort ?? 0, true);
    this.#view.setUint16(at + DNS.messageId, message.messageId ?? 0, true);
    this.#u32(at + DNS.ttlSeconds, message.ttlSeconds);
    this.#u32(at + DNS.echTtlSeconds, message.echTtlSeconds);
    this.#view.setUint32(at + DNS.clientMacTail, message.clientMacTail);
    this.#lengths(
      [DNS.nameLength, DNS.cnamesLength, DNS.aLength, DNS.aaaaLength].map((field) => at + field),
      tails,
    );
  }

  outcome(outcome: OutcomeRecord): void {
    const tails = [this.#text(outcome.name)];
    const flags = outcome.isProxied ? OUTCOME_FLAGS.proxied : 0;
    const at = this.#record(RECORD_TYPE.outcome, flags, OUTCOME.size, tails);
    this.#us(at + OUTCOME.tsNs, outcome.tsUs);
    this.#us(at + OUTCOME.lastNs, outcome.lastUs);
    const ipVersion = this.#address(at + OUTCOME.clientAddress, outcome.client);
    this.#address(at + OUTCOME.serverAddress, outcome.server);
    this.#view.setUint8(at + OUTCOME.ipVersion, ipVersion);
    this.#view.setUint16(at + OUTCOME.clientPort, outcome.clientPort, true);
    this.#view.setUint16(at + OUTCOME.serverPort, outcome.serverPort, true);
    this.#view.setUint8(at + OUTCOME.kind, CONNECTION_OUTCOMES.indexOf(outcome.kind));
    this.#u32(at + OUTCOME.detail, outcome.detail);
    this.#lengths([at + OUTCOME.nameLength], tails);
  }

  observation(observation: HostObservationRecord): void {
    const tails = [this.#text(observation.name)];
    const flags = observation.isByOwner ? OBSERVATION_FLAGS.byOwner : 0;
    const at = this.#record(RECORD_TYPE.hostObservation, flags, HOST_OBSERVATION.size, tails);
    this.#us(at + HOST_OBSERVATION.tsNs, observation.tsUs);
    if (observation.address !== null) {
      const ipVersion = this.#address(at + HOST_OBSERVATION.address, observation.address);
      this.#view.setUint8(at + HOST_OBSERVATION.ipVersion, ipVersion);
    }
    this.#mac(at + HOST_OBSERVATION.mac, observation.mac);
    this.#view.setUint8(at + HOST_OBSERVATION.source, OBSERVATION_SOURCES.indexOf(observation.source, 1));
    this.#lengths([at + HOST_OBSERVATION.nameLength], tails);
  }

  /** Bytes of a kind that is not visible are those of the record; `loss` has its own. */
  totals(totals: HostTotalsRecord): void {
    const kinds = packKinds(totals.notVisible.map(({ kind }) => kind));
    const at = this.#record(RECORD_TYPE.hostTotals, kinds, HOST_TOTALS.size, []);
    this.#us(at + HOST_TOTALS.firstNs, totals.firstUs);
    this.#us(at + HOST_TOTALS.lastNs, totals.lastUs);
    this.#u64(at + HOST_TOTALS.packets, totals.packets);
    this.#u64(at + HOST_TOTALS.bytesUp, totals.bytesUp);
    this.#u64(at + HOST_TOTALS.bytesDown, totals.bytesDown);
    this.#u64(at + HOST_TOTALS.flows, totals.flows);
    this.#u64(at + HOST_TOTALS.hellosComplete, totals.hellosComplete);
    this.#u64(at + HOST_TOTALS.echHellos, totals.echHellos ?? 0);
    this.#u64(at + HOST_TOTALS.evictedFlows, totals.evictedFlows);
    const ipVersion = this.#address(at + HOST_TOTALS.address, totals.host);
    this.#view.setUint8(at + HOST_TOTALS.ipVersion, ipVersion);
    this.#mac(at + HOST_TOTALS.mac, totals.mac);
    if (totals.peer !== undefined) this.#address(at + HOST_TOTALS.peer, totals.peer);
    const vlans = totals.vlans.slice(0, MAX_VLANS_OF_TOTALS);
    this.#view.setUint8(at + HOST_TOTALS.vlanCount, vlans.length);
    for (const [i, vlan] of vlans.entries()) this.#view.setUint16(at + HOST_TOTALS.vlans + 2 * i, vlan, true);
    for (const { kind, hint, flows, bytes } of totals.notVisible) {
      this.#u32(at + HOST_TOTALS.kindFlows + 4 * COUNTED_KINDS.indexOf(kind), flows);
      this.#view.setUint8(at + HOST_TOTALS.appHint, APP_HINTS.indexOf(hint));
      if (kind === 'loss') this.#u64(at + HOST_TOTALS.lost, bytes);
    }
  }

  /** Begins a record with a zeroed fixed part and writes its tails. Returns its position. */
  #record(type: number, flags: number, size: number, tails: readonly Tail[]): number {
    const length = Math.ceil((size + tails.reduce((sum, tail) => sum + tailLength(tail), 0)) / 8) * 8;
    const at = this.#at;
    this.#reserve(at + length);
    this.#bytes.fill(0, at, at + length);
    this.#view.setUint16(at + RECORD.type, type, true);
    this.#view.setUint16(at + RECORD.flags, flags, true);
    this.#view.setUint32(at + RECORD.length, length, true);
    let tailAt = at + size;
    for (const tail of tails) {
      if (tail instanceof Uint8Array) this.#bytes.set(tail, tailAt);
      else for (const [i, number] of tail.entries()) this.#view.setUint16(tailAt + 2 * i, number, true);
      tailAt += tailLength(tail);
    }
    this.#at = at + length;
    this.#count++;
    return at;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * length);
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #lengths(fields: readonly number[], tails: readonly Tail[]): void {
    for (const [i, field] of fields.entries()) this.#view.setUint16(field, tailLength(tails[i] ?? []), true);
  }

  #text(text: string | null): Uint8Array {
    if (text === null || text === '') return NO_BYTES;
    return Buffer.from(text).subarray(0, MAX_TEXT);
  }

  #alpn(names: readonly string[]): Uint8Array {
    return concatBytes(
      names.flatMap((name) => {
        const bytes = Buffer.from(name).subarray(0, 255);
        return [Uint8Array.of(bytes.length), bytes];
      }),
    ).subarray(0, MAX_TEXT);
  }

  /** Returns the version; 6 for a text that is not an address. */
  #address(at: number, text: string): number {
    const bytes = parseAddress(text) ?? NO_BYTES;
    this.#bytes.set(bytes, at);
    return bytes.length === 4 ? 4 : 6;
  }

  #mac(at: number, text: string | null): void {
    if (text !== null) this.#bytes.set(Buffer.from(text.replaceAll(':', ''), 'hex').subarray(0, 6), at);
  }

  #u32(at: number, value: number): void {
    this.#view.setUint32(at, Math.min(value, MAX_U32), true);
  }

  /** Writes a u64. A view takes the low 32 bits of a number, so that no division is needed. */
  #u64(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
    this.#view.setUint32(at + 4, Math.floor(value / TWO_32), true);
  }

  /** Writes microseconds as nanoseconds, exactly. */
  #us(at: number, us: number): void {
    const high = Math.floor(us / TWO_32);
    const low = (us - high * TWO_32) * 1000;
    this.#view.setUint32(at, low, true);
    this.#view.setInt32(at + 4, high * 1000 + Math.floor(low / TWO_32), true);
  }
}

const tailLength = (tail: Tail): number => (tail instanceof Uint8Array ? tail.length : 2 * tail.length);

function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 0 ? NO_BYTES : Buffer.concat(parts);
}

const packKinds = (kinds: readonly (typeof COUNTED_KINDS)[number][]): number =>
  kinds.reduce((bits, kind) => bits | (1 << COUNTED_KINDS.indexOf(kind)), 0);

function packFlags(flow: FlowRecord): number {
  const transport = flow.hello?.transport;
  const bits = [
    [flow.isFirstSlice, FLOW_FLAGS.firstSlice],
    [flow.isLastSlice, FLOW_FLAGS.lastSlice],
    [flow.synSeen, FLOW_FLAGS.synSeen],
    [flow.isMidFlow, FLOW_FLAGS.midFlow],
    [flow.serverHello, FLOW_FLAGS.serverHello],
    [flow.established, FLOW_FLAGS.established],
    [flow.isTls13, FLOW_FLAGS.tls13],
    [flow.resumed, FLOW_FLAGS.resumed],
    [flow.isHttp2, FLOW_FLAGS.http2],
    [flow.retried, FLOW_FLAGS.retried],
    [flow.cutShort, FLOW_FLAGS.cutShort],
    [flow.isAnswered, FLOW_FLAGS.answered],
    [flow.isContradicted, FLOW_FLAGS.contradicted],
    [flow.isJoined, FLOW_FLAGS.joined],
    [transport === 'quic', FLOW_FLAGS.overQuic],
    [transport === 'dtls', FLOW_FLAGS.overDtls],
  ] as const;
  return bits.reduce((flags, [isSet, bit]) => (isSet ? flags | bit : flags), 0);
}
