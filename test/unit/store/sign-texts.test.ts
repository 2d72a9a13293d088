// Signs of builds of many periods: what they say is kept once, and read as it was written.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signDays } from '../../../src/attribution/builds/build-days.ts';
import type { BuildSign } from '../../../src/model/tool.ts';
import { listSigns, SignTexts } from '../../../src/store/sql/sign-texts.ts';
import { signsText } from '../../../src/store/sql/tables.ts';
import { openZone } from '../../../src/time/zone.ts';

const sign = (kind: BuildSign['kind'], atUs: number, spans: BuildSign['spans']): BuildSign => ({
  ...{ kind, atUs, spans, marks: [], why: null, platforms: [] },
});
const OLD = [
  ['2.1.133', '2.1.139'],
  [null, '2.0.1'],
] as const;
const signs = [
  sign('start', 1_783_036_800_000_000, OLD),
  sign('used', 1_783_036_800_100_000.5, null),
  sign('fetched', -1, []),
  { ...sign('start', 0, null), newerSince: '2026-11-20' },
];
const openTexts = (zone = 'UTC'): SignTexts => new SignTexts(openZone(zone));
const read = (text: string): BuildSign[] => listSigns(openTexts().keep(text));

describe('signs of a period', () => {
  it('are read as they were written', () => {
    expect(read(signsText(signs, []))).toEqual(signs);
    expect(read('[]')).toEqual([]);
  });

  it('are read next to downloads', () => {
    const updates = [
      {
        name: 'downloads.claude.ai',
        firstUs: 1_783_036_800_000_000,
        lastUs: 1_783_036_900_000_000,
        payloadDown: 7e6,
      },
    ];
    const kept = openTexts().keep(signsText(signs, updates));
    expect(listSigns(kept)).toEqual(signs);
    expect(kept.updates).toEqual(updates);
    expect(openTexts().keep(signsText(signs, [])).updates).toEqual([]);
  });

  it('share their builds with those of another time that say the same', () => {
    const texts = openTexts();
    const [first, second] = [0, 900_000_000].map((later) =>
      listSigns(
        texts.keep(
          signsText(
            signs.map((one) => ({ ...one, atUs: one.atUs + later })),
            [],
          ),
        ),
      ),
    );
    expect(second?.map(({ atUs }) => atUs)).toEqual(signs.map(({ atUs }) => atUs + 900_000_000));
    expect(second?.[0]?.spans).toEqual(OLD);
    expect(second?.[0]?.spans).toBe(first?.[0]?.spans);
  });

  it.each([
    { about: 'a text that looks like a sign', text: '[[5,"start",null,"[7,"]]' },
    { about: 'two such', text: '[[5,"start",[["[7,","[8,"]]]]' },
    { about: 'a time with an exponent', text: '[[1e22,"start",null],[3,"used",null]]' },
    { about: 'use of two forms', text: '[[5,"used",null],[3,"used",[["1","2"]]],[4,"fetched",[]]]' },
  ])('are read whole where there is $about', ({ text }) => {
    const texts = openTexts();
    for (const one of [text, text]) expect(signsText(listSigns(texts.keep(one)), [])).toBe(readAgain(text));
  });

  it('are read as well where hardly any say the same', () => {
    const texts = openTexts();
    for (let i = 0; i < 10_100; i++) texts.keep(`[[5,"start",[["2.1.${i}",null]]]]`);
    const text = '[[6,"start",[["3.0.0",null]]]]';
    expect(signsText(listSigns(texts.keep(text)), [])).toBe(text);
  });

  it.each([
    { zone: 'UTC', kept: [0, 24] },
    { zone: 'Asia/Tokyo', kept: [0, 15] },
  ])('leave out use in the form of earlier use of the day, in $zone', ({ zone, kept }) => {
    const midnightUs = 1_783_036_800_000_000;
    const uses = [0, 1, 14, 15, 24].map((hour) => sign('used', midnightUs + hour * 3_600_000_000, OLD));
    const texts = openTexts(zone);
    // Read twice: the second time, the form is known.
    for (const given of [uses, uses, [...uses, sign('start', midnightUs, null)]]) {
      const used = listSigns(texts.keep(signsText(given, []))).filter(({ kind }) => kind === 'used');
      expect(used.map(({ atUs }) => (atUs - midnightUs) / 3_600_000_000)).toEqual(kept);
    }
  });
});

it('shows the same days of builds as all signs', () => {
  const zone = openZone('Europe/Berlin');
  const anySign = fc.record({
    kind: fc.constantFrom('start', 'used', 'used', 'fetched'),
    atUs: fc.integer({ min: 0, max: 72 }).map((hour) => 1_783_036_800_000_000 + hour * 3_600_000_000),
    spans: fc.constantFrom(null, [], OLD, [['2.1.133', '2.1.133'] as const]),
  });
  fc.assert(
    fc.property(fc.array(anySign, { maxLength: 12 }), (given) => {
      const all = given.map(({ kind, atUs, spans }) => sign(kind, atUs, spans));
      const texts = openTexts('Europe/Berlin');
      texts.keep(signsText(all, []));
      const kept = listSigns(texts.keep(signsText(all, [])));
      expect(signDays(kept, zone)).toEqual(signDays(all, zone));
    }),
  );
});

/** Numbers are written in one way. */
const readAgain = (text: string): string => JSON.stringify(JSON.parse(text));
