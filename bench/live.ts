// Live: losses by rate, next to tcpdump in the same run, and cost of a packet. Needs root. Method: README.md.
//   npm run bench:live -- [--rates 100000,200000,400000,0] [--seconds 3] [--runs 1] [--window 900] [--cli dist/cli/main.js] [--write]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { writeMix, writeSmall } from './traffic.ts';
import { type Listener, VethPair } from './veth-pair.ts';

const { values: options } = parseArgs({
  options: {
    rates: { type: 'string', default: '100000,200000,400000,0' },
    seconds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '1' },
    window: { type: 'string', default: '900' },
    cli: { type: 'string', default: 'dist/cli/main.js' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/live-results.md';
const RING_MIB = 64;
/** Without a rate limit, the number of packets equals that of this rate. */
const TOP_PER_SECOND = 600_000;

const TRAFFIC = [
  {
    name: 'mix',
    about: 'about 700 bytes, 4 000 flows',
    write: (path: string) => writeMix(path, 200_000, 4000),
  },
  {
    name: 'small',
    about: '64 bytes, 100 000 flows',
    write: (path: string) => writeSmall(path, 1_000_000, 100_000),
  },
];

/** The last is deliberately too small: its losses must be accounted for. */
const OWN = [
  { workers: 1, ringMib: RING_MIB },
  { workers: 2, ringMib: RING_MIB },
  { workers: 1, ringMib: 1 },
];

interface Account {
  /** Packets that the program had. */
  readonly read: number;
  /** Packets dropped by a full ring. */
  readonly ring: number;
}

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly ready: RegExp;
  account(listener: Listener): Account;
}

const count = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);

const CONTENDERS: readonly Contender[] = [
  {
    name: 'tcpdump -w /dev/null',
    command: [
      'tcpdump',
      '-i',
      VethPair.interface,
      '-B',
      String(RING_MIB * 1024),
      '-w',
      '/dev/null',
      '-Z',
      'root',
    ],
    ready: /listening/,
    account: (listener) => ({
      read: count(listener.stderr(), /(\d+) packets? captured/),
      ring: count(listener.stderr(), /(\d+) packets? dropped by kernel/),
    }),
  },
  ...OWN.map(
    ({ workers, ringMib }): Contender => ({
      name: `wiretally, ${workers} worker${workers === 1 ? '' : 's'}${ringMib === RING_MIB ? '' : `, ring of ${ringMib} MiB`}`,
      command: [
        ...[process.execPath, options.cli, 'watch', '-i', VethPair.interface, '--workers', String(workers)],
        // By default no window ends within a run: whether one does would depend on the second in which it begins.
        ...['--ring-mib', String(ringMib), '--window', options.window, '--status', '1', '--format', 'json'],
      ],
      ready: /watching/,
      account(listener) {
        const { stats } = JSON.parse(listener.stdout()) as { stats: { packets: number } };
        const lines = listener
          .stderr()
          .split('\n')
          .filter((line) => line.includes('packets/s'));
        return { read: stats.packets, ring: lines.reduce((sum, line) => sum + count(line, /ring (\d+)/), 0) };
      },
    }),
  ),
];

interface Measured extends Account {
  readonly sent: number;
  readonly perSecond: number;
  readonly atInterface: number;
  readonly cpuNs: number;
}

async function measure(pair: VethPair, contender: Contender, file: string, rate: number): Promise<Measured> {
  const packets = Math.round((rate === 0 ? TOP_PER_SECOND : rate) * Number(options.seconds));
  const before = pair.interfaceDrops();
  const listener = pair.listen(...contender.command);
  await listener.says(contender.ready);
  await pause(500);
  const idle = listener.costs().cpuSeconds;
  const { sent, seconds } = await pair.send(file, packets, rate);
  await pause(1500);
  const cpu = listener.costs().cpuSeconds - idle;
  await listener.end();
  const account = contender.account(listener);
  const atInterface = pair.interfaceDrops() - before;
  return {
    ...account,
    sent,
    perSecond: sent / seconds,
    atInterface,
    cpuNs: (cpu * 1e9) / Math.max(1, account.read),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function line(rate: number, contender: Contender, measured: Measured): string {
  const { sent, read, ring, atInterface, perSecond, cpuNs } = measured;
  const lost = sent - read;
  const share = ((100 * lost) / sent).toFixed(lost === 0 ? 0 : 2);
  const left = lost - ring - atInterface;
  return `| ${rate === 0 ? 'top' : rate} | ${contender.name} | ${Math.round(perSecond)} | ${sent} | ${read} | ${share} % | ${ring} | ${atInterface} | ${left} | ${cpuNs.toFixed(0)} |`;
}

async function main(): Promise<void> {
  const sections = [
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}. Sender and receiver share the cores.\n`,
  ];
  mkdirSync('bench/data', { recursive: true });
  const pair = new VethPair();
  try {
    for (const traffic of TRAFFIC) {
      const file = `bench/data/live-${traffic.name}.pcap`;
      if (!existsSync(file)) traffic.write(file);
      const lines = [
        `## ${traffic.name}: ${traffic.about}\n`,
        '| wanted/s | program | sent/s | sent | read | lost | ring | interface | unaccounted | CPU ns per packet |',
        '|---|---|---|---|---|---|---|---|---|---|',
      ];
      for (const rate of options.rates.split(',').map(Number)) {
        for (let left = Number(options.runs); left > 0; left--) {
          for (const contender of CONTENDERS) {
            lines.push(line(rate, contender, await measure(pair, contender, file, rate)));
            console.log(lines.at(-1));
          }
        }
      }
      sections.push(`${lines.join('\n')}\n`);
    }
  } finally {
    pair.close();
  }
  if (options.write) writeFileSync(RESULTS, `# Results of npm run bench:live\n\n${sections.join('\n')}`);
}

await main();
