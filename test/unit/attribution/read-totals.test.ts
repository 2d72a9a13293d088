// Attribution reads the totals of few hosts; what it finds is the same as from lists in memory, and in any order of sensors.

import { describe, expect, test } from 'vitest';
import { listActivityPeriods } from '../../../src/attribution/traffic/channels.ts';
import { analyze, loadCatalogue } from '../../../src/index.ts';
import type { HostTotals, OutcomeCell, UsageWindow } from '../../../src/model/usage.ts';
import { asked, FORMS, row, START, window } from './rows.ts';

const catalogue = await loadCatalogue();
/** Of the rows that rows.ts makes. */
const HOST = '10.77.0.2';

const periodsOf = (windows: readonly UsageWindow[]) => [...listActivityPeriods(windows, catalogue)];

describe('periods of activity', () => {
  test.each([
    'demo',
    'recordings/claude-code-2.1.329-ca-relay-print',
    'recordings/claude-code-2.1.328-prompt',
  ])('are the same from windows that were just closed and from lists in memory: %s', async (name) => {
    const { windows } = await analyze([`captures/${name}.pcap.gz`], {
      catalogue,
      workers: 1,
      windowSeconds: 10,
    });
    const inMemory = windows.map((each) => ({ ...each, hosts: [...each.hosts] }));
    expect(windows.some(({ hosts }) => hosts.beginSums !== undefined)).toBe(true);
    expect(periodsOf(windows)).toEqual(periodsOf(inMemory));
  });

  test('know of loss and of several machines, whichever window shows them', () => {
    const [own, other] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
    const seen = (mac: string, seconds: number, more: Partial<HostTotals> = {}): HostTotals => ({
      ...{ host: HOST, mac, macFrom: 'frame', names: [], vlans: [], notVisible: [] },
      ...{ flows: 1, packets: 9, bytesUp: 900, bytesDown: 900 },
      ...{ firstUs: (START + seconds) * 1e6, lastUs: (START + seconds + 5) * 1e6 },
      ...more,
    });
    const at = (i: number, hosts: readonly HostTotals[], macs: readonly string[]): UsageWindow => ({
      ...window(
        [row('api.anthropic.com', FORMS.bun144Fetch, { macs, answeredSlices: macs[0] === own ? 1 : 0 })],
        [],
        START + 60 * i,
      ),
      hosts,
    });
    const loss = { kind: 'loss', hint: 'unknown', flows: 3, bytes: 9, firstUs: 0, lastUs: 0 } as const;
    const slices = periodsOf([
      at(0, [seen(own, 0)], [own]),
      at(1, [seen(other, 60)], [other]),
      at(2, [seen(own, 120, { notVisible: [loss] })], [own]),
    ]).flatMap(([, periods]) =>
      periods.flatMap(({ channels }) => channels.flatMap((channel) => channel.slices)),
    );
    expect(slices.map(({ unknownLossyFlows }) => unknownLossyFlows)).toEqual([0, 0, 3]);
    expect(slices.some(({ isForeign }) => isForeign)).toBe(true);
  });

  test.each([
    ['two machines that use tools at one address in turn', [1, 2, 1, 2], [false, false, false, false]],
    ['three machines in turn: none of them can be named', [1, 2, 3, 1], [true, true, true, true]],
    ['the owner, next to one packet exchange of two others', [1, 1, 1, 1, 1, 2, 3], [false]],
  ])('know whose flows they are: %s', (_, machines, foreign) => {
    const windows = machines.map((machine, i): UsageWindow => {
      const mac = `02:00:00:00:00:0${machine}`;
      const start = START + 60 * i;
      const times = { firstUs: start * 1e6, lastUs: (start + 5) * 1e6 };
      const totals: HostTotals = {
        ...{ host: HOST, mac, macFrom: 'frame', names: [], vlans: [], notVisible: [] },
        ...{ flows: 1, packets: 9, bytesUp: 900, bytesDown: 900, ...times },
      };
      const used = row('api.anthropic.com', FORMS.bun144Fetch, { macs: [mac], ...times });
      return { ...window([used], [], start), hosts: [totals] };
    });
    const slices = periodsOf(windows).flatMap(([, periods]) =>
      periods.flatMap(({ channels }) => channels.flatMap((channel) => channel.slices)),
    );
    expect(slices.map(({ isForeign }) => isForeign).slice(0, foreign.length)).toEqual(foreign);
  });

  test.each([
    ['a', 'b'],
    ['b', 'a'],
  ])(
    'take a question for a part of an attempt that another sensor saw: %s before %s',
    (outcomes, questions) => {
      const name = 'api.anthropic.com';
      const cell = {
        host: HOST,
        name,
        server: '203.0.113.7',
        port: 443,
        kind: 'synSilent',
        detail: 0,
      } as OutcomeCell;
      const windows = [
        { ...window([], [], START), sensor: outcomes, outcomes: [cell] },
        { ...window([], [asked(name)], START), sensor: questions },
      ].sort((one, two) => (one.sensor < two.sensor ? -1 : 1));
      expect(
        periodsOf(windows).flatMap(([, periods]) => periods.flatMap((period) => period.queriedNames)),
      ).toEqual([]);
    },
  );
});
