// Our side: private and unique-local addresses, and configured networks.

import { type Network, networkContains, parseAddress, parseNetwork } from '../net/address.ts';

/** RFC 1918, 6598, 3927, 1122 §3.2.1.3, 4193, 4291 §2.5.3 and §2.5.6. */
const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1',
];

/** Ceiling of remembered answers: hostile traffic names millions of addresses, a lost answer is only computed again. */
const MAX_REMEMBERED = 65_536;

/** Our side as CIDR texts; those that cannot be read are left out. */
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
