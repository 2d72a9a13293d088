// Measures a history: 90 days of an office of 2 000 hosts in a DuckDB store. Data of a seeded generator, in quarter
// hours, as the store keeps what is older than two weeks. Method and results: README.md, history-results.md.
//   npm run build:ts && npm run bench:history -- [--days 90] [--hosts 2000] [--keep] [--write] [--pages]
// --pages measures only the pages.
// --keep reuses the store of the last run. Queries on the command line are whole runs of the program in dist/.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type DuckdbStore, openDuckdb } from '../src/store/duckdb/duckdb-store.ts';
import { Office, questionsOf } from './history-office.ts';
import { timePages } from './history-pages.ts';
import { QUARTER, START } from './made-windows.ts';

const { values: options } = parseArgs({
  options: {
    days: { type: 'string', default: '90' },
    hosts: { type: 'string', default: '2000' },
    keep: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    pages: { type: 'boolean', default: false },
  },
});
const DAYS = Number(options.days);
const HOSTS = Number(options.hosts);
const PATH = 'bench/data/history.duckdb';
const RESULTS = 'bench/history-results.md';
const DAY = 86_400;
/** Windows of one put: two hours, so that memory does not grow with the hosts of a day. */
const AT_ONCE = 8;

const office = new Office(HOSTS);
const { sums } = office;

const LAST_WEEK = START + (DAYS - 7) * DAY;

/** The example queries of docs/store.md, and those of an audit. */
const QUESTIONS: readonly { readonly about: string; readonly sql: string }[] = [
  {
    about: 'by hour',
    sql: 'SELECT start_seconds // 3600 AS hour, count(DISTINCT host), sum(payload_up) FROM usage_rows GROUP BY hour ORDER BY hour',
  },
  {
    about: 'by day',
    sql: 'SELECT start_seconds // 86400 AS day, count(DISTINCT host), sum(payload_up) FROM usage_rows GROUP BY day ORDER BY day',
  },
  {
    about: 'by week',
    sql: 'SELECT (start_seconds - 345600) // 604800 AS week, count(DISTINCT host), sum(payload_up) FROM usage_rows GROUP BY week ORDER BY week',
  },
  {
    about: 'by name',
    sql: 'SELECT name, count(DISTINCT host), sum(payload_up), sum(exchanges) FROM usage_rows GROUP BY name',
  },
  {
    about: 'by host',
    sql: 'SELECT host, sum(payload_up) AS up FROM usage_rows GROUP BY host ORDER BY up DESC',
  },
  {
    about: 'one host',
    sql: "SELECT name, start_seconds // 86400 AS day, sum(payload_up) FROM usage_rows WHERE host = '10.20.3.7' GROUP BY ALL ORDER BY day",
  },
  {
    about: 'first and last seen',
    sql: 'SELECT host, name, min(first_us), max(last_us) FROM usage_rows GROUP BY host, name',
  },
  {
    about: 'new hosts in the last week',
    sql: `SELECT host FROM usage_rows GROUP BY host HAVING min(start_seconds) >= ${LAST_WEEK}`,
  },
  {
    about: 'top movers, week against week',
    sql: `SELECT name, sum(payload_up) FILTER (start_seconds >= ${LAST_WEEK}) - sum(payload_up) FILTER (start_seconds < ${LAST_WEEK}) AS change FROM usage_rows WHERE start_seconds >= ${LAST_WEEK - 7 * DAY} GROUP BY name ORDER BY abs(change) DESC`,
  },
  {
    about: 'not-visible share by day',
    sql: 'SELECT start_seconds // 86400 AS day, sum(hidden_bytes) / sum(bytes_up + bytes_down) FROM host_totals GROUP BY day ORDER BY day',
  },
  {
    about: 'totals of all hosts',
    sql: 'SELECT host, sum(bytes_up), sum(bytes_down) FROM host_totals GROUP BY host',
  },
];

/** Whole runs of the program: its start, the question, and the report as text. */
const RUN_TIMES = 5;
const PROGRAM = process.env.WIRETALLY_PROGRAM ?? 'dist/cli/main.js';

