// Merges the addresses of one machine by MAC: the host is named by its IPv4 address, or without one by
// its first IPv6 address.

import { ofHosts } from '../model/entries.ts';
import type { HostTotals, UsageWindow } from '../model/usage.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { MacsSeen } from '../net/macs-seen.ts';
import { DAY_SECONDS } from '../time/units.ts';
import { renameParts } from './host-parts.ts';
import { queriedNameKey, rowKey, sumByKey, sumHosts, sumQueriedName, sumRows } from './sums.ts';

/** A machine has a local, a stable and some temporary addresses (RFC 8981); more indicate a router. */
const MAX_IPV6 = 8;

interface Machine {
  readonly ip4: Set<string>;
  readonly ip6: Set<string>;
  /** False if only frames connect the MAC with an address: it may be the MAC of a router. */
  isProven: boolean;
}

/**
 * Names hosts by their IPv4 address (without one, by an IPv6 address), day by day of UTC, because addresses change hands. Proof is a MAC that DHCP, ARP or
 * neighbour discovery gave to both addresses, or one in the frames of one IPv4 and a few IPv6 addresses and of no other
 * host in all of the windows. `windows` are those of one sensor over the whole capture.
 */
export function joinDualStack(windows: readonly UsageWindow[]): UsageWindow[] {
  if (windows.every(({ hosts }) => ofHosts(hosts, isIp6).length === 0)) return [...windows];
  const routers = sharedFrameMacs(windows);
  const leaders = new Map<number, ReadonlyMap<string, string>>();
  for (const [day, ofDay] of byDay(windows)) leaders.set(day, collectLeaders(ofDay, routers));
  return windows.map((window) => {
    const known = leaders.get(windowDay(window));
    return known === undefined || known.size === 0 ? window : joined(window, known);
  });
}

/** Like joinDualStack, for windows of several sensors: each sensor is judged by its own evidence. */
export function joinDualStackBySensor(windows: readonly UsageWindow[]): UsageWindow[] {
  const bySensor = new Map<string, UsageWindow[]>();
  for (const window of windows) {
    const list = bySensor.get(window.sensor) ?? [];
    bySensor.set(window.sensor, list);
    list.push(window);
  }
  const joinedOnes = new Map<UsageWindow, UsageWindow>();
  for (const own of bySensor.values()) {
    for (const [i, joined] of joinDualStack(own).entries()) joinedOnes.set(own[i] ?? joined, joined);
  }
  return windows.map((window) => joinedOnes.get(window) ?? window);
}

const windowDay = ({ startSeconds }: UsageWindow): number => Math.floor(startSeconds / DAY_SECONDS);
const isIp6 = (host: string): boolean => host.includes(':');

function byDay(windows: readonly UsageWindow[]): Map<number, UsageWindow[]> {
  const days = new Map<number, UsageWindow[]>();
  for (const window of windows) {
    const list = days.get(windowDay(window)) ?? [];
    days.set(windowDay(window), list);
    list.push(window);
  }
  return days;
}

/** Lists MACs in the frames of several IPv4 addresses, at any time. */
function sharedFrameMacs(windows: readonly UsageWindow[]): Set<string> {
  const first = new Map<string, string>();
  const shared = new Set<string>();
  for (const { hosts } of windows) {
    for (const { host, mac } of hosts) {
      if (mac === null || isIp6(host)) continue;
      const known = first.get(mac);
      if (known === host) continue;
      if (known !== undefined) shared.add(mac);
      first.set(mac, host);
    }
  }
  return shared;
}

/** Maps each IPv6 address to the address that names its machine. */
function collectLeaders(windows: readonly UsageWindow[], routers: ReadonlySet<string>): Map<string, string> {
  const leaders = new Map<string, string>();
  for (const [mac, machine] of collectMachines(windows)) {
    const leader = findLeader(machine, routers.has(mac));
    if (leader === null) continue;
    for (const address of machine.ip6) if (address !== leader) leaders.set(address, leader);
  }
  return leaders;
}

/** Frames are not sufficient for a machine without IPv4: a router shows its MAC for each IPv6 host behind it. */
function findLeader({ ip4, ip6, isProven }: Machine, isRouters: boolean): string | null {
  if (ip4.size > 1 || ip6.size > MAX_IPV6) return null;
  const [leader] = ip4;
  if (leader !== undefined) return isProven || !isRouters ? leader : null;
  if (!isProven) return null;
  const [global] = [...ip6].filter((address) => !isLinkLocal(address)).sort(compareHosts);
  return global ?? null;
}

/** RFC 4291 section 2.5.6. */
const isLinkLocal = (address: string): boolean => /^fe[89ab]/.test(address);

/** Finds machines by MAC. An address that moved to another machine within the day is excluded. */
function collectMachines(windows: readonly UsageWindow[]): Map<string, Machine> {
  const hosts = new Map<string, MacsSeen>();
  for (const window of windows) {
    for (const totals of window.hosts) {
      const macs = hosts.get(totals.host) ?? new MacsSeen();
      hosts.set(totals.host, macs);
      macs.add(totals);
    }
  }
  const machines = new Map<string, Machine>();
  for (const [host, { mac, from }] of hosts) {
    if (mac === null) continue;
    const machine = machines.get(mac) ?? { ip4: new Set(), ip6: new Set(), isProven: true };
    machines.set(mac, machine);
    (isIp6(host) ? machine.ip6 : machine.ip4).add(host);
    if (from === 'frame') machine.isProven = false;
  }
  return machines;
}

function joined(window: UsageWindow, leaders: ReadonlyMap<string, string>): UsageWindow {
  const renamed = <T extends { readonly host: string }>(entry: T): T => {
    const host = leaders.get(entry.host);
    return host === undefined ? entry : { ...entry, host };
  };
  const hosts = window.hosts.map((totals): HostTotals => {
    const host = leaders.get(totals.host);
    return host === undefined
      ? totals
      : { ...totals, host, addresses: [host, totals.host].sort(compareText) };
  });
  const summed = sumByKey([hosts], ({ host }) => host, sumHosts);
  return {
    ...window,
    hosts: summed,
    rows: sumByKey([window.rows.map(renamed)], rowKey, sumRows),
    queriedNames: sumByKey([window.queriedNames.map(renamed)], queriedNameKey, sumQueriedName),
    ...renameParts(window, (host) => leaders.get(host) ?? host),
  };
}
