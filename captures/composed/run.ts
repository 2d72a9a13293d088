// Generates composed cases and compares the built library with their ground truth:
//   npm run composed -- [--cases 1000] [--seed 1] [--family NAME,…] [--case INDEX] [--recordings DIR]… [--keep DIR] [-v] [--write]
// Prints the table, and before it each case that is not right (with -v every case). The same seed gives the same cases;
// --family and --case make one of them again, and --keep writes its captures. --recordings adds folders with a
// manifest.json. --write puts both tables into captures/composed/results.md. Exits with 1
// when a case is accused, hidden or exempted.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nearestWord } from '../../src/text/near-word.ts';
import { writePcap, writePcapng } from '../pcap.ts';
import { calibrationOf } from './calibration.ts';
import type { ComposedCase } from './case.ts';
import { FAMILIES, makeCase } from './families.ts';
import { Judge, tellerOf } from './judge.ts';
import { RecordingLibrary } from './library.ts';
import { faultsOf, type Judged, tableOf } from './table.ts';

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    family: { type: 'string' },
    case: { type: 'string' },
    recordings: { type: 'string', multiple: true, default: [] },
    keep: { type: 'string' },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', short: 'v', default: false },
  },
});

function keep(one: ComposedCase, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [part, frames] of one.captures.entries())
    writeFileSync(
      join(folder, `${one.family}-${one.index}-${part}.pcap`),
      one.dropped === undefined ? writePcap(frames, one.link) : writePcapng(frames, one.dropped),
    );
}

function writeTables(tables: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  writeFileSync(PAGE, `${page.slice(0, begin)}\n\n${tables}\n\n${page.slice(end)}`);
}

const PAGE = 'captures/composed/results.md';
const BEGIN = '<!-- composed: begin -->';
const END = '<!-- composed: end -->';
const seed = Number(options.seed);
const wanted = options.family?.split(',');
const names = FAMILIES.map(({ name }) => name);
const unknown = wanted?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0) {
  const near = unknown.map((name) => nearestWord(name, names)).filter((name) => name !== null);
  const question = near.length === 0 ? '' : `; did you mean ${near.join(', ')}?`;
  console.error(`--family: no family ${unknown.join(', ')}${question} Families: ${names.join(', ')}`);
  process.exit(2);
}
const families = FAMILIES.filter(({ name }) => wanted?.includes(name) ?? true);
const perFamily = Math.ceil(Number(options.cases) / Math.max(1, families.length));
const library: typeof import('../../src/index.ts') = await import(`file://${process.cwd()}/dist/index.js`);
const recordings = new RecordingLibrary(['captures', ...options.recordings]);
const judge = new Judge(library, await library.loadCatalogue(), tellerOf('dist/cli/main.js'));
const judged: Judged[] = [];
try {
  for (const family of families) {
    const count = family.name === 'recordings' ? recordings.all.length : perFamily;
    const indices =
      options.case === undefined ? Array.from({ length: count }, (_, i) => i) : [Number(options.case)];
    for (const index of indices) {
      const one = makeCase(family, index, seed, recordings);
      if (options.keep !== undefined) keep(one, options.keep);
      const result = await judge.judge(one);
      judged.push({ one, result });
      const faults = faultsOf(result);
      if (faults.length > 0 || options.verbose)
        console.log(`${family.name} ${index}: ${one.about}: ${faults.join('; ') || 'right'}`);
    }
  }
} finally {
  judge.close();
}
const tables = `${tableOf(judged)}\n\n${calibrationOf(judged)}`;
console.log(`\nseed ${seed}, ${recordings.all.length} recordings\n\n${tables}`);
if (options.write) writeTables(tables);
const isWronged = ({ result: { accused, hidden, exempted } }: Judged): boolean =>
  accused.length + hidden.length + exempted.length > 0;
process.exitCode = judged.some(isWronged) ? 1 : 0;
