// A bundle about a part of the time shows that its sensors were on before and after, and nothing of what they saw then.
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { measureObserved, selectAround } from '../../../src/query/observed.ts';
import { type SourceRead, sourceFromWindows } from '../../../src/query/source.ts';
import { cutToSpan } from '../../../src/query/source-part.ts';
import { minuteWindow, START } from '../store/minute-window.ts';

const US = 1_000_000;
const ALL = Array.from({ length: 120 }, (_, minute) => minuteWindow(minute));
const at = (minute: number): number => START + minute * 60;

const catalogue = await loadCatalogue();

/** Minutes 40 to 80 of two hours. */
function bundle(): SourceRead {
  const contains = { sinceSeconds: at(40), untilSeconds: at(80) };
  const windows = ALL.slice(40, 80);
  const around = [...windows, ...selectAround(ALL, windows, contains)];
  return sourceFromWindows(windows, { catalogue, networks: null }, 'UTC', { contains, around });
}

/** Observed minutes of a question. */
function observed(since: number, until: number): unknown {
  const { windows, around = [] } = cutToSpan(bundle(), at(since), at(until), 'UTC');
  const reading = { interrupted: false, unread: [], ignored: [] };
  const asked = { ...reading, sinceSeconds: at(since), untilSeconds: at(until) };
  const { gaps, spansOf } = measureObserved(windows, asked, { around });
  const minute = (us: number): number => (us / US - START) / 60;
  const clipped = spansOf({ networks: 'all', hosts: new Set(['10.0.0.5']) }).map(({ fromUs, untilUs }) => [
    Math.max(since, minute(fromUs)),
    Math.min(until, minute(untilUs)),
  ]);
  const outside = gaps.filter(({ reason }) => reason === 'notInBundle');
  return {
    spans: clipped.filter(([from = 0, to = 0]) => from < to),
    missing: outside.map(({ fromUs, toUs }) => [minute(fromUs), minute(toUs)]),
  };
}

describe('a question to an evidence bundle about a part of the time', () => {
  it.each([
    ['its own time', 40, 80, { spans: [[40, 80]], missing: [] }],
    ['a part of its time', 50, 60, { spans: [[50, 60]], missing: [] }],
    ['earlier time', 30, 80, { spans: [[40, 80]], missing: [[30, 40]] }],
    ['later time', 60, 95, { spans: [[60, 80]], missing: [[80, 95]] }],
    [
      'time on both sides',
      30,
      90,
      {
        spans: [[40, 80]],
        missing: [
          [30, 40],
          [80, 90],
        ],
      },
    ],
  ])('observes only what the bundle contains: %s', (_, since, until, expected) => {
    expect(observed(since, until)).toEqual(expected);
  });
});