/** CPU time, user and system, in milliseconds: nearly independent of the load of the machine. */
function run(words: readonly string[]): number {
  const timed = ['-c', '"$@" > /dev/null; code=$?; times >&2; exit $code', 'sh', process.execPath, PROGRAM];
  const { status, stderr } = spawnSync('sh', [...timed, ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 6e4 + Number(s) * 1e3,
    0,
  );
}

function timeRuns(print: (line: string) => void): void {
  print('');
  print(
    `| question (\`wiretally analyze STORE …\`), whole run | ms, median of ${RUN_TIMES} | min–max | CPU ms, median |`,
  );
  print('|---|---|---|---|');
  for (const { about, words } of questionsOf(DAYS)) {
    const times: number[] = [];
    const cpu: number[] = [];
    for (let i = 0; i < RUN_TIMES; i++) {
      const before = performance.now();
      cpu.push(run(['analyze', PATH, ...words]));
      times.push(performance.now() - before);
    }
    for (const list of [times, cpu]) list.sort((a, b) => a - b);
    const [least, middle, most] = [times[0], times[RUN_TIMES >> 1], times.at(-1)].map((ms) =>
      (ms ?? 0).toFixed(0),
    );
    print(`| ${about} | ${middle} | ${least}–${most} | ${(cpu[RUN_TIMES >> 1] ?? 0).toFixed(0)} |`);
  }
}

async function main(): Promise<void> {
  const lines = [
    `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; ${DAYS} days, ${HOSTS} hosts, 6 names.`,
    '',
  ];
  const print = (line: string): void => {
    console.log(line);
    lines.push(line);
  };
  if (!options.keep) {
    const seconds = await load();
    print(`- loaded in ${seconds.toFixed(0)} s: ${sums.hostRows} host rows, ${sums.usageRows} usage rows`);
    const before = performance.now();
    run(['store', 'compact', PATH]);
    print(`- aggregated, and rewritten, in ${((performance.now() - before) / 1000).toFixed(0)} s`);
  }
  if (options.keep) for (const line of earlierOutput()) print(line);
  const bytes = statSync(PATH).size;
  print(`- ${(bytes / 1e6).toFixed(0)} MB, ${(bytes / HOSTS / DAYS).toFixed(0)} bytes per host and day`);
  if (options.pages) {
    await timePages(PROGRAM, PATH, print);
    return;
  }
  const store = await openDuckdb(PATH, { mode: 'read' });
  if (!options.keep) {
    await compareSums(store);
    print('- totals equal the plain sums over the windows');
  }
  print('');
  print('| question (SQL) | ms, median of 5 |');
  print('|---|---|');
  for (const { about, sql } of QUESTIONS) print(`| ${about} | ${(await median(store, sql)).toFixed(0)} |`);
  await store.close();
  timeRuns(print);
  await timePages(PROGRAM, PATH, print);
  // Where others use the same cores, wall time is theirs as well: the CPU column is the program's own.
  print('');
  print(`Load average at the end: ${loadavg()[0]?.toFixed(1) ?? 'unknown'}; README.md describes the limits.`);
  if (options.write) writeFileSync(RESULTS, `# Results of npm run bench:history\n\n${lines.join('\n')}\n`);
}

/** Output of the run that created the store. */
function earlierOutput(): string[] {
  return readFileSync(RESULTS, 'utf8')
    .split('\n')
    .filter((line) => /^- (loaded|judged|totals)/.test(line));
}

async function load(): Promise<number> {
  rmSync(PATH, { force: true });
  rmSync(`${PATH}.wal`, { force: true });
  mkdirSync('bench/data', { recursive: true });
  const store = await openDuckdb(PATH, { mode: 'write' });
  let putMs = 0;
  for (let startSeconds = START; startSeconds < START + DAYS * DAY; startSeconds += AT_ONCE * QUARTER) {
    const windows = Array.from({ length: AT_ONCE }, (_, i) => office.quarter(startSeconds + i * QUARTER));
    const before = performance.now();
    await store.put(windows);
    putMs += performance.now() - before;
  }
  await store.close();
  return putMs / 1000;
}

async function compareSums(store: DuckdbStore): Promise<void> {
  const answer = await store.query(
    `SELECT (SELECT count(*) FROM host_totals), (SELECT count(*) FROM usage_rows), (SELECT sum(packets) FROM windows),
            (SELECT sum(bytes_up) FROM host_totals), (SELECT sum(payload_up) FROM usage_rows)`,
  );
  const found = (answer.rows[0] ?? []).map(Number);
  const made = [sums.hostRows, sums.usageRows, sums.packets, sums.bytesUp, sums.payloadUp];
  if (JSON.stringify(found) !== JSON.stringify(made)) {
    throw new Error(`the store holds ${JSON.stringify(found)}, the windows ${JSON.stringify(made)}`);
  }
}

async function median(store: DuckdbStore, sql: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    await store.query(sql);
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[2] ?? 0;
}

await main();
