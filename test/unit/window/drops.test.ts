// Packets that the capturing machine dropped are in the windows of their capture, each once.
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/model/flow.ts';
import { capturesWithDrops } from '../../../src/reading/captures/capture-summary.ts';
import { addDrops } from '../../../src/reading/end-of-reading.ts';
import { silentWindow } from '../reading/collector/records.ts';

const START = 1_783_000_800;

const window = (number: number, packets: number) => {
  const silent = silentWindow(START + number * 60);
  return { ...silent, lengthSeconds: 60, stats: { ...silent.stats, packets } };
};

const dropsIn = (windows: ReturnType<typeof addDrops>): number[] =>
  windows.map(({ stats }) => stats.kernelDrops);
const at = (seconds: number): number => (START + seconds) * 1e6;

describe('drops of captures', () => {
  it('are in each window by its packets, and no packet is lost to rounding', () => {
    const windows = [window(0, 100), window(1, 0), window(2, 299), window(3, 500)];
    const placed = dropsIn(addDrops(windows, [{ firstUs: at(1), lastUs: at(179), count: 43 }]));
    expect(placed).toEqual([11, 0, 32, 0]);
    for (const count of [1, 2, 7, 1000]) {
      const sums = dropsIn(addDrops(windows, [{ firstUs: at(1), lastUs: at(239), count }]));
      expect(sums.reduce((sum, one) => sum + one, 0)).toBe(count);
    }
  });

  it('of a time without a window are in the last one', () => {
    expect(dropsIn(addDrops([window(0, 1)], [{ firstUs: at(500), lastUs: at(600), count: 3 }]))).toEqual([3]);
    expect(addDrops([], [{ firstUs: at(0), lastUs: at(1), count: 3 }])).toEqual([]);
  });

  it('count once where counters go on in the next file', () => {
    const record = (first: number, drops: number, sinceUs = 0): CaptureRecord => ({
      ...{ fileIndex: first, packets: 10, bytes: 100, firstUs: at(first), lastUs: at(first + 5), backUs: 0 },
      ...{
        drops,
        dropsSinceUs: sinceUs,
        filtered: 0,
        linkTypes: [1],
        truncated: false,
        damaged: false,
        error: null,
      },
    });
    const countsOf = (records: readonly CaptureRecord[]): number[] =>
      capturesWithDrops(records).map(({ count }) => count);
    expect(countsOf([record(20, 9, 7), record(0, 4, 7), record(10, 4, 7)])).toEqual([4, 5]);
    expect(countsOf([record(0, 4), record(10, 4)])).toEqual([4, 4]);
    expect(countsOf([record(0, 4, 7), record(10, 4, 8), record(20, 1, 7)])).toEqual([4, 4, 1]);
    expect(countsOf([record(0, 0)])).toEqual([]);
  });
});
