// Two windows of one sensor with one start: what only the replaced one saw is a gap, in whatever order they are merged.
import { expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { mergeWindows } from '../../../src/window/merge-windows.ts';
import { observedBySensor } from '../../../src/window/observed.ts';
import { silentWindow } from '../reading/collector/records.ts';

const START = 1_783_900_800;
const US = 1_000_000;

/** A reading with so many packets that had them in these seconds of the window. */
function reading(
  revision: number,
  ...seconds: readonly (readonly [from: number, until: number])[]
): UsageWindow {
  const heard = seconds.flat().map((second) => (START + second) * US);
  return { ...silentWindow(START), sensor: 'a', revision, heard };
}

const gap = (from: number, until: number) => ({
  ...{ fromUs: (START + from) * US, toUs: (START + until) * US, reason: 'replaced' },
});

it.each<[string, UsageWindow[], object[]]>([
  ['a longer reading of the same capture', [reading(10, [0, 20]), reading(30, [0, 60])], []],
  ['the next capture', [reading(30, [0, 20]), reading(10, [25, 60])], [gap(25, 60)]],
  [
    'three captures',
    [reading(30, [20, 40]), reading(10, [0, 18]), reading(20, [39, 50])],
    [gap(0, 18), gap(40, 50)],
  ],
  ['as many packets', [reading(10, [0, 20]), reading(10, [30, 40])], [gap(30, 40)]],
])('%s', (_, windows, gaps) => {
  const [a, b, ...others] = windows;
  const orders = [
    mergeWindows(windows),
    mergeWindows(windows.toReversed()),
    mergeWindows(mergeWindows([a, b].flatMap((one) => one ?? [])), others),
    mergeWindows(
      [a].flatMap((one) => one ?? []),
      mergeWindows([b, ...others].flatMap((one) => one ?? [])),
    ),
    mergeWindows(mergeWindows(windows), windows),
  ];
  for (const merged of orders) {
    expect(merged).toEqual(orders[0]);
    expect(merged).toHaveLength(1);
    expect(merged[0]?.gaps ?? []).toEqual(gaps);
  }
  const lost = gaps.length === 0 ? 0 : windows.length - 1;
  expect(observedBySensor(orders[0] ?? []).get('a')?.observedSeconds).toBeLessThanOrEqual(60 - 10 * lost);
});
