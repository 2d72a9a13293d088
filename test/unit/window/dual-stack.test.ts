import { describe, expect, it } from 'vitest';
import type { HostTotals, UsageWindow } from '../../../src/model/usage.ts';
import { decodeWindows, encodeWindows } from '../../../src/window/codec.ts';
import { joinDualStack } from '../../../src/window/dual-stack.ts';
import { EMPTY_STATS } from '../../../src/window/sums.ts';

const NOON = 1_783_000_800;
const OWN = '02:00:00:00:00:01';
const OTHER = '02:00:00:00:00:02';

function seen(host: string, mac: string | null, macFrom: HostTotals['macFrom']): HostTotals {
  return {
    host,
    mac,
    macFrom,
    names: [],
    vlans: [],
    flows: 1,
    packets: 2,
    bytesUp: 3,
    bytesDown: 4,
    firstUs: NOON * 1e6,
    lastUs: NOON * 1e6,
    notVisible: [],
  };
}

function windowOf(startSeconds: number, ...hosts: HostTotals[]): UsageWindow {
  return {
    sensor: 's',
    startSeconds,
    revision: 0,
    lengthSeconds: 60,
    stats: EMPTY_STATS,
    hosts,
    rows: [],
    queriedNames: hosts.map(({ host, firstUs, lastUs }) => ({
      host,
      name: 'claude.ai',
      count: 1,
      firstUs,
      lastUs,
      addresses: [],
      offersEch: false,
      echAnswers: [],
      isLogged: false,
    })),
  };
}

const hostsOf = (windows: readonly UsageWindow[]): (readonly string[])[] =>
  joinDualStack(windows).map(({ hosts }) => hosts.map(({ host }) => host));

describe('joinDualStack', () => {
  it('calls a machine by its IPv4 address and names all its addresses', () => {
    const [window] = joinDualStack([
      windowOf(NOON, seen('10.0.0.5', OWN, 'dhcp'), seen('fd00::5', OWN, 'ndp')),
    ]);
    expect(window?.hosts).toEqual([
      {
        ...seen('10.0.0.5', OWN, 'dhcp'),
        addresses: ['10.0.0.5', 'fd00::5'],
        flows: 2,
        packets: 4,
        bytesUp: 6,
        bytesDown: 8,
      },
    ]);
    expect(window?.queriedNames).toMatchObject([{ host: '10.0.0.5', count: 2 }]);
  });

  it('calls a machine without IPv4 by the first of its IPv6 addresses', () => {
    const [window] = joinDualStack([
      windowOf(
        NOON,
        seen('fe80::5', OWN, 'ndp'),
        seen('fd00::5', OWN, 'ndp'),
        seen('fd00::a1b2', OWN, 'ndp'),
        seen('fd00::6', OTHER, 'ndp'),
      ),
    ]);
    expect(window?.hosts.map(({ host }) => host)).toEqual(['fd00::5', 'fd00::6']);
    expect([...(window?.hosts ?? [])][0]?.addresses).toEqual(['fd00::5', 'fd00::a1b2', 'fe80::5']);
    const behindRouter = ['fd00::5', 'fd00::a1b2'];
    expect(hostsOf([windowOf(NOON, ...behindRouter.map((host) => seen(host, OWN, 'frame')))])).toEqual([
      behindRouter,
    ]);
  });

  const NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `fd00::${i}`);
  const alone = ['10.0.0.5', '10.0.0.6', 'fd00::5'];
  it.each<{ name: string; windows: UsageWindow[]; expected: string[][] }>([
    {
      name: 'by what another window of the day proves',
      windows: [
        windowOf(NOON, seen('fd00::5', OWN, 'frame')),
        windowOf(NOON + 60, seen('10.0.0.5', OWN, 'arp'), seen('fd00::5', OWN, 'ndp')),
      ],
      expected: [['10.0.0.5'], ['10.0.0.5']],
    },
    {
      name: 'by frames where no other host shows the MAC',
      windows: [
        windowOf(
          NOON,
          seen('10.0.0.5', OWN, 'frame'),
          seen('fd00::5', OWN, 'frame'),
          seen('10.0.0.6', OTHER, 'frame'),
        ),
      ],
      expected: [['10.0.0.5', '10.0.0.6']],
    },
    {
      name: 'not by the MAC of a router',
      windows: [
        windowOf(
          NOON,
          seen('10.0.0.5', OWN, 'frame'),
          seen('10.0.0.6', OWN, 'frame'),
          seen('fd00::5', OWN, 'frame'),
        ),
      ],
      expected: [alone],
    },
    {
      name: 'not by the MAC of a router that another day shows',
      windows: [
        windowOf(NOON, seen('10.0.0.5', OWN, 'frame'), seen('fd00::5', OWN, 'frame')),
        windowOf(NOON + 86_400, seen('10.0.0.6', OWN, 'frame')),
      ],
      expected: [['10.0.0.5', 'fd00::5'], ['10.0.0.6']],
    },
    {
      name: 'not where two IPv4 addresses prove the MAC to be theirs',
      windows: [
        windowOf(
          NOON,
          seen('10.0.0.5', OWN, 'arp'),
          seen('10.0.0.6', OWN, 'arp'),
          seen('fd00::5', OWN, 'ndp'),
        ),
      ],
      expected: [alone],
    },
    {
      name: 'not where a MAC has more IPv6 addresses than a machine',
      windows: [
        windowOf(NOON, seen('10.0.0.5', OWN, 'arp'), ...NINE.map((address) => seen(address, OWN, 'ndp'))),
      ],
      expected: [['10.0.0.5', ...NINE]],
    },
    {
      name: 'not where the address changed hands that day',
      windows: [
        windowOf(NOON, seen('10.0.0.5', OWN, 'dhcp'), seen('fd00::5', OWN, 'ndp')),
        windowOf(NOON + 60, seen('10.0.0.5', OTHER, 'dhcp')),
      ],
      expected: [['10.0.0.5', 'fd00::5'], ['10.0.0.5']],
    },
    {
      name: 'with another address on another day',
      windows: [
        windowOf(NOON, seen('10.0.0.5', OWN, 'dhcp'), seen('fd00::5', OWN, 'ndp')),
        windowOf(NOON + 86_400, seen('10.0.0.6', OWN, 'dhcp'), seen('fd00::5', OWN, 'ndp')),
      ],
      expected: [['10.0.0.5'], ['10.0.0.6']],
    },
  ])('joins $name', ({ windows, expected }) => {
    expect(hostsOf(windows)).toEqual(expected);
  });

  it('changes nothing the second time', () => {
    const once = joinDualStack([windowOf(NOON, seen('10.0.0.5', OWN, 'dhcp'), seen('fd00::5', OWN, 'ndp'))]);
    expect(joinDualStack(once)).toEqual(once);
  });

  it('keeps the addresses in a file', () => {
    const windows = joinDualStack([
      windowOf(NOON, seen('10.0.0.5', OWN, 'dhcp'), seen('fd00::5', OWN, 'ndp')),
    ]);
    expect(decodeWindows(encodeWindows(windows)).windows).toEqual(windows);
  });
});
