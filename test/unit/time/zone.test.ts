import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openZone } from '../../../src/time/zone.ts';

const START = Date.UTC(1972, 0, 1) / 1000;
const END = Date.UTC(2099, 0, 1) / 1000;

it('answers for UTC without Intl as with it', () => {
  const own = openZone('UTC');
  const byIntl = openZone('Etc/UTC');
  fc.assert(
    fc.property(fc.integer({ min: START, max: END }), (seconds) => {
      const day = own.dayOf(seconds);
      const at = new Date(seconds * 1000);
      const clock = [
        at.getUTCFullYear(),
        at.getUTCMonth() + 1,
        at.getUTCDate(),
        at.getUTCHours(),
        at.getUTCMinutes(),
        at.getUTCSeconds(),
      ] as const;
      expect(day).toBe(byIntl.dayOf(seconds));
      expect(own.offsetAt(seconds)).toBe(byIntl.offsetAt(seconds));
      expect(own.startOfDay(day)).toBe(byIntl.startOfDay(day));
      expect(own.fromLocal(...clock)).toBe(byIntl.fromLocal(...clock));
    }),
  );
});
