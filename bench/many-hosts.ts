// Writes windows of many hosts, to measure a report in every format. Method and results: README.md,
// many-hosts-results.md.
//   npm run bench:many-hosts -- hosts.usage [--hosts 300000] [--using 3000] [--rounds 2]
import { appendFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { HostTotals } from '../src/model/usage.ts';
import type { NotVisibleKind } from '../src/model/words.ts';
import { encodeWindow } from '../src/window/codec.ts';
import { makeHost, makeQuarter, makeRow, QUARTER, START } from './made-windows.ts';
import { Random } from './random.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: { type: 'string', default: '300000' },
    /** Hosts that use a tool. */
    using: { type: 'string', default: '3000' },
    /** Number of windows of each host. */
    rounds: { type: 'string', default: '2' },
  },
});
const HOSTS = Number(options.hosts);
const USING = Number(options.using);
const ROUNDS = Number(options.rounds);
const [PATH = 'bench/data/many-hosts.usage'] = positionals;

/** Below the ceiling of hosts in one window of one sensor. */
const HOSTS_A_WINDOW = 60_000;
const NOT_VISIBLE: readonly NotVisibleKind[] = ['midFlow', 'oneWay', 'dns'];
const random = new Random(7);

const addressOf = (number: number): string =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/** A host of which a part was not seen. */
function makeNotVisibleHost(number: number, startUs: number): HostTotals {
  const host = addressOf(number);
  const mac = `02:00:00:${[16, 8, 0].map((shift) => ((number >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;
  const made = makeHost({ host, mac, name: `dev-${number}` }, startUs, random);
  const notVisible = NOT_VISIBLE.slice(0, number % 4).map((kind) => ({
    kind,
    hint: 'unknown' as const,
    flows: 1 + random.below(9),
    bytes: random.below(made.bytesUp + 1),
    firstUs: startUs + 1,
    lastUs: startUs + 800_000_000,
  }));
  return { ...made, notVisible };
}

rmSync(PATH, { force: true });
const parts = Math.ceil(HOSTS / HOSTS_A_WINDOW);
for (let turn = 0; turn < parts * ROUNDS; turn++) {
  const startSeconds = START + turn * QUARTER;
  const first = (turn % parts) * HOSTS_A_WINDOW;
  const numbers = Array.from({ length: Math.min(HOSTS_A_WINDOW, HOSTS - first) }, (_, i) => first + i);
  const startUs = startSeconds * 1e6;
  const using = numbers.filter((number) => number % Math.ceil(HOSTS / USING) === 0);
  const window = makeQuarter(
    startSeconds,
    numbers.map((number) => makeNotVisibleHost(number, startUs)),
    using.map((number) => makeRow(addressOf(number), number, startUs, { random, exchanges: 6 })),
  );
  appendFileSync(PATH, encodeWindow(window));
}
