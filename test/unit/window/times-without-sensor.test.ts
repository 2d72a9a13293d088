// Time in which no sensor was on is a gap, also between the records of two sensors.
import { describe, expect, it } from 'vitest';
import { listGaps } from '../../../src/window/observed.ts';
import { minuteWindow, START } from '../store/minute-window.ts';

const US = 1_000_000;
const at = (minute: number): number => (START + minute * 60) * US;

describe('time between the records of two sensors', () => {
  const windows = [minuteWindow(0, 'a'), minuteWindow(1, 'a'), minuteWindow(60, 'b')];

  it('is a gap', () => {
    expect(listGaps(windows)).toEqual([{ fromUs: at(2), toUs: at(60), reason: 'silence' }]);
    expect(listGaps(windows, { sinceSeconds: START + 600 })).toEqual([
      { fromUs: at(10), toUs: at(60), reason: 'silence' },
    ]);
  });

  it('is none where a third sensor was on, and for a minute', () => {
    const third = Array.from({ length: 58 }, (_, i) => minuteWindow(2 + i, 'c'));
    expect(listGaps([...windows, ...third])).toEqual([]);
    expect(listGaps([minuteWindow(0, 'a'), minuteWindow(2, 'b')])).toEqual([]);
  });
});
