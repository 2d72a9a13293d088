// How a step of the CI is run in a copy of the project: the named tests of it, or all of it.

import { basename } from 'node:path';
import type { Step } from './mutants.ts';
import type { Ended, Tree } from './tree.ts';

type Command = readonly string[];

const BUILD_DIST: Command = ['npm', 'run', 'build:ts'];
const BUILD_ADDON: Command = ['node', 'native-bindings/install.mjs', '--compile'];
const BUILD_CORE: Command = ['make', '-C', 'test', '-j2', '--no-print-directory', 'quick'];

/** One worker: steps of several faults may run side by side. */
const vitest = (mode: 'run' | 'related', project: string, files: readonly string[]): Command => [
  ...['npx', 'vitest', mode, ...(mode === 'related' ? ['--run'] : [])],
  ...['--project', project, '--bail', '1', '--maxWorkers', '1', ...files],
];

/** Projects of vitest.config.ts. */
const PROJECT: Readonly<Partial<Record<Step, string>>> = { test: 'tests', package: 'package', long: 'long' };

/** What must succeed before tests of a step can say anything; quick tests that start the command line are few. */
export function buildsFor(step: Step, isCore: boolean, which: 'named' | 'all'): Command[] {
  if (step === 'native') return [BUILD_CORE];
  if (step === 'check' || step === 'sanitizers' || step === 'fuzz') return [];
  const startsCommands = step !== 'test' || which === 'all';
  return [...(isCore ? [BUILD_ADDON] : []), ...(startsCommands ? [BUILD_DIST] : [])];
}

/** The named tests of a step; null for a step that has none of its own. */
export function commandsOf(step: Step, tests: readonly string[]): Command[] | null {
  if (step === 'native')
    return tests.map((test) => ['build/quick/tests', `--source-file=*/${basename(test)}`]);
  const project = PROJECT[step];
  return project === undefined ? null : [vitest('run', project, tests)];
}

/** Tests of a step that import a file, as a second resort; null for a step that knows none. */
export const relatedCommand = (step: Step, file: string): Command | null =>
  step === 'test' && file.endsWith('.ts') ? vitest('related', 'tests', [file]) : null;

/** All of a step. */
export function wholeCommand(step: Step): Command {
  switch (step) {
    case 'native':
      return vitest('run', 'tests', ['test/native']);
    case 'sanitizers':
      return vitest('run', 'long', ['test/native']);
    case 'fuzz':
      return ['test/fuzz/all.sh', '2', 'core'];
    case 'check':
      return ['npm', 'run', 'check'];
    default:
      return vitest('run', PROJECT[step] ?? step, []);
  }
}

/** Runs commands until one fails. */
export async function runAll(tree: Tree, commands: readonly Command[]): Promise<Ended> {
  for (const command of commands) {
    const ended = await tree.run(command);
    if (!ended.isFine) return ended;
  }
  return { isFine: true, output: '' };
}
