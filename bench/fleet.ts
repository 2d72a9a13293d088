// Measures the delivery of windows: ship into a broker, collect into each store, and bytes in each of them.
// Data of a seeded generator; method and results: README.md, fleet-results.md.
//   npm run build:ts && npm run bench:fleet -- [--sensors 10] [--days 7] [--hosts 40] [--write]
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeWindow } from '../src/window/codec.ts';
import { Broker } from '../test/contract/broker.ts';
import { ClickhouseFront } from '../test/contract/clickhouse-front.ts';
import { makeFleet } from './made-fleet.ts';

const { values: options } = parseArgs({
  options: {
    sensors: { type: 'string', default: '10' },
    days: { type: 'string', default: '7' },
    hosts: { type: 'string', default: '40' },
    write: { type: 'boolean', default: false },
  },
});
const RESULTS = 'bench/fleet-results.md';
/** Of a whole day. */
const QUARTERS = 96;
const SIZE = {
  sensors: Number(options.sensors),
  days: Number(options.days),
  hosts: Number(options.hosts),
  quarters: QUARTERS,
  seed: 15,
};

const folder = mkdtempSync(join(tmpdir(), 'wiretally-bench-fleet-'));
const fleet = makeFleet(SIZE);
const windows = fleet.reduce((sum, each) => sum + each.windows.length, 0);
const hostRows = fleet.reduce(
  (sum, each) => sum + each.windows.reduce((rows, { hosts }) => rows + hosts.length, 0),
  0,
);
const hostDays = SIZE.sensors * SIZE.hosts * SIZE.days;
const spoolOf = (sensor: string): string => join(folder, sensor);

for (const { sensor, windows: list } of fleet) {
  mkdirSync(spoolOf(sensor));
  for (const window of list) {
    const day = new Date(window.startSeconds * 1000).toISOString().slice(0, 10);
    appendFileSync(join(spoolOf(sensor), `${day}.usage`), encodeWindow(window));
  }
}

/** Wall time, and CPU time of the process by the shell; for a server in this process its own too. */
function run(words: readonly string[]): Promise<{ seconds: number; cpuSeconds: number }> {
  const startMs = performance.now();
  const own = process.cpuUsage();
  const timed = 'TIMEFORMAT="%U %S"; time "$0" "$@"';
  const child = spawn('bash', ['-c', timed, process.execPath, 'dist/cli/main.js', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((done, fail) => {
    child.once('close', (code) => {
      const { user, system } = process.cpuUsage(own);
      const cpu = output.trimEnd().split('\n').at(-1)?.split(' ').map(Number) ?? [];
      const cpuSeconds = cpu.reduce((sum, seconds) => sum + seconds, (user + system) / 1e6);
      if (code === 0) done({ seconds: (performance.now() - startMs) / 1000, cpuSeconds });
      else fail(new Error(`${words.join(' ')}: ended with ${code}: ${output}`));
    });
  });
}

function bytesBelow(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}

const lines: string[] = [];
const say = (line: string): void => {
  lines.push(line);
  console.log(line);
};
const number = (value: number): string => Math.round(value).toLocaleString('en').replaceAll(',', ' ');

async function stage(name: string, words: readonly (readonly string[])[]): Promise<void> {
  let [wall, cpu] = [0, 0];
  for (const each of words) {
    const { seconds, cpuSeconds } = await run([...each, '-q']);
    wall += seconds;
    cpu += cpuSeconds;
  }
  say(
    `| ${name} | ${wall.toFixed(1)} | ${cpu.toFixed(1)} | ${number(windows / cpu)} | ${number(hostRows / cpu)} |`,
  );
}

async function main(): Promise<void> {
  const broker = await Broker.start(folder);
  const front = await ClickhouseFront.start();
  const server = front.newAddress();
  const ship = (stream: string) =>
    fleet.map(({ sensor }) => [
      'fleet',
      'ship',
      spoolOf(sensor),
      '--to',
      broker.url,
      '--stream',
      stream,
      '--once',
    ]);
  const stores = [
    ['folder', `${join(folder, 'store')}/`],
    ['DuckDB', join(folder, 'store.duckdb')],
    ['ClickHouse', server],
  ] as const;
  try {
    say('# Results of npm run bench:fleet\n');
    say(
      `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? ''}; load ${loadavg()[0]?.toFixed(1)} at the start`,
    );
    say(
      `${SIZE.sensors} sensors, ${SIZE.days} days of ${QUARTERS} windows, up to ${SIZE.hosts} hosts each: `,
    );
    say(`${number(windows)} windows, ${number(hostRows)} rows of hosts; starts of the program are counted\n`);
    say(
      '| stage | seconds | CPU seconds | windows a CPU second | rows of hosts a CPU second |\n|---|---|---|---|---|',
    );
    for (const [name, store] of stores) {
      await stage(`ship → NATS (for ${name})`, ship(name));
      await stage(`collect → ${name}`, [
        [
          'fleet',
          'collect',
          broker.url,
          '--stream',
          name,
          '--store',
          store,
          '--once',
          '--set-aside',
          join(folder, 'aside'),
        ],
      ]);
    }
    await run(['store', 'compact', join(folder, 'store.duckdb'), '-q']);
    await run(['store', 'compact', server, '-q']);
    const database = new URL(server).pathname.slice(1);
    const onServer = Number(
      front.ask(`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = '${database}'`),
    );
    const sizes = [
      ['spools', fleet.reduce((sum, { sensor }) => sum + bytesBelow(spoolOf(sensor)), 0)],
      ['folder', bytesBelow(join(folder, 'store'))],
      ['DuckDB, compacted', bytesBelow(join(folder, 'store.duckdb'))],
      ['ClickHouse, merged', onServer],
    ] as const;
    say('\n| place | bytes | bytes a row of hosts | bytes a host and day |\n|---|---|---|---|');
    for (const [name, bytes] of sizes)
      say(`| ${name} | ${number(bytes)} | ${number(bytes / hostRows)} | ${number(bytes / hostDays)} |`);
    if (options.write) writeFileSync(RESULTS, `${lines.join('\n')}\n`);
  } finally {
    await broker.kill();
    await front.close();
    rmSync(folder, { recursive: true });
  }
}

await main();
