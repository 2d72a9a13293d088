// Cost of other Debian programs on the demo capture, and their results for hellos: npm run bench -- --peers [--write]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { shellWord } from '../src/text/shell-word.ts';
import { buildPrograms, type Contender, median, run, TCPDUMP, wiretally } from './contender.ts';

const RESULTS = 'bench/peers-results.md';
const FLOWS = 'bench/data/peers.csv';
const MAX_OUTPUT = 256 << 20;

interface Peer extends Contender {
  readonly does: string;
  /** Server names of hellos in its output, '' for one without; null: no hellos. */
  readonly names: ((capture: string) => readonly string[]) | null;
}

const outputOf = ([program = '', ...words]: readonly string[]): string =>
  spawnSync(program, words, { encoding: 'utf8', maxBuffer: MAX_OUTPUT }).stdout;

const HELLOS = (capture: string) => [
  process.execPath,
  'dist/cli/main.js',
  'dump',
  'hellos',
  '--workers',
  '1',
  capture,
];
const TSHARK = (capture: string) => [
  'tshark',
  '-n',
  '-r',
  capture,
  '-Y',
  'tls.handshake.type == 1',
  '-T',
  'fields',
  '-e',
  'tls.handshake.extensions_server_name',
];

function lines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** One row a flow; only those of TLS and QUIC have a fingerprint of a client. */
function namesOfNdpi(): string[] {
  const [head = '', ...rows] = lines(readFileSync(FLOWS, 'utf8'));
  const columns = head.replace(/^#/, '').split(',');
  const [sni, ja3] = [
    columns.indexOf('server_name_sni'),
    columns.findIndex((name) => name.startsWith('ja3c')),
  ];
  return rows.map((row) => row.split(',')).flatMap((cells) => (cells[ja3] ? [cells[sni] ?? ''] : []));
}

const PEERS: readonly Peer[] = [
  { ...wiretally(1, '.'), does: 'hosts, tools, estimates', names: null },
  {
    name: 'wiretally dump hellos',
    does: 'hellos',
    command: HELLOS,
    names: (capture) =>
      lines(outputOf(HELLOS(capture))).map((line) => (JSON.parse(line) as { sni: string | null }).sni ?? ''),
  },
  { name: 'tshark', does: 'hellos', command: TSHARK, names: (capture) => lines(outputOf(TSHARK(capture))) },
  {
    name: 'ndpiReader',
    does: 'flows with protocol and name',
    command: (capture) => ['ndpiReader', '-q', '-i', capture, '-C', FLOWS],
    names: namesOfNdpi,
  },
  { name: 'softflowd', does: 'flows', command: (capture) => ['softflowd', '-d', '-r', capture], names: null },
  { ...TCPDUMP, does: 'packets', names: null },
];

/** Size of the intersection of both lists, duplicates counted once. */
function inCommon(names: readonly string[], reference: readonly string[]): number {
  const left = new Map<string, number>();
  for (const name of reference) left.set(name, (left.get(name) ?? 0) + 1);
  let found = 0;
  for (const name of names) {
    const count = left.get(name) ?? 0;
    if (count > 0) found++;
    left.set(name, count - 1);
  }
  return found;
}

/** One table. A result is correct if tshark agrees, which shares no code with this project. */
export function comparePeers(runs: number, isWritten: boolean): void {
  buildPrograms();
  mkdirSync('bench/data', { recursive: true });
  const capture = 'bench/data/demo.pcap';
  writeFileSync(capture, gunzipSync(readFileSync('captures/demo.pcap.gz')));
  const reference = lines(outputOf(TSHARK(capture)));
  const table = [
    '| program | prints | CPU s | resident MiB | hellos | named as tshark does |',
    '|---|---|---|---|---|---|',
  ];
  const commands: string[] = [];
  for (const peer of PEERS) {
    if (spawnSync('sh', ['-c', `command -v ${peer.command(capture)[0] ?? ''}`]).status !== 0) {
      console.log(`skipped: ${peer.name} is not installed`);
      continue;
    }
    const costs = Array.from({ length: runs }, () => run(peer, capture));
    const cpu = median(costs.map(({ cpuSeconds }) => cpuSeconds));
    const resident = Math.max(...costs.map(({ residentMiB }) => residentMiB));
    const names = peer.names?.(capture);
    const result =
      names === undefined
        ? '– | –'
        : `${names.length} | ${inCommon(names, reference)} of ${reference.length}`;
    table.push(`| ${peer.name} | ${peer.does} | ${cpu.toFixed(2)} | ${resident.toFixed(0)} | ${result} |`);
    commands.push(`    ${peer.command(capture).map(shellWord).join(' ').replace(process.execPath, 'node')}`);
  }
  const text = [
    `The demo capture (65 MB, 112 887 packets), median of ${runs} runs; resident is the largest.\n`,
    ...table,
    `\nThe commands:\n\n${commands.join('\n')}`,
    '\nndpiReader prints one name per flow, softflowd and tcpdump none: they do less work.\n',
  ].join('\n');
  console.log(text);
  if (isWritten) writeFileSync(RESULTS, `# Comparison with alternatives\n\n${text}`);
}
