// What a sum of windows keeps where it would be larger than a window may be.

import { expect, it } from 'vitest';
import { MAX_OF_SENSOR_WINDOW } from '../../../src/model/ceilings.ts';
import type { HostTotals, OutcomeCell, UsageWindow } from '../../../src/model/usage.ts';
import { sumOutcomes } from '../../../src/window/host-parts.ts';
import { rollUpWindows } from '../../../src/window/merge-windows.ts';
import { BARE_HOST } from '../../bare-facts.ts';
import { row, START, window } from '../attribution/rows.ts';
import { numbersAt } from '../cell-numbers.ts';

const idle = (host: string): HostTotals => ({
  host,
  ...BARE_HOST,
  ...{ flows: 1, packets: 1, bytesUp: 60, bytesDown: 0, firstUs: START * 1e6, lastUs: START * 1e6 },
});

it('keeps every host that uses a tool, and counts the others that it drops', () => {
  const user = '99.0.0.1';
  const second = (seconds: number, hosts: readonly HostTotals[], rows: UsageWindow['rows']): UsageWindow => ({
    ...window(rows, [], START + seconds),
    ...{ lengthSeconds: 1, hosts },
  });
  const flood = Array.from({ length: MAX_OF_SENSOR_WINDOW }, (_, i) => idle(`10.0.${i >> 8}.${i & 255}`));
  const [sum] = rollUpWindows(
    [second(0, flood, []), second(1, [idle(user)], [{ ...row('claude.ai', null), host: user }])],
    60,
  );
  expect(sum?.hosts).toHaveLength(MAX_OF_SENSOR_WINDOW);
  expect(sum?.hosts.some(({ host }) => host === user)).toBe(true);
  expect(sum?.stats.overflow).toEqual({ hosts: 1 });
});

it('sums equal outcome cells of three lists, and leaves the cells of the lists as they were', () => {
  const cell = (name: string, count: number): OutcomeCell => ({
    host: '10.0.0.1',
    name,
    server: '192.0.2.1',
    port: 443,
    kind: 'served',
    detail: 0,
    ...numbersAt(START * 1e6, 0),
    count,
  });
  const lists = [
    [cell('b.example', 1)],
    [cell('b.example', 2), cell('a.example', 4)],
    [cell('b.example', 8)],
  ];
  const before = structuredClone(lists);
  const sums = sumOutcomes(lists).map(({ name, count }) => ({ name, count }));
  expect(sums).toEqual([
    { name: 'a.example', count: 4 },
    { name: 'b.example', count: 11 },
  ]);
  expect(lists).toEqual(before);
});
