// A few of the cases of the long test, in a second office of its own numbers.

import { expect, it } from 'vitest';
import { contradictionsIn, demoOffice } from './contradictions.ts';

const CASES = 16;
/** Beyond the numbers of the long test. */
const FIRST_CASE = 100_000;

it('tells the same numbers in every output, under generated policies', async () => {
  const { made, found } = await contradictionsIn([await demoOffice()], {
    from: FIRST_CASE,
    until: FIRST_CASE + CASES,
  });
  expect(found).toEqual([]);
  expect(made).toBeGreaterThan(CASES / 2);
}, 240_000);
