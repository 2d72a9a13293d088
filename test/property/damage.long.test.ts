// Counts of damaged captures: an exact count is correct, and losses widen it before it is withheld.
import { afterAll, describe, expect, it } from 'vitest';
import {
  COUNTED,
  count,
  framesOf,
  lossy,
  type Outcome,
  type Outcomes,
  outcomeOf,
  windowsOfFrames,
} from './damage.ts';
import { judge } from './judged-recordings.ts';

const seen: [family: string, outcomes: Outcomes][] = [];
afterAll(() => {
  for (const [family, outcomes] of seen) process.stdout.write(`${family}: ${JSON.stringify(outcomes)}\n`);
});

const LOSSES = [0.0005, 0.002, 0.005, 0.01, 0.02, 0.05].flatMap((share) => [
  { share, run: 1, manner: 'at random' },
  { share, run: 8, manner: 'eight in a row' },
]);

describe('packets left out', () => {
  it.each(LOSSES)('$share, $manner: no count is sure and wrong', async ({ share, run, manner }) => {
    const outcomes: Outcome[] = [];
    for (const [seed, recording] of COUNTED.entries()) {
      const windows = await windowsOfFrames(lossy(framesOf(recording), share, run, seed));
      outcomes.push(outcomeOf(judge(windows), recording));
    }
    const counts = count(outcomes);
    seen.push([`${share * 100} % left out ${manner}`, counts]);
    expect(counts['sure and wrong']).toBe(0);
    if (share > 0.01) return;
    expect(counts.outside).toBe(0);
    expect(counts.exact + counts['in range']).toBeGreaterThanOrEqual(0.85 * COUNTED.length);
  });
});
