// Measures a history on a server: the office of history.ts in the ClickHouse engine, which runs in this process behind
// the HTTP front end of the tests. Each answer is compared with that of a DuckDB store with the same windows.
//   npm run build:ts && npm run bench:history:server -- [--days 90] [--hosts 2000] [--shards 2] [--times 5] [--only TEXT]
//     [--engine DIR] [--no-compare] [--write]
// --engine keeps the engine's data, and continues an earlier run; --no-compare skips the DuckDB store.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../src/store/open.ts';
import { ClickhouseFront } from '../test/contract/clickhouse-front.ts';
import { Office, questionsOf } from './history-office.ts';
import { QUARTER, START } from './made-windows.ts';

const { values: options } = parseArgs({
  options: {
    days: { type: 'string', default: '90' },
    hosts: { type: 'string', default: '2000' },
    shards: { type: 'string', default: '2' },
    times: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    engine: { type: 'string' },
    'no-compare': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const [DAYS, HOSTS, SHARDS, TIMES] = [options.days, options.hosts, options.shards, options.times].map(
  Number,
) as [number, number, number, number];
const RESULTS = 'bench/history-server-results.md';
const DAY = 86_400;
const PROGRAM = process.env.WIRETALLY_PROGRAM ?? 'dist/cli/main.js';

interface Ran {
  readonly out: string;
  readonly ms: number;
  /** Of the program only, and of the engine in this process. */
  readonly cpuMs: number;
  readonly engineMs: number;
}

/** Asynchronous: the engine runs in this process. */
function run(words: readonly string[]): Promise<Ran> {
  const startMs = performance.now();
  const own = process.cpuUsage();
  const timed = ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@"', process.execPath, PROGRAM, ...words];
  const child = spawn('bash', timed, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (some: Buffer) => out.push(some));
  child.stderr.on('data', (some: Buffer) => errors.push(some));
  return new Promise((done, fail) => {
    child.once('close', (code) => {
      const text = Buffer.concat(errors).toString('utf8').trimEnd();
      if (code !== 0) {
        fail(new Error(`${words.join(' ')}: ended with ${code}: ${text}`));
        return;
      }
      const { user, system } = process.cpuUsage(own);
      const cpu = text.split('\n').at(-1)?.split(' ').map(Number) ?? [];
      done({
        out: Buffer.concat(out).toString('utf8'),
        ms: performance.now() - startMs,
        cpuMs: cpu.reduce((sum, seconds) => sum + seconds * 1000, 0),
        engineMs: (user + system) / 1000,
      });
    });
  });
}

const lines: string[] = [];
const say = (line: string): void => {
  lines.push(line);
  console.log(line);
};
const seconds = (ms: number): string => (ms / 1000).toFixed(0);
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;

/** Both stores together: the windows are generated once. */
async function load(server: string, file: string | null): Promise<void> {
  const onServer = await openStore(server, { mode: 'write' });
  const inFile = file === null ? null : await openStore(file, { mode: 'write' });
  const office = new Office(HOSTS);
  const before = (await onServer.span())?.lastSeconds ?? 0;
  let [cpuMs, days] = [0, 0];
  for (let day = 0; day < DAYS; day++) {
    const starts = Array.from({ length: DAY / QUARTER }, (_, i) => START + day * DAY + i * QUARTER);
    const windows = starts.map((start) => office.quarter(start));
    await inFile?.put(windows);
    if (START + (day + 1) * DAY <= before) continue;
    const own = process.cpuUsage();
    await onServer.put(windows);
    const { user, system } = process.cpuUsage(own);
    cpuMs += (user + system) / 1000;
    days++;
  }
  await onServer.close();
  await inFile?.close();
  const { hostRows, usageRows } = office.sums;
  say(`- ${hostRows} host rows, ${usageRows} usage rows`);
  say(`- ${days} days loaded now, in ${seconds(cpuMs)} CPU seconds, engine included`);
}

async function judge(server: string): Promise<void> {
  let [cpuMs, engineMs] = [0, 0];
  for (let part = 1; part <= SHARDS; part++) {
    const ran = await run(['fleet', 'aggregate', server, '--shard', `${part}/${SHARDS}`]);
    cpuMs += ran.cpuMs;
    engineMs += ran.engineMs;
  }
  const perSecond = (HOSTS * DAYS) / ((cpuMs + engineMs) / 1000);
  say(
    `- sums computed in ${SHARDS} shards, one after the other: ${seconds(cpuMs)} CPU seconds of the program and ${seconds(engineMs)} of the engine, ${Math.round(perSecond)} hosts and days a CPU second`,
  );
}

async function ask(server: string, file: string | null): Promise<void> {
  say(
    `| question (\`wiretally analyze clickhouse://…\`), whole run | ms, median of ${TIMES} | min–max | CPU ms, program | CPU ms, engine |`,
  );
  say('|---|---|---|---|---|');
  for (const { about, words } of questionsOf(DAYS).filter((each) => each.about.includes(options.only))) {
    const expected =
      file === null ? null : (await run(['analyze', file, ...words])).out.replaceAll(file, 'STORE');
    const runs: Ran[] = [];
    for (let i = 0; i < TIMES; i++) {
      const ran = await run(['analyze', server, ...words]);
      if (expected !== null && ran.out.replaceAll(server, 'STORE') !== expected)
        throw new Error(`${about}: not the answer of DuckDB`);
      runs.push(ran);
    }
    const times = runs.map(({ ms }) => ms);
    const of = (part: 'cpuMs' | 'engineMs'): string => median(runs.map((each) => each[part])).toFixed(0);
    const [least, most] = [Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(0));
    say(`| ${about} | ${median(times).toFixed(0)} | ${least}–${most} | ${of('cpuMs')} | ${of('engineMs')} |`);
  }
  say('');
  if (file !== null) say('Each answer has the same bytes as that of a DuckDB store with the same windows.');
}

async function main(): Promise<void> {
  mkdirSync('bench/data', { recursive: true });
  const folder = mkdtempSync('bench/data/server-');
  const file = options['no-compare'] ? null : join(folder, 'history.duckdb');
  const front = await ClickhouseFront.start(options.engine ?? join(folder, 'engine'));
  const server = front.newAddress();
  try {
    say(`${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; ${DAYS} days, ${HOSTS} hosts, 6 names.`);
    say('');
    await load(server, file);
    await judge(server);
    if (file !== null) await run(['fleet', 'aggregate', file]);
    const compacted = await run(['store', 'compact', server, '-q']);
    say(`- compacted in ${seconds(compacted.ms)} s`);
    const database = new URL(server).pathname.slice(1);
    const bytes = Number(
      front.ask(`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = '${database}'`),
    );
    const perHostDay = (of: number): string => (of / HOSTS / DAYS).toFixed(0);
    const compared = file === null ? '' : ` (DuckDB: ${perHostDay(statSync(file).size)})`;
    say(`- ${(bytes / 1e6).toFixed(0)} MB, ${perHostDay(bytes)} bytes per host and day${compared}`);
    say('');
    await ask(server, file);
    say(`Load average at the end: ${loadavg()[0]?.toFixed(1) ?? 'unknown'}.`);
    if (options.write)
      writeFileSync(RESULTS, `# Results of npm run bench:history:server\n\n${lines.join('\n')}\n`);
  } finally {
    await front.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
