// Reads every record of a batch, also those that only the collector of the native core reads in the program.

import type { DnsRecord, ExchangeRecord, FlowRecord, HostObservationRecord } from '../src/model/flow.ts';
import { readableText } from '../src/native/byte-text.ts';
import { BatchReader, type BatchVisitor } from '../src/native/event-batch.ts';
import { readFlow } from '../src/native/read-records.ts';
import { RecordContext } from '../src/native/record-context.ts';
import {
  BATCH,
  DNS,
  DNS_FLAGS,
  EXCHANGE,
  HOST_OBSERVATION,
  OBSERVATION_FLAGS,
  RECORD,
  RECORD_TYPE,
} from '../src/native/record-layout.ts';
import * as values from '../src/native/record-values.ts';

/** Callbacks by record type. Records without a callback are skipped. */
export interface RecordVisitor extends BatchVisitor {
  onFlow?(flow: FlowRecord): void;
  onDns?(message: DnsRecord): void;
  onObservation?(observation: HostObservationRecord): void;
  onExchange?(exchange: ExchangeRecord): void;
}

export class RecordReader {
  readonly #context = new RecordContext();
  readonly #others: BatchReader;

  /** `counterNames`: from the addon. */
  constructor(counterNames: readonly string[]) {
    this.#others = new BatchReader(counterNames);
  }

  /** Returns the capture's clock in microseconds. */
  read(batch: Uint8Array<ArrayBuffer>, length: number, visitor: RecordVisitor): number {
    const clockUs = this.#others.read(batch, length, visitor);
    this.#context.open(batch);
    const view = this.#context.view;
    for (let at: number = BATCH.size; at < length; at += view.getUint32(at + RECORD.length, true))
      this.#visit(at, visitor);
    return clockUs;
  }

  #visit(at: number, visitor: RecordVisitor): void {
    const context = this.#context;
    switch (context.view.getUint16(at + RECORD.type, true)) {
      case RECORD_TYPE.flow:
        visitor.onFlow?.(readFlow(context, at));
        break;
      case RECORD_TYPE.dns:
        visitor.onDns?.(readDns(context, at));
        break;
      case RECORD_TYPE.hostObservation:
        visitor.onObservation?.(readObservation(context, at));
        break;
      case RECORD_TYPE.exchange:
        visitor.onExchange?.(readExchange(context, at));
        break;
    }
  }
}

function readExchange(context: RecordContext, at: number): ExchangeRecord {
  const view = context.view;
  return {
    flowId: values.readU64(view, at + EXCHANGE.flowId),
    startUs: values.readUs(view, at + EXCHANGE.startNs),
    bytesUp: values.readU64(view, at + EXCHANGE.bytesUp),
    bytesDown: values.readU64(view, at + EXCHANGE.bytesDown),
    recordsUp: view.getUint32(at + EXCHANGE.recordsUp, true),
    recordsDown: view.getUint32(at + EXCHANGE.recordsDown, true),
    largestUp: view.getUint32(at + EXCHANGE.largestUp, true),
    largestDown: view.getUint32(at + EXCHANGE.largestDown, true),
    firstDown: view.getUint32(at + EXCHANGE.firstDown, true),
    waitMs: view.getUint32(at + EXCHANGE.waitMs, true),
    answerMs: view.getUint32(at + EXCHANGE.answerMs, true),
    largestGapMs: view.getUint32(at + EXCHANGE.largestGapMs, true),
    uploadMs: view.getUint32(at + EXCHANGE.uploadMs, true),
    messagesUp: view.getUint32(at + EXCHANGE.messagesUp, true),
    flags: view.getUint16(at + RECORD.flags, true),
  };
}

function readDns(context: RecordContext, at: number): DnsRecord {
  const view = context.view;
  const flags = view.getUint16(at + RECORD.flags, true);
  const ipVersion = view.getUint8(at + DNS.ipVersion);
  const nameAt = at + DNS.size;
  const cnamesAt = nameAt + view.getUint16(at + DNS.nameLength, true);
  const ip4At = cnamesAt + view.getUint16(at + DNS.cnamesLength, true);
  const ip6At = ip4At + view.getUint16(at + DNS.aLength, true);
  const end = ip6At + view.getUint16(at + DNS.aaaaLength, true);
  const addresses: string[] = [];
  for (let i = ip4At; i + 4 <= ip6At; i += 4) addresses.push(context.address(i, 4));
  for (let i = ip6At; i + 16 <= end; i += 16) addresses.push(context.address(i, 6));
  return {
    tsUs: values.readUs(view, at + DNS.tsNs),
    client: context.address(at + DNS.clientAddress, ipVersion),
    server: context.address(at + DNS.serverAddress, ipVersion),
    queryType: view.getUint16(at + DNS.queryType, true),
    rcode: view.getUint8(at + DNS.rcode),
    ttlSeconds: view.getUint32(at + DNS.ttlSeconds, true),
    fileIndex: view.getUint32(at + DNS.fileIndex, true),
    isResponse: (flags & DNS_FLAGS.response) !== 0,
    offersEch: (flags & DNS_FLAGS.ech) !== 0,
    echTtlSeconds: view.getUint32(at + DNS.echTtlSeconds, true),
    isMulticast: (flags & DNS_FLAGS.multicast) !== 0,
    overTcp: (flags & DNS_FLAGS.overTcp) !== 0,
    name: context.text(nameAt, cnamesAt - nameAt),
    cnames: values.splitList(readableText(context.bytes, cnamesAt, ip4At), '\0'),
    addresses,
    clientMacTail: view.getUint32(at + DNS.clientMacTail),
    clientPort: view.getUint16(at + DNS.clientPort, true),
    messageId: view.getUint16(at + DNS.messageId, true),
  };
}

function readObservation(context: RecordContext, at: number): HostObservationRecord {
  const view = context.view;
  const ipVersion = view.getUint8(at + HOST_OBSERVATION.ipVersion);
  const nameLength = view.getUint16(at + HOST_OBSERVATION.nameLength, true);
  return {
    tsUs: values.readUs(view, at + HOST_OBSERVATION.tsNs),
    address: ipVersion === 0 ? null : context.address(at + HOST_OBSERVATION.address, ipVersion),
    mac: context.mac(at + HOST_OBSERVATION.mac),
    isByOwner: (view.getUint16(at + RECORD.flags, true) & OBSERVATION_FLAGS.byOwner) !== 0,
    name: nameLength === 0 ? null : context.text(at + HOST_OBSERVATION.size, nameLength),
    source: values.OBSERVATION_SOURCES[view.getUint8(at + HOST_OBSERVATION.source)] ?? 'arp',
    leaseSeconds: view.getUint32(at + HOST_OBSERVATION.leaseSeconds, true),
    vlan: view.getUint16(at + HOST_OBSERVATION.vlan, true),
  };
}
