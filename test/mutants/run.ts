// Plants each fault of mutants.ts in a copy of the project and looks which step of the CI finds it:
//   npm run mutants [-- --only ID…] [-- --step STEP…] [-- --named] [-- --parallel 2]
// Exit code 1 where a fault is not found.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MUTANTS, type Mutant, STEPS, type Step } from './mutants.ts';
import { buildsFor, commandsOf, relatedCommand, runAll, wholeCommand } from './steps.ts';
import { Tree } from './tree.ts';

const RESULTS = 'test/mutants/results.md';

const { values: asked } = parseArgs({
  options: {
    /** Of these faults alone. */
    only: { type: 'string', multiple: true, default: [] },
    /** Of faults that these steps are expected to find. */
    step: { type: 'string', multiple: true, default: [] },
    /** Named and related tests alone, no whole step. */
    named: { type: 'boolean', default: false },
    /** Copies of the project that are worked on at once. */
    parallel: { type: 'string', default: '1' },
  },
});

interface Result {
  readonly mutant: Mutant;
  /** Null: by none. */
  readonly foundBy: Step | null;
  /** The named tests, tests that import the file, or the whole step. */
  readonly how: string;
  readonly seconds: number;
}

/** Every fault can be planted, and its tests are there. */
function requireSound(tree: Tree): void {
  const ids = new Set<string>();
  for (const mutant of MUTANTS) {
    const { id, tests } = mutant;
    tree.withFault(mutant);
    const missing = tests.find((test) => !tree.has(test));
    if (missing !== undefined) throw new Error(`${id}: there is no ${missing}`);
    if (ids.has(id)) throw new Error(`${id} is there twice`);
    ids.add(id);
  }
}

/** Tests that fail without any fault would seem to find each. */
async function requireGreen(tree: Tree, mutants: readonly Mutant[]): Promise<void> {
  for (const step of STEPS) {
    const ofStep = mutants.filter((mutant) => mutant.step === step);
    if (ofStep.length === 0) continue;
    const tests = [...new Set(ofStep.flatMap((mutant) => mutant.tests))];
    const commands = [...buildsFor(step, false, 'all'), ...(commandsOf(step, tests) ?? [wholeCommand(step)])];
    const { isFine, output } = await runAll(tree, commands);
    if (!isFine) throw new Error(`step ${step} fails without a fault:\n${output}`);
  }
}

const isCore = ({ file }: Mutant): boolean => file.startsWith('native-bindings/');

type Found = Pick<Result, 'foundBy' | 'how'>;

const UNBUILT: Found = { foundBy: null, how: 'cannot be built' };

async function lookFor(tree: Tree, mutant: Mutant): Promise<Found> {
  const { step, tests, file } = mutant;
  const build = async (of: Step, which: 'named' | 'all'): Promise<boolean> =>
    (await runAll(tree, buildsFor(of, isCore(mutant), which))).isFine;
  if (!(await build(step, 'named'))) return UNBUILT;
  const named = commandsOf(step, tests);
  if (named !== null && !(await runAll(tree, named)).isFine) return { foundBy: step, how: 'named tests' };
  const related = relatedCommand(step, file);
  if (related !== null && !(await tree.run(related)).isFine) return { foundBy: step, how: 'related tests' };
  if (asked.named) return { foundBy: null, how: '' };
  const others = STEPS.filter((other) => other !== step && (isCore(mutant) || !isOfCore(other)));
  for (const other of [step, ...others]) {
    if (!(await build(other, 'all'))) return UNBUILT;
    if (!(await tree.run(wholeCommand(other))).isFine) return { foundBy: other, how: 'whole step' };
  }
  return { foundBy: null, how: '' };
}

/** Steps that see nothing but the core. */
const isOfCore = (step: Step): boolean => step === 'native' || step === 'sanitizers' || step === 'fuzz';

async function resultOf(tree: Tree, mutant: Mutant): Promise<Result> {
  const startMs = performance.now();
  const takeOut = tree.plant(mutant);
  try {
    const found = await lookFor(tree, mutant);
    return { mutant, ...found, seconds: Math.round((performance.now() - startMs) / 1000) };
  } finally {
    takeOut();
  }
}

function lineOf({ mutant: { id, step }, foundBy, how, seconds }: Result): string {
  const by = foundBy === null ? '**none**' : foundBy === step ? foundBy : `${foundBy} (expected: ${step})`;
  return `| ${id} | ${by} | ${how} | ${seconds} |`;
}

function tableOf(results: readonly Result[]): string {
  const counts = STEPS.map(
    (step) => [step, results.filter(({ foundBy }) => foundBy === step).length] as const,
  );
  const found = results.filter(({ foundBy }) => foundBy !== null).length;
  return [
    `${found} of ${results.length} faults are found: ${counts
      .filter(([, count]) => count > 0)
      .map(([step, count]) => `${count} by ${step}`)
      .join(', ')}.`,
    '',
    '| Fault | Found by | How | Seconds |',
    '| --- | --- | --- | --- |',
    ...results.map(lineOf),
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  const project = process.cwd();
  const chosen = MUTANTS.filter(
    ({ id, step }) =>
      (asked.only.length === 0 || asked.only.includes(id)) &&
      (asked.step.length === 0 || asked.step.includes(step)),
  );
  const unknown = asked.only.find((id) => !MUTANTS.some((mutant) => mutant.id === id));
  if (unknown !== undefined) throw new Error(`there is no fault ${unknown}`);
  const trees: Tree[] = [];
  const stop = (): never => {
    for (const tree of trees) tree.remove();
    process.exit(130);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    for (let i = 0; i < Math.max(1, Number(asked.parallel)); i++) trees.push(new Tree(project));
    const results = new Map<string, Result>();
    const waiting = [...chosen];
    await Promise.all(
      trees.map(async (tree, i) => {
        if (i === 0) requireSound(tree);
        await requireGreen(tree, chosen);
        for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
          const result = await resultOf(tree, mutant);
          results.set(mutant.id, result);
          console.log(lineOf(result));
        }
      }),
    );
    const ordered = chosen.flatMap(({ id }) => results.get(id) ?? []);
    const table = tableOf(ordered);
    console.log(`\n${table}`);
    if (chosen.length === MUTANTS.length)
      writeFileSync(join(project, RESULTS), `# Planted faults\n\n${table}`);
    if (ordered.some(({ foundBy }) => foundBy === null)) process.exitCode = 1;
  } finally {
    for (const tree of trees) tree.remove();
  }
}

await main();
