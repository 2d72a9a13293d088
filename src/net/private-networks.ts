// Lists private address ranges: the local networks by default.

import { includesNetwork, type Network, networkContains, parseAddress, parseNetwork } from './address.ts';

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

/** True for a private address; false for other texts. */
export function isPrivate(address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && PARSED.some((network) => networkContains(network, bytes));
}

/** True for a network that includes a whole block of private addresses. */
export const isPrivateBlock = (network: Network): boolean =>
  PARSED.some((block) => block.bits < 128 && includesNetwork(network, block));

/** Every machine has these addresses (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3), so they identify none. */
export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** Returns the pseudonym of a private address if machines have pseudonyms; other addresses are those of servers outside. */
export const renamePrivate = (address: string, nameOf: (host: string) => string): string =>
  isPrivate(address) && !isLoopback(address) ? nameOf(address) : address;

/** A private address, or the pseudonym of one. */
export const isInside = (address: string): boolean =>
  address !== '' && (parseAddress(address) === null || isPrivate(address));

/** Removes private addresses: they belong to machines, so reports with pseudonyms do not show them. */
export const withoutPrivate = (text: string): string =>
  text.replace(ADDRESSES, (all, word: string, port?: string) => {
    const colon = /[^:]:$/.test(word) ? ':' : '';
    const address = word.slice(0, word.length - colon.length).replace(/[[\]]/g, '');
    if (!isPrivate(address) || isLoopback(address)) return all;
    return port === undefined ? `a private address${colon}` : `a private address, port ${port}`;
  });

/** Matches a possible address, prefix length and port. A colon after an IPv6 address may belong to the sentence. */
const ADDRESSES = new RegExp(
  [
    /(\[[0-9a-fA-F:.]+\]|(?:[0-9a-fA-F]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4})|\d{1,3}(?:\.\d{1,3}){3})/,
    /(?:\/\d{1,3})?(?::(\d{1,5}))?/,
  ]
    .map(({ source }) => source)
    .join(''),
  'g',
);
