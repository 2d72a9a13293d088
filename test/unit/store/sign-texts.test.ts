// Signs of builds of many periods: what they say is kept once, and read as it was written.

import { describe, expect, it } from 'vitest';
import type { BuildSign } from '../../../src/model/tool.ts';
import { listSigns, listUpdates, SignTexts } from '../../../src/store/sql/sign-texts.ts';
import { signsIn, signsText } from '../../../src/store/sql/tables.ts';

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
const read = (text: string): BuildSign[] => listSigns(new SignTexts().keep(text));

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
    const kept = new SignTexts().keep(signsText(signs, updates));
    expect(listSigns(kept)).toEqual(signs);
    expect(listUpdates(kept)).toEqual(updates);
    expect(listUpdates(new SignTexts().keep(signsText(signs, [])))).toEqual([]);
  });

  it('share their builds with those of another time that say the same', () => {
    const texts = new SignTexts();
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
  ])('are read whole where there is $about', ({ text }) => {
    const texts = new SignTexts();
    for (const one of [text, text]) expect(listSigns(texts.keep(one))).toEqual(signsIn(text));
  });

  it('are read as well where hardly any say the same', () => {
    const texts = new SignTexts();
    for (let i = 0; i < 10_100; i++) texts.keep(`[[5,"start",[["2.1.${i}",null]]]]`);
    const text = '[[6,"start",[["3.0.0",null]]]]';
    expect(listSigns(texts.keep(text))).toEqual(signsIn(text));
    expect(() => texts.keep('[[6,"start"')).not.toThrow();
  });
});
