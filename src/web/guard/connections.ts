// Limits open connections per client and in total, so that no client exhausts those of other clients or of health checks.

import type { Socket } from 'node:net';
import { clientGroup } from './clients.ts';

/** Monitoring requests these paths. They are answered even if all connections are in use, with a separate request limit. */
export const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** Half of all connections. A browser opens six, and users may share an address. */
const MAX_OF_CLIENT = 128;
const MAX_OPEN = 256;
/** Additional connections, per client and in total, for health and metrics only. */
const RESERVE_OF_CLIENT = 8;
const RESERVE = 32;
export const MAX_CONNECTIONS = MAX_OPEN + RESERVE;

export class Connections {
  readonly #open = new Map<string, number>();
  readonly #proxies = new Set<string>();
  /** Connections by the endpoint of the client: over TLS a request has another socket than its connection. */
  readonly #reserve = new Set<string>();
  #total = 0;

  /** Counts a connection, and closes it if its client has too many. */
  take(socket: Socket): void {
    const client = clientGroup(socket.remoteAddress ?? '');
    const open = client === null ? 0 : (this.#open.get(client) ?? 0);
    const isProxy = client !== null && this.#proxies.has(client);
    const over = isProxy ? -1 : open - MAX_OF_CLIENT;
    // A socket without an address has already ended.
    if (client === null || over >= RESERVE_OF_CLIENT) {
      socket.destroy();
      return;
    }
    const end = remoteEnd(socket);
    if (over >= 0 || this.#total >= MAX_OPEN) this.#reserve.add(end);
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

  /** Exempts an address that sent the token of the proxy, because all users of the proxy come from it. */
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
