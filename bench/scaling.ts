// Scaling of one file over several cores: one and two workers measured, more of them computed. Method: README.md.
import { spawnSync } from 'node:child_process';
import { median, run, wiretally } from './contender.ts';
import { MADE_CAPTURES, madeCapture } from './generate.ts';
import { onePacket } from './surroundings.ts';

const SIMULATED_WORKERS = [4, 8, 16];
/** A longer capture of the same kind: N times the difference between the larger and the smaller. */
const LONGER = [4, 16, 64];

/** Medians, in seconds. */
interface Parts {
  readonly name: string;
  /** One worker: outside the native core and inside it. */
  readonly serial: number;
  readonly shared: number;
  /** Two workers: what both have to do inside it. */
  readonly sharedByTwo: number;
  readonly wall: readonly [one: number, two: number];
}

/** A section for the results; the captures are made first when they are missing. */
export function scalingSection(captures: readonly string[], runs: number): string {
  const start = startSeconds(runs);
  const parts = captures.map((name) => measure(name, start, runs));
  return [
    '## Scaling over workers\n',
    `Threads for two workers cost ${start.toFixed(3)} s of CPU before they decode.\n`,
    '| | serial, CPU s | shared by one | shared by two | wall of one | wall of two | × one |',
    '|---|---|---|---|---|---|---|',
    ...parts.map(
      ({ name, serial, shared, sharedByTwo, wall: [one, two] }) =>
        `| ${[name, ...[serial, shared, sharedByTwo, one, two, one / two].map((value) => value.toFixed(2))].join(' | ')} |`,
    ),
    '\nBy arithmetic, × one worker:\n',
    `| | ${SIMULATED_WORKERS.join(' | ')} |`,
    `|---|${SIMULATED_WORKERS.map(() => '---').join('|')}|`,
    ...[...parts, ...longer(parts)].map(
      (one) => `| ${[one.name, ...SIMULATED_WORKERS.map((workers) => speed(one, workers))].join(' | ')} |`,
    ),
    '',
  ].join('\n');
}

function speed({ serial, shared, sharedByTwo }: Parts, workers: number): string {
  return ((serial + shared) / (serial + sharedByTwo / workers)).toFixed(1);
}

function measure(name: string, start: number, runs: number): Parts {
  const made = MADE_CAPTURES.find((capture) => capture.name === name);
  if (made === undefined) throw new Error(`${name}: no such capture`);
  const capture = madeCapture(made);
  spawnSync('cat', [capture], { stdio: ['ignore', 'ignore', 'inherit'] });
  const rounds = Array.from({ length: runs }, () => ({
    split: runSplit(capture),
    one: run(wiretally(1, '.'), capture),
    two: run(wiretally(2, '.'), capture),
  }));
  const serial = median(rounds.map(({ split }) => split.cpuSeconds - split.insideSeconds));
  return {
    name,
    serial,
    shared: median(rounds.map(({ split }) => split.insideSeconds)),
    sharedByTwo: median(rounds.map(({ two }) => two.cpuSeconds)) - serial - start,
    wall: [
      median(rounds.map(({ one }) => one.wallSeconds)),
      median(rounds.map(({ two }) => two.wallSeconds)),
    ],
  };
}

/** The larger of two captures of a kind, followed by repetitions of the part that the smaller lacks. */
function longer([small, large]: readonly Parts[]): Parts[] {
  if (small === undefined || large === undefined) return [];
  return LONGER.map((times) => {
    const more = (of: 'serial' | 'shared' | 'sharedByTwo') => large[of] + times * (large[of] - small[of]);
    const [serial, shared, sharedByTwo] = [more('serial'), more('shared'), more('sharedByTwo')];
    return {
      name: `${large.name} and ${times} times what it has more than ${small.name}`,
      serial,
      shared,
      sharedByTwo,
      wall: [0, 0],
    };
  });
}

function runSplit(capture: string): { readonly insideSeconds: number; readonly cpuSeconds: number } {
  const [program = '', ...words] = wiretally(1, '.').command(capture);
  const hook = ['--import', './build/scripts/bench/poll-time.js'];
  const { stderr, status } = spawnSync(program, [...hook, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const line = stderr.split('\n').find((each) => each.startsWith('{"inside'));
  if (line === undefined || status !== 0) throw new Error(`${capture}: no time in the output`);
  return JSON.parse(line) as { insideSeconds: number; cpuSeconds: number };
}

/** Cost of a second worker without work. */
function startSeconds(runs: number): number {
  const capture = onePacket();
  const rounds = Array.from({ length: 2 * runs }, () => {
    const [one, two] = [1, 2].map((workers) => run(wiretally(workers, '.'), capture).cpuSeconds);
    return (two ?? 0) - (one ?? 0);
  });
  return median(rounds);
}
