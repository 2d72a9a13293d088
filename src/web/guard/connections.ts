// How many connections one client may have open, so that one alone cannot take those of all.

import type { Socket } from 'node:net';
import { clientGroup } from './clients.ts';

/** Half of all that the server takes. A browser opens six, and visitors may share an address. */
const MOST_OF_CLIENT = 128;

export class Connections {
  readonly #open = new Map<string, number>();
  readonly #proxies = new Set<string>();

  /** Ends a connection of a client that has too many. */
  take(socket: Socket): void {
    const client = clientGroup(socket.remoteAddress ?? '');
    const open = client === null ? 0 : (this.#open.get(client) ?? 0);
    // Without an address: it has ended already.
    if (client === null || (open >= MOST_OF_CLIENT && !this.#proxies.has(client))) {
      socket.destroy();
      return;
    }
    this.#open.set(client, open + 1);
    socket.once('close', () => this.#release(client));
  }

  /** An address that has shown the proxy's token: all visitors of the proxy come from there. */
  trust(address: string): void {
    const client = clientGroup(address);
    if (client !== null) this.#proxies.add(client);
  }

  #release(client: string): void {
    const open = (this.#open.get(client) ?? 0) - 1;
    if (open > 0) this.#open.set(client, open);
    else this.#open.delete(client);
  }
}
