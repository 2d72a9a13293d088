// Decides which Host headers are allowed (DNS rebinding): localhost, configured names, and any IP address, because a
// rebound website sends its own name.

import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { ip4Text, ip6Text, parseAddress } from '../../net/address.ts';

export function isAllowedHost(host: string, publicNames: readonly string[]): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host);
  const word = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (name?.[1] !== undefined) return isIP(word) === 6;
  return word === 'localhost' || isIP(word) === 4 || publicNames.includes(word);
}

/** Returns the common name of the client certificate. TLS accepts only certificates of the configured authority. */
export function certificateName({ env }: Context): string | null {
  const { socket } = (env as HttpBindings).incoming;
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === 'string' ? name : null;
}

// Clients are counted by IPv4 address, or by the smallest IPv6 network that one client usually has.

/** RFC 6177: a site gets many /64 networks, and a host may use all addresses of one. */
const HOST_BYTES = 8;
/** ::ffff:0:0/96 of RFC 4291 §2.5.5.2. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Returns null for other text than an address; ignores a zone ("%eth0"). */
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
