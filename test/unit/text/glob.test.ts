import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../src/text/glob.ts';

/** The same by a regular expression: right, and slow where stars are many. */
function byRegExp(pattern: string, text: string, leastOfStar: 0 | 1): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\-]/g, '\\$&'));
  return new RegExp(`^${parts.join(leastOfStar === 1 ? '.+' : '.*')}$`).test(text);
}

describe('a pattern with stars', () => {
  it('takes in what a regular expression does', () => {
    const word = (signs: string) =>
      fc.array(fc.constantFrom(...signs), { maxLength: 9 }).map((list) => list.join(''));
    fc.assert(
      fc.property(word('ab.*'), word('ab.'), fc.constantFrom<0 | 1>(0, 1), (pattern, text, least) => {
        expect(matchesGlob(pattern, text, least)).toBe(byRegExp(pattern, text, least));
      }),
      { numRuns: 3000 },
    );
  });

  it('ends soon, however many stars it has', () => {
    const pattern = `${'a*'.repeat(120)}b`;
    expect(matchesGlob(pattern, 'a'.repeat(253), 1)).toBe(false);
    expect(matchesGlob(pattern, `${'a'.repeat(253)}b`, 1)).toBe(true);
  });
});
