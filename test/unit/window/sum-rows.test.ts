// Sums of two rows, counter by counter.
import { describe, expect, it } from 'vitest';
import { addToolSums, ROW_SUMS, type RowSum, TOOL_SUMS, toolSums } from '../../../src/model/counters.ts';
import { EXCHANGE_COUNTS, type UsageExchange } from '../../../src/model/usage.ts';
import { strongerMac, sumRows } from '../../../src/window/sums.ts';
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

  it.each([
    [0, 500, 500],
    [500, 0, 500],
    [300, 500, 300],
    [0, 0, 0],
  ])('has the smaller of the hellos of %i and %i bytes; 0 is none', (a, b, smaller) => {
    const of = (helloBytesMin: number) => row('api.example', null, { helloBytesMin });
    expect(sumRows(of(a), of(b)).helloBytesMin).toBe(smaller);
  });
});

it('sums of a tool have each of its counters', () => {
  const sum = toolSums(counted(1));
  expect(Object.keys(sum)).toEqual([...TOOL_SUMS]);
  addToolSums(sum, counted(100));
  for (const name of TOOL_SUMS) expect([name, sum[name]]).toEqual([name, 101 + 2 * NAMES.indexOf(name)]);
});

it.each([
  ['dhcp', 'frame'],
  ['dhcp', 'arp'],
  ['arp', 'frame'],
  ['frame', null],
] as const)('the MAC that %s proves counts before that of %s', (strong, weak) => {
  const [a, b] = [
    { mac: '02:00:00:00:00:09', macFrom: strong },
    { mac: weak === null ? null : '02:00:00:00:00:01', macFrom: weak },
  ];
  expect([strongerMac(a, b), strongerMac(b, a)]).toEqual([a, a]);
});
