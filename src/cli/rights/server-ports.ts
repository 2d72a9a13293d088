// Lists the ports and socket types that a confined command needs to reach servers.

import type { SocketKind } from '../../native/addon.ts';
import { parseAddress } from '../../net/address.ts';

export interface ServerPlace {
  /** A name or an address, IPv6 also in brackets. */
  readonly host: string;
  readonly port: number;
  /** Absent: TCP. */
  readonly isUdp?: boolean;
}

/** DNS over TCP, for answers that are too long for UDP. */
const DNS_PORT = 53;

export const urlPlace = (url: URL, port: number): ServerPlace => ({ host: url.hostname, port });

export function listPorts(servers: readonly ServerPlace[]): number[] {
  const ports = servers.filter(({ isUdp }) => isUdp !== true).map(({ port }) => port);
  return servers.some(isNamed) ? [DNS_PORT, ...ports] : ports;
}

/** Returns no sockets without servers. UDP sockets are allowed only for name resolution or UDP servers. */
export function listSocketKinds(servers: readonly ServerPlace[]): SocketKind[] {
  const isUdp = servers.some((server) => server.isUdp === true || isNamed(server));
  const isTcp = servers.some((server) => server.isUdp !== true || isNamed(server));
  return [...(isTcp ? (['tcp'] as const) : []), ...(isUdp ? (['udp'] as const) : [])];
}

const isNamed = ({ host }: ServerPlace): boolean => parseAddress(host.replace(/^\[|\]$/g, '')) === null;
