// Measures advisories: 50 of them compared with 30 days of 10 000 hosts in a DuckDB store; and the import of 10 000 files.
// Starts are recorded ones (captures/builds/starts.json), dealt to hosts and days by a seeded generator.
//   npm run build:ts && npm run bench:advisories -- [--hosts 10000] [--days 30] [--keep] [--write]
// --keep reuses the store of the last run. Queries are whole runs of the program in dist/.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { UsageRow, UsageWindow } from '../src/model/usage.ts';
import { openDuckdb } from '../src/store/duckdb/duckdb-store.ts';
import { type RecordedStart, startRows, starts, useRows } from '../test/property/made-office/starts.ts';
import { makeHost, makeQuarter, makeRow, QUARTER } from './made-windows.ts';
import { Random } from './random.ts';

const { values: options } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    days: { type: 'string', default: '30' },
    keep: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const HOSTS = Number(options.hosts);
const DAYS = Number(options.days);
const FOLDER = 'bench/data/advisories';
const STORE = 'bench/data/advisories.duckdb';
const RESULTS = 'bench/advisories-results.md';
const PROGRAM = process.env.WIRETALLY_PROGRAM ?? 'dist/cli/main.js';
const DAY = 86_400;
/** 2026-08-13T00:00:00Z: no recorded start is of a younger build. */
const BEGIN = 1_786_579_200;
const RUN_TIMES = 3;
const ADVISORIES = 50;
const FILES = 10_000;
/** Uses of a day after its start. */
const USES = 3;

const random = new Random(11);
const { sums, windows } = { sums: { starts: 0, rows: 0 }, windows: new Map<number, UsageRow[]>() };

const addressOf = (host: number): string => `10.${20 + (host >> 8)}.${host & 255}.7`;

/** A day of one host: one start, and use after it; every third host uses another tool as well. */
function addDay(host: number, midnight: number, builds: readonly RecordedStart[]): void {
  const start = builds[(host + (random.below(4) === 0 ? 1 : 0)) % builds.length];
  if (start === undefined) return;
  const surroundings = { host: addressOf(host), isProxied: false, keeps: () => true };
  const begin = midnight + 8 * 3600 + random.below(32) * QUARTER + 100 + random.below(300);
  for (let use = 0; use <= USES; use++) {
    const at = begin + use * 2 * QUARTER;
    const window = at - (at % QUARTER);
    const rows = (use === 0 ? startRows : useRows)(start, at, window, surroundings);
    if (use === 1 && host % 3 === 0)
      rows.push(makeRow(surroundings.host, host, window * 1e6, { random, exchanges: 6 }));
    const known = windows.get(window);
    if (known === undefined) windows.set(window, rows);
    else known.push(...rows);
    sums.rows += rows.length;
  }
  sums.starts++;
}

function windowsOfDay(): UsageWindow[] {
  const made = [...windows].map(([startSeconds, rows]) => {
    const hosts = [...new Set(rows.map(({ host }) => host))].map((host) =>
      makeHost({ host, mac: '02:00:00:00:00:01', name: `dev-${host}` }, startSeconds * 1e6, random),
    );
    return makeQuarter(startSeconds, hosts, rows);
  });
  windows.clear();
  return made;
}

async function load(): Promise<void> {
  for (const path of [STORE, `${STORE}.wal`]) rmSync(path, { force: true });
  const store = await openDuckdb(STORE, { mode: 'write' });
  const builds = starts.filter(({ as }) => ['i', 'p1', 'oauth', 'oauth-i'].includes(as));
  for (let day = 0; day < DAYS; day++) {
    const midnight = BEGIN + day * DAY;
    if ([0, 6].includes(new Date(midnight * 1000).getUTCDay())) continue;
    for (let host = 0; host < HOSTS; host++) addDay(host, midnight, builds);
    await store.put(windowsOfDay());
  }
  await store.close();
}

/** What was tried on memory; figures of one run each, of which the others on the machine make 20 MiB. */
const TRIED = `Tried on the memory of the matrix in a terminal (MiB = 2^20 bytes; 500 MB are 477 MiB):

- heap growth of V8 at most 100, 50, 30 or 25 % instead of its own choice: with 50 % 444 to 485 MiB, with 30 % 429 to 456 MiB, without 508 to 542 MiB. V8 collected at 352 MB, of which 139 were in use. 11 to 15 collections instead of 4 take 0.7 s. Kept: 25 %.
- results of advisories without a pair for each: 17 MB less in use. Kept.
- a limit of 160 MB for DuckDB: 507 MiB, no gain; with 64 MB a query fails. Not kept.
- a young generation of 2 MiB: 571 MiB, since objects grow old earlier; of 4 MiB and 20 % growth: 412 MiB, but it cannot be set after the start. \`--optimize-for-size\`: 416 MiB, twice the CPU time. Not kept.
- JSON: each day of results is written once instead of once for each host and advisory: 573 MiB instead of 642.`;

