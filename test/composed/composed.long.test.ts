// Composed cases of a fixed seed: no false accusation, and every reported figure is correct. A larger run: captures/README.md.

import { describe, expect, it } from 'vitest';
import { makeCase, UNFORGED } from '../../captures/composed/families.ts';
import { faultsOf, type Judged } from '../../captures/composed/table.ts';
import { openJudge } from './open-judge.ts';

const SEED = Number(process.env.SEED ?? 1);
/** A family's kinds come round within this many cases; CASES asks for another number. */
const CASES = 12;
const MORE_CASES: Readonly<Record<string, number>> = {
  account: 60,
  observed: 34,
  'honest-offices': 30,
  'web-page': 60,
};
const casesOf = (family: string): number => Number(process.env.CASES ?? MORE_CASES[family] ?? CASES);
/** Cases that are not right yet, by family; a family that is not named has none. */
const NOT_RIGHT: Readonly<Record<string, number>> = {
  // All traffic of a tool goes to one unlisted name.
  'gateway-node': 4,
  'gateway-rustls': 4,
  'clock-step': 1,
  // Posts of one size, twice over, look like a probe with a body.
  'same-tool-twice': 1,
  // Claude Code 2.1.145 and opencode 1.18.33 in one form of the hello, behind one address.
  'six-tools-behind-nat': 1,
};

const { recordings, judge, all } = await openJudge();

describe('composed cases', () => {
  it.each(UNFORGED)('$name: no false accusation, and every reported figure is correct', async (family) => {
    const judged: Judged[] = [];
    for (let index = 0; index < casesOf(family.name); index++) {
      const one = makeCase(family, index, SEED, recordings);
      judged.push({ one, result: await judge.judge(one) });
    }
    all.push(...judged);
    const faults = judged.filter(({ result }) => faultsOf(result).length > 0);
    const told = faults.map(
      ({ one, result }) => `${one.index}: ${one.about}: ${faultsOf(result).join('; ')}`,
    );
    const accusing = judged.filter(({ result }) => result.accused.length > 0);
    expect(accusing.length, told.join('\n')).toBe(0);
    expect(faults.length, told.join('\n')).toBeLessThanOrEqual(NOT_RIGHT[family.name] ?? 0);
  });
});
