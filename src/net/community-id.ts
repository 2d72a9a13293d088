// Community ID v1: a flow identifier that all monitoring programs compute identically, independent of direction.
// Source: the published specification of Corelight's community-id-spec, version 1, seed 0.

import { parseAddress } from './address.ts';

/** SHA-1 in base64 (RFC 4648 §4). A parameter, because hashing is a platform function and this module is pure. */
export type Sha1 = (bytes: Uint8Array) => string;

export interface FlowEnds {
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly protocol: 'tcp' | 'udp';
}

const PROTOCOL_NUMBER = { tcp: 6, udp: 17 } as const;

/** "1:" and the base64 SHA-1; null when an address is not parseable (a pseudonym). */
export function communityId(flow: FlowEnds, sha1: Sha1): string | null {
  const client = parseAddress(flow.client);
  const server = parseAddress(flow.server);
  if (client === null || server === null || client.length !== server.length) return null;
  const isOrdered = compareEnds(client, flow.clientPort, server, flow.serverPort) <= 0;
  const [first, firstPort, second, secondPort] = isOrdered
    ? [client, flow.clientPort, server, flow.serverPort]
    : [server, flow.serverPort, client, flow.clientPort];
  const bytes = new Uint8Array(2 + 2 * client.length + 6);
  const view = new DataView(bytes.buffer);
  bytes.set(first, 2); // after the seed, 0
  bytes.set(second, 2 + client.length);
  const tail = 2 + 2 * client.length;
  bytes[tail] = PROTOCOL_NUMBER[flow.protocol];
  view.setUint16(tail + 2, firstPort);
  view.setUint16(tail + 4, secondPort);
  return `1:${sha1(bytes)}`;
}

function compareEnds(a: Uint8Array, aPort: number, b: Uint8Array, bPort: number): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return aPort - bPort;
}
