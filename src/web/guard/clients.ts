// Decides by which names a server may be asked. Any address, since no foreign page can make a browser ask for one under its
// own name; of names only the own ones (DNS rebinding).

import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { ip4Text, ip6Text, parseAddress } from '../../net/address.ts';

export function isOwnName(host: string, publicNames: readonly string[]): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host);
  const word = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (name?.[1] !== undefined) return isIP(word) === 6;
  return word === 'localhost' || isIP(word) === 4 || publicNames.includes(word);
}

// The name in the certificate that a visitor showed.

/** Common name of the client certificate; TLS accepts only certificates of the configured authority. */
export function certificateName({ env }: Context): string | null {
  const { socket } = (env as HttpBindings).incoming;
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === 'string' ? name : null;
}

// Clients are counted by address, or by the network of IPv6 that one client has at least.

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
