// Parsers of files that others hand over, fed with changed inputs. FUZZ_SECONDS drives each for so long instead, and
// FUZZ_SEED makes other inputs of the same seeds.

import { afterAll, expect, it } from 'vitest';
import { drive } from './drive.ts';
import { Steps } from './steps.ts';

// Before the parsers are loaded: code that was compiled before has no counters.
const steps = new Steps();
const { TARGETS } = await import('./targets.ts');

const seconds = Number(process.env.FUZZ_SECONDS ?? 0);
const seed = Number(process.env.FUZZ_SEED ?? 1);
const EXECUTIONS = 256;

afterAll(() => steps.end());

it.each(TARGETS)(
  '$name: refuses in its own words, at a cost in proportion',
  async (target) => {
    const untilMs = Date.now() + 1000 * seconds;
    const done = await drive(target, steps, { seed, executions: seconds > 0 ? 0 : EXECUTIONS, untilMs });
    if (seconds > 0) console.info(`fuzz ${target.name}: ${done} executions, nothing found`);
    expect(done).toBeGreaterThan(0);
  },
  // The cost is counted in steps: this only ends what never would, also on a busy machine.
  400_000 + 2000 * seconds,
);
