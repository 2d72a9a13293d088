// What is counted together as one client: an address, or the network of IPv6 that one client has at least.

import { ip4Text, ip6Text, parseAddress } from '../../net/address.ts';

/** RFC 6177: a site is given many networks of 64 bits, a host one of them whole. */
const HOST_BYTES = 8;
/** ::ffff:0:0/96 of RFC 4291 §2.5.5.2. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Null for what is no address; a zone ("%eth0") is left out. */
export function clientGroup(text: string): string | null {
  const bytes = parseAddress(text.replace(/%.*$/, ''));
  if (bytes === null) return null;
  if (bytes.length === 4) return ip4Text(bytes, 0);
  if (MAPPED.every((byte, i) => bytes[i] === byte)) return ip4Text(bytes, MAPPED.length);
  return ip6Text(
    bytes.map((byte, i) => (i < HOST_BYTES ? byte : 0)),
    0,
  );
}
