// Finds the machines that claim a host name. Any machine can announce the name of another one by DHCP, multicast DNS or
// NetBIOS.

import { compareHosts, compareText } from './address.ts';

/** A name that a machine at an address announced for itself. */
export interface NameClaim {
  readonly host: string;
  readonly name: string;
  /** Null if the machine is known only by its address. */
  readonly mac: string | null;
}

/** Maximum number of hosts and names in a text. */
const MAX_LISTED = 4;
const NONE: readonly never[] = [];

/** Names that more than one machine claims. */
export class Claimants {
  /** Hosts by name in lower case, each with the machines that claim the name there. */
  readonly #names = new Map<string, Map<string, Set<string>>>();

  /** `claims` is read twice: most names have one machine and need no list. */
  constructor(claims: () => Iterable<NameClaim>) {
    const owners = new Map<string, string>();
    for (const { name, host, mac } of claims()) {
      const [key, machine] = [name.toLowerCase(), mac ?? host];
      const owner = owners.get(key) ?? machine;
      owners.set(key, owner);
      if (owner !== machine) this.#names.set(key, new Map());
    }
    if (this.#names.size === 0) return;
    for (const { name, host, mac } of claims()) {
      const hosts = this.#names.get(name.toLowerCase());
      hosts?.set(host, (hosts.get(host) ?? new Set()).add(mac ?? host));
    }
  }

  /** Lists the hosts of other machines that claim the name, sorted. One machine may have several addresses. */
  listOtherHosts(name: string, host: string): readonly string[] {
    const hosts = this.#names.get(name.toLowerCase());
    if (hosts === undefined) return NONE;
    const own = hosts.get(host) ?? new Set<string>();
    return [...hosts]
      .filter(([other, machines]) => other !== host && ![...machines].every((machine) => own.has(machine)))
      .map(([other]) => other)
      .sort(compareHosts);
  }

  /** Lists the names of the host that other machines claim too, with these; null without one. */
  listClaimed(host: string): string | null {
    const claimed = [...this.#names.keys()]
      .filter((name) => this.#names.get(name)?.has(host))
      .map((name) => ({ name, others: this.listOtherHosts(name, host) }))
      .filter(({ others }) => others.length > 0)
      .sort((a, b) => compareText(a.name, b.name))
      .map(({ name, others }) => `${name} (${formatList(others)})`);
    return claimed.length === 0 ? null : formatList(claimed);
  }
}

export const formatList = (texts: readonly string[]): string =>
  `${texts.slice(0, MAX_LISTED).join(', ')}${texts.length > MAX_LISTED ? ', …' : ''}`;
