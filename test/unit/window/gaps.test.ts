import { describe, expect, it } from 'vitest';
import { openZone } from '../../../src/time/zone.ts';
import { addGaps, listGapsAfterCuts } from '../../../src/window/capture-gaps.ts';
import { listCoverage } from '../../../src/window/coverage.ts';
import { rollUpWindows } from '../../../src/window/merge-windows.ts';
import { silentWindow as windowAt } from '../reading/collector/records.ts';

const US = 1_000_000;
const START = 1_783_900_800;

describe('gaps after captures that ended early', () => {
  it('stand in the window and on the day on which they begin, summed windows included', () => {
    const cut = { firstUs: START * US, lastUs: (START + 70) * US, isCut: true };
    const gaps = listGapsAfterCuts([cut, { firstUs: (START + 7200) * US, lastUs: (START + 7300) * US }]);
    const windows = addGaps([windowAt(START), windowAt(START + 60), windowAt(START + 7200)], gaps);
    expect(windows.map((window) => window.gaps?.length ?? 0)).toEqual([0, 1, 0]);
    const coverage = listCoverage(rollUpWindows(windows, 900), openZone('UTC'));
    const reasons = coverage.map((day) => day.gaps.map(({ from, to, reason }) => `${from} ${to} ${reason}`));
    expect(reasons).toEqual([
      ['2026-07-13T00:01:10.000000Z 2026-07-13T02:00:00.000000Z the capture is cut or damaged'],
    ]);
  });
});
