// What open pages cost a sensor: packets lost without visitors and with them, in turn. Needs root. Method: README.md.
//   npm run bench:live-pages -- [--rate 400000] [--visitors 0,50] [--seconds 30] [--runs 3] [--cli dist/cli/main.js] [--write]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { writeOffice } from './traffic.ts';
import { type Listener, VethPair } from './veth-pair.ts';

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '400000' },
    visitors: { type: 'string', default: '0,50' },
    seconds: { type: 'string', default: '30' },
    runs: { type: 'string', default: '3' },
    cli: { type: 'string', default: 'dist/cli/main.js' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/live-pages-results.md';
const ADDRESS = '127.0.0.1:7577';
/** Reload interval of every page: twelve times as often as by default. */
const WINDOW_SECONDS = 5;
const RING_MIB = 64;
const HEAD = [
  '| visitors | sent/s | sent | read | lost | ring | interface | pages loaded | MB of pages | refused |',
  '|---|---|---|---|---|---|---|---|---|---|',
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(pair: VethPair, file: string, visitors: number): Promise<string> {
  const rate = Number(options.rate);
  const droppedBefore = pair.interfaceDrops();
  const sensor = pair.listen(
    ...[process.execPath, options.cli, 'watch', '-i', VethPair.interface, '--workers', '1'],
    ...['--ring-mib', String(RING_MIB), '--window', String(WINDOW_SECONDS), '--status', '1'],
    ...['--listen', ADDRESS, '--format', 'json'],
  );
  await sensor.says(/watching/);
  // Clients run elsewhere: their cost must not be attributed to the sensor.
  const crowd = pair.listen(
    ...['nice', '-n', '19', process.execPath, 'build/scripts/bench/visitors.js', ADDRESS, String(visitors)],
  );
  await pause(2000);
  const { sent, seconds } = await pair.send(file, Math.round(rate * Number(options.seconds)), rate);
  await pause(1500);
  await crowd.end();
  await sensor.end();
  const given = JSON.parse(crowd.stdout()) as { pages: number; bytes: number; refused: number };
  const { stats } = JSON.parse(sensor.stdout()) as { stats: { packets: number } };
  const lost = sent - stats.packets;
  return `| ${visitors} | ${Math.round(sent / seconds)} | ${sent} | ${stats.packets} | ${((100 * lost) / sent).toFixed(lost === 0 ? 0 : 3)} % | ${ringLoss(sensor)} | ${pair.interfaceDrops() - droppedBefore} | ${given.pages} | ${(given.bytes / 1e6).toFixed(1)} | ${given.refused} |`;
}

function ringLoss(sensor: Listener): number {
  return [...sensor.stderr().matchAll(/ring (\d+)/g)].reduce((sum, [, lost]) => sum + Number(lost), 0);
}

async function main(): Promise<void> {
  mkdirSync('bench/data', { recursive: true });
  const file = 'bench/data/live-office.pcap';
  if (!existsSync(file)) writeOffice(file, 1);
  const pair = new VethPair();
  const lines = [
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}. Sender, sensor, its pages and their visitors share the cores. ${options.rate} packets/s wanted, windows of ${WINDOW_SECONDS} s, a ring of ${RING_MIB} MiB.`,
    '',
    ...HEAD,
  ];
  console.log(lines.join('\n'));
  try {
    for (let left = Number(options.runs); left > 0; left--) {
      for (const visitors of options.visitors.split(',').map(Number)) {
        lines.push(await measure(pair, file, visitors));
        console.log(lines.at(-1));
      }
    }
  } finally {
    pair.close();
  }
  if (options.write) writeFileSync(RESULTS, `# Results of npm run bench:live-pages\n\n${lines.join('\n')}\n`);
}

await main();
