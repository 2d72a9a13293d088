import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  intersectSpans,
  isVersion,
  liesWithin,
  spanText,
  uniteSpans,
  type VersionSpan,
  versionAfter,
  versionBefore,
} from '../../../src/text/version.ts';

const version = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(9)).map((parts) => parts.join('.'));
const edge = fc.option(version, { freq: 4 });
const spans = fc.array(
  fc
    .tuple(edge, edge)
    .map(([a, b]): VersionSpan => (a !== null && b !== null && compareVersions(a, b) > 0 ? [b, a] : [a, b])),
  { maxLength: 4 },
);
const has = (list: readonly VersionSpan[], one: string): boolean =>
  list.some(
    ([first, last]) =>
      (first === null || compareVersions(first, one) <= 0) &&
      (last === null || compareVersions(one, last) <= 0),
  );

describe('spans of versions', () => {
  it('intersect in what both have, and unite in what either has', () => {
    fc.assert(
      fc.property(spans, spans, version, (a, b, one) => {
        expect(has(intersectSpans(a, b), one)).toBe(has(a, one) && has(b, one));
        expect(has(uniteSpans([...a, ...b]), one)).toBe(has(a, one) || has(b, one));
      }),
      { numRuns: 2000 },
    );
  });

  it('intersect in time that grows with their number, not with its square', () => {
    const every = (step: number): VersionSpan[] =>
      Array.from({ length: 50_000 }, (_, i) => [`0.0.${i * step}`, `0.0.${i * step}`]);
    expect(intersectSpans(every(2), every(3))).toHaveLength(16_667);
  });

  it('lie within others where these have all that they have', () => {
    fc.assert(
      fc.property(spans, spans, version, (a, b, one) => {
        if (liesWithin(a, b) && has(a, one)) expect(has(b, one)).toBe(true);
        expect(liesWithin(intersectSpans(a, b), b)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('join where one follows the other', () => {
    expect(
      uniteSpans([
        ['2.1.5', '2.1.8'],
        ['2.1.1', '2.1.4'],
      ]),
    ).toEqual([['2.1.1', '2.1.8']]);
    expect(
      uniteSpans([
        ['2.1.6', null],
        ['2.1.1', '2.1.4'],
      ]),
    ).toEqual([
      ['2.1.1', '2.1.4'],
      ['2.1.6', null],
    ]);
  });

  it.each([
    { span: ['1.0.0', '1.0.0'] as const, text: '1.0.0' },
    { span: ['1.0.0', null] as const, text: '1.0.0 and later' },
    { span: [null, '1.0.0'] as const, text: '1.0.0 and earlier' },
    { span: ['1.0.0', '1.2.0'] as const, text: '1.0.0 to 1.2.0' },
    { span: [null, versionBefore('0.39.0')] as const, text: '0.38.x and earlier' },
    { span: ['0.2.0', versionBefore('2.0.0')] as const, text: '0.2.0 to 1.x' },
  ])('say $text', ({ span, text }) => expect(spanText(span)).toBe(text));

  it('end before a version, over the edge of a release too', () => {
    expect(versionBefore('2.1.191')).toBe('2.1.190');
    expect(compareVersions(versionBefore('0.142.0'), '0.141.7')).toBeGreaterThan(0);
    expect(compareVersions(versionBefore('0.142.0'), '0.142.0')).toBeLessThan(0);
    // The third number of Amp is a time.
    expect(compareVersions(versionBefore('0.1.0'), '0.0.1790142911')).toBeGreaterThan(0);
    for (const one of ['2.1.191', '0.142.0', '3.0.0']) {
      expect(versionAfter(versionBefore(one))).toBe(one);
      expect(
        uniteSpans([
          [null, versionBefore(one)],
          [one, null],
        ]),
      ).toEqual([[null, null]]);
    }
  });

  it('are of three numbers', () => {
    expect(['2.1.190', '0.0.1', '0.0.1790142911'].every(isVersion)).toBe(true);
    expect(['2.1', 'v2.1.0', '2.1.0-beta', '', '1.2.3.4', '1e3.0.0'].some(isVersion)).toBe(false);
  });
});
