import { describe, expect, it } from 'vitest';
import { openZone } from '../../../src/time/zone.ts';
import { coverageOf } from '../../../src/window/coverage.ts';
import { addGaps, gapsBetween } from '../../../src/window/gaps.ts';
import { rollUpWindows } from '../../../src/window/merge.ts';
import { silentWindow as windowAt } from '../reading/collector/records.ts';

const US = 1_000_000;
const START = 1_783_900_800;
const span = (from: number, to: number) => ({ firstUs: (START + from) * US, lastUs: (START + to) * US });

describe('gaps between captures', () => {
  it('are spans that no capture reaches into, in whatever order the captures come', () => {
    const gap = { fromUs: (START + 50) * US, toUs: (START + 200) * US, reason: 'betweenCaptures' };
    expect(gapsBetween([span(200, 300), span(0, 50), span(10, 20)])).toEqual([gap]);
    expect(gapsBetween([span(0, 50), span(110, 120)])).toEqual([]);
    expect(gapsBetween([span(0, 250), span(10, 20), span(200, 300)])).toEqual([]);
    expect(gapsBetween([])).toEqual([]);
  });

  it('stand in the window and on the day on which they begin, summed windows included', () => {
    const gaps = gapsBetween([span(0, 70), span(7200, 7300)]);
    const windows = addGaps([windowAt(START), windowAt(START + 60), windowAt(START + 7200)], gaps);
    expect(windows.map((window) => window.gaps?.length ?? 0)).toEqual([0, 1, 0]);
    const coverage = coverageOf(rollUpWindows(windows, 900), openZone('UTC'));
    expect(coverage.map((day) => day.gaps)).toEqual([
      [
        {
          from: '2026-07-13T00:01:10.000000Z',
          to: '2026-07-13T02:00:00.000000Z',
          reason: 'between two captures',
        },
      ],
    ]);
  });
});
