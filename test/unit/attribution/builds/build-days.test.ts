// Signs of builds by days: sets are united, nothing is carried over midnight, and use without a start is reported.

import { describe, expect, it } from 'vitest';
import { buildsSeen, signDays } from '../../../../src/attribution/builds/build-days.ts';
import type { BuildSign } from '../../../../src/model/tool.ts';
import { openZone } from '../../../../src/time/zone.ts';

const UTC = openZone('UTC');
const at = (hours: number): number => (1_783_036_800 + hours * 3600) * 1_000_000; // 2026-07-03T00:00Z
const sign = (kind: BuildSign['kind'], hours: number, spans: BuildSign['spans']): BuildSign => ({
  ...{ kind, atUs: at(hours), spans, marks: [], why: null, platforms: [] },
});
const OLD = [['2.1.133', '2.1.139']] as const;
const NEW = [['2.1.191', '2.1.217']] as const;
const seen = (signs: readonly BuildSign[]) => buildsSeen(signs, signDays(signs, UTC));
const days = (...signs: BuildSign[]) => seen(signs).days;

describe('the builds of a day', () => {
  it('are those of all of its starts', () => {
    expect(days(sign('start', 9, OLD), sign('used', 9, null), sign('start', 14, NEW))).toEqual([
      { date: '2026-07-03', spans: [...OLD, ...NEW], state: 'placed' },
    ]);
  });

  it('are not all known where a start is not placed', () => {
    expect(days(sign('start', 9, OLD), sign('start', 14, null))).toMatchObject([
      { spans: OLD, state: 'partly' },
    ]);
    expect(days(sign('start', 9, null))).toMatchObject([{ spans: [], state: 'cannotSay' }]);
  });

  it('are not all known where something was used before the first start', () => {
    expect(days(sign('used', 8, null), sign('start', 9, OLD))).toMatchObject([{ state: 'partly' }]);
    expect(days(sign('used', 8, null))).toMatchObject([{ spans: [], state: 'cannotSay' }]);
  });

  it('are not carried over midnight', () => {
    expect(days(sign('start', 23, OLD), sign('used', 23.5, null), sign('used', 24.5, null))).toEqual([
      { date: '2026-07-03', spans: OLD, state: 'placed' },
      { date: '2026-07-04', spans: [], state: 'cannotSay' },
    ]);
  });

  it('are not all known where a hello is none of what was started', () => {
    expect(days(sign('start', 9, OLD), sign('used', 10, OLD))).toMatchObject([{ state: 'placed' }]);
    expect(days(sign('start', 9, OLD), sign('used', 10, NEW))).toMatchObject([{ state: 'partly' }]);
    expect(days(sign('start', 9, OLD), sign('used', 10, []))).toMatchObject([{ state: 'partly' }]);
  });

  it('take in what an update fetched', () => {
    const fetched = [['2.1.220', '2.1.220']] as const;
    expect(days(sign('start', 9, OLD), sign('fetched', 9.2, fetched), sign('used', 10, fetched))).toEqual([
      { date: '2026-07-03', spans: [...OLD, ...fetched], state: 'placed' },
    ]);
  });

  it('do not depend on the order in which signs come, and count starts', () => {
    const signs = [
      sign('start', 9, OLD),
      sign('used', 9, OLD),
      sign('start', 30, null),
      sign('used', 12, NEW),
    ];
    expect(seen([...signs].reverse())).toEqual(seen(signs));
    expect(seen(signs)).toMatchObject({ starts: 2, placed: 1 });
  });
});
