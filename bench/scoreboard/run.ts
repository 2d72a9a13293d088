// Runs every installed program on the published captures and compares its answers with the truth: npm run scoreboard
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type CaptureTruth, captureTruthSchema } from '../../captures/truth.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { isProviderKind } from '../../src/catalogue/rules.ts';
import { buildPrograms, type Cost, measured } from '../contender.ts';
import { machineLine } from '../surroundings.ts';
import { type Answer, MAX_ANSWER_BYTES, parseAnswers } from './answer.ts';
import { drawScoreboard } from './chart.ts';
import {
  answersBy,
  type Fingerprinted,
  OWN_ANSWERS,
  ownLabels,
  ownNames,
  publishedFingerprints,
  recordedFingerprints,
  type Sighting,
  type ToolList,
  vendorNames,
} from './lists.ts';
import { type Job, PROGRAMS, type Program, STDOUT, versionOf } from './programs.ts';
import { score } from './score.ts';
import { describeScoreboard, detailsOf, type Entry } from './table.ts';

const CAPTURES = 'captures';
const WORK = 'build/scoreboard';
const RESULTS = 'bench/scoreboard/results';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    set: { type: 'string' },
    answers: { type: 'string', multiple: true, default: [] },
    run: { type: 'string', multiple: true, default: [] },
    fingerprints: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
  },
});

/** What one program printed about all captures, and its cost. */
interface Outcome {
  readonly answers: readonly Answer[];
  readonly sightings: ReadonlyMap<string, readonly Sighting[]>;
  /** Pairs of capture and name. */
  readonly serverNames: ReadonlySet<string>;
  readonly cost: Cost;
  /** Captures on which the program failed, with its exit code. */
  readonly failures: readonly string[];
}

async function main(): Promise<void> {
  buildPrograms();
  // The built library finds the files of its catalogue.
  const library: typeof import('../../src/index.ts') = await import(`file://${process.cwd()}/dist/index.js`);
  const catalogue = await library.loadCatalogue();
  const all = readTruths();
  const truths = all.filter(({ set }) => options.set === undefined || set === options.set);
  if (truths.length === 0)
    throw new Error(`no set "${options.set}". Pass recordings, builds, faults or demo.`);
  const lists = listsOf(catalogue, all);
  const isTool = (id: string): boolean => {
    const tool = catalogue.tool(id);
    return tool !== undefined && !isProviderKind(tool);
  };
  const answered = options.answers.map((text): Entry => {
    const [name, path] = nameAndValue('--answers', text, 'FILE');
    const answers = parseAnswers(readAnswers(path), path, isTool).filter(({ capture }) =>
      truths.some((truth) => truth.capture === capture),
    );
    return entryOf(name, OWN_ANSWERS, '', answers, null, truths);
  });
  const absent: string[] = [];
  const entries: Entry[] = [];
  const chosen = options.only?.split(',');
  for (const program of [...PROGRAMS, ...options.run.map((text) => externalProgram(text, isTool))]) {
    if (chosen?.includes(program.name) === false) continue;
    const version = versionOf(program);
    if (version === null) {
      absent.push(`${program.name} (${program.install})`);
      continue;
    }
    const title = version === '' ? program.name : `${program.name} ${version}`;
    console.error(`${title}: ${truths.length} captures`);
    entries.push(...entriesOf(title, runAll(program, truths, isTool), lists, truths));
  }
  publish([...entries, ...answered], absent, truths);
}

function readTruths(): CaptureTruth[] {
  const text = readFileSync(join(CAPTURES, 'truth.jsonl'), 'utf8');
  return text
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [captureTruthSchema.parse(JSON.parse(line))]));
}

function listsOf(catalogue: Catalogue, truths: readonly CaptureTruth[]): ToolList[] {
  const { captures } = JSON.parse(readFileSync(join(CAPTURES, 'manifest.json'), 'utf8')) as {
    captures: readonly Fingerprinted[];
  };
  return [
    ownLabels(catalogue),
    ownNames(catalogue),
    vendorNames(catalogue),
    recordedFingerprints(captures, truths),
    ...options.fingerprints.map((path) => publishedFingerprints(catalogue, path)),
  ];
}

