// Measures how long a whole process takes from a million lines of each kind of log to a report, and how long it takes to
// read the same bytes.
//   npm run bench:logs -- [--runs 3] [--only zeek,eve] [--lines 1000000] [--against FOLDER] [--write]
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildPrograms, type Contender, type Cost, median, run } from './contender.ts';
import { MADE_LOGS, madeLog } from './made-logs.ts';
import { machine } from './surroundings.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    lines: { type: 'string', default: '1000000' },
    against: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

/** Node that reads the bytes and finds the ends of lines. */
const LINES: Contender = {
  name: 'lines alone',
  command: (folder) => [
    process.execPath,
    '-e',
    `const fs = require('node:fs');
const bytes = Buffer.allocUnsafe(1 << 20);
let lines = 0;
for (const path of ${JSON.stringify(readdirSync(folder).map((file) => `${folder}/${file}`))}) {
  const file = fs.openSync(path);
  for (let read; (read = fs.readSync(file, bytes)) > 0; ) {
    const part = bytes.subarray(0, read);
    for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) lines++;
  }
}`,
  ],
};

const wiretally = (folder: string): Contender => ({
  name: folder === '.' ? 'wiretally' : `wiretally (${folder})`,
  command: (log) => [process.execPath, `${folder}/dist/cli/main.js`, 'analyze', '--format', 'json', log],
});

function main(): void {
  buildPrograms();
  const lines = Number(options.lines);
  const contenders = [
    LINES,
    ...(options.against === undefined ? [] : [wiretally(options.against)]),
    wiretally('.'),
  ];
  const table = [`| ${lines} lines | | CPU s: min | median | resident MiB |`, '|---|---|---|---|---|'];
  for (const log of MADE_LOGS.filter(({ name }) => options.only?.split(',').includes(name) ?? true)) {
    const folder = madeLog(log, lines);
    const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]));
    // In turn, so that other load of the machine affects all alike.
    for (let left = Number(options.runs); left > 0; left--)
      for (const contender of contenders) costs.get(contender.name)?.push(run(contender, folder));
    for (const [name, all] of costs) {
      const cpu = all.map(({ cpuSeconds }) => cpuSeconds);
      const resident = Math.max(...all.map(({ residentMiB }) => residentMiB)).toFixed(0);
      table.push(
        `| ${log.name} | ${name} | ${Math.min(...cpu).toFixed(2)} | ${median(cpu).toFixed(2)} | ${resident} |`,
      );
      console.log(table.at(-1));
    }
  }
  if (options.write)
    writeFileSync(
      'bench/logs-results.md',
      `# Results of npm run bench:logs\n\n${machine(Number(options.runs))}\n${table.join('\n')}\n`,
    );
}

main();
