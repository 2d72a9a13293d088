// When a sensor was on: windows that exist, less gaps, and silences of captures that are longer than usual.
import { describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { rollUpWindows } from '../../../src/window/merge-windows.ts';
import { listGaps, observedBySensor, sensorTimes, type WindowTimes } from '../../../src/window/observed.ts';
import { silentWindow } from '../reading/collector/records.ts';

const US = 1_000_000;
const START = 1_783_900_800;

/** Windows of captures with a packet in these seconds, so many each time. */
function captured(seconds: readonly number[], frames = 1, sensor = 'a'): UsageWindow[] {
  const minutes = new Map<number, number[]>();
  for (const second of seconds) {
    const minute = Math.floor(second / 60);
    minutes.set(minute, [...(minutes.get(minute) ?? []), second]);
  }
  return [...minutes].map(([minute, own]) => {
    const window = silentWindow(START + 60 * minute);
    return {
      ...{ ...window, sensor, stats: { ...window.stats, frames: own.length * frames } },
      heard: own.flatMap((second) => [(START + second) * US, (START + second + 1) * US]),
    };
  });
}

const every = (step: number, from: number, until: number): number[] =>
  Array.from({ length: Math.ceil((until - from) / step) }, (_, i) => from + i * step);

/** From the first packet on, in seconds. */
const spansOf = (windows: readonly WindowTimes[]): (readonly [number, number])[] =>
  sensorTimes(windows).flatMap(({ spans }) =>
    spans.map(({ fromUs, untilUs }) => [fromUs / US - START, untilUs / US - START] as const),
  );

describe('a capture', () => {
  it('of a busy network was on but in silences above a minute', () => {
    const busy = (silence: number) => [...every(1, 0, 1800), ...every(1, 1800 + silence, 3600)];
    expect(spansOf(captured(busy(59)))).toEqual([[0, 3600]]);
    expect(spansOf(captured(busy(61)))).toEqual([
      [0, 1800],
      [1861, 3600],
    ]);
  });

  it('lacks a minute that is missing between two full ones', () => {
    const windows = captured(every(1, 0, 600)).filter(({ startSeconds }) => startSeconds !== START + 300);
    expect(spansOf(windows)).toEqual([
      [0, 300],
      [360, 600],
    ]);
  });

  it('of a quiet network was on in silences up to twenty times as long as usual', () => {
    const quiet = (silence: number) => [...every(30, 0, 3601), ...every(30, 3600 + silence, 7200)];
    expect(spansOf(captured(quiet(600)))).toHaveLength(1);
    expect(spansOf(captured(quiet(601)))).toHaveLength(2);
  });

  it('counts packets, not seconds: a pause is none of the gaps that are usual in it', () => {
    // One minute in fifteen, of a busy network and of one packet a second.
    const minutes = every(900, 0, 7200).flatMap((from) => every(1, from, from + 60));
    expect(spansOf(captured(minutes, 50))).toHaveLength(8);
    expect(spansOf(captured(every(900, 0, 7200), 2))).toHaveLength(1);
  });

  it('was not on in a silence above an hour, whatever is usual', () => {
    const rare = [...every(1200, 0, 3601), ...every(1200, 3600 + 3601, 12_000)];
    expect(spansOf(captured(rare))).toHaveLength(2);
  });

  it('without a name goes on in the next one without a name', () => {
    const [one, two] = ['capture-0123456789abcdef', 'capture-fedcba9876543210'];
    const first = captured(every(30, 0, 1800), 1, one);
    const second = captured(every(30, 1900, 3600), 1, two);
    expect(spansOf([...second, ...first])).toEqual([[0, 3581]]);
    expect([...observedBySensor([...first, ...second]).values()].map((one) => one.observedSeconds)).toEqual([
      1771, 1681,
    ]);
  });
});

describe('a sensor that states its time', () => {
  const minutes = (from: number, until: number): UsageWindow[] =>
    every(60, from, until).map((second) => silentWindow(START + second));

  it('was on while it has windows, and no second longer', () => {
    const windows = [...minutes(0, 1800), ...minutes(1860, 3600)];
    expect(spansOf(windows)).toEqual([
      [0, 1800],
      [1860, 3600],
    ]);
    expect(listGaps(windows)).toEqual([
      { fromUs: (START + 1800) * US, toUs: (START + 1860) * US, reason: 'silence' },
    ]);
    const observed = observedBySensor(windows, { sinceSeconds: START + 1830 }).get('a');
    expect(observed?.observedSeconds).toBe(1740);
    expect(observed?.range?.fromUs).toBe((START + 1830) * US);
  });

  it('has the same time in sums of quarter hours', () => {
    const windows = [...minutes(0, 1500), ...minutes(1560, 3600)];
    const sums = rollUpWindows(windows, 900);
    expect(sums.map(({ heard }) => heard?.length ?? null)).toEqual([null, 4, null, null]);
    expect(spansOf(sums)).toEqual(spansOf(windows));
  });

  it('was not on in gaps that it declares, and those are no silence', () => {
    const gap = { fromUs: (START + 70) * US, toUs: (START + 130) * US, reason: 'interfaceDown' } as const;
    const windows = minutes(0, 300).map((window, i) => (i === 1 ? { ...window, gaps: [gap] } : window));
    expect(spansOf(windows)).toEqual([
      [0, 70],
      [130, 300],
    ]);
    expect(listGaps(windows)).toEqual([gap]);
    const asked = { sinceSeconds: START + 100, untilSeconds: START + 110 };
    expect(listGaps(windows, asked)).toEqual([
      { ...gap, fromUs: (START + 100) * US, toUs: (START + 110) * US },
    ]);
  });
});
