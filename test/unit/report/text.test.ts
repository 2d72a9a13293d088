import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureWideText } from '../../../src/files/wide-text.ts';
import type { ReportDocument } from '../../../src/model/report.ts';
import { formatGaps, listGaps } from '../../../src/report/text/blind-spots.ts';
import { formatDaySpan, messagesFor, shortTime } from '../../../src/report/text/english-words.ts';
import { LANGUAGES, type Language } from '../../../src/report/text/languages.ts';
import { jsonText } from '../../../src/text/json-text.ts';
import {
  formatBytes,
  formatCount,
  formatLargeCount,
  formatRange,
  percentNumber,
} from '../../../src/text/quantity.ts';
import { shellWord } from '../../../src/text/shell-word.ts';
import { type Column, displayWidth, fitTable, renderTable, wrap } from '../../../src/text/text-layout.ts';
import { shorten, visibleOnPage, visibleText } from '../../../src/text/visible-text.ts';
import { formatInstant } from '../../../src/time/instant.ts';
import { openZone } from '../../../src/time/zone.ts';

measureWideText();

describe('gaps', () => {
  const gap = (n: number, seconds: number | null) => ({
    from: formatInstant(n * 1e9),
    to: seconds === null ? null : formatInstant(n * 1e9 + seconds * 1e6),
    reason: 'the sensor was off',
  });
  const coverageOf = (gaps: readonly ReturnType<typeof gap>[]) => [
    { date: '1970-01-01', sensor: 'a', windows: 1, packets: 1, kernelDrops: 0, gaps },
  ];

  it('are listed individually, until they are many: then those without an end and the longest, in order of time', () => {
    const few = [gap(1, 5), gap(2, null)];
    expect(listGaps(coverageOf(few))).toEqual({ listed: few, others: 0 });
    const many = Array.from({ length: 50_000 }, (_, n) => gap(n, 10 + n / 1000));
    const { listed, others } = listGaps(coverageOf([gap(0, null), ...many]));
    expect(listed).toEqual([gap(0, null), ...many.slice(-23)]);
    expect(others).toBe(50_001 - 24);
  });

  it('of one reason are one entry of a page, with their number and the longest', async () => {
    const gaps = [gap(1, 600), gap(2, 900), gap(3, 5), gap(4, null)];
    const document = { coverage: coverageOf(gaps), period: { timezone: 'UTC' }, catalogue: '1970.1.1' };
    const texts = async (language: Language) =>
      formatGaps(document as unknown as ReportDocument, await messagesFor(language)).map(({ text }) => text);
    expect(await texts('en')).toEqual([
      '3 gaps from 1 January 00:16 to 1 January 00:50 (longest: 1 January 00:33 to 00:48): the sensor was off.',
      'From 1 January 01:06 on, for an unknown time: the sensor was off.',
    ]);
    expect((await texts('de'))[0]).toContain('3 Lücken vom 1. Januar 00:16 bis');
    expect((await texts('zh'))[0]).toContain('有 3 段中断');
  });

  it('from and to days of a wrong clock are left out, as those days are of the period', async () => {
    const period = { since: formatInstant(1e9), until: formatInstant(3e9), timezone: 'UTC' };
    const coverage = coverageOf([gap(0, 1500), gap(1, 600), gap(2, 900), gap(2, 50_000)]);
    const document = { coverage, period, catalogue: '1970.1.1' } as unknown as ReportDocument;
    const english = await messagesFor('en');
    expect(formatGaps(document, english)[0]?.text).toContain('4 gaps');
    const clockErrors = { days: 2, packets: 9 };
    expect(formatGaps({ ...document, clockErrors }, english)[0]?.text).toContain('2 gaps');
  });
});

