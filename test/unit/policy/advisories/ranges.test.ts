// Every form of range of the OSV schema, and of GitHub's API, as spans of versions.

import { describe, expect, it } from 'vitest';
import type { PublishedRange, RangeEvent } from '../../../../src/policy/advisories/published.ts';
import { buildVersions, mapComparators, mapEvents } from '../../../../src/policy/advisories/ranges.ts';

const events = (...all: readonly string[]): RangeEvent[] =>
  all.map((text) => {
    const [type = '', version = ''] = text.split(' ');
    return { type: type as RangeEvent['type'], version };
  });

describe('events', () => {
  it.each([
    { about: 'every version', of: ['introduced 0'], whole: [[null, null]] },
    { about: 'before a fix', of: ['introduced 0', 'fixed 1.2.3'], whole: [[null, '1.2.2']] },
    {
      about: 'before a fix in a new minor',
      of: ['introduced 0', 'fixed 1.2.0'],
      whole: [[null, '1.1.9999999999']],
    },
    { about: 'up to the last', of: ['introduced 0', 'last_affected 0.0.422'], whole: [[null, '0.0.422']] },
    { about: 'between two', of: ['introduced 2.1.91', 'fixed 2.1.197'], whole: [['2.1.91', '2.1.196']] },
    { about: 'one version', of: ['introduced 2.3.0', 'last_affected 2.3.0'], whole: [['2.3.0', '2.3.0']] },
    { about: 'no version', of: ['introduced 2.3.0', 'fixed 2.3.0'], whole: [] },
    { about: 'a reversed range', of: ['fixed 1.0.0', 'introduced 2.0.0'], whole: [['2.0.0', null]] },
    { about: 'nothing before 0.0.0', of: ['introduced 0', 'fixed 0.0.0'], whole: [] },
    {
      about: 'several, in any order',
      of: ['fixed 2.0.5', 'introduced 2.0.0', 'introduced 0', 'fixed 1.4.2'],
      whole: [
        [null, '1.4.1'],
        ['2.0.0', '2.0.4'],
      ],
    },
    {
      about: 'introduced twice',
      of: ['introduced 1.0.0', 'introduced 1.1.0', 'fixed 1.2.0'],
      whole: [['1.0.0', '1.1.9999999999']],
    },
    {
      about: 'a limit',
      of: ['introduced 1.0.0', 'limit 1.5.0'],
      whole: [['1.0.0', '1.4.9999999999']],
    },
    { about: 'the limit of none', of: ['introduced 1.0.0', 'limit *'], whole: [['1.0.0', null]] },
    {
      about: 'several limits: any suffices',
      of: ['introduced 0', 'limit 1.0.0', 'limit 2.0.0', 'fixed 3.0.0'],
      whole: [[null, '1.999999.9999999999']],
    },
    {
      about: 'versions that are times, before the next minor version',
      of: ['introduced 0', 'fixed 0.1.0'],
      whole: [[null, '0.0.9999999999']],
    },
    {
      about: 'versions that are times, with the hash of their source',
      of: ['introduced 0.0.1750000000-gabc123', 'fixed 0.0.1767830505-gdef456'],
      whole: [['0.0.1750000001', '0.0.1767830504']],
      partly: [
        ['0.0.1750000000', '0.0.1750000000'],
        ['0.0.1767830505', '0.0.1767830505'],
      ],
    },
    {
      about: 'missing numbers and a v',
      of: ['introduced 0', 'fixed v2.3'],
      whole: [[null, '2.2.9999999999']],
    },
    { about: 'build metadata', of: ['introduced 1.0.0+5', 'fixed 1.0.2+1'], whole: [['1.0.0', '1.0.1']] },
    {
      about: 'a pre-release as the fix: its version is affected in part',
      of: ['introduced 0', 'fixed 0.39.0-alpha.3'],
      whole: [[null, '0.38.9999999999']],
      partly: [['0.39.0', '0.39.0']],
    },
    {
      about: 'a pre-release as the beginning',
      of: ['introduced 0.23.0-alpha.1', 'fixed 0.24.0'],
      whole: [['0.23.1', '0.23.9999999999']],
      partly: [['0.23.0', '0.23.0']],
    },
    {
      about: 'pre-releases of one version alone',
      of: ['introduced 1.0.0-beta.2', 'last_affected 1.0.0-beta.10'],
      whole: [],
      partly: [['1.0.0', '1.0.0']],
    },
    {
      about: 'reversed pre-releases',
      of: ['fixed 1.0.0-beta.2', 'introduced 1.0.0-beta.10', 'fixed 1.0.0'],
      whole: [],
      partly: [['1.0.0', '1.0.0']],
    },
    {
      about: 'PEP 440',
      of: ['introduced 0.50', 'fixed 0.86.2rc1'],
      whole: [['0.50.0', '0.86.1']],
      partly: [['0.86.2', '0.86.2']],
    },
    {
      about: 'a fourth number',
      of: ['introduced 1.2.3.4', 'last_affected 1.2.5.1'],
      whole: [['1.2.4', '1.2.4']],
      partly: [
        ['1.2.3', '1.2.3'],
        ['1.2.5', '1.2.5'],
      ],
    },
  ])('$about', ({ of, whole, partly = [] }) => {
    expect(mapEvents(events(...of))).toEqual({ whole, partly });
  });

  it.each([
    { about: 'a range without a beginning', of: ['fixed 1.0.0'], why: 'no "introduced" event' },
    { about: 'no version', of: ['introduced latest'], why: '"latest" is not a version' },
    {
      about: 'too many digits',
      of: ['introduced 0', 'fixed 0.0.17901429110'],
      why: '"0.0.17901429110" is not a version',
    },
    { about: 'no events', of: [], why: 'no "introduced" event' },
  ])('does not map $about', ({ of, why }) => {
    expect(mapEvents(events(...of))).toEqual(expect.stringContaining(why));
  });
});

