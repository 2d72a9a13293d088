// Measures the cost of a packet from file to report, next to the floor and tcpdump in the same run. Method: README.md.
//   npm run bench -- [--runs 5] [--only mix,small] [--large] [--life ai=2,dns=95,quic=40,unechoed=50,seed=7] [--workers 1,2] [--scaling mix,mix-large] [--against FOLDER] [--write]
// --write replaces throughput-results.md, with all sections.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  buildPrograms,
  type Contender,
  type Cost,
  FLOOR,
  measured,
  median,
  run,
  TCPDUMP,
  wiretally,
} from './contender.ts';
import { lifeCapture, MADE_CAPTURES, type MadeCapture, madeCapture } from './generate.ts';
import { scalingSection } from './scaling.ts';
import { machine, onePacket } from './surroundings.ts';

interface Row {
  readonly contender: string;
  readonly costs: readonly Cost[];
}

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    large: { type: 'boolean', default: false },
    life: { type: 'string', multiple: true, default: [] },
    workers: { type: 'string', default: '1,2' },
    /** Captures of a kind, the smaller one first. */
    scaling: { type: 'string' },
    against: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/throughput-results.md';

function main(): void {
  buildPrograms();
  const contenders = chooseContenders();
  const names = options.only?.split(',');
  const chosen = [
    ...MADE_CAPTURES.filter(
      ({ name, isByDefault }) => names?.includes(name) ?? (isByDefault || options.large),
    ),
    ...options.life.map((text) => lifeCapture(sharesOf(text))),
  ];
  const sections = [machine(Number(options.runs)), startUp(measure(contenders, onePacket()))];
  const byName = new Map<string, Measured>();
  for (const capture of chosen) {
    const path = madeCapture(capture);
    const rows = measure(contenders, path, capture.flowTable);
    byName.set(capture.name, { count: capture.count, rows });
    const before = byName.get(capture.beginsWith ?? '');
    const more = before === undefined ? [] : marginal(capture, rows, before);
    const section = [table(capture, rows), ...more, ...compare(capture, path)].join('\n');
    console.log(section);
    sections.push(section);
  }
  const scaling = options.scaling ?? (options.write ? 'mix,mix-large' : '');
  if (scaling !== '') {
    sections.push(scalingSection(scaling.split(','), Number(options.runs)));
    console.log(sections.at(-1));
  }
  if (options.write) writeFileSync(RESULTS, `# Results of npm run bench\n\n${sections.join('\n')}`);
}

const sharesOf = (text: string): Record<string, number> =>
  Object.fromEntries(
    text.split(',').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name, Number(value)];
    }),
  );

function chooseContenders(): Contender[] {
  const own = options.workers.split(',').map((workers) => wiretally(Number(workers), '.'));
  const others = options.against === undefined ? [] : [wiretally(1, options.against)];
  return [FLOOR, TCPDUMP, ...own, ...others];
}

/** Interleaved runs, so that other load of the machine affects all alike. */
function measure(contenders: readonly Contender[], capture: string, flowTable?: number): Row[] {
  spawnSync('cat', [capture], { stdio: ['ignore', 'ignore', 'inherit'] });
  const rows = contenders.map((contender) => ({ contender: contender.name, costs: [] as Cost[] }));
  for (let left = Number(options.runs); left > 0; left--) {
    for (const [index, contender] of contenders.entries())
      rows[index]?.costs.push(run(contender, capture, flowTable));
  }
  return rows;
}

function table(capture: MadeCapture, rows: readonly Row[]): string {
  const tcpdump = median(cpuOf(rows.find(({ contender }) => contender === TCPDUMP.name)));
  const lines = rows.map((row) => {
    const cpu = cpuOf(row);
    const nanoseconds = [Math.min(...cpu), median(cpu), Math.max(...cpu)].map((s) =>
      ((s * 1e9) / capture.count).toFixed(0),
    );
    const wall = median(row.costs.map(({ wallSeconds }) => wallSeconds)).toFixed(2);
    const resident = Math.max(...row.costs.map(({ residentMiB }) => residentMiB)).toFixed(0);
    return `| ${row.contender} | ${nanoseconds.join(' | ')} | ${(median(cpu) / tcpdump).toFixed(2)} | ${wall} | ${resident} |`;
  });
  return [
    `## ${capture.name}: ${capture.about}\n`,
    `| | CPU ns per ${capture.per}: min | median | max | × tcpdump | wall s | resident MiB |`,
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

interface Measured {
  readonly count: number;
  readonly rows: readonly Row[];
}

/** Cost of the rest of a capture without its beginning, which includes start-up and first use of everything. */
function marginal(capture: MadeCapture, rows: readonly Row[], before: Measured): string[] {
  const packets = capture.count - before.count;
  const costs = rows.map(({ contender, costs }) => {
    const first = before.rows.find((row) => row.contender === contender);
    return { contender, seconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)) - median(cpuOf(first)) };
  });
  const tcpdump = costs.find(({ contender }) => contender === TCPDUMP.name)?.seconds ?? Number.NaN;
  return [
    `Marginal: what ${capture.name} costs more than ${capture.beginsWith}, median from median.\n`,
    `| | CPU ns per ${capture.per} | × tcpdump |`,
    '|---|---|---|',
    ...costs.map(
      ({ contender, seconds }) =>
        `| ${contender} | ${((seconds * 1e9) / packets).toFixed(0)} | ${(seconds / tcpdump).toFixed(2)} |`,
    ),
    '',
  ];
}

/** Differences between the report and the content of the capture; with one, the bench fails. */
function compare(capture: MadeCapture, path: string): string[] {
  if (capture.compare === undefined) return [];
  const output = 'build/bench/report.json';
  const { exit } = measured(wiretally(1, '.').command(path), { output });
  const differences =
    exit === 0 ? capture.compare(path, readFileSync(output, 'utf8')) : ['the analysis failed'];
  if (differences.length > 0) process.exitCode = 1;
  const result = differences.length === 0 ? 'Every tool is named, and no other.' : differences.join('; ');
  return [`Rows, compared with what the capture contains: ${result}\n`];
}

/** Cost of a process that reads one packet: part of every figure, reported so that it can be subtracted. */
function startUp(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const cpu = cpuOf(row);
    return `| ${row.contender} | ${(median(cpu) * 1000).toFixed(0)} | ${(median(row.costs.map(({ wallSeconds }) => wallSeconds)) * 1000).toFixed(0)} |`;
  });
  const section = ['## Start-up: one packet\n', '| | CPU ms | wall ms |', '|---|---|---|', ...lines, ''].join(
    '\n',
  );
  console.log(section);
  return section;
}

function cpuOf(row: Row | undefined): number[] {
  return row?.costs.map(({ cpuSeconds }) => cpuSeconds) ?? [];
}

main();
