// Hostile packets of every kind next to honest ones on a veth pair: losses, results for the honest hosts, and
// cost. Needs root. Method: README.md.
//   npm run bench:flood-live -- [--honest 50000] [--mbits 10] [--seconds 4] [--runs 1] [--only NAME] [--write]
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { UsageWindow } from '../src/model/usage.ts';
import { decodeWindows } from '../src/window/codec.ts';
import { COSTLY } from './costly-traffic.ts';
import { FLOODS, writeFlood } from './flood.ts';
import { writeMix } from './traffic.ts';
import { VethPair } from './veth-pair.ts';

const { values: options } = parseArgs({
  options: {
    honest: { type: 'string', default: '50000' },
    mbits: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '4' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string' },
    cli: { type: 'string', default: 'dist/cli/main.js' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/flood-live-results.md';
const HONEST_NETWORK = '10.20.';
const FLOOD_PACKETS = 60_000;
const SECONDS = Number(options.seconds);

interface Hostile {
  readonly name: string;
  readonly path: string;
  readonly perSecond: number;
}

interface Seen {
  readonly sent: number;
  readonly hostilePerSecond: number;
  readonly read: number;
  readonly lost: number;
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  readonly honest: string;
}

/** Packets of a capture, and their mean size in bytes. */
function sizesOf(path: string): { packets: number; meanBytes: number } {
  const bytes = readFileSync(path);
  let [packets, sum] = [0, 0];
  for (let at = 24; at + 16 <= bytes.length; packets++) {
    const length = bytes.readUInt32LE(at + 8);
    sum += length;
    at += 16 + length;
  }
  return { packets, meanBytes: sum / packets };
}

/** The kinds of the cost test, the floods, and traffic that allocates state; then all of them in turn. */
function hostileKinds(folder: string): Hostile[] {
  const program = 'build/bench/hostile_captures';
  mkdirSync('build/bench', { recursive: true });
  execFileSync(process.env.CXX ?? 'g++', [
    '-std=c++20',
    '-O1',
    '-o',
    program,
    'bench/stages/hostile_captures.cc',
    'native-bindings/src/packet/checksum.cc',
  ]);
  execFileSync(program, [folder]);
  for (const flood of [...FLOODS, ...COSTLY])
    writeFlood(join(folder, `flood of ${flood.name}.pcap`), flood, FLOOD_PACKETS);
  const names = readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).size > 24)
    .sort();
  const head = readFileSync(join(folder, names[0] ?? '')).subarray(0, 24);
  const bodies = names.map((name) => readFileSync(join(folder, name)).subarray(24));
  writeFileSync(join(folder, 'all of them.pcap'), Buffer.concat([head, ...bodies]));
  return [...names, 'all of them.pcap']
    .map((name): Hostile => {
      const path = join(folder, name);
      const { meanBytes } = sizesOf(path);
      const perSecond = Math.max(1, Math.round((Number(options.mbits) * 1e6) / 8 / meanBytes));
      return { name: name.replace('.pcap', '').replaceAll('-', ' '), path, perSecond };
    })
    .filter(({ name }) => options.only === undefined || name.includes(options.only));
}

function windowsIn(folder: string): UsageWindow[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.usage'));
  return files.flatMap((name) => decodeWindows(readFileSync(join(folder, name))).windows);
}

/** Results for the honest hosts, over all windows. */
function honestOf(windows: readonly UsageWindow[]): string {
  const sums = new Map<string, number[]>();
  const add = (key: string, ...figures: number[]): void => {
    sums.set(
      key,
      figures.map((figure, i) => figure + (sums.get(key)?.[i] ?? 0)),
    );
  };
  for (const { hosts, rows } of windows) {
    for (const { host, flows, packets, bytesUp, bytesDown } of hosts)
      if (host.startsWith(HONEST_NETWORK)) add(host, flows, packets, bytesUp, bytesDown);
    for (const row of rows) {
      if (!row.host.startsWith(HONEST_NETWORK)) continue;
      const key = `${row.host} ${row.name} ${row.fingerprint?.ja4}`;
      const figures = [row.flows, row.packetsUp, row.packetsDown, row.payloadUp, row.payloadDown];
      add(key, ...figures, row.exchanges.length);
    }
  }
  return JSON.stringify([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(pair: VethPair, honest: string, hostile: Hostile | null): Promise<Seen> {
  const out = mkdtempSync(join(tmpdir(), 'wiretally-flood-live-'));
  const listener = pair.listen(
    ...[process.execPath, options.cli, 'watch', '-i', VethPair.interface, '--workers', '1'],
    ...['--ring-mib', '64', '--window', '900', '--write', out],
  );
  await listener.says(/watching/);
  await pause(500);
  const idle = listener.costs().cpuSeconds;
  const perSecond = Number(options.honest);
  const sending = [pair.send(honest, perSecond * SECONDS, perSecond)];
  if (hostile !== null)
    sending.push(pair.send(hostile.path, hostile.perSecond * SECONDS, hostile.perSecond, 'renew'));
  const [mine, theirs] = await Promise.all(sending);
  await pause(1500);
  const { cpuSeconds, residentMiB } = listener.costs();
  await listener.end();
  const windows = windowsIn(out);
  const sumOf = (field: 'packets' | 'kernelDrops'): number =>
    windows.reduce((sum, { stats }) => sum + stats[field], 0);
  const seen = {
    sent: (mine?.sent ?? 0) + (theirs?.sent ?? 0),
    hostilePerSecond: theirs === undefined ? 0 : theirs.sent / theirs.seconds,
    read: sumOf('packets'),
    lost: sumOf('kernelDrops'),
    cpuSeconds: cpuSeconds - idle,
    residentMiB,
    honest: honestOf(windows),
  };
  rmSync(out, { recursive: true });
  return seen;
}

function line(hostile: Hostile | null, seen: Seen, alone: Seen): string {
  const { sent, read, lost, cpuSeconds, residentMiB, hostilePerSecond } = seen;
  const same = seen.honest === alone.honest ? 'same' : 'OTHER';
  const ratio = (cpuSeconds / alone.cpuSeconds).toFixed(2);
  return `| ${hostile?.name ?? 'none'} | ${Math.round(hostilePerSecond)} | ${sent} | ${read} | ${lost} | ${sent - read - lost} | ${same} | ${cpuSeconds.toFixed(2)} | ${ratio} | ${residentMiB.toFixed(0)} |`;
}

async function main(): Promise<void> {
  mkdirSync('bench/data', { recursive: true });
  const honest = 'bench/data/flood-live-honest.pcap';
  if (!existsSync(honest)) writeMix(honest, 200_000, 4000);
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-hostile-'));
  const lines = [
    '| hostile | packets/s | sent | read | dropped | unaccounted | honest hosts | CPU s | ratio | MiB |',
    '|---|---|---|---|---|---|---|---|---|---|',
  ];
  const add = (text: string): void => {
    lines.push(text);
    console.log(text);
  };
  const pair = new VethPair();
  try {
    const kinds = hostileKinds(folder);
    for (let run = 0; run < Number(options.runs); run++) {
      // Quiet runs are interleaved with the others, because the load of the machine varies.
      let alone = await measure(pair, honest, null);
      const first = alone;
      add(line(null, alone, first));
      for (const [i, hostile] of kinds.entries()) {
        if (i % 10 === 9) {
          alone = await measure(pair, honest, null);
          add(line(null, alone, first));
        }
        add(line(hostile, await measure(pair, honest, hostile), alone));
      }
    }
  } finally {
    pair.close();
    rmSync(folder, { recursive: true });
  }
  const head = `# Results of npm run bench:flood-live\n\n${options.honest} honest packets/s with hostile ones at ${options.mbits} Mbit/s, ${SECONDS} s each; one worker, a ring of 64 MiB.\n`;
  if (options.write) writeFileSync(RESULTS, `${head}\n${lines.join('\n')}\n`);
}

await main();
