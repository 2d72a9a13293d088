// Signs of builds by days: sets are united, nothing is carried over midnight, and use without a start is reported.

import { describe, expect, it } from 'vitest';
import { SharedDays, signDays, uniteBuilds } from '../../../../src/attribution/builds/build-days.ts';
import type { BuildSign } from '../../../../src/model/tool.ts';
import { buildsText } from '../../../../src/report/text/words.ts';
import { listSigns, SignTexts } from '../../../../src/store/sql/sign-texts.ts';
import { signsText } from '../../../../src/store/sql/tables.ts';
import { openZone } from '../../../../src/time/zone.ts';

const UTC = openZone('UTC');
const at = (hours: number): number => (1_783_036_800 + hours * 3600) * 1_000_000; // 2026-07-03T00:00Z
const sign = (kind: BuildSign['kind'], hours: number, spans: BuildSign['spans']): BuildSign => ({
  ...{ kind, atUs: at(hours), spans, marks: [], why: null, platforms: [] },
});
const OLD = [['2.1.133', '2.1.139']] as const;
const NEW = [['2.1.191', '2.1.217']] as const;
const seen = (signs: readonly BuildSign[]) => uniteBuilds(signs, signDays(signs, UTC));
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

  it('are one object for hosts that did the same, and the same as on their own', () => {
    const shared = new SharedDays();
    const of = (signs: readonly BuildSign[]) => {
      const days = signDays(signs, UTC, shared);
      return { days, seen: uniteBuilds(signs, days, shared) };
    };
    const newer: BuildSign = { ...sign('start', 14, null), newerSince: '2026-11-20' };
    const first = [sign('start', 9, OLD), sign('used', 10, OLD), newer];
    const second = [sign('start', 11, OLD), sign('used', 12, OLD), { ...newer, atUs: at(16) }];
    expect(of(first)).toEqual({ days: signDays(first, UTC), seen: seen(first) });
    expect(of(second).days[0]).toBe(of(first).days[0]);
    expect(of(second).seen.days[0]).toBe(of(first).seen.days[0]);
    for (const other of [
      [sign('start', 11, NEW), sign('used', 12, OLD), newer],
      [sign('used', 8, OLD), sign('start', 9, OLD), newer],
      [sign('start', 9, OLD), sign('used', 10, OLD), sign('start', 14, null)],
      [sign('fetched', 9, OLD), sign('used', 10, OLD), newer],
      [sign('start', 33, OLD), sign('used', 34, OLD), { ...newer, atUs: at(38) }],
    ])
      expect(of(other)).toEqual({ days: signDays(other, UTC), seen: seen(other) });
  });

  it('keep that a start is possibly of a newer build, also in a store', () => {
    const newer: BuildSign = { ...sign('start', 9, null), newerSince: '2026-11-20' };
    const signs = [newer, sign('start', 33, OLD)];
    const text = JSON.stringify(signs.map(({ atUs, kind, spans }) => [atUs, kind, spans]));
    const read = (kept: string): BuildSign[] => listSigns(new SignTexts(UTC).keep(kept));
    expect(seen(read(text)).days[0]).not.toHaveProperty('newerSince');
    const kept = read(signsText(signs, []));
    expect(kept).toEqual(signs);
    expect(seen(kept).days).toEqual([
      { date: '2026-07-03', spans: [], state: 'cannotSay', newerSince: '2026-11-20' },
      { date: '2026-07-04', spans: OLD, state: 'placed' },
    ]);
    expect(buildsText(seen([newer]))).toBe(
      'possibly newer than the builds recorded until 2026-11-20 (0 of 1 start identified)',
    );
    expect(buildsText(seen(signs))).toBe(
      '2.1.133 to 2.1.139, possibly newer than the builds recorded until 2026-11-20 (1 of 2 starts identified)',
    );
    expect(buildsText(seen([sign('start', 9, null)]))).toBeNull();
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
