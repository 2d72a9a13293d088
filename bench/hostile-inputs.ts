// Inputs of 1 MB that are made to cost, at every verb that takes them: CPU seconds and resident memory. Method: README.md.
//   npm run bench:hostile-inputs -- [--only policy] [--door verify] [--costly FOLDER] [--all] [--write]
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { median } from './contender.ts';
import { captureKinds } from './hostile-inputs/captures.ts';
import { CURIOUS, DOORS, type Door, fileOf, type Harmless } from './hostile-inputs/doors.ts';
import type { Kind } from './hostile-inputs/kind.ts';
import { type Cost, costOf, MOST, startCost } from './hostile-inputs/measure.ts';
import { textKinds } from './hostile-inputs/texts.ts';
import { windowKinds } from './hostile-inputs/windows.ts';

const { values: options } = parseArgs({
  options: {
    /** Kinds whose name or declared type contains this text. */
    only: { type: 'string' },
    door: { type: 'string' },
    /** Captures that the cost test made (WIRETALLY_HOSTILE_CAPTURES). */
    costly: { type: 'string' },
    /** Every kind at every entry point that detects types by content. */
    all: { type: 'boolean', default: false },
    cli: { type: 'string', default: 'dist/cli/main.js' },
    write: { type: 'boolean', default: false },
  },
});

const RESULTS = 'bench/hostile-inputs-results.md';
const RECORDING = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';

interface Measured extends Cost {
  readonly door: string;
  readonly kind: string;
}

async function harmless(folder: string): Promise<Harmless> {
  let outs = 0;
  const by: Harmless = {
    capture: join(folder, 'harmless.pcap'),
    usage: join(folder, 'harmless.usage'),
    store: join(folder, 'harmless.duckdb'),
    policy: 'captures/demo-policy.yaml',
    key: join(folder, 'harmless.key'),
    pem: join(folder, 'harmless.pem'),
    out: (ending) => join(folder, `out-${outs++}.${ending}`),
  };
  writeFileSync(by.capture, gunzipSync(readFileSync(RECORDING)));
  writeFileSync(by.key, Buffer.alloc(32, 7));
  for (const words of [
    ['--write', by.usage],
    ['--store', by.store],
  ]) {
    const { code, said } = await costOf(['analyze', by.capture, ...words], options.cli);
    if (code !== 0) throw new Error(said);
  }
  return by;
}

const goesTo = (kind: Kind, door: Door): boolean =>
  door.takes.includes(kind.of) || (options.all && CURIOUS.has(door.verb));

const isOver = ({ residentMb, cpuSeconds, isEnded }: Cost): boolean =>
  isEnded || residentMb > MOST.residentMb || cpuSeconds > MOST.cpuSeconds;

/** A fault of the program, independent of cost: an undocumented exit code, or an internal error. */
const isFault = ({ code, isEnded }: Cost): boolean =>
  !isEnded && (code === null || ![0, 1, 2, 3, 4].includes(code));

function lineOf({ door, kind, residentMb, cpuSeconds, code, isEnded, said }: Measured): string {
  const last = /INTERNAL|FATAL|Error/.test(said) ? said.trim().split('\n').at(-1)?.slice(0, 100) : '';
  return `| ${door} | ${kind} | ${residentMb.toFixed(0)} | ${cpuSeconds.toFixed(1)} | ${isEnded ? 'ended' : code} | ${last} |`;
}

function worst(measured: readonly Measured[], by: 'door' | 'kind'): string[] {
  const names = [...new Set(measured.map((one) => one[by]))];
  const lines = names.map((name) => {
    const these = measured.filter((one) => one[by] === name);
    const residentMb = Math.max(...these.map((one) => one.residentMb));
    const cpuSeconds = Math.max(...these.map((one) => one.cpuSeconds));
    return `| ${name} | ${these.length} | ${residentMb.toFixed(0)} | ${cpuSeconds.toFixed(1)} |`;
  });
  return [`| ${by} | runs | most MB | most CPU s |`, '|---|---|---|---|', ...lines];
}

function tableOf(measured: readonly Measured[], starts: readonly number[]): string {
  const start = median(starts);
  return [
    '# Results of npm run bench:hostile-inputs',
    '',
    `${measured.length} runs; ${measured.filter(isOver).length} above ${MOST.residentMb} MB or ${MOST.cpuSeconds} s of CPU. A start of Node alone took ${start.toFixed(2)} s of CPU meanwhile (median): what a busy machine adds to each figure.`,
    '',
    '| above: verb | kind | MB | CPU s | exit code | said |',
    '|---|---|---|---|---|---|',
    ...measured.filter(isOver).map(lineOf),
    '',
    ...worst(measured, 'door'),
    '',
    ...worst(measured, 'kind'),
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-hostile-'));
  const measured: Measured[] = [];
  const starts: number[] = [];
  const measure = async (door: Door, kind: string, file: string, by: Harmless): Promise<void> => {
    const one = { door: door.verb, kind, ...(await costOf(door.words(file, by), options.cli)) };
    measured.push(one);
    if (isOver(one) || isFault(one) || /INTERNAL/.test(one.said)) console.log(lineOf(one));
  };
  try {
    const by = await harmless(folder);
    const doors = DOORS.filter(({ verb }) => options.door === undefined || verb.includes(options.door));
    const kinds = [...captureKinds(options.costly), ...windowKinds(), ...textKinds()].filter(
      ({ name, of }) => options.only === undefined || `${of}: ${name}`.includes(options.only),
    );
    mkdirSync(join(folder, 'kinds'));
    for (const kind of kinds) {
      const file = fileOf(join(folder, 'kinds'), kind);
      await kind.write(file);
      starts.push(await startCost());
      console.error(
        `${kind.of}: ${kind.name}: ${statSync(file).isFile() ? statSync(file).size : 'a folder'}`,
      );
      for (const door of doors.filter((each) => goesTo(kind, each))) {
        const copy = `${folder}/now-${kind.file}`;
        cpSync(file, copy, { recursive: true });
        await measure(door, `${kind.of}: ${kind.name}`, copy, by);
        for (const left of [copy, `${copy}.wal`]) if (existsSync(left)) rmSync(left, { recursive: true });
      }
      rmSync(file, { recursive: true });
      if (options.write) writeFileSync(RESULTS, tableOf(measured, starts));
    }
    if (options.only === undefined)
      for (const door of doors.filter(({ takes }) => takes.length === 0))
        await measure(door, 'argument', '', by);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const text = tableOf(measured, starts);
  console.log(text);
  if (options.write) writeFileSync(RESULTS, text);
}

await main();
