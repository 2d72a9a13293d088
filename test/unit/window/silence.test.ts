// A sensor of a fleet that is silent while others report leaves a gap, the same wherever it is summed.
import { describe, expect, it } from 'vitest';
import { measureObserved } from '../../../src/query/observed.ts';
import { openZone } from '../../../src/time/zone.ts';
import { listCoverage } from '../../../src/window/coverage.ts';
import { mergeWindows } from '../../../src/window/merge-windows.ts';
import { listSilences, silentWindow, withSilences } from '../../../src/window/silence.ts';
import { minuteWindow, START } from '../store/minute-window.ts';

const sensors = [
  { sensor: 'a', firstSeconds: START, lastSeconds: START + 86_400 },
  { sensor: 'b', firstSeconds: START, lastSeconds: START + 3600 },
  { sensor: 'c', firstSeconds: START, lastSeconds: START + 86_400 - 900 },
  { sensor: 'run-1', firstSeconds: START, lastSeconds: START },
];
const keepsName = new Set(['a', 'b', 'c']);
const silentFrom = (from: number, until: number) => [
  { sensor: 'b', fromSeconds: START + from, untilSeconds: START + until },
];

describe('silence', () => {
  it.each([
    { name: 'all that is kept', asked: {}, expected: silentFrom(3600, 86_400) },
    {
      name: 'a span in it',
      asked: { sinceSeconds: START + 7200, untilSeconds: START + 9000 },
      expected: silentFrom(7200, 9000),
    },
    { name: 'a span that ends before it', asked: { untilSeconds: START + 3600 }, expected: [] },
    {
      name: 'a span that goes on behind all windows',
      asked: { untilSeconds: START + 99_999 },
      expected: silentFrom(3600, 86_400),
    },
  ])(
    'is that of sensors that keep their name, and are late by more than a window: $name',
    ({ asked, expected }) => {
      expect(listSilences(sensors, keepsName, asked)).toEqual(expected);
    },
  );

  it('is that of a named sensor without windows from the first window of the others on', () => {
    const silent = (from: number, until: number) => [
      { sensor: 'lost', fromSeconds: START + from, untilSeconds: START + until },
    ];
    expect(listSilences(sensors.slice(0, 1), new Set(['a', 'lost']), {})).toEqual(silent(0, 86_400));
    const asked = { sinceSeconds: START + 600, untilSeconds: START + 900 };
    expect(listSilences(sensors.slice(0, 1), new Set(['a', 'lost']), asked)).toEqual(silent(600, 900));
    expect(listSilences([], new Set(['lost']), {})).toEqual([]);
  });

  it('stands in the coverage as if its window had been read', () => {
    const zone = openZone('Asia/Shanghai');
    const windows = [0, 1, 2000].map((minute) => minuteWindow(minute, 'a'));
    const gap = { fromUs: (START + 60) * 1e6, toUs: (START + 90) * 1e6, reason: 'interfaceDown' } as const;
    const [first = minuteWindow(0)] = windows;
    const reported = [{ ...first, gaps: [gap] }, ...windows.slice(1)];
    const silences = [
      ...silentFrom(30, 86_400),
      { sensor: 'd', fromSeconds: START + 200_000, untilSeconds: START + 300_000 },
    ];
    const read = mergeWindows(reported, silences.map(silentWindow));
    expect(withSilences(listCoverage(reported, zone), silences, zone)).toEqual(listCoverage(read, zone));
  });

  it('was not observed, although another sensor saw something then', () => {
    const whole = { interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null };
    const everything = { networks: 'all', hosts: new Set(['10.20.1.5']) } as const;
    const minutes = Array.from({ length: 100 }, (_, minute) => minuteWindow(minute, 'a'));
    const spansWith = (...silences: ReturnType<typeof silentFrom>) =>
      measureObserved(mergeWindows(minutes, silences.map(silentWindow)), whole).spansOf(everything);
    const [all] = spansWith();
    const [before, ...after] = spansWith(...silentFrom(3600, 6000));
    expect(before).toEqual({ fromUs: all?.fromUs, untilUs: (START + 3600) * 1e6 });
    expect(after).toEqual([]);
  });
});
