// Local networks: private and unique-local addresses, and configured networks.

import { type Network, networkContains, parseAddress, parseNetwork } from '../../net/address.ts';
import { PRIVATE_NETWORKS } from '../../net/private-networks.ts';

/** Ceiling of remembered answers: hostile traffic names millions of addresses, a lost answer is only computed again. */
const MAX_REMEMBERED = 65_536;

/** Local networks as CIDR texts; those that cannot be read are left out. */
export function localNetworks(localNets: readonly string[]): string[] {
  return [...PRIVATE_NETWORKS, ...localNets].filter((text) => parseNetwork(text) !== null);
}

export class LocalNetworks {
  readonly #networks: readonly Network[];
  readonly #remembered = new Map<string, boolean>();

  /** `localNets` are CIDR texts that were checked before; those that cannot be read are left out. */
  constructor(localNets: readonly string[]) {
    this.#networks = localNetworks(localNets)
      .map(parseNetwork)
      .filter((network): network is Network => network !== null);
  }

  contains(address: string): boolean {
    const known = this.#remembered.get(address);
    if (known !== undefined) return known;
    const bytes = parseAddress(address);
    const inside = bytes !== null && this.#networks.some((network) => networkContains(network, bytes));
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(address, inside);
    return inside;
  }
}
