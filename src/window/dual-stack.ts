// Merges the addresses of one machine by MAC. The machine's main address names the host: its IPv4 address, or its first
// IPv6 address if it has no IPv4 address.

import { joinHosts, selectHosts, sumByHost } from '../model/entries.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { HostTotals, UsageWindow } from '../model/usage.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { MacsSeen } from '../net/macs-seen.ts';
import { DAY_SECONDS } from '../time/units.ts';
import { joinParts } from './host-parts.ts';
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
 * Renames hosts to the main address of their machine, separately for each day in UTC, because addresses move to other
 * machines. Two addresses are of one machine if DHCP, ARP or neighbour discovery assigns both to one MAC, or if frames of
 * one MAC have one IPv4 address, a few IPv6 addresses and no other host in all windows. `windows` are those of one sensor
 * over the whole capture.
 */
export function joinDualStack(windows: readonly UsageWindow[]): UsageWindow[] {
  if (windows.every(({ hosts }) => selectHosts(hosts, isIp6).length === 0)) return [...windows];
  const routers = sharedFrameMacs(windows);
  const machines = new Map<number, Machines>();
  for (const [day, windowsOfDay] of groupBy(windows, windowDay))
    machines.set(day, new Machines(collectMainAddresses(windowsOfDay, routers)));
  return windows.map((window) => machines.get(windowDay(window))?.join(window) ?? window);
}

/** Like joinDualStack, for windows of several sensors. The MACs of one sensor do not merge hosts of another. */
export function joinDualStackBySensor(windows: readonly UsageWindow[]): UsageWindow[] {
  const merged = new Map<UsageWindow, UsageWindow>();
  for (const own of groupBy(windows, ({ sensor }) => sensor).values())
    for (const [i, window] of joinDualStack(own).entries()) merged.set(own[i] ?? window, window);
  return windows.map((window) => merged.get(window) ?? window);
}

const windowDay = ({ startSeconds }: UsageWindow): number => Math.floor(startSeconds / DAY_SECONDS);
const isIp6 = (host: string): boolean => host.includes(':');

/** Lists MACs whose frames have several IPv4 addresses, at any time. */
function sharedFrameMacs(windows: readonly UsageWindow[]): Set<string> {
  const lastHosts = new Map<string, string>();
  const shared = new Set<string>();
  for (const { host, mac } of sumByHost(windows.map(({ hosts }) => hosts))) {
    if (mac === null || isIp6(host)) continue;
    const previous = lastHosts.get(mac);
    if (previous === host) continue;
    if (previous !== undefined) shared.add(mac);
    lastHosts.set(mac, host);
  }
  return shared;
}

/** Maps each IPv6 address to the main address of its machine. */
function collectMainAddresses(
  windows: readonly UsageWindow[],
  routers: ReadonlySet<string>,
): Map<string, string> {
  const mainAddresses = new Map<string, string>();
  for (const [mac, machine] of collectMachines(windows)) {
    const main = findMainAddress(machine, routers.has(mac));
    if (main === null) continue;
    for (const address of machine.ip6) if (address !== main) mainAddresses.set(address, main);
  }
  return mainAddresses;
}

/** Frames alone do not prove a machine without IPv4, because a router sends the frames of all IPv6 hosts behind it. */
function findMainAddress({ ip4, ip6, isProven }: Machine, isRouter: boolean): string | null {
  if (ip4.size > 1 || ip6.size > MAX_IPV6) return null;
  const [main] = ip4;
  if (main !== undefined) return isProven || !isRouter ? main : null;
  if (!isProven) return null;
  const [global] = [...ip6].filter((address) => !isLinkLocal(address)).sort(compareHosts);
  return global ?? null;
}

/** RFC 4291 §2.5.6. */
const isLinkLocal = (address: string): boolean => /^fe[89ab]/.test(address);

/** Finds machines by MAC. An address that moved to another machine within the day is excluded. */
function collectMachines(windows: readonly UsageWindow[]): Map<string, Machine> {
  const hosts = new Map<string, MacsSeen>();
  for (const totals of sumByHost(windows.map((window) => window.hosts))) {
    const macs = hosts.get(totals.host) ?? new MacsSeen();
    hosts.set(totals.host, macs);
    macs.add(totals);
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

/** Main addresses of one day. */
class Machines {
  readonly #mainAddresses: ReadonlyMap<string, string>;
  readonly #joined: ReadonlySet<string>;
  /** One function for all windows of the day: lists of entries keep its answers. */
  readonly isJoined = (host: string): boolean => this.#joined.has(host);
  readonly nameOf = (host: string): string => this.#mainAddresses.get(host) ?? host;

  constructor(mainAddresses: ReadonlyMap<string, string>) {
    this.#mainAddresses = mainAddresses;
    this.#joined = new Set([...mainAddresses].flat());
  }

  join(window: UsageWindow): UsageWindow {
    if (this.#joined.size === 0) return window;
    const { isJoined, nameOf } = this;
    const rename = <T extends { readonly host: string }>(entry: T): T =>
      isJoined(entry.host) ? { ...entry, host: nameOf(entry.host) } : entry;
    const join = <T extends { readonly host: string }>(
      entries: readonly T[],
      keyOf: (entry: T) => string,
      sum: (a: T, b: T) => T,
    ): readonly T[] =>
      entries.some(({ host }) => isJoined(host)) ? sumByKey([entries.map(rename)], keyOf, sum) : entries;
    return {
      ...window,
      hosts: joinHosts(window.hosts, isJoined, (hosts) =>
        sumByKey([hosts.map((totals) => this.#renameTotals(totals))], ({ host }) => host, sumHosts),
      ),
      rows: join(window.rows, rowKey, sumRows),
      queriedNames: join(window.queriedNames, queriedNameKey, sumQueriedName),
      ...joinParts(window, isJoined, nameOf),
    };
  }

  #renameTotals(totals: HostTotals): HostTotals {
    const host = this.nameOf(totals.host);
    if (host === totals.host) return totals;
    return { ...totals, host, addresses: [host, totals.host].sort(compareText) };
  }
}
