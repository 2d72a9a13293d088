// Recognizes local networks: private and unique-local addresses, and configured networks.

import { type Network, networkContains, parseAddress, parseNetwork } from '../../net/address.ts';
import { PRIVATE_NETWORKS } from '../../net/private-networks.ts';

/**
 * Maximum cached answers. Hostile traffic contains millions of addresses, and an evicted answer is only computed again.
 */
const MAX_REMEMBERED = 65_536;

/** Returns local networks as CIDR texts, without invalid ones. */
export function localNetworks(localNets: readonly string[]): string[] {
  return [...PRIVATE_NETWORKS, ...localNets].filter((text) => parseNetwork(text) !== null);
}

export class LocalNetworks {
  readonly #networks: readonly Network[];
  readonly #remembered = new Map<string, boolean>();

  /** `localNets`: CIDR texts that were validated. Invalid ones are ignored. */
  constructor(localNets: readonly string[]) {
    this.#networks = localNetworks(localNets)
      .map(parseNetwork)
      .filter((network): network is Network => network !== null);
  }

  contains(address: string): boolean {
    const existing = this.#remembered.get(address);
    if (existing !== undefined) return existing;
    const bytes = parseAddress(address);
    const inside = bytes !== null && this.#networks.some((network) => networkContains(network, bytes));
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(address, inside);
    return inside;
  }
}
