// Windows as a seeded generator makes them: hosts, and what those that use a tool did, for benches and tests of large networks.

import { ROW_ZEROS } from '../src/model/counters.ts';
import type {
  ClientFingerprint,
  HostTotals,
  UsageExchange,
  UsageRow,
  UsageWindow,
} from '../src/model/usage.ts';
import { EMPTY_STATS } from '../src/window/sums.ts';
import type { Random } from './random.ts';

/** 2026-04-01T00:00:00Z, a Wednesday. */
export const START = 1_775_001_600;
export const QUARTER = 900;

/** Six tools, each by a name that it uses. */
const NAMES = [
  'api.anthropic.com',
  'chatgpt.com',
  'dashscope.aliyuncs.com',
  'api.individual.githubcopilot.com',
  'cloudcode-pa.googleapis.com',
  'api.kilo.ai',
] as const;

const FORM: ClientFingerprint = {
  transport: 'tcp',
  ja4: 't13d1714h1_5b57614c22b0_43ade6aba3df',
  ja3: 'd871d02cecbde59abbf8f4806134addf',
  alpn: ['http/1.1'],
  ech: 'none',
};

/** One host in one quarter hour, of which everything was seen. */
export function makeHost(
  { host, mac, name }: { readonly host: string; readonly mac: string; readonly name: string },
  startUs: number,
  random: Random,
): HostTotals {
  return {
    host,
    mac,
    macFrom: 'dhcp',
    names: [name],
    vlans: [],
    bytesUp: random.below(1_000_000),
    flows: 1 + random.below(200),
    packets: 1 + random.below(20_000),
    bytesDown: random.below(10_000_000),
    firstUs: startUs + 1,
    lastUs: startUs + 899_000_000,
    notVisible: [],
  };
}

/** Traffic of one host with a tool name in one quarter hour, in fewer than `exchanges` exchanges. */
export function makeRow(
  host: string,
  number: number,
  startUs: number,
  { random, exchanges: most }: { readonly random: Random; readonly exchanges: number },
): UsageRow {
  const exchanges = Array.from({ length: random.below(most) }, (_, i) => makeExchange(i, random));
  const payloadUp = exchanges.reduce((sum, exchange) => sum + exchange.bytesUp, 2000);
  return {
    ...ROW_ZEROS,
    host,
    name: NAMES[number % NAMES.length] ?? NAMES[0],
    nameFrom: 'sni',
    fingerprint: FORM,
    proxy: null,
    userAgent: null,
    flows: 2,
    establishedFlows: 2,
    answeredSlices: 1,
    macs: [],
    packetsUp: 100,
    packetsDown: 100,
    bytesUp: payloadUp + 5000,
    bytesDown: 100_000,
    payloadUp,
    payloadDown: 90_000,
    firstUs: startUs + 5,
    lastUs: startUs + 800_000_000,
    helloBytesMin: 512,
    helloBytesMax: 512,
    openSeconds: 0,
    helloTimesUs: [startUs + 6],
    servers: ['203.0.113.7'],
    serverPorts: [443],
    communityIds: [`1:${number}`],
    exchanges,
    cells: [],
  };
}

function makeExchange(number: number, random: Random): UsageExchange {
  return {
    startMs: number * 60_000,
    bytesUp: 40_000 + random.below(40_000),
    bytesDown: 3000 + random.below(3000),
    recordsUp: 3,
    recordsDown: 20,
    largestUp: 16_384,
    largestDown: 500,
    firstDown: 200,
    waitMs: 100,
    answerMs: 3000,
    largestGapMs: 40,
    uploadMs: 5,
    messagesUp: 1,
    flags: 0,
    flow: number,
  };
}

const byHost = (a: { readonly host: string }, b: { readonly host: string }): number =>
  a.host < b.host ? -1 : 1;

/** One sensor's quarter hour. */
export function makeQuarter(
  startSeconds: number,
  hosts: readonly HostTotals[],
  rows: readonly UsageRow[],
): UsageWindow {
  return {
    sensor: 'span-1',
    startSeconds,
    revision: 0,
    lengthSeconds: QUARTER,
    stats: { ...EMPTY_STATS, packets: hosts.reduce((sum, { packets }) => sum + packets, 0) },
    hosts: [...hosts].sort(byHost),
    rows: [...rows].sort(byHost),
    queriedNames: [],
  };
}
