// Number of open connections per client and in total, so that no client takes those of all, or of what checks health.

import type { Socket } from 'node:net';
import { clientGroup } from './clients.ts';

/** Answered with all connections in use, and by a request limit of their own: what supervises the server asks for them. */
export const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** Half of all that the server takes. A browser opens six, and visitors may share an address. */
const MOST_OF_CLIENT = 128;
const MOST_OPEN = 256;
/** Further ones, of a client and in total, which are answered for health and metrics alone. */
const RESERVE_OF_CLIENT = 8;
const RESERVE = 32;
export const MAX_CONNECTIONS = MOST_OPEN + RESERVE;

export class Connections {
  readonly #open = new Map<string, number>();
  readonly #proxies = new Set<string>();
  /** Connections are found by the client's end: over TLS a request has another socket than its connection. */
  readonly #reserve = new Set<string>();
  #total = 0;

  /** Ends a connection of a client that has too many. */
  take(socket: Socket): void {
    const client = clientGroup(socket.remoteAddress ?? '');
    const open = client === null ? 0 : (this.#open.get(client) ?? 0);
    const isProxy = client !== null && this.#proxies.has(client);
    const over = isProxy ? -1 : open - MOST_OF_CLIENT;
    // Without an address: it has ended already.
    if (client === null || over >= RESERVE_OF_CLIENT) {
      socket.destroy();
      return;
    }
    const end = remoteEnd(socket);
    if (over >= 0 || this.#total >= MOST_OPEN) this.#reserve.add(end);
    this.#open.set(client, open + 1);
    this.#total++;
    socket.once('close', () => {
      this.#reserve.delete(end);
      this.#release(client);
    });
  }

  isOfReserve(socket: Socket): boolean {
    return this.#reserve.has(remoteEnd(socket));
  }

  /** An address that has shown the proxy's token: all visitors of the proxy come from there. */
  trust(address: string): void {
    const client = clientGroup(address);
    if (client !== null) this.#proxies.add(client);
  }

  #release(client: string): void {
    this.#total--;
    const open = (this.#open.get(client) ?? 0) - 1;
    if (open > 0) this.#open.set(client, open);
    else this.#open.delete(client);
  }
}

const remoteEnd = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
