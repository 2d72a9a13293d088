// What a sum of windows keeps where it would be larger than a window may be.

import { expect, it } from 'vitest';
import { MAX_OF_SENSOR_WINDOW } from '../../../src/model/ceilings.ts';
import type { HostTotals, UsageWindow } from '../../../src/model/usage.ts';
import { rollUpWindows } from '../../../src/window/merge-windows.ts';
import { BARE_HOST } from '../../bare-facts.ts';
import { row, START, window } from '../attribution/rows.ts';

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