function nameAndValue(option: string, text: string, kind: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`${option} ${text}: expected NAME=${kind}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function readAnswers(path: string): string {
  if (statSync(path).size > MAX_ANSWER_BYTES) {
    throw new Error(
      `${path}: larger than ${MAX_ANSWER_BYTES >> 20} MiB. Pass one line per host, tool and day.`,
    );
  }
  return readFileSync(path, 'utf8');
}

/** `--run NAME=COMMAND`: the shell runs COMMAND with $CAPTURE (path in the dataset) and $FILE (uncompressed). */
function externalProgram(text: string, isTool: (id: string) => boolean): Program {
  const [name, command] = nameAndValue('--run', text, 'COMMAND');
  return {
    name,
    version: ['true'],
    install: '',
    command: ({ capture, file }) => ['env', `CAPTURE=${capture}`, `FILE=${file}`, 'sh', '-c', command],
    read: (open) => ({ answers: parseAnswers(open(STDOUT), name, isTool), sightings: [], serverNames: [] }),
  };
}

function runAll(program: Program, truths: readonly CaptureTruth[], isTool: (id: string) => boolean): Outcome {
  const answers: Answer[] = [];
  const sightings = new Map<string, readonly Sighting[]>();
  const serverNames = new Set<string>();
  const failures: string[] = [];
  const cost = { cpuSeconds: 0, wallSeconds: 0, residentMiB: 0 };
  for (const { capture, timezone } of truths) {
    const folder = mkdtempSync(resolve(WORK, 'run-'));
    const job: Job = { capture, file: uncompressed(capture), timezone, folder };
    const used = measured(program.command(job), { cwd: folder, output: join(folder, STDOUT) });
    cost.cpuSeconds += used.cpuSeconds;
    cost.wallSeconds += used.wallSeconds;
    cost.residentMiB = Math.max(cost.residentMiB, used.residentMiB);
    if (used.exit !== 0) failures.push(`${capture} (exit code ${used.exit})`);
    else {
      const reading = program.read((name) => textOf(join(folder, name)), job);
      answers.push(...reading.answers.filter(({ tool }) => isTool(tool)));
      sightings.set(capture, reading.sightings);
      for (const name of reading.serverNames) serverNames.add(`${capture} ${name}`);
    }
    rmSync(folder, { recursive: true });
  }
  return { answers, sightings, serverNames, cost, failures };
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

function uncompressed(capture: string): string {
  const file = resolve(WORK, 'captures', capture.replaceAll('/', '-').replace(/\.gz$/u, ''));
  const source = join(CAPTURES, capture);
  const isFresh = existsSync(file) && statSync(file).mtimeMs > statSync(source).mtimeMs;
  if (!isFresh) writeFileSync(file, gunzipSync(readFileSync(source)));
  return file;
}

/** One entry for the answers of the program itself, or one per list. */
function entriesOf(
  title: string,
  outcome: Outcome,
  lists: readonly ToolList[],
  truths: readonly CaptureTruth[],
): Entry[] {
  const isAnswering = [...outcome.sightings.values()].every((seen) => seen.length === 0);
  if (isAnswering) return [entryOf(title, OWN_ANSWERS, '', outcome.answers, outcome, truths)];
  const all = [...outcome.sightings.values()].flat();
  const canUse = (list: ToolList): boolean => {
    if (list.name === OWN_ANSWERS) return all.some(({ label }) => label !== '');
    return !list.name.startsWith('JA3') || all.some(({ ja3 }) => ja3 !== '');
  };
  return lists.filter(canUse).map((list) => {
    const answers = [...outcome.sightings].flatMap(([capture, seen]) => answersBy(list, capture, seen));
    return entryOf(title, list.name, list.about, answers, outcome, truths);
  });
}

function entryOf(
  program: string,
  list: string,
  about: string,
  answers: readonly Answer[],
  outcome: Outcome | null,
  truths: readonly CaptureTruth[],
): Entry {
  const ofCaptures = (part: readonly CaptureTruth[]) => {
    const names = new Set(part.map(({ capture }) => capture));
    const inside = answers.filter(({ capture }) => names.has(capture));
    return score(part, inside, program);
  };
  const pairs = truths.flatMap(({ capture, serverNames }) =>
    (serverNames ?? []).map((name) => `${capture} ${name}`),
  );
  const printed = outcome?.serverNames;
  return {
    program,
    list,
    about,
    score: ofCaptures(truths),
    bySet: new Map(
      [...new Set(truths.map(({ set }) => set))].map((set) => [
        set,
        ofCaptures(truths.filter((truth) => truth.set === set)),
      ]),
    ),
    serverNames:
      printed === undefined || printed.size === 0
        ? null
        : { printed: pairs.filter((pair) => printed.has(pair)).length, known: pairs.length },
    cost: outcome?.cost ?? null,
    failures: outcome?.failures ?? [],
  };
}

function publish(
  entries: readonly Entry[],
  absent: readonly string[],
  truths: readonly CaptureTruth[],
): void {
  const text = describeScoreboard(entries, absent, truths.length);
  const chart = drawScoreboard(entries);
  console.log(text);
  writeFileSync(`${WORK}/scoreboard.svg`, chart);
  writeFileSync(`${WORK}/details.json`, detailsOf(entries));
  console.error(`chart: ${WORK}/scoreboard.svg; every missed use and wrong answer: ${WORK}/details.json`);
  if (!options.write) return;
  const head = `# Scoreboard\n\n![Scoreboard](results.svg)\n\n${machineLine()}`;
  writeFileSync(`${RESULTS}.md`, `${head}\n${text}`);
  writeFileSync(`${RESULTS}.svg`, chart);
}

mkdirSync(`${WORK}/captures`, { recursive: true });
try {
  await main();
} catch (error) {
  console.error(`scoreboard: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
