// Valid steps of a server's sums under concurrent processes, and the pending hours then.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HOUR_SECONDS,
  listPendingHours,
  NO_MARK,
  type Step,
  selectCounted,
} from '../../../src/store/clickhouse/attribution-steps.ts';
import {
  BUCKETS,
  formatBuckets,
  hostBucket,
  listShardBuckets,
  parseBuckets,
} from '../../../src/store/clickhouse/buckets.ts';

const ALL = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
const EVEN = ALL.filter((bucket) => bucket % 2 === 0);
const ODD = ALL.filter((bucket) => bucket % 2 === 1);

const step = (
  name: string,
  parents: readonly string[],
  generation: number,
  buckets: readonly number[],
  marks: Readonly<Record<number, string>>,
): Step => ({
  step: name,
  parents,
  generation,
  buckets: formatBuckets(buckets),
  hours: Object.keys(marks).map(Number),
  marks: Object.values(marks),
});

/** Head and marks of a bucket. */
function stateOf(steps: readonly Step[], bucket: number): { head: string | null; marks: [number, string][] } {
  const group = selectCounted(steps).groups.find(({ buckets }) => buckets.includes(bucket));
  return { head: group?.head ?? null, marks: [...(group?.marks ?? [])] };
}

describe('steps', () => {
  it('form a chain, and the last record of an hour counts', () => {
    const steps = [step('1', [], 1, ALL, { 5: '55', 6: '66' }), step('2', ['1'], 2, ALL, { 6: '67' })];
    expect(stateOf(steps, 3)).toEqual({
      head: '2',
      marks: [
        [5, '55'],
        [6, '67'],
      ],
    });
    expect(selectCounted(steps)).toMatchObject({ steps: ['1', '2'], passedOver: [] });
  });

  it('of two behind the same one count by their numbers, with all that is in them', () => {
    const steps = [
      step('1', [], 1, ALL, { 5: '55' }),
      step('9', ['1'], 2, ALL, { 6: '66' }),
      step('3', ['1'], 2, ODD, { 7: '77' }),
    ];
    expect(stateOf(steps, 2)).toEqual({
      head: '9',
      marks: [
        [5, '55'],
        [6, '66'],
      ],
    });
    expect(stateOf(steps, 1)).toEqual({
      head: '3',
      marks: [
        [5, '55'],
        [7, '77'],
      ],
    });
    const { passedOver } = selectCounted(steps);
    expect(passedOver).toEqual(ODD.map((bucket) => ({ step: '9', bucket })));
  });

  it('of which one is gone on from count before one that came late', () => {
    const steps = [
      step('1', [], 1, ALL, {}),
      step('9', ['1'], 2, ALL, {}),
      step('8', ['9'], 3, ALL, {}),
      step('2', ['1'], 2, ALL, { 5: '55' }),
    ];
    expect(stateOf(steps, 0)).toEqual({ head: '8', marks: [] });
    expect([...selectCounted(steps).steps].sort()).toEqual(['1', '8', '9']);
  });

  it('of shards are joined again, each bucket by its own', () => {
    const steps = [
      step('1', [], 1, EVEN, { 5: '55' }),
      step('2', [], 1, ODD, { 5: '54' }),
      step('3', ['2'], 2, ODD, { 5: '55' }),
      step('4', ['1', '3'], 3, ALL, { 6: '66' }),
    ];
    for (const bucket of [0, 1])
      expect(stateOf(steps, bucket)).toEqual({
        head: '4',
        marks: [
          [5, '55'],
          [6, '66'],
        ],
      });
    expect(selectCounted(steps).passedOver).toEqual([]);
  });
});

it('an hour is pending when its windows are others, came, or are gone', () => {
  const made = new Map([
    [100, 'a'],
    [110, 'b'],
    [120, 'c'],
    [130, NO_MARK],
  ]);
  const now = new Map([
    [100, 'a'],
    [110, 'x'],
    [140, 'd'],
  ]);
  const hours = listPendingHours({ marks: made }, now).map(({ from, to }) => [
    from / HOUR_SECONDS,
    to / HOUR_SECONDS,
  ]);
  expect(hours).toEqual([
    [110, 111],
    [120, 121],
    [140, 141],
  ]);
});

describe('buckets', () => {
  it('are the same from text and back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(BUCKETS - 1)), (some) => {
        const sorted = some.sort((a, b) => a - b);
        expect(parseBuckets(formatBuckets(sorted))).toEqual(sorted);
      }),
    );
  });

  it('are each in one shard, however many there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: BUCKETS }), (of) => {
        const parts = Array.from({ length: of }, (_, i) => listShardBuckets({ part: i + 1, of }));
        expect(parts.flat().sort((a, b) => a - b)).toEqual(ALL);
      }),
    );
  });

  it('stay what they are: a store has them written down', () => {
    expect(['10.0.0.1', '10.0.0.2', 'fe80::1', 'h-4XP8K2MN', ''].map(hostBucket)).toEqual([
      51, 106, 81, 119, 217,
    ]);
  });

  it('hold about as many hosts each', () => {
    const counts = new Array<number>(BUCKETS).fill(0);
    for (let i = 0; i < BUCKETS * 100; i++) {
      const bucket = hostBucket(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(40);
    expect(Math.max(...counts)).toBeLessThan(200);
  });
});
