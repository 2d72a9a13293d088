import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countBefore } from '../../../src/time/sorted.ts';

it('counts the entries before a place as a walk over the list does', () => {
  const list = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 });
  fc.assert(
    fc.property(list, fc.integer({ min: -1, max: 21 }), (numbers, place) => {
      const sorted = numbers.toSorted((a, b) => a - b);
      const walked = sorted.filter((number) => number < place).length;
      expect(countBefore(sorted, (number) => number < place)).toBe(walked);
    }),
  );
});
