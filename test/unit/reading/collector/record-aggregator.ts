// An aggregator that takes records of the model one by one: they are written as native code writes them.

import type {
  Counters,
  DnsRecord,
  ExchangeRecord,
  FlowRecord,
  HostObservationRecord,
} from '../../../../src/model/flow.ts';
import type { UsageLookup, UsageWindow } from '../../../../src/model/usage.ts';
import { DOH_NAMES, ECH_PUBLIC_NAMES } from '../../../../src/model/window-words.ts';
import { loadAddon } from '../../../../src/native/addon.ts';
import {
  BATCH,
  BATCH_MAGIC,
  EXCHANGE,
  LAYOUT_VERSION,
  RECORD,
  RECORD_TYPE,
} from '../../../../src/native/record-layout.ts';
import { RecordWriter } from '../../../../src/native/record-writer.ts';
import { PRIVATE_NETWORKS } from '../../../../src/net/private-networks.ts';
import { Aggregator, collectorLookup } from '../../../../src/reading/collector/aggregator.ts';
import { LocalNetworks, localNetworks } from '../../../../src/reading/collector/local-networks.ts';
import { TUNNEL_NAMES } from '../../../../src/reading/collector/not-visible.ts';

/** JA4_b of the runtimes in the catalogues of these tests: Bun and Node. */
const CIPHERS = ['5b57614c22b0', 'b262b3658495'];

/** Those of the vendors in `findNetworkOwner` of their lookups. */
const NETWORKS = ['160.79.104.0/24'];

export interface RecordAggregatorOptions {
  readonly lookup: UsageLookup;
  readonly localNets?: readonly string[];
}

export class RecordAggregator {
  readonly #aggregator: Aggregator;
  readonly #writer = new RecordWriter();

  constructor({ lookup, localNets = [] }: RecordAggregatorOptions) {
    const { NativeCollector } = loadAddon();
    const options = {
      windowSeconds: 60,
      localNetworks: localNetworks(localNets),
      privateNetworks: PRIVATE_NETWORKS,
      echNames: ECH_PUBLIC_NAMES,
      dohNames: DOH_NAMES,
      tunnelNames: TUNNEL_NAMES,
    };
    const collector = new NativeCollector(
      options,
      collectorLookup(lookup, { ciphers: CIPHERS, networks: NETWORKS }),
    );
    this.#aggregator = new Aggregator({
      windowSeconds: 60,
      collector,
      localNetworks: new LocalNetworks(localNets),
    });
  }

  addFlow(flow: FlowRecord): void {
    this.#writer.flow(flow);
    this.#add();
  }

  addDns(message: DnsRecord): void {
    this.#writer.dns(message);
    this.#add();
  }

  addObservation(observation: HostObservationRecord): void {
    this.#writer.observation(observation);
    this.#add();
  }

  addExchange(exchange: ExchangeRecord): void {
    const batch = exchangeBatch(exchange);
    this.#addBatch(batch, batch.length);
  }

  #add(): void {
    const { bytes, length } = this.#writer.take();
    this.#addBatch(bytes, length);
  }

  #addBatch(bytes: Uint8Array, length: number): void {
    this.#aggregator.addBatch(bytes, length, 'answers');
    this.#aggregator.addBatch(bytes, length, 'others');
  }

  settle(untilUs: number): void {
    this.#aggregator.settle(untilUs);
  }

  close(untilUs: number, sensor: string, revision: number, counters: Counters | null): UsageWindow[] {
    return this.#aggregator.close(untilUs, sensor, revision, counters);
  }

  finish(sensor: string, revision: number, counters: Counters, lastUs: number | null): UsageWindow[] {
    return this.#aggregator.finish(sensor, revision, counters, lastUs);
  }
}

const NUMBERS = [
  'recordsUp',
  'recordsDown',
  'largestUp',
  'largestDown',
  'firstDown',
  'waitMs',
  'answerMs',
  'largestGapMs',
  'uploadMs',
  'messagesUp',
] as const;

function exchangeBatch(exchange: ExchangeRecord): Uint8Array {
  const view = new DataView(new ArrayBuffer(BATCH.size + EXCHANGE.size));
  const at = BATCH.size;
  view.setUint32(BATCH.magic, BATCH_MAGIC, true);
  view.setUint16(BATCH.layoutVersion, LAYOUT_VERSION, true);
  view.setUint16(at + RECORD.type, RECORD_TYPE.exchange, true);
  view.setUint16(at + RECORD.flags, exchange.flags, true);
  view.setUint32(at + RECORD.length, EXCHANGE.size, true);
  view.setBigUint64(at + EXCHANGE.flowId, BigInt(exchange.flowId), true);
  view.setBigInt64(at + EXCHANGE.startNs, BigInt(exchange.startUs) * 1000n, true);
  view.setBigUint64(at + EXCHANGE.bytesUp, BigInt(exchange.bytesUp), true);
  view.setBigUint64(at + EXCHANGE.bytesDown, BigInt(exchange.bytesDown), true);
  for (const name of NUMBERS) view.setUint32(at + EXCHANGE[name], exchange[name], true);
  return new Uint8Array(view.buffer);
}
