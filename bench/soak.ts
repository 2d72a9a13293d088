// The long run: resident memory, open files and windows of `watch` over time, at a steady rate with flows that come and
// go, and under a flood. Needs root. Method: README.md.
//   npm run bench:soak -- [--minutes 20] [--rate 20000] [--flood] [--cli dist/cli/main.js] [--write]
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeWindows } from '../src/window/codec.ts';
import { FLOODS, writeFlood } from './flood.ts';
import { writeMix } from './traffic.ts';
import { type Listener, VethPair } from './veth-pair.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    rate: { type: 'string', default: '20000' },
    flood: { type: 'boolean', default: false },
    cli: { type: 'string', default: 'dist/cli/main.js' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/soak-results';
const WINDOW_SECONDS = 10;
/** Full within the first minute: pages of a table are taken from the system when its entries are first used. */
const TABLE_FLOWS = 16_384;
const SAMPLE_MS = 5000;

interface Sample {
  readonly seconds: number;
  readonly residentMiB: number;
  readonly files: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function main(): Promise<void> {
  const minutes = Number(options.minutes);
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-soak-'));
  const pair = new VethPair();
  const samples: Sample[] = [];
  try {
    const listener = pair.listen(
      ...[process.execPath, options.cli, 'watch', '-i', VethPair.interface, '--status', '60'],
      ...['--window', String(WINDOW_SECONDS), '--write', folder],
      ...(options.flood ? [] : ['--flow-table', String(TABLE_FLOWS)]),
    );
    await listener.says(/watching/);
    const start = Date.now();
    const sampler = setInterval(() => samples.push(sampleOf(listener, start)), SAMPLE_MS);
    const sent = await (options.flood ? sendFloods(pair, minutes) : sendSteadily(pair, minutes));
    await pause(2000);
    clearInterval(sampler);
    await listener.end();
    report(samples, folder, sent, listener);
  } finally {
    pair.close();
  }
}

function sampleOf(listener: Listener, start: number): Sample {
  const { residentMiB, files } = listener.costs();
  return { seconds: (Date.now() - start) / 1000, residentMiB, files };
}

async function sendSteadily(pair: VethPair, minutes: number): Promise<number> {
  mkdirSync('bench/data', { recursive: true });
  const file = 'bench/data/live-mix.pcap';
  if (!existsSync(file)) writeMix(file, 200_000, 4000);
  const rate = Number(options.rate);
  return (await pair.send(file, Math.round(minutes * 60 * rate), rate, 'renew')).sent;
}

/** One flood after the other, each for its share of the time. */
async function sendFloods(pair: VethPair, minutes: number): Promise<number> {
  mkdirSync('bench/data', { recursive: true });
  let sum = 0;
  for (const flood of FLOODS) {
    const file = `bench/data/flood-${flood.name}-2.pcap`;
    if (!existsSync(file)) writeFlood(file, flood, 100_000);
    const rate = Number(options.rate);
    const { sent } = await pair.send(file, Math.round((minutes * 60 * rate) / FLOODS.length), rate, 'renew');
    sum += sent;
    console.log(`${flood.name}: ${flood.about}: ${sent} packets sent`);
  }
  return sum;
}

function report(samples: readonly Sample[], folder: string, sent: number, listener: Listener): void {
  const windows = readdirSync(folder).flatMap(
    (name) => decodeWindows(readFileSync(join(folder, name))).windows,
  );
  const starts = windows.map((window) => window.startSeconds).sort((a, b) => a - b);
  const gaps = starts.filter((start, i) => i > 0 && start - (starts[i - 1] ?? 0) !== WINDOW_SECONDS).length;
  const sum = (field: 'packets' | 'kernelDrops' | 'flows' | 'evictedFlows'): number =>
    windows.reduce((total, { stats }) => total + stats[field], 0);
  const settled = samples.filter(({ seconds }) => seconds >= 60);
  const resident = (settled.length > 1 ? settled : samples).map(({ residentMiB }) => residentMiB);
  const title = options.flood ? 'flood' : 'soak';
  const text = [
    `# Results of npm run bench:soak${options.flood ? ' -- --flood' : ''}`,
    '',
    `${options.minutes} minutes at ${options.rate} packets a second, Linux ${release()}, Node ${process.version}.`,
    '',
    `- resident memory${settled.length > 1 ? ' after the first minute' : ''}: least ${Math.min(...resident).toFixed(0)} MiB, most ${Math.max(...resident).toFixed(0)} MiB, at the end ${resident.at(-1)?.toFixed(0)} MiB`,
    `- open files: least ${Math.min(...samples.map(({ files }) => files))}, most ${Math.max(...samples.map(({ files }) => files))}`,
    `- windows of ${WINDOW_SECONDS} s: ${windows.length}, gaps ${gaps}`,
    `- packets sent ${sent}, in windows ${sum('packets')}, dropped ${sum('kernelDrops')}, unaccounted ${sent - sum('packets') - sum('kernelDrops')}`,
    `- flows ${sum('flows')}, of these evicted ${sum('evictedFlows')}`,
    '',
    '| second | resident MiB | open files |',
    '|---|---|---|',
    ...thin(samples).map(
      ({ seconds, residentMiB, files }) => `| ${seconds.toFixed(0)} | ${residentMiB.toFixed(1)} | ${files} |`,
    ),
    '',
  ].join('\n');
  console.log(text);
  console.log(listener.stderr().split('\n').slice(-3).join('\n'));
  if (!options.write) return;
  writeFileSync(
    `${RESULTS}-${title}.md`,
    text.replace('\n\n', `\n\n![resident memory over time](soak-results-${title}.svg)\n\n`),
  );
  writeFileSync(`${RESULTS}-${title}.svg`, plot(samples));
}

/** Twenty rows are as informative as hundreds. */
function thin(samples: readonly Sample[]): Sample[] {
  const step = Math.max(1, Math.ceil(samples.length / 20));
  return samples.filter((_, i) => i % step === 0 || i === samples.length - 1);
}

function plot(samples: readonly Sample[]): string {
  const [width, height, margin] = [720, 240, 40];
  const lastSecond = Math.max(1, ...samples.map(({ seconds }) => seconds));
  const most = Math.max(1, ...samples.map(({ residentMiB }) => residentMiB)) * 1.2;
  const x = (seconds: number): number => margin + ((width - 2 * margin) * seconds) / lastSecond;
  const y = (mib: number): number => height - margin - ((height - 2 * margin) * mib) / most;
  const points = samples.map(
    ({ seconds, residentMiB }) => `${x(seconds).toFixed(1)},${y(residentMiB).toFixed(1)}`,
  );
  const label = (left: number, top: number, text: string): string =>
    `<text x="${left}" y="${top}">${text}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    '<title>Resident memory over time</title>',
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<path d="M${margin} ${margin}V${height - margin}H${width - margin}" fill="none" stroke="#888"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#1f77b4" stroke-width="1.5"/>`,
    label(4, y(most / 1.2) + 4, `${(most / 1.2).toFixed(0)} MiB`),
    label(4, y(0) + 4, '0'),
    label(width - margin - 30, height - margin + 16, `${lastSecond.toFixed(0)} s`),
    label(margin, margin - 12, 'resident memory of the whole process'),
    '</svg>',
    '',
  ].join('\n');
}

await main();
