// Addresses that no public network has: our side without any configuration.

import { type Network, networkContains, parseAddress, parseNetwork } from './address.ts';

/** RFC 1918, 6598, 3927, 1122 §3.2.1.3, 4193, 4291 §2.5.3 and §2.5.6. */
export const PRIVATE_NETWORKS: readonly string[] = [
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

const PARSED = PRIVATE_NETWORKS.map(parseNetwork).filter((network): network is Network => network !== null);

/** False for texts that are no address. */
export function isPrivate(address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && PARSED.some((network) => networkContains(network, bytes));
}

/** Private addresses are those of machines: where hosts are pseudonyms they are not shown. */
export const withoutPrivate = (text: string): string =>
  text.replace(/[0-9a-fA-F:.]*[0-9a-fA-F:](?:\/\d{1,3})?/g, (word) =>
    isPrivate(word.split('/')[0] ?? '') ? 'a private address' : word,
  );
