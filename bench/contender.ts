// Programs that a benchmark compares, each as a whole process, and the cost of one run of one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Contender {
  readonly name: string;
  /** `flowTable`: flows that the capture has side by side, where they are more than the default. */
  readonly command: (capture: string, flowTable?: number) => readonly string[];
}

export interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly residentMiB: number;
}

/** The middle one, the upper of two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const PROGRAMS = 'build/bench';

/** Compiles floor.c and measure.c where they are new. */
export function buildPrograms(): void {
  mkdirSync(PROGRAMS, { recursive: true });
  for (const name of ['floor', 'measure']) {
    const source = `bench/${name}.c`;
    const program = `${PROGRAMS}/${name}`;
    if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) continue;
    const { status } = spawnSync('cc', ['-O2', '-o', program, source], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${source}: does not compile`);
  }
}

export const FLOOR: Contender = { name: 'floor', command: (capture) => [`${PROGRAMS}/floor`, capture] };
export const TCPDUMP: Contender = {
  name: 'tcpdump -w',
  command: (capture) => ['tcpdump', '-nn', '-r', capture, '-w', '/dev/null'],
};

/** The command line of this checkout, or of another one for comparison. */
export function wiretally(workers: number, folder: string): Contender {
  return {
    name: `wiretally, ${workers === 1 ? '1 worker' : `${workers} workers`}${folder === '.' ? '' : ` (${folder})`}`,
    command: (capture, flowTable) => [
      process.execPath,
      `${folder}/dist/cli/main.js`,
      'analyze',
      '--workers',
      `${workers}`,
      '--format',
      'json',
      ...(flowTable === undefined ? [] : ['--flow-table', `${flowTable}`]),
      capture,
    ],
  };
}

export function run(contender: Contender, capture: string, flowTable?: number): Cost {
  const { exit, ...cost } = measured(contender.command(capture, flowTable));
  if (exit !== 0) throw new Error(`${contender.name}: failed on ${capture}`);
  return cost;
}

/** Runs one command; its standard output goes to `output`, or is discarded. */
export function measured(
  command: readonly string[],
  { cwd = '.', output = '/dev/null' }: { readonly cwd?: string; readonly output?: string } = {},
): Cost & { readonly exit: number } {
  const { status, stdout } = spawnSync(resolve(PROGRAMS, 'measure'), ['--output', output, ...command], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line: unknown = status === 0 ? JSON.parse(stdout) : null;
  if (!isMeasured(line)) throw new Error(`${command[0]}: the cost was not measured`);
  return {
    exit: line.exit,
    cpuSeconds: line.userSeconds + line.systemSeconds,
    wallSeconds: line.wallSeconds,
    residentMiB: line.residentKiB / 1024,
  };
}

interface Measured {
  readonly exit: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly wallSeconds: number;
  readonly residentKiB: number;
}

function isMeasured(value: unknown): value is Measured {
  return (
    typeof value === 'object' &&
    value !== null &&
    'exit' in value &&
    'userSeconds' in value &&
    'residentKiB' in value
  );
}
