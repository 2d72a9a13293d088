// Records in the form of native code, with defaults for unspecified fields.

import type {
  DnsRecord,
  ExchangeRecord,
  FlowRecord,
  HostObservationRecord,
} from '../../../../src/model/flow.ts';
import { EXCHANGE_FLAGS, type UsageLookup, type UsageWindow } from '../../../../src/model/usage.ts';
import { EMPTY_STATS } from '../../../../src/window/sums.ts';

/** 2026-07-13T00:00:00Z. */
export const START_US = 1_783_900_800_000_000;

const BUN_JA4 = 't13d1714h1_5b57614c22b0_43ade6aba3df';

export const LOOKUP: UsageLookup = {
  isListed: (name) => name === 'api.anthropic.com' || name.endsWith('.openai.com'),
  runtimeOf: (fingerprint) => (fingerprint.ja4 === BUN_JA4 ? 'bun' : null),
  findNetworkOwner: (address) => (address.startsWith('160.79.104.') ? 'anthropic-api' : null),
};

let nextFlowId = 1;

export function flow(over: Partial<FlowRecord> = {}): FlowRecord {
  const firstUs = over.firstUs ?? START_US + 1_000_000;
  return {
    flowId: over.flowId ?? nextFlowId++,
    isFirstSlice: true,
    isLastSlice: true,
    synSeen: true,
    isMidFlow: false,
    serverHello: true,
    established: true,
    isTls13: true,
    resumed: false,
    isHttp2: false,
    retried: false,
    cutShort: false,
    flowFirstUs: firstUs,
    firstUs,
    lastUs: firstUs + 500_000,
    helloUs: firstUs + 1000,
    client: '10.0.0.5',
    server: '203.0.113.7',
    clientPort: 50_000,
    serverPort: 443,
    clientMac: '02:00:00:00:00:05',
    serverMac: '02:00:00:00:00:01',
    protocol: 'tcp',
    packetsUp: 10,
    packetsDown: 12,
    bytesUp: 5000,
    bytesDown: 9000,
    payloadUp: 4000,
    payloadDown: 8000,
    lostUp: 0,
    lostDown: 0,
    fileIndex: 0,
    end: 'fin',
    clientKnownBy: 'syn',
    appHint: 'tls',
    vlans: [],
    tunnel: [],
    proxy: null,
    userAgent: null,
    sni: 'api.anthropic.com',
    hello: {
      transport: 'tcp',
      ja4: BUN_JA4,
      ja3: 'd871d02cecbde59abbf8f4806134addf',
      alpn: ['http/1.1'],
      ech: 'none',
      bytes: 512,
      segments: 1,
      legacyVersion: 0x0303,
    },
    helloHash: null,
    isAnswered: true,
    isContradicted: false,
    isJoined: false,
    multipathToken: 0,
    isParsed: false,
    otherSni: null,
    ...over,
  };
}

/** A flow without any name. */
export function namelessFlow(over: Partial<FlowRecord> = {}): FlowRecord {
  return flow({ sni: null, hello: null, helloUs: null, appHint: 'unknown', ...over });
}

export function exchange(flowId: number, over: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    flowId,
    startUs: START_US + 1_100_000,
    bytesUp: 42_000,
    bytesDown: 3000,
    recordsUp: 3,
    recordsDown: 21,
    largestUp: 16_384,
    largestDown: 500,
    firstDown: 200,
    waitMs: 100,
    answerMs: 300,
    largestGapMs: 40,
    uploadMs: 5,
    messagesUp: 1,
    flags: EXCHANGE_FLAGS.first,
    ...over,
  };
}

export function dns(over: Partial<DnsRecord> = {}): DnsRecord {
  return {
    tsUs: START_US + 500_000,
    client: '10.0.0.5',
    server: '10.0.0.1',
    queryType: 1,
    rcode: 0,
    ttlSeconds: 60,
    fileIndex: 0,
    isResponse: true,
    offersEch: false,
    echTtlSeconds: 0,
    isMulticast: false,
    overTcp: false,
    name: 'api.anthropic.com',
    cnames: [],
    addresses: ['203.0.113.7'],
    clientMacTail: 5,
    ...over,
  };
}

export function observation(over: Partial<HostObservationRecord> = {}): HostObservationRecord {
  return {
    tsUs: START_US,
    address: '10.0.0.5',
    mac: '02:00:00:00:00:05',
    isByOwner: true,
    name: 'dev-5',
    source: 'dhcp',
    leaseSeconds: 3600,
    vlan: 0,
    ...over,
  };
}

/** A minute of sensor "a" in which nothing was seen. */
export function silentWindow(startSeconds: number): UsageWindow {
  return {
    sensor: 'a',
    startSeconds,
    revision: 0,
    lengthSeconds: 60,
    stats: EMPTY_STATS,
    hosts: [],
    rows: [],
    queriedNames: [],
  };
}