describe('comparators', () => {
  it.each([
    { text: '<= 0.0.422', whole: [[null, '0.0.422']] },
    { text: '< 2.3', whole: [[null, '2.2.9999999999']] },
    { text: '= 2.3.0', whole: [['2.3.0', '2.3.0']] },
    { text: '>= 1.0.0, < 1.2.3', whole: [['1.0.0', '1.2.2']] },
    { text: '>=1.0.0 <1.2.3', whole: [['1.0.0', '1.2.2']] },
    { text: '> 1.0.0', whole: [['1.0.1', null]] },
    {
      text: '< 1.0.0 || >= 2.0.0, <= 2.0.1',
      whole: [
        [null, '0.999999.9999999999'],
        ['2.0.0', '2.0.1'],
      ],
    },
    { text: '>= 2.0.0, < 1.0.0', whole: [] },
    { text: '>= 0.1.0, > 0.2.0, < 0.9.0, <= 0.9.0', whole: [['0.2.1', '0.8.9999999999']] },
    { text: '< 1.0.0-rc.1', whole: [[null, '0.999999.9999999999']], partly: [['1.0.0', '1.0.0']] },
  ])('$text', ({ text, whole, partly = [] }) => {
    expect(mapComparators(text)).toEqual({ whole, partly });
  });

  it.each([
    '',
    'all versions',
    '^1.2.0',
    '1.x',
    '< latest',
    '>= 1.0.0 and < 2',
    '< 1.0.0 ||',
    '1.0.0 - 2.0.0',
  ])('does not map "%s"', (text) => {
    expect(mapComparators(text)).toContain('is not a range of versions');
  });
});

describe('a package', () => {
  const of = (
    ranges: readonly PublishedRange[],
    versions: readonly string[] = [],
    lastKnown: string | null = null,
  ) => {
    const one = { ecosystem: 'npm', name: 'x', ranges, versions, lastKnown, fixed: [] };
    return buildVersions(one, 'rust-v');
  };
  const open: PublishedRange = { kind: 'events', events: events('introduced 0') };
  const commits: PublishedRange = { kind: 'commits', repository: null };

  it('adds up ranges and listed versions', () => {
    const range: PublishedRange = { kind: 'events', events: events('introduced 1.0.0', 'fixed 1.0.3') };
    expect(of([range], ['1.0.3', '1.0.4', '2.0.0', '2.1.0-beta.1'])).toEqual({
      whole: [
        ['1.0.0', '1.0.4'],
        ['2.0.0', '2.0.0'],
      ],
      partly: [['2.1.0', '2.1.0']],
      unmapped: [],
    });
  });

  it('takes the list next to a range of commits, and says so without a list', () => {
    expect(of([commits], ['rust-v0.22.0', 'rust-v0.23.0', 'v0.24.0'])).toEqual({
      whole: [
        ['0.22.0', '0.22.0'],
        ['0.23.0', '0.23.0'],
        ['0.24.0', '0.24.0'],
      ],
      partly: [],
      unmapped: [],
    });
    expect(of([commits])).toEqual({ whole: [], partly: [], unmapped: ['the range is one of commits'] });
  });

  it('neither confirms nor excludes versions after the last known one', () => {
    expect(of([open], [], '<= 0.0.422')).toEqual({
      whole: [[null, '0.0.422']],
      partly: [['0.0.423', null]],
      unmapped: [],
    });
    expect(of([open], [], 'none')).toEqual({ whole: [[null, null]], partly: [], unmapped: [] });
  });

  it('says what is not mapped, and maps the rest', () => {
    const unknown: PublishedRange = { kind: 'unknown', type: 'NEW' };
    expect(of([unknown], ['1.0.0', 'nightly'])).toEqual({
      whole: [['1.0.0', '1.0.0']],
      partly: [],
      unmapped: [
        '"nightly" is not a version of three numbers',
        'a range of the type "NEW" has unknown parts',
      ],
    });
    expect(of([])).toEqual({ whole: [], partly: [], unmapped: ['no version is given'] });
  });

  it('keeps its ceilings', () => {
    const many = Array.from({ length: 3000 }, (_, i) => `1.${i}.0`);
    expect(of([], many)).toEqual({ whole: [], partly: [], unmapped: ['there are more than 1000 ranges'] });
    expect(
      of(
        [],
        Array.from({ length: 30 }, (_, i) => `tag${i}`),
      ).unmapped,
    ).toHaveLength(6);
  });
});
