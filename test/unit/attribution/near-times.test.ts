import { describe, expect, it } from 'vitest';
import { distanceTo, Intervals } from '../../../src/attribution/evidence/near-times.ts';

describe('the nearest of some times', () => {
  const times = [10, 20, 40];
  it.each([
    [0, 10],
    [10, 0],
    [12, 2],
    [17, 3],
    [31, 9],
    [29, 9],
    [45, 5],
  ])('from %i is %i away', (time, distance) => {
    expect(distanceTo(times, time)).toBe(distance);
  });

  it('is infinitely far where there is none', () => {
    expect(distanceTo([], 5)).toBe(Number.POSITIVE_INFINITY);
  });
});

it('intervals are near up to the span, on both sides', () => {
  const intervals = new Intervals([{ firstUs: 100, lastUs: 200 }]);
  const isNear = (firstUs: number, lastUs: number): boolean => intervals.hasNear({ firstUs, lastUs }, 10);
  expect([isNear(210, 220), isNear(211, 220), isNear(80, 90), isNear(80, 89)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
