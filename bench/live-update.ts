// How long after the end of a window an open page of the sensor shows it, in a real browser. Needs root and chromium.
// Method: README.md.
//   npm run bench:live-update -- [--window 5] [--windows 30] [--rate 20000] [--path /] [--write]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { writeOffice } from './traffic.ts';
import { VethPair } from './veth-pair.ts';

const { values: options } = parseArgs({
  options: {
    window: { type: 'string', default: '5' },
    windows: { type: 'string', default: '30' },
    rate: { type: 'string', default: '20000' },
    path: { type: 'string', default: '/' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/live-update-results.md';
const ADDRESS = '127.0.0.1:7577';
/** Start of the browser, and windows that are under way. */
const REST_SECONDS = 12;

async function measure(pair: VethPair, file: string): Promise<number[]> {
  const sensor = pair.listen(
    ...[process.execPath, 'dist/cli/main.js', 'watch', '-i', VethPair.interface, '--workers', '1'],
    ...['--window', options.window, '--listen', ADDRESS, '--format', 'json'],
  );
  await sensor.says(/watching/);
  const seconds = Number(options.window) * (Number(options.windows) + 2) + REST_SECONDS;
  const sending = pair.send(file, Number(options.rate) * seconds, Number(options.rate));
  const browser = pair.listen(
    ...[process.execPath, 'build/scripts/bench/page-updates.js', ADDRESS, options.path, options.windows],
  );
  await new Promise<void>((resolve) => browser.child.once('close', () => resolve()));
  await sending;
  await sensor.end();
  if (browser.stdout() === '') throw new Error(`the browser failed: ${browser.stderr()}`);
  const lags = JSON.parse(browser.stdout()) as number[];
  return lags.sort((a, b) => a - b);
}

mkdirSync('bench/data', { recursive: true });
const file = 'bench/data/live-office.pcap';
if (!existsSync(file)) writeOffice(file, 1);
const pair = new VethPair();
try {
  const lags = await measure(pair, file);
  const at = (share: number): number => lags[Math.floor(share * (lags.length - 1))] ?? Number.NaN;
  const text = [
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}. Sender, sensor, its pages and the browser share the cores; ${options.rate} packets/s, windows of ${options.window} s, the page \`${options.path}\`.`,
    '',
    '| windows | ms from the end of a window to the changed page, least | median | nine of ten | most |',
    '|---|---|---|---|---|',
    `| ${lags.length} | ${at(0)} | ${at(0.5)} | ${at(0.9)} | ${at(1)} |`,
  ].join('\n');
  console.log(text);
  if (options.write) writeFileSync(RESULTS, `# Results of npm run bench:live-update\n\n${text}\n`);
} finally {
  pair.close();
}
