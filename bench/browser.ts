// Measures the library for pages in Chromium next to the command line with one worker, in the same run. Method: README.md.
//   npm run bench:browser -- [--runs 3] [--only mix,office,FILE] [--write]
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { buildPrograms, median, run, wiretally } from './contender.ts';
import { MADE_CAPTURES, madeCapture } from './generate.ts';
import { machine } from './surroundings.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: 'mix,office' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/browser-results.md';
const FOLDER = 'dist/browser';
const DEMO = 'captures/demo.pcap.gz';
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
};
/** As a page runs it: packets in a worker, the report sent to the page. */
const WORKER = `import { analyze } from '/wiretally.js';
onmessage = async ({ data: capture }) => {
  try {
    const { report, errors } = await analyze([capture]);
    postMessage({ packets: report.stats.packets, errors: errors.length });
  } catch (error) {
    postMessage({ failure: String(error) });
  }
};`;
const PAGE = '<!doctype html><title>bench</title><link rel="icon" href="data:,"><input type="file">';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
];

function serve(): Promise<Server> {
  const own: Readonly<Record<string, string>> = { 'worker.js': WORKER, '': PAGE };
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    response.setHeader('content-type', TYPES[name.split('.').at(-1) ?? ''] ?? 'text/html');
    response.end(own[name] ?? readFileSync(name === 'demo' ? DEMO : `${FOLDER}/${name}`));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface Run {
  readonly seconds: number;
  readonly packets: number;
  /** Maximum resident memory of the renderer process. */
  readonly residentMiB: number;
}

/** Run in the page, as text: from the choice of the file to its report. */
const ANALYZE_CHOSEN = `() => new Promise((resolve, reject) => {
  const start = performance.now();
  const worker = new Worker('/worker.js', { type: 'module' });
  worker.onmessage = ({ data }) =>
    data.failure ? reject(data.failure) : resolve({ packets: data.packets, seconds: (performance.now() - start) / 1000 });
  worker.postMessage(document.querySelector('input').files[0]);
})`;

/** A browser of its own for each run: the memory of a renderer is the maximum of its life. */
async function inBrowser(origin: string, file: string): Promise<Run> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGS });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    await page.setInputFiles('input', file);
    const measured = await page.evaluate<Omit<Run, 'residentMiB'>>(`(${ANALYZE_CHOSEN})()`);
    return { ...measured, residentMiB: largestRenderer() };
  } finally {
    await browser.close();
  }
}

/** VmHWM of the largest renderer that this program has started. */
function largestRenderer(): number {
  const sizes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statusOf)
    .filter(({ id, command }) => command.includes('--type=renderer') && isBelow(id, process.pid))
    .map(({ kib }) => kib);
  return Math.max(0, ...sizes) / 1024;
}

/** Zeros of a process that has ended. */
function statusOf(id: string | number): { id: number; parent: number; kib: number; command: string } {
  try {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    const numberOf = (key: string): number => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
    return { id: Number(id), parent: numberOf('PPid'), kib: numberOf('VmHWM'), command };
  } catch {
    return { id: Number(id), parent: 0, kib: 0, command: '' };
  }
}

function isBelow(id: number, ancestor: number): boolean {
  for (let at = id; at > 1; at = statusOf(at).parent) if (at === ancestor) return true;
  return false;
}

const spread = (values: readonly number[]): string =>
  [Math.min(...values), median(values), Math.max(...values)].map((value) => value.toFixed(2)).join(' | ');

async function compare(origin: string, name: string): Promise<string> {
  const capture = MADE_CAPTURES.find((each) => each.name === name);
  const path = capture !== undefined ? madeCapture(capture) : name === 'demo' ? DEMO : name;
  const native: number[] = [];
  const browser: Run[] = [];
  for (let left = Number(options.runs); left > 0; left--) {
    native.push(run(wiretally(1, '.'), path).wallSeconds);
    browser.push(await inBrowser(origin, path));
  }
  const seconds = browser.map((each) => each.seconds);
  const ratio = (median(seconds) / median(native)).toFixed(2);
  const resident = Math.max(...browser.map(({ residentMiB }) => residentMiB)).toFixed(0);
  const megabytes = (statSync(path).size / 1e6).toFixed(0);
  return `| ${name} | ${megabytes} | ${spread(native)} | ${spread(seconds)} | ${ratio} | ${resident} |`;
}

async function main(): Promise<void> {
  buildPrograms();
  const server = await serve();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lines = [
    '# Results of npm run bench:browser\n',
    machine(Number(options.runs)),
    'Wall seconds, minimum, median and maximum, from the file to the report. Resident MiB is the maximum of the renderer process.\n',
    '| capture | MB | command line, 1 worker | | | Chromium | | | ratio of medians | resident MiB |',
    '|---|---|---|---|---|---|---|---|---|---|',
  ];
  for (const name of options.only.split(',')) {
    const line = await compare(origin, name);
    console.log(line);
    lines.push(line);
  }
  server.close();
  if (options.write) writeFileSync(RESULTS, `${lines.join('\n')}\n`);
}

await main();
