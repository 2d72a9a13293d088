// Addresses that are not routed on the Internet: RFC 1918, 6598, 3927, 1122 §3.2.1.3, 4193, 4291 §2.5.3 and §2.5.6.

import { networkContains, parseAddress, parseNetwork } from './address.ts';

export const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
  '::1',
];

const PARSED = PRIVATE_NETWORKS.flatMap((text) => parseNetwork(text) ?? []);

export function isPrivateAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== null && PARSED.some((network) => networkContains(network, address));
}
