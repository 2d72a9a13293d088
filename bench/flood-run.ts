// Floods of millions of packets around a recording of an honest host, from file: memory, time, counters, and
// whether the figures of the host equal those without the flood. Method: README.md.
//   npm run bench:flood -- [--packets 1000000,4000000] [--only syn,quic] [--cli dist/cli/main.js] [--write]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { ReportDocument } from '../src/model/report.ts';
import { decodeWindows } from '../src/window/codec.ts';
import { sumCounts } from '../src/window/sums.ts';
import { FLOODS, type Flood, writeMixed } from './flood.ts';

const { values: options } = parseArgs({
  options: {
    packets: { type: 'string', default: '1000000,4000000' },
    only: { type: 'string' },
    cli: { type: 'string', default: 'dist/cli/main.js' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/flood-results.md';
const RECORDING = 'captures/recordings/claude-code-2.1.328-rt-session.pcap.gz';
const HONEST = '10.77.0.2';

interface Seen {
  readonly honest: unknown;
  readonly counts: Readonly<Record<string, number>>;
  readonly packets: number;
  readonly residentMiB: number;
  readonly seconds: number;
}

function analyze(folder: string, capture: string): Seen {
  const preload = join(folder, 'resident.cjs');
  writeFileSync(
    preload,
    "process.on('exit', () => require('fs').writeSync(2, 'resident ' + process.resourceUsage().maxRSS + '\\n'));",
  );
  const usage = join(folder, 'mixed.usage');
  rmSync(usage, { force: true });
  const words = ['--require', preload, options.cli, 'analyze', capture, '--format', 'json', '--write', usage];
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${capture}: ${stderr}`);
  const { hosts, stats } = JSON.parse(stdout) as ReportDocument;
  const windows = decodeWindows(readFileSync(usage)).windows;
  const isHonest = ({ host }: { readonly host: string }): boolean => host === HONEST;
  const facts = windows.map((window) =>
    [[...window.hosts], window.rows, window.asked].map((list: readonly { readonly host: string }[]) =>
      list.filter(isHonest),
    ),
  );
  const overflow = windows.reduce<Record<string, number>>(
    (sum, window) => sumCounts(sum, window.stats.overflow ?? {}),
    {},
  );
  return {
    honest: {
      report: hosts.find(isHonest),
      facts: facts.filter((lists) => lists.some((list) => list.length > 0)),
    },
    counts: {
      flows: stats.flows,
      evicted: stats.evictedFlows,
      'hellos incomplete': stats.clientHellos.incomplete,
      ...stats.malformed,
      ...named(overflow),
    },
    packets: stats.packets,
    residentMiB: Number(/^resident (\d+)$/m.exec(stderr)?.[1]) / 1024,
    seconds,
  };
}

function named(overflow: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(overflow).map(([ceiling, count]) => [`left out: ${ceiling}`, count]),
  );
}

function line(flood: Flood | null, seen: Seen, alone: Seen): string {
  const counts = Object.entries(seen.counts).filter(([, count]) => count > 0);
  const same = isDeepStrictEqual(seen.honest, alone.honest) ? 'same' : 'OTHER';
  const counted = counts.map(([name, count]) => `${name} ${count}`).join(', ');
  return `| ${flood?.name ?? 'none'} | ${seen.packets} | ${seen.residentMiB.toFixed(0)} | ${seen.seconds.toFixed(1)} | ${same} | ${counted} |`;
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-flood-'));
  const capture = join(folder, 'mixed.pcap');
  const lines = [
    '| flood | packets | resident MiB | seconds | honest host | counters |',
    '|---|---|---|---|---|---|',
  ];
  const add = (text: string): void => {
    lines.push(text);
    console.log(text);
  };
  try {
    writeMixed(capture, RECORDING, null, 0);
    const alone = analyze(folder, capture);
    add(line(null, alone, alone));
    for (const flood of FLOODS.filter(({ name }) => options.only?.split(',').includes(name) ?? true)) {
      for (const packets of options.packets.split(',').map(Number)) {
        writeMixed(capture, RECORDING, flood, packets);
        add(line(flood, analyze(folder, capture), alone));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const about = FLOODS.map(({ name, about: text }) => `- ${name}: ${text}`).join('\n');
  const head = `# Results of npm run bench:flood\n\nLinux ${release()}, Node ${process.version}. One worker; each flood spread over the 265 seconds of a recorded session of Claude Code.\n\n${about}\n`;
  if (options.write) writeFileSync(RESULTS, `${head}\n${lines.join('\n')}\n`);
}

main();
