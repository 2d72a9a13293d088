// Finds entries of a scope whose hosts had no traffic, because the verdict over the other hosts does not cover them.

import type { HostIdentity, Policy, Rule } from '../model/policy.ts';
import { formatNetwork, type Network, networkContains, parseAddress, parseNetwork } from '../net/address.ts';
import { isPrivateBlock } from '../net/private-networks.ts';
import { matchesGlob } from '../text/glob.ts';
import { isLeftOut } from './scope.ts';

/** Removes entries for hosts with traffic, in any order of the hosts. */
export class UnseenScope {
  readonly #networks = new Map<string, Network>();
  /** Addresses, pseudonyms, MACs and VLANs. */
  readonly #entries = new Set<string>();
  readonly #names: Set<string>;

  constructor(policy: Policy, { scope }: Rule) {
    const groups = policy.groups.filter(({ id, exclude }) => !exclude && scope.groups.includes(id));
    for (const { networks, hosts, macs, vlans } of [scope, ...groups]) {
      // Whole private blocks stand for "the internal network"; no site uses all of them. An IPv6 prefix next to an IPv4 network
      // belongs to the same hosts, which may not use IPv6.
      const hasIp4 = networks.some(isIp4);
      for (const network of networks)
        if (!isPrivateBlock(network) && !isLeftOut(policy, network) && (isIp4(network) || !hasIp4))
          this.#networks.set(formatNetwork(network), network);
      for (const host of hosts) if (!isLeftOut(policy, parseNetwork(host))) this.#entries.add(host);
      for (const entry of [...macs, ...vlans.map(formatVlan)]) this.#entries.add(entry);
    }
    this.#names = new Set([scope, ...groups].flatMap(({ names }) => names));
  }

  /** True if each entry has a host with traffic. */
  get isSeen(): boolean {
    return this.#networks.size + this.#entries.size + this.#names.size === 0;
  }

  addHost({ host, addresses = [], mac, vlans, names }: HostIdentity): void {
    for (const entry of [host, ...addresses, ...vlans.map(formatVlan)]) this.#entries.delete(entry);
    if (mac !== null) this.#entries.delete(mac);
    if (this.#networks.size > 0) {
      const parsed = [host, ...addresses].flatMap((address) => parseAddress(address) ?? []);
      for (const [text, network] of this.#networks)
        if (parsed.some((address) => networkContains(network, address))) this.#networks.delete(text);
    }
    for (const pattern of this.#names)
      if (names.some((name) => matchesGlob(pattern, name.toLowerCase(), 0))) this.#names.delete(pattern);
  }

  /** Sorted by kind, then in the order of the policy. */
  list(): string[] {
    return [...this.#networks.keys(), ...this.#entries, ...this.#names];
  }
}

const isIp4 = ({ bytes }: Network): boolean => bytes.length === 4;
const formatVlan = (vlan: number): string => `VLAN ${vlan}`;
