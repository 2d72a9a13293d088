// Brings together what an evaluation needs of each host: who it is, what it used, and how much of it could not be seen.

import type { HostAttribution, HostTool } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { MacsSeen } from '../net/macs-seen.ts';
import { QUARTER_SECONDS } from '../time/units.ts';
import type { HostIdentity } from './scope.ts';

/** One host as the evaluation sees it. */
export interface PolicySubject {
  readonly identity: HostIdentity;
  /** More than one machine showed the address: whose use it was is in doubt. */
  readonly isOfSeveral?: true;
  /** Where the address changed hands: who had it, by quarter hour. */
  readonly identities?: ReadonlyMap<number, HostIdentity>;
  readonly tools: readonly HostTool[];
  readonly providers: readonly HostTool[];
  /** All bytes of the host and those that could not be seen into, by quarter hour. */
  readonly activity: readonly {
    readonly startSeconds: number;
    readonly bytes: number;
    readonly notVisibleBytes: number;
  }[];
}

interface Gathered {
  readonly macs: MacsSeen;
  readonly names: Set<string>;
  readonly vlans: Set<number>;
  readonly addresses: Set<string>;
  readonly quarters: Map<number, Quarter>;
  /** Names given in windows that show this MAC. */
  readonly namesOfMac: Map<string, Set<string>>;
}

interface Quarter {
  bytes: number;
  notVisibleBytes: number;
  readonly macs: MacsSeen;
}

/**
 * One subject for each host of the windows. `groupsOf` adds the groups of a hosts file. A MAC counts only where DHCP,
 * neighbour discovery or ARP proves it, or where no other host shows the same one: behind a router every host has the
 * router's. Where an address changed hands, each quarter hour has the machine that was seen in it. `routers` are known to
 * whoever evaluates some hosts of many.
 */
export function subjectsOf(
  windows: readonly UsageWindow[],
  attributions: readonly HostAttribution[],
  groupsOf?: (host: HostIdentity) => readonly string[],
  routers: ReadonlySet<string> = routersOf(windows),
): PolicySubject[] {
  const hosts = new Map<string, Gathered>();
  for (const window of windows) {
    const start = Math.floor(window.startSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
    for (const totals of window.hosts) {
      const host = gather(hosts, totals.host);
      const { mac } = totals;
      host.macs.add(totals);
      for (const name of totals.names) {
        host.names.add(name.toLowerCase());
        if (mac !== null)
          host.namesOfMac.set(mac, (host.namesOfMac.get(mac) ?? new Set()).add(name.toLowerCase()));
      }
      for (const vlan of totals.vlans) host.vlans.add(vlan);
      for (const address of totals.addresses ?? []) host.addresses.add(address);
      const quarter = host.quarters.get(start) ?? { bytes: 0, notVisibleBytes: 0, macs: new MacsSeen() };
      quarter.macs.add(totals);
      const bytes = totals.bytesUp + totals.bytesDown;
      quarter.bytes += bytes;
      // A flow may be dark for two reasons, and what was lost is not among the bytes seen.
      quarter.notVisibleBytes += Math.min(
        bytes,
        totals.notVisible.reduce((sum, notVisible) => sum + notVisible.bytes, 0),
      );
      host.quarters.set(start, quarter);
    }
  }
  const attributed = new Map(attributions.map((attribution) => [attribution.host, attribution]));
  for (const host of attributed.keys()) gather(hosts, host);
  const isRouters = (mac: string): boolean => routers.has(mac);
  const withGroups = (identity: HostIdentity): HostIdentity =>
    groupsOf === undefined ? identity : { ...identity, groups: [...groupsOf(identity)] };
  return [...hosts].map(([host, facts]) => {
    const { mac, areSeveral } = facts.macs;
    const identity: HostIdentity = {
      host,
      mac: mac === null || isRouters(mac) ? null : mac,
      vlans: [...facts.vlans].sort((a, b) => a - b),
      ...(facts.addresses.size === 0 ? {} : { addresses: [...facts.addresses].sort(compareText) }),
      names: areSeveral ? [] : [...facts.names].sort(compareText),
      groups: [],
    };
    const own = attributed.get(host);
    const activity = [...facts.quarters]
      .map(([startSeconds, { bytes, notVisibleBytes }]) => ({ startSeconds, bytes, notVisibleBytes }))
      .sort((a, b) => a.startSeconds - b.startSeconds);
    const subject = {
      identity: withGroups(identity),
      tools: own?.tools ?? [],
      providers: own?.providers ?? [],
      activity,
    };
    if (!areSeveral) return subject;
    const identities = new Map(
      [...facts.quarters].map(([start, { macs }]) => {
        const then = macs.mac !== null && isRouters(macs.mac) ? null : macs.mac;
        const names = then === null ? [] : [...(facts.namesOfMac.get(then) ?? [])].sort(compareText);
        return [start, withGroups({ ...identity, mac: then, names })];
      }),
    );
    return { ...subject, identities };
  });
}

/** MACs that frames of several hosts show. */
export function routersOf(windows: readonly UsageWindow[]): Set<string> {
  const owners = new Map<string, string>();
  const routers = new Set<string>();
  for (const { host, mac, macFrom } of windows.flatMap(({ hosts }) => hosts)) {
    if (mac === null || macFrom !== 'frame') continue;
    if ((owners.get(mac) ?? host) !== host) routers.add(mac);
    owners.set(mac, host);
  }
  return routers;
}

function gather(hosts: Map<string, Gathered>, host: string): Gathered {
  const known = hosts.get(host);
  if (known !== undefined) return known;
  const fresh: Gathered = {
    macs: new MacsSeen(),
    names: new Set(),
    vlans: new Set(),
    addresses: new Set(),
    quarters: new Map(),
    namesOfMac: new Map(),
  };
  hosts.set(host, fresh);
  return fresh;
}
