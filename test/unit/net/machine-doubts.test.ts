// Addresses and machines: the meaning of MACs for hosts where the mapping is not one to one.
import { describe, expect, it } from 'vitest';
import type { MacSource } from '../../../src/net/mac-source.ts';
import { MacsSeen, machineDoubts } from '../../../src/net/macs-seen.ts';

type ShownMac = readonly [mac: string, from: MacSource];

function doubtsOf(hosts: Readonly<Record<string, readonly ShownMac[]>>) {
  const doubts = machineDoubts(
    Object.entries(hosts).map(([host, shown]) => {
      const macs = new MacsSeen();
      for (const [mac, macFrom] of shown) macs.add({ mac, macFrom });
      return [host, macs] as const;
    }),
  );
  return { several: [...doubts.several], same: Object.fromEntries(doubts.same) };
}

const behind = (router: string): Record<string, readonly ShownMac[]> =>
  Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`10.9.9.${i}`, [[router, 'frame']] as const]));

describe('what MACs say of hosts', () => {
  it.each<{
    name: string;
    hosts: Readonly<Record<string, readonly ShownMac[]>>;
    several?: string[];
    same?: object;
  }>([
    {
      name: 'one machine, one address',
      hosts: {
        a: [
          ['m', 'arp'],
          ['m', 'frame'],
        ],
      },
    },
    { name: 'nothing was seen', hosts: { a: [] } },
    {
      name: 'two proven MACs',
      hosts: {
        a: [
          ['m', 'arp'],
          ['n', 'arp'],
        ],
      },
      several: ['a'],
    },
    {
      name: 'a proven one and frames of another',
      hosts: {
        a: [
          ['m', 'dhcp'],
          ['m', 'frame'],
          ['n', 'frame'],
        ],
      },
      several: ['a'],
    },
    {
      name: 'a proven one, and a router’s frames',
      hosts: {
        a: [
          ['m', 'dhcp'],
          ['m', 'frame'],
          ['r', 'frame'],
        ],
        ...behind('r'),
      },
    },
    {
      name: 'a proven one, and frames that came from elsewhere alone',
      hosts: {
        a: [
          ['m', 'dhcp'],
          ['n', 'frame'],
        ],
      },
    },
    {
      name: 'frames of two machines',
      hosts: {
        a: [
          ['m', 'frame'],
          ['n', 'frame'],
        ],
      },
      several: ['a'],
    },
    {
      name: 'two routers',
      hosts: {
        ...behind('r'),
        '10.9.9.1': [
          ['r', 'frame'],
          ['s', 'frame'],
        ],
        '10.9.9.2': [
          ['r', 'frame'],
          ['s', 'frame'],
        ],
        '10.9.9.3': [
          ['r', 'frame'],
          ['s', 'frame'],
        ],
        '10.9.9.4': [
          ['r', 'frame'],
          ['s', 'frame'],
        ],
        '10.9.9.5': [
          ['r', 'frame'],
          ['s', 'frame'],
        ],
      },
    },
    {
      name: 'one machine, two addresses',
      hosts: { b: [['m', 'arp']], a: [['m', 'ndp']] },
      same: { a: ['b'], b: ['a'] },
    },
    { name: 'frames alone', hosts: { a: [['m', 'frame']], b: [['m', 'frame']] } },
    {
      name: 'a router that answers for many',
      hosts: Object.fromEntries([...'abcdefghi'].map((host) => [host, [['m', 'arp']] as const])),
    },
  ])('$name', ({ hosts, several = [], same = {} }) => {
    expect(doubtsOf(hosts)).toEqual({ several, same });
  });
});
