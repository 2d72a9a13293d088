// Sums over all windows what is known of each host as a whole: bytes, flows, days, names, what was dark.

import { compareText } from '../model/address.ts';
import type { TimestampUs } from '../model/flow.ts';
import { MacsSeen } from '../model/macs-seen.ts';
import type { DarkKind, HostTotals, UsageWindow } from '../model/usage.ts';
import type { Zone } from '../model/zone.ts';

export interface DarkSpot {
  readonly kind: DarkKind;
  flows: number;
  bytes: number;
  firstUs: TimestampUs;
  lastUs: TimestampUs;
}

export interface HostFacts {
  readonly bytes: number;
  readonly flows: number;
  /** Days of the zone, sorted. */
  readonly presence: readonly string[];
  readonly mac: string | null;
  readonly names: readonly string[];
  /** Sorted; empty where the host's own is the only one known. */
  readonly addresses: readonly string[];
  readonly dark: readonly DarkSpot[];
}

interface Gathering {
  bytes: number;
  flows: number;
  readonly days: Set<string>;
  readonly names: Set<string>;
  readonly addresses: Set<string>;
  readonly dark: Map<DarkKind, DarkSpot>;
  readonly macs: MacsSeen;
}

/** What is taken of a host's totals in one window, or in several that were added up. */
export type HostPart = Pick<
  HostTotals,
  'host' | 'mac' | 'macFrom' | 'names' | 'flows' | 'bytesUp' | 'bytesDown' | 'dark' | 'addresses'
>;

export function collectHosts(windows: readonly UsageWindow[], zone: Zone): Map<string, HostFacts> {
  return factsOf(windows.map(({ startSeconds, hosts }) => ({ days: [zone.dayOf(startSeconds)], hosts })));
}

/** Parts may come in any order, with the days on which they were seen. */
export function factsOf(
  parts: Iterable<{ readonly days: readonly string[]; readonly hosts: readonly HostPart[] }>,
): Map<string, HostFacts> {
  const hosts = new Map<string, Gathering>();
  for (const part of parts) {
    for (const totals of part.hosts) {
      let host = hosts.get(totals.host);
      if (host === undefined) {
        host = {
          bytes: 0,
          flows: 0,
          days: new Set(),
          names: new Set(),
          addresses: new Set(),
          dark: new Map(),
          macs: new MacsSeen(),
        };
        hosts.set(totals.host, host);
      }
      host.bytes += totals.bytesUp + totals.bytesDown;
      host.flows += totals.flows;
      for (const day of part.days) host.days.add(day);
      for (const name of totals.names) host.names.add(name);
      for (const address of totals.addresses ?? []) host.addresses.add(address);
      host.macs.add(totals);
      addDark(host, totals);
    }
  }
  const shared = sharedFrameMacs(hosts.values());
  return new Map([...hosts].map(([name, host]) => [name, finish(host, shared)]));
}

function finish(host: Gathering, sharedMacs: ReadonlySet<string>): HostFacts {
  const { mac, from } = host.macs;
  const isRouters = from === 'frame' && mac !== null && sharedMacs.has(mac);
  return {
    bytes: host.bytes,
    flows: host.flows,
    presence: [...host.days].sort(compareText),
    mac: isRouters ? null : mac,
    names: namesOf(host),
    addresses: [...host.addresses].sort(compareText),
    dark: [...host.dark.values()],
  };
}

/** An address that changed hands has the names of several machines: whose use it was is not told. */
function namesOf({ macs, names }: Gathering): string[] {
  const sorted = [...names].sort(compareText);
  return macs.areSeveral && sorted.length > 1 ? [sorted.join(' or ')] : sorted;
}

/** A frame's address that several hosts share is the router's, and says nothing of any of them. */
function sharedFrameMacs(hosts: Iterable<Gathering>): Set<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { macs } of hosts) {
    const { mac } = macs;
    if (mac === null || macs.from !== 'frame') continue;
    if (seen.has(mac)) shared.add(mac);
    seen.add(mac);
  }
  return shared;
}

function addDark(host: Gathering, totals: HostPart): void {
  for (const dark of totals.dark) {
    const spot = host.dark.get(dark.kind);
    if (spot === undefined) {
      host.dark.set(dark.kind, {
        kind: dark.kind,
        flows: dark.flows,
        bytes: dark.bytes,
        firstUs: dark.firstUs,
        lastUs: dark.lastUs,
      });
      continue;
    }
    spot.flows += dark.flows;
    spot.bytes += dark.bytes;
    spot.firstUs = Math.min(spot.firstUs, dark.firstUs);
    spot.lastUs = Math.max(spot.lastUs, dark.lastUs);
  }
}
