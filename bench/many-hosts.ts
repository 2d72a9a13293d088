// Writes windows of many hosts, to see what a report of them costs in every format. Method and results: README.md,
// many-hosts-results.md.
//   npm run bench:many-hosts -- hosts.usage [--hosts 300000] [--using 3000] [--rounds 2]
import { appendFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { HelloForm } from '../src/model/flow.ts';
import type { DarkKind, HostTotals, UsageExchange, UsageRow } from '../src/model/usage.ts';
import { encodeWindow } from '../src/usage/codec.ts';
import { EMPTY_STATS } from '../src/usage/sums.ts';
import { Random } from './random.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: { type: 'string', default: '300000' },
    /** Hosts that use a tool. */
    using: { type: 'string', default: '3000' },
    /** How often each host comes back. */
    rounds: { type: 'string', default: '2' },
  },
});
const HOSTS = Number(options.hosts);
const USING = Number(options.using);
const ROUNDS = Number(options.rounds);
const [PATH = 'bench/data/many-hosts.usage'] = positionals;

/** 2026-04-01T00:00:00Z. */
const START = 1_775_001_600;
const QUARTER = 900;
/** Below the ceiling of hosts in one window of one sensor. */
const HOSTS_A_WINDOW = 60_000;
const NAMES = [
  'api.anthropic.com',
  'chatgpt.com',
  'dashscope.aliyuncs.com',
  'api.individual.githubcopilot.com',
  'cloudcode-pa.googleapis.com',
  'api.kilo.ai',
] as const;
const DARK: readonly DarkKind[] = ['midFlow', 'oneWay', 'dns'];
const FORM: HelloForm = {
  transport: 'tcp',
  ja4: 't13d1714h1_5b57614c22b0_43ade6aba3df',
  ja3: 'd871d02cecbde59abbf8f4806134addf',
  alpn: ['http/1.1'],
  ech: 'none',
};
const random = new Random(7);

const addressOf = (number: number): string =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

function makeHost(number: number, startUs: number): HostTotals {
  const bytesUp = random.below(1_000_000);
  return {
    host: addressOf(number),
    mac: `02:00:00:${[16, 8, 0].map((shift) => ((number >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`,
    macFrom: 'dhcp',
    names: [`dev-${number}`],
    vlans: [],
    flows: 1 + random.below(200),
    packets: 1 + random.below(20_000),
    bytesUp,
    bytesDown: random.below(10_000_000),
    firstUs: startUs + 1,
    lastUs: startUs + 899_000_000,
    dark: DARK.slice(0, number % 4).map((kind) => ({
      kind,
      hint: 'unknown',
      flows: 1 + random.below(9),
      bytes: random.below(bytesUp + 1),
      firstUs: startUs + 1,
      lastUs: startUs + 800_000_000,
    })),
  };
}

function makeExchange(number: number): UsageExchange {
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

function makeRow(number: number, startUs: number): UsageRow {
  const exchanges = Array.from({ length: random.below(6) }, (_, i) => makeExchange(i));
  const payloadUp = exchanges.reduce((sum, exchange) => sum + exchange.bytesUp, 2000);
  return {
    host: addressOf(number),
    name: NAMES[number % NAMES.length] ?? NAMES[0],
    nameFrom: 'sni',
    form: FORM,
    proxy: null,
    userAgent: null,
    flows: 2,
    establishedFlows: 2,
    failedFlows: 0,
    resumedFlows: 0,
    midFlow: 0,
    oneWay: 0,
    http2Flows: 0,
    cutShortFlows: 0,
    packetsUp: 100,
    packetsDown: 100,
    bytesUp: payloadUp + 5000,
    bytesDown: 100_000,
    payloadUp,
    payloadDown: 90_000,
    lostUp: 0,
    lostDown: 0,
    firstUs: startUs + 5,
    lastUs: startUs + 800_000_000,
    helloBytesMin: 512,
    helloBytesMax: 512,
    helloTimesUs: [startUs + 6],
    servers: ['203.0.113.7'],
    serverPorts: [443],
    communityIds: [`1:${number}`],
    exchanges,
    cells: [],
  };
}

const byHost = (a: { readonly host: string }, b: { readonly host: string }): number =>
  a.host < b.host ? -1 : 1;

rmSync(PATH, { force: true });
const parts = Math.ceil(HOSTS / HOSTS_A_WINDOW);
for (let turn = 0; turn < parts * ROUNDS; turn++) {
  const startSeconds = START + turn * QUARTER;
  const first = (turn % parts) * HOSTS_A_WINDOW;
  const numbers = Array.from({ length: Math.min(HOSTS_A_WINDOW, HOSTS - first) }, (_, i) => first + i);
  const hosts = numbers.map((number) => makeHost(number, startSeconds * 1e6));
  const using = numbers.filter((number) => number % Math.ceil(HOSTS / USING) === 0);
  const window = {
    sensor: 'span-1',
    startSeconds,
    revision: 0,
    lengthSeconds: QUARTER,
    stats: { ...EMPTY_STATS, packets: hosts.reduce((sum, { packets }) => sum + packets, 0) },
    hosts: hosts.sort(byHost),
    rows: using.map((number) => makeRow(number, startSeconds * 1e6)).sort(byHost),
    asked: [],
  };
  appendFileSync(PATH, encodeWindow(window));
}
