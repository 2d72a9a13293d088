import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MUTANTS } from '../mutants/mutants.ts';

it('plants each fault in text that its file has once, next to a test that exists', () => {
  const stale = MUTANTS.filter(({ file, find, tests }) => {
    const parts = existsSync(file) ? readFileSync(file, 'utf8').split(find).length : 0;
    return parts !== 2 || !tests.every((test) => existsSync(test));
  });
  expect(stale.map(({ id }) => id)).toEqual([]);
});
