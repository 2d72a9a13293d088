// When a host was first seen with a tool, and when in a way that sums count.

import { expect, it } from 'vitest';
import { listFirstUses } from '../../../src/attribution/first-use.ts';
import type { SummedPeriod } from '../../../src/attribution/sums/period-sums.ts';

const POSSIBLE = 0;
const LIKELY = 1;

function period(
  firstUs: number | null,
  grade: number,
  { tool = 'claude-code', isProvider = false } = {},
): SummedPeriod {
  return { host: '10.0.0.1', sums: [{ tool, isProvider, grade, firstUs }] } as unknown as SummedPeriod;
}

it.each([
  ['a possible use alone', [period(5, POSSIBLE)], { firstUs: 5, countedUs: null }],
  [
    'a possible use before a likely one',
    [period(5, POSSIBLE), period(9, LIKELY)],
    { firstUs: 5, countedUs: 9 },
  ],
  ['the earlier of two, in any order', [period(9, LIKELY), period(5, LIKELY)], { firstUs: 5, countedUs: 5 }],
  ['a provider', [period(7, POSSIBLE, { isProvider: true })], { firstUs: 7, countedUs: 7 }],
])('of %s', (_, periods, expected) => {
  expect(listFirstUses(periods)).toEqual([{ host: '10.0.0.1', tool: 'claude-code', ...expected }]);
});

it('is one for each tool, and none without a time', () => {
  const uses = listFirstUses([
    period(5, LIKELY),
    period(6, LIKELY, { tool: 'cursor' }),
    period(null, LIKELY, { tool: 'amp' }),
  ]);
  expect(uses.map(({ tool }) => tool)).toEqual(['claude-code', 'cursor']);
});
