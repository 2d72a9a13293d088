// Sums of two rows, counter by counter.
import { describe, expect, it } from 'vitest';
import { EXCHANGE_COUNTS, ROW_SUMS, type RowSum, type UsageExchange } from '../../../src/model/usage.ts';
import { sumRows } from '../../../src/window/sums.ts';
import { row } from '../attribution/rows.ts';

const NAMES = Object.keys(ROW_SUMS) as RowSum[];
const counted = (first: number): Record<RowSum, number> =>
  Object.fromEntries(NAMES.map((name, i) => [name, first + i])) as Record<RowSum, number>;

describe('the sum of two rows', () => {
  const exchange: UsageExchange = {
    ...(Object.fromEntries(EXCHANGE_COUNTS.map((name) => [name, 5])) as unknown as UsageExchange),
    startMs: 3,
    flow: 0,
  };
  it.each([
    ['no exchanges', [], []],
    ['exchanges of the first', [exchange], []],
    ['exchanges of the second', [], [exchange]],
  ])('adds every counter: %s', (_, first, second) => {
    const a = { ...row('api.example', null), ...counted(1), exchanges: first, lastUs: 10 };
    const b = { ...row('api.example', null), ...counted(100), exchanges: second, lastUs: 20 };
    const sum = sumRows(a, b);
    for (const [i, name] of NAMES.entries()) expect([name, sum[name]]).toEqual([name, 101 + 2 * i]);
    expect(sum.lastUs).toBe(20);
    expect(sum.exchanges).toHaveLength(first.length + second.length);
  });
});
