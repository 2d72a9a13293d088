// Limits each sensor to hosts of its own networks, and lists hosts that it reported outside of them.

import type { Entries } from '../model/field.ts';
import type { ObservedScope } from '../model/policy.ts';
import type { OutsideNetworks } from '../model/report.ts';
import type { UsageWindow } from '../model/usage.ts';
import {
  compareText,
  formatNetwork,
  includesNetwork,
  type Network,
  networkContains,
  parseAddress,
} from '../net/address.ts';
import { matchesGlob } from '../text/glob.ts';

/** Joins the sensor names of a window that is the sum of several sensors' windows. */
const SENSOR_SEPARATOR = '+';

export interface SensorEntry {
  /** "*" matches any text. */
  readonly name: string;
  readonly networks: readonly Network[];
}

export interface SensorNetworks {
  /** Entries with equal content have the same key. */
  readonly key: string;
  /** False for a host outside the sensor's networks. */
  covers(sensor: string, host: string): boolean;
  /**
   * Returns one test per network of the scope: true for a sensor that observes all of this network. Absent where hosts are
   * pseudonyms, because a pseudonym shows no network.
   */
  networkTests?(scope: ObservedScope): ((sensor: string) => boolean)[];
}

/** Networks that a sensors file lists. */
export class SensorFileNetworks implements SensorNetworks {
  readonly key: string;
  readonly #entries: readonly SensorEntry[];
  readonly #networks = new Map<string, readonly Network[]>();

  constructor(entries: readonly SensorEntry[]) {
    this.#entries = entries;
    this.key = JSON.stringify(
      entries
        .map(({ name, networks }) => [name, networks.map(formatNetwork).sort(compareText)])
        .sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b))),
    );
  }

  /** A pseudonym belongs to no network: its key binds it to a site. */
  covers(sensor: string, host: string): boolean {
    const address = parseAddress(host);
    if (address === null) return true;
    // A sum of windows does not record which of its sensors reported the host.
    return sensor
      .split(SENSOR_SEPARATOR)
      .every((part) => this.#findNetworks(part).some((network) => networkContains(network, address)));
  }

  networkTests(scope: ObservedScope): ((sensor: string) => boolean)[] {
    return this.#listParts(scope).map(
      (part) => (sensor) => this.#findNetworks(sensor).some((network) => includesNetwork(network, part)),
    );
  }

  /** Splits the networks of the scope by sensor. Networks that no sensor sees are also parts. */
  #listParts({ networks, hosts }: ObservedScope): readonly Network[] {
    const listed = this.#entries.flatMap((entry) => entry.networks);
    if (networks === 'all') return removeDuplicates(listed);
    if (networks === null) {
      const addresses = [...hosts].flatMap((host) => parseAddress(host) ?? []);
      return removeDuplicates(
        listed.filter((network) => addresses.some((address) => networkContains(network, address))),
      );
    }
    return removeDuplicates(
      networks.flatMap((scopeNetwork) => {
        const inside = listed.filter((network) => includesNetwork(scopeNetwork, network));
        return inside.some((network) => includesNetwork(network, scopeNetwork)) || inside.length === 0
          ? [scopeNetwork]
          : inside;
      }),
    );
  }

  #findNetworks(sensor: string): readonly Network[] {
    const cached = this.#networks.get(sensor);
    if (cached !== undefined) return cached;
    const networks = this.#entries
      .filter(({ name }) => matchesGlob(name, sensor, 0))
      .flatMap((entry) => entry.networks);
    this.#networks.set(sensor, networks);
    return networks;
  }
}

const removeDuplicates = (networks: readonly Network[]): readonly Network[] => [
  ...new Map(networks.map((network) => [formatNetwork(network), network])).values(),
];

export type ReportedHost = readonly [sensor: string, host: string];

/** Limits sensors by a list of outside hosts, because pseudonyms belong to no network. */
export function excludeListedHosts(pairs: readonly ReportedHost[]): SensorNetworks {
  const listed = new Set(pairs.map((pair) => JSON.stringify(pair)));
  return {
    key: JSON.stringify([...listed].sort(compareText)),
    covers: (sensor, host) => !listed.has(JSON.stringify([sensor, host])),
  };
}

/** Lists the hosts outside of the networks of their sensors, each once, sorted. */
export function listOutsideHosts(networks: SensorNetworks, windows: readonly UsageWindow[]): ReportedHost[] {
  const found = new Map<string, ReportedHost>();
  for (const pair of listReportedHosts(windows))
    if (!networks.covers(...pair)) found.set(JSON.stringify(pair), pair);
  return [...found].sort((a, b) => compareText(a[0], b[0])).map(([, pair]) => pair);
}

/** Groups outside hosts by sensor name, sorted. Pairs may come in any order and repeatedly. */
export function countOutsideHosts(
  networks: SensorNetworks,
  pairs: Iterable<ReportedHost>,
): OutsideNetworks[] {
  const outside = new Map<string, Set<string>>();
  for (const [sensor, host] of pairs) {
    if (networks.covers(sensor, host)) continue;
    const hosts = outside.get(sensor) ?? new Set();
    outside.set(sensor, hosts.add(host));
  }
  return [...outside]
    .map(([sensor, hosts]) => ({ sensor, hosts: hosts.size }))
    .sort((a, b) => compareText(a.sensor, b.sensor));
}

/** Lists hosts in windows, including those of rows and DNS names. */
export function* listReportedHosts(windows: readonly UsageWindow[]): Iterable<ReportedHost> {
  for (const { sensor, hosts, rows, queriedNames } of windows)
    for (const list of [hosts, rows, queriedNames]) for (const { host } of list) yield [sensor, host];
}

/** Removes hosts outside the networks of their sensors. A window without such hosts is returned unchanged. */
export function removeOutsideHosts(
  networks: SensorNetworks | null,
  windows: readonly UsageWindow[],
): readonly UsageWindow[] {
  if (networks === null) return windows;
  return windows.map((window) => {
    const isCovered = ({ host }: { readonly host: string }): boolean => networks.covers(window.sensor, host);
    const lists: readonly Entries<{ readonly host: string }>[] = [
      window.hosts,
      window.rows,
      window.queriedNames,
    ];
    if (lists.every((list) => list.every(isCovered))) return window;
    return {
      ...window,
      hosts: window.hosts.filter(isCovered),
      rows: window.rows.filter(isCovered),
      queriedNames: window.queriedNames.filter(isCovered),
    };
  });
}
