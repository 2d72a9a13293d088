// Brings together what a judge needs of each host: who it is, what it used, and how much of it could not be seen.

import { compareText } from '../model/address.ts';
import type { HostAttribution } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { PolicySubject } from './check.ts';
import type { HostIdentity } from './scope.ts';

const QUARTER_SECONDS = 900;

interface Gathered {
  mac: string | null;
  readonly names: Set<string>;
  readonly vlans: Set<number>;
  readonly quarters: Map<number, { bytes: number; darkBytes: number }>;
}

/**
 * One subject for each host of the windows. `groupsOf` adds the groups of a hosts file. A MAC counts only where DHCP,
 * neighbour discovery or ARP proves it, or where no other host shows the same one: behind a router every host has the
 * router's.
 */
export function subjectsOf(
  windows: readonly UsageWindow[],
  attributions: readonly HostAttribution[],
  groupsOf?: (host: HostIdentity) => readonly string[],
): PolicySubject[] {
  const hosts = new Map<string, Gathered>();
  const owners = new Map<string, Set<string>>();
  for (const window of windows) {
    const start = Math.floor(window.startSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
    for (const totals of window.hosts) {
      const host = gather(hosts, totals.host);
      if (totals.mac !== null) {
        host.mac ??= totals.mac;
        if (totals.macFrom === 'frame')
          owners.set(totals.mac, (owners.get(totals.mac) ?? new Set()).add(totals.host));
        else host.mac = totals.mac;
      }
      for (const name of totals.names) host.names.add(name.toLowerCase());
      for (const vlan of totals.vlans) host.vlans.add(vlan);
      const quarter = host.quarters.get(start) ?? { bytes: 0, darkBytes: 0 };
      quarter.bytes += totals.bytesUp + totals.bytesDown;
      quarter.darkBytes += totals.dark.reduce((sum, dark) => sum + dark.bytes, 0);
      host.quarters.set(start, quarter);
    }
  }
  const attributed = new Map(attributions.map((attribution) => [attribution.host, attribution]));
  for (const host of attributed.keys()) gather(hosts, host);
  return [...hosts].map(([host, facts]) => {
    const isRouters = facts.mac !== null && (owners.get(facts.mac)?.size ?? 0) > 1;
    const identity: HostIdentity = {
      host,
      mac: isRouters ? null : facts.mac,
      vlans: [...facts.vlans].sort((a, b) => a - b),
      names: [...facts.names].sort(compareText),
      groups: [],
    };
    const own = attributed.get(host);
    return {
      identity: { ...identity, groups: groupsOf === undefined ? [] : [...groupsOf(identity)] },
      tools: own?.tools ?? [],
      providers: own?.providers ?? [],
      activity: [...facts.quarters]
        .map(([startSeconds, quarter]) => ({ startSeconds, ...quarter }))
        .sort((a, b) => a.startSeconds - b.startSeconds),
    };
  });
}

function gather(hosts: Map<string, Gathered>, host: string): Gathered {
  const known = hosts.get(host);
  if (known !== undefined) return known;
  const fresh: Gathered = { mac: null, names: new Set(), vlans: new Set(), quarters: new Map() };
  hosts.set(host, fresh);
  return fresh;
}