/** In the shape of OSV; the first ones are about tools. */
function writeAdvisories(): void {
  rmSync(FOLDER, { recursive: true, force: true });
  const names = ['@anthropic-ai/claude-code', '@anthropic-ai/claude-code', '@openai/codex', 'opencode-ai'];
  for (const [folder, count] of [
    ['fifty', ADVISORIES],
    ['many', FILES],
  ] as const) {
    mkdirSync(join(FOLDER, folder), { recursive: true });
    for (let i = 0; i < count; i++) {
      const from = 80 + random.below(150);
      const events = [{ introduced: `2.1.${from}` }, { fixed: `2.1.${from + 5 + random.below(120)}` }];
      const name = i < ADVISORIES ? names[i % names.length] : `package-${i}`;
      const advisory = {
        ...{ schema_version: '1.7.3', id: `EXAMPLE-2026-${i}`, modified: '2026-07-01T00:00:00Z' },
        ...{ published: '2026-06-30T00:00:00Z', aliases: [`EXAMPLE-CVE-${i}`], summary: `Example ${i}` },
        details: 'A sentence of many words about the hole. '.repeat(50),
        severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H' }],
        affected: [{ package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events }] }],
        references: [{ type: 'WEB', url: `https://example.com/${i}` }],
      };
      writeFileSync(join(FOLDER, folder, `${advisory.id}.json`), JSON.stringify(advisory));
    }
  }
}

interface Run {
  readonly seconds: number;
  /** Of all threads, in the program and in the kernel. */
  readonly cpuSeconds: number;
  /** Maximum resident size. */
  readonly mib: number;
}

function run(words: readonly string[]): Run {
  const timed = ['/usr/bin/time', '-f', '%e %U %S %M', process.execPath, PROGRAM, ...words];
  const { status, stderr } = spawnSync('sh', ['-c', '"$@" > /dev/null', 'sh', ...timed], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const [seconds = 0, user = 0, system = 0, kib = 0] = line.split(' ').map(Number);
  return { seconds, cpuSeconds: user + system, mib: kib / 1024 };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const MEASURED: readonly { readonly about: string; readonly words: readonly string[] }[] = [
  { about: 'matrix, terminal', words: ['analyze', STORE, '--advisories', join(FOLDER, 'fifty')] },
  {
    about: 'matrix, terminal, without advisories',
    words: ['analyze', STORE],
  },
  {
    about: 'matrix, CSV',
    words: ['analyze', STORE, '--advisories', join(FOLDER, 'fifty'), '--format', 'csv'],
  },
  {
    about: 'matrix, JSON',
    words: ['analyze', STORE, '--advisories', join(FOLDER, 'fifty'), '--format', 'json'],
  },
  { about: `import of ${FILES} files`, words: ['advisory', 'import', join(FOLDER, 'many')] },
];

async function main(): Promise<void> {
  const lines: string[] = [];
  const say = (line: string): void => {
    console.log(line);
    lines.push(line);
  };
  say(`${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; ${HOSTS} hosts, ${DAYS} days.`);
  say('');
  mkdirSync('bench/data', { recursive: true });
  if (!options.keep) {
    writeAdvisories();
    await load();
    say(`- ${sums.starts} starts, ${sums.rows} usage rows`);
    const { seconds } = run(['store', 'compact', STORE]);
    say(`- aggregated in ${seconds.toFixed(0)} s`);
  }
  say(`- store: ${(statSync(STORE).size / 1e6).toFixed(0)} MB; ${ADVISORIES} advisories`);
  say('');
  say(`| whole run | s, median of ${RUN_TIMES} | CPU s, median | MiB, maximum |`);
  say('|---|---|---|---|');
  for (const { about, words } of MEASURED) {
    const runs = Array.from({ length: RUN_TIMES }, () => run(words));
    const seconds = median(runs.map((one) => one.seconds));
    const cpuSeconds = median(runs.map((one) => one.cpuSeconds));
    const mib = Math.max(...runs.map((one) => one.mib));
    say(`| ${about} | ${seconds.toFixed(1)} | ${cpuSeconds.toFixed(1)} | ${mib.toFixed(0)} |`);
  }
  say('');
  say(`Load average at the end: ${loadavg()[0]?.toFixed(1) ?? 'unknown'}.`);
  if (options.write)
    writeFileSync(RESULTS, `# Results of npm run bench:advisories\n\n${lines.join('\n')}\n\n${TRIED}\n`);
}

await main();