describe('instants', () => {
  it.each(LANGUAGES)('with the same text are one time in %s', async (language) => {
    const words = await messagesFor(language);
    const [from, to] = ['2026-07-10T16:28:01.000000Z', '2026-07-10T16:28:59.000000Z'];
    const zone = openZone('UTC');
    expect(words.timeSpan(from, to, zone)).toBe(words.time(from, zone));
    expect(words.timeSpan(from, '2026-07-10T16:29:00.000000Z', zone)).toContain('16:29');
  });

  it.each([
    { us: 0, text: '1970-01-01T00:00:00.000000Z' },
    { us: 1_783_497_123_004_500, text: '2026-07-08T07:52:03.004500Z' },
    { us: 1_783_497_123_999_999, text: '2026-07-08T07:52:03.999999Z' },
  ])('writes $us µs as $text', ({ us, text }) => {
    expect(formatInstant(us)).toBe(text);
  });

  it.each([1e25, Number.POSITIVE_INFINITY, Number.NaN])('fails every time for %d', (us) => {
    for (let i = 0; i < 2; i++) expect(() => formatInstant(us)).toThrow(RangeError);
  });

  it('is that of Date for every instant, in any order', () => {
    const range = { min: -(2n ** 53n - 1n), max: 2n ** 53n - 1n };
    const nearMidnight = fc
      .tuple(fc.integer({ min: 0, max: 80_000 }), fc.integer({ min: -3, max: 3 }))
      .map(([day, micros]) => BigInt(day * 86_400_000_000 + micros));
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(range), nearMidnight), (us) => {
        const micros = ((us % 1000n) + 1000n) % 1000n;
        const date = new Date(Number((us - micros) / 1000n)).toISOString();
        expect(formatInstant(Number(us))).toBe(`${date.slice(0, 23)}${String(micros).padStart(3, '0')}Z`);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { first: '2026-07-08', last: '2026-07-08', text: '8 July 2026' },
    { first: '2026-07-08', last: '2026-07-14', text: '8–14 July 2026' },
    { first: '2026-06-30', last: '2026-07-02', text: '30 June – 2 July 2026' },
    { first: '2026-12-31', last: '2027-01-01', text: '31 December 2026 – 1 January 2027' },
  ])('says $text', ({ first, last, text }) => expect(formatDaySpan(first, last)).toBe(text));

  it('shows the clock of the zone', () => {
    expect(shortTime('2026-07-08T17:12:00.000000Z', openZone('Asia/Shanghai'))).toBe('07-09 01:12');
  });
});

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [9949, '9.9 kB'],
    [9960, '10 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [104_000_000, '104 MB'],
    [1_900_000_000, '1.9 GB'],
  ])('writes %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('groups digits', () => {
    expect(formatCount(31_207)).toBe('31 207');
    expect(formatCount(999)).toBe('999');
    expect(formatLargeCount(2_400_000)).toBe('2.4 M');
  });

  it.each([
    { range: { min: 3, max: 3 }, text: '3' },
    { range: { min: 8, max: 11 }, text: '8–11' },
    { range: { min: 61, max: 99 }, text: '60–100' },
    { range: { min: 923, max: 1501 }, text: '920–1 510' },
    { range: { min: 157, max: 157 }, text: '157' },
    { range: { min: 157, max: 163 }, text: '157–163' },
  ])('rounds $range outwards to $text', ({ range, text }) => expect(formatRange(range, 'host')).toBe(text));

  it('rounds totals to hundreds', () =>
    expect(formatRange({ min: 5210, max: 8790 }, 'total')).toBe('5 200–8 800'));

  it.each([
    { range: { min: 4157, max: 4157 }, text: '4 157' },
    { range: { min: 4157, max: 4199 }, text: '4 150–4 200' },
  ])('rounds a total no coarser than $range is', ({ range, text }) =>
    expect(formatRange(range, 'total')).toBe(text),
  );

  it.each([
    [0, '0'],
    [0.0004, '0.04'],
    [0.00001, '<0.01'],
    [0.019, '1.9'],
    [0.83, '83'],
    [0.9996, '99.96'],
    [1, '100'],
  ])('writes a share of %d as %s percent', (share, text) => expect(percentNumber(share)).toBe(text));
});

describe('hostile text', () => {
  it.each([
    ['\u001b[31m', '<U+001B>[31m'],
    ['a\u202eb', 'a<U+202E>b'],
    ['\u0000\n\t', '<U+0000><U+000A><U+0009>'],
    ['\u200bx\ufeff', '<U+200B>x<U+FEFF>'],
    ['\udb40\udc41', '<U+E0041>'],
    ['\ud800', '<U+D800>'],
    ['开发机', '开发机'],
  ])('names the hidden signs of %j', (text, visible) => expect(visibleText(text)).toBe(visible));

  it('uses other brackets on a page', () => expect(visibleOnPage('\u202e<')).toBe('⟨U+202E⟩<'));

  it('escapes hidden signs in JSON without changing its meaning', () => {
    const value = { name: 'a\u202eb\u009b\u2028' };
    const text = jsonText(value);
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });

  it.each([
    ['plain-1.2.pcap', 'plain-1.2.pcap'],
    ["it's here", "'it'\\''s here'"],
    ['$(rm -rf)', "'$(rm -rf)'"],
    ['', "''"],
  ])('quotes %j for a shell', (word, quoted) => expect(shellWord(word)).toBe(quoted));
});

describe('a table that has to fit', () => {
  const column = (head: string, texts: readonly string[], more: Partial<Column> = {}): Column => ({
    head,
    align: 'left',
    cells: texts.map((text) => ({ text })),
    ...more,
  });
  const columns = [
    column('ID', ['one', 'two']),
    column('NAME', ['开发机器人', 'a long name'], { leastWidth: 6 }),
    column('MORE', ['spare', ''], { isOptional: true }),
  ];
  const tableIn = (width: number): string[] => fitTable(columns, (_, text) => text, width, '…');

  it.each([
    [
      'stays whole where there is room',
      30,
      ['ID  NAME        MORE', 'one 开发机器人  spare', 'two a long name'],
    ],
    ['gives up what can be spared', 18, ['ID  NAME', 'one 开发机器人', 'two a long name']],
    ['cuts names by the width that they show', 12, ['ID  NAME', 'one 开发机…', 'two a long …']],
    [
      'becomes blocks that leave nothing out',
      9,
      ['one', '  name', '  开发机器人;', '  more', '  spare', 'two', '  name a', '  long', '  name'],
    ],
  ])('%s', (_, width, lines) => {
    expect(tableIn(width)).toEqual(lines);
  });
});

describe('layout', () => {
  it('pads by display width, so that wide signs line up', () => {
    const column = (head: string, ...cells: string[]) => ({
      head,
      align: 'left' as const,
      cells: cells.map((text) => ({ text })),
    });
    const lines = renderTable([column('A', '开发', 'x'), column('B', '1', '2')], (_, text) => text);
    expect(lines).toEqual(['A    B', '开发 1', 'x    2']);
    expect(displayWidth('开发')).toBe(4);
  });

  it('wraps prose at blanks and never loses a word', () => {
    const text = 'one two three averyveryverylongword four';
    const lines = wrap(text, 9);
    expect(lines.join(' ')).toBe(text);
    expect(lines).toEqual(['one two', 'three', 'averyveryverylongword', 'four']);
  });

  it('shortens by signs, not by halves of them', () => expect(shorten('👍👍👍👍', 3)).toBe('👍👍…'));
});
