// Six CI runs in a row run every long test, each slice with the programs that .ci/steps.sh installs for it.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SLICES, sliceOf } from './long-slices.ts';

const LONG = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.long.test.ts'))
  .map((file) => `test/${file}`);

const listed = SLICES.flatMap((files) => Object.keys(files));
const STEPS = [...readFileSync('.ci/steps.sh', 'utf8').matchAll(/^of (\d) '([^']+)'/gm)];

/** Packages that are installed for one slice alone, by what its tests import. */
const NEEDS: readonly (readonly [need: RegExp, slice: number])[] = [
  [/clickhouse-front\.ts'/, 1],
  [/browser\.ts'|built-page\.ts'/, 3],
];

describe('the slices of the long tests', () => {
  it('list each file once, and files and steps that exist', () => {
    expect(new Set(listed).size).toBe(listed.length);
    const steps = SLICES.flatMap((files, index) =>
      Object.keys(files).flatMap((name) => (name.startsWith('test/') ? [] : [`${index + 1} ${name}`])),
    );
    expect(steps.filter((step) => !STEPS.some(([, slice, name]) => step === `${slice} ${name}`))).toEqual([]);
    expect(listed.filter((name) => name.startsWith('test/') && !LONG.includes(name))).toEqual([]);
  });

  it('have every file, also one that is not listed', () => {
    const slices = [...LONG, 'test/new/one.long.test.ts', 'test/new/other.long.test.ts'].map(sliceOf);
    expect(new Set(slices)).toEqual(new Set(SLICES.map((_, index) => index + 1)));
  });

  it('take about as long', () => {
    const sums = SLICES.map((files) => Object.values(files).reduce((sum, seconds) => sum + seconds, 0));
    expect(Math.max(...sums) / Math.min(...sums)).toBeLessThan(1.3);
  });

  it.each(NEEDS)('have tests that import %s in the slice that installs it', (need, slice) => {
    const needing = LONG.filter((file) => need.test(readFileSync(file, 'utf8')));
    expect(needing.length).toBeGreaterThan(0);
    expect(needing.filter((file) => sliceOf(file) !== slice)).toEqual([]);
  });
});
