// The flow table at its limit: resident memory of the whole process for a table of 1 M flows, while 2 M and then 10 M flows
// pass through. Method: README.md.
//   npm run bench:table -- [--flows 2000000,10000000] [--table 1000000] [--write]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { parseArgs } from 'node:util';
import { CaptureWriter, TCP_ACK, TCP_PSH_ACK, TCP_SYN } from './capture-writer.ts';
import { buildPrograms, type Contender, run } from './contender.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    flows: { type: 'string', default: '2000000,10000000' },
    table: { type: 'string', default: '1000000' },
    dist: { type: 'string', default: 'dist' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/table-results.md';
const CAPTURE = 'bench/data/table.pcap';
const START_SECONDS = 1_782_000_000;
const SERVER = 0xc6120001; // 198.18.0.1, RFC 2544
const HOSTS = 2003;
/** New flows per second; with a lifetime of 90 s more are open than the table holds. */
const PER_SECOND = 12_000;
const LIFE_SECONDS = 90;
const TCP_RST_ACK = 0x14;

/** Every flow has a SYN, its answer, some bytes after half its life, and a reset at its end. */
function writeFlows(path: string, flows: number): void {
  const writer = new CaptureWriter(path, START_SECONDS);
  const life = PER_SECOND * LIFE_SECONDS;
  for (let n = 0; n < flows + life; n++) {
    if (n % 12 === 0) writer.advance((12 * 1_000_000) / PER_SECOND);
    if (n < flows) {
      writer.tcp(endsOf(n), true, TCP_SYN, 1000, 0, 0);
      writer.tcp(endsOf(n), false, TCP_SYN | TCP_ACK, 5000, 1001, 0);
    }
    const half = n - life / 2;
    if (half >= 0 && half < flows)
      writer.buffer.fill(0, writer.tcp(endsOf(half), true, TCP_PSH_ACK, 1001, 5001, 10), 10);
    const end = n - life;
    if (end >= 0 && end < flows) writer.tcp(endsOf(end), false, TCP_RST_ACK, 5001, 1011, 0);
  }
  writer.close();
}

function endsOf(n: number): { client: number; server: number; clientPort: number; serverPort: number } {
  return {
    client: 0x0a000000 + (n % HOSTS),
    server: SERVER + Math.floor(n / HOSTS / 60_000),
    clientPort: 1024 + (Math.floor(n / HOSTS) % 60_000),
    serverPort: 8080,
  };
}

/** In a separate process: reads the capture with the requested table size. */
async function readCapture(): Promise<void> {
  const library = new URL(`file://${process.cwd()}/${options.dist}/index.js`).href;
  const { analyze, loadCatalogue } = (await import(library)) as typeof import('../src/index.ts');
  const catalogue = await loadCatalogue();
  const flowTable = Number(options.table);
  const { stats } = await analyze([CAPTURE], {
    catalogue,
    flowTable,
  });
  console.error(JSON.stringify(stats));
}

function main(): void {
  mkdirSync('bench/data', { recursive: true });
  buildPrograms();
  const child: Contender = {
    name: 'table',
    command: () => [process.execPath, ...process.argv.slice(1), 'read'],
  };
  const lines = ['| flows | packets | resident MiB | CPU seconds |', '|---|---|---|---|'];
  for (const flows of options.flows.split(',').map(Number)) {
    writeFlows(CAPTURE, flows);
    const { residentMiB, cpuSeconds } = run(child, CAPTURE);
    lines.push(`| ${flows} | ${flows * 4} | ${residentMiB.toFixed(0)} | ${cpuSeconds.toFixed(1)} |`);
    console.log(lines.at(-1));
  }
  rmSync(CAPTURE);
  const about = `Linux ${release()}, Node ${process.version}. A table of ${options.table} flows, one worker; ${PER_SECOND} flows begin every second and live for ${LIFE_SECONDS} s, so that the table is full from the second minute on.`;
  if (options.write)
    writeFileSync(RESULTS, `# Results of npm run bench:table\n\n${about}\n\n${lines.join('\n')}\n`);
}

if (positionals.includes('read')) await readCapture();
else main();
