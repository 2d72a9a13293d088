// Sums of hosts by window give what their rows add up to, whatever their number.

import { expect, it } from 'vitest';
import type { HostTotalsRecord } from '../../../../src/model/flow.ts';
import { HostSums } from '../../../../src/reading/logs/host-sums.ts';
import { hostTotals } from '../../../../src/reading/logs/totals.ts';

const row = (host: string, firstUs: number, mac: string | null = null): HostTotalsRecord =>
  hostTotals({
    host,
    mac,
    firstUs,
    lastUs: firstUs + 5,
    packets: 2,
    bytesUp: 3,
    bytesDown: 4,
    flows: 1,
    hellosComplete: 1,
  });

function summed(add: (sums: HostSums) => void): HostTotalsRecord[][] {
  const given: HostTotalsRecord[][] = [];
  const sums = new HostSums((all) => given.push([...all]));
  add(sums);
  sums.emitAll();
  return given;
}

it('adds rows of one host and window, in any order of time', () => {
  const [all] = summed((sums) => {
    sums.add(7, row('a', 20), 25);
    sums.add(7, row('b', 30), 35);
    sums.add(7, row('a', 10), 15);
    sums.add(8, row('a', 40), 42);
  });
  const one = {
    ...row('a', 10),
    lastUs: 25,
    packets: 4,
    bytesUp: 6,
    bytesDown: 8,
    flows: 2,
    hellosComplete: 2,
  };
  expect(all).toEqual([one, row('b', 30), { ...row('a', 40), lastUs: 42 }]);
});

it('has a sum for each run of rows with one MAC', () => {
  const [all = []] = summed((sums) => {
    for (const [at, mac] of [
      [10, 'm'],
      [20, 'n'],
      [30, 'n'],
      [40, 'm'],
    ] as const)
      sums.add(7, row('a', at, mac), at + 5);
  });
  expect(all.map(({ mac, flows }) => [mac, flows])).toEqual([
    ['m', 1],
    ['n', 2],
    ['m', 1],
  ]);
});

it('gives the sums that the core does not write', () => {
  const given: string[][] = [];
  const sums = new HostSums((all) => given.push([...all].map(({ host }) => host)));
  for (let i = 0; i < 600; i++) sums.add(7, row(i === 300 ? 'fd00::5' : `10.0.${i >> 8}.${i & 255}`, 10), 15);
  const written: number[] = [];
  sums.write = (from) => {
    if (from === 256) return false;
    written.push(from);
    return true;
  };
  sums.emitAll();
  expect(written).toEqual([0, 512]);
  expect(given.map((hosts) => [hosts.length, hosts[0], hosts[44]])).toEqual([[256, '10.0.1.0', 'fd00::5']]);
  expect([...sums.columns.addresses.slice(299, 302)]).toEqual([0x0a00012b, 0, 0x0a00012d]);
});

it('gives all sums when there are too many, and begins anew', () => {
  const count = 16_384 + 3;
  const given = summed((sums) => {
    for (let i = 0; i < count; i++) sums.add(-5, row(`h${i}`, 10), 15);
    sums.add(-5, row('h0', 10), 15);
  });
  expect(given.map(({ length }) => length)).toEqual([16_384, 4]);
  expect(new Set(given.flat().map(({ host }) => host)).size).toBe(count);
  expect(given.flat().reduce((sum, { flows }) => sum + flows, 0)).toBe(count + 1);
});
