import { expect, it } from 'vitest';
import { Pulse } from '../../../../src/reading/threads/live-input.ts';

it('finds pauses of the process and of the machine, and no others', () => {
  const pulse = new Pulse(1000);
  expect(pulse.beat(2000)).toBeNull();
  expect(pulse.beat(9000)).toBeNull();
  expect(pulse.beat(3_609_000)).toEqual({ fromUs: 9_000_000, toUs: 3_609_000_000 });
  expect(pulse.beat(3_610_000)).toBeNull();
  // A clock that is set back is no pause.
  expect(pulse.beat(10_000)).toBeNull();
  expect(pulse.beat(11_000)).toBeNull();
});
