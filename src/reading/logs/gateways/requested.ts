// Finds connections whose requests were logged, but not their session, which alone counts their bytes. These are unknown
// then.

import { JoinTable } from '../join-table.ts';
import { HashSet } from '../named-connections.ts';
import type { RequestColumns } from '../summed-form.ts';

/** Requests without a session so far: the first columns, and most. Further ones count as requests without a session. */
const [FIRST_PLACES, MAX_PLACES] = [1 << 12, 1 << 22];

/** Maximum requests in the journal of a follower. */
const MAX_FOLLOWED = 16_384;

export interface Request {
  readonly client: string;
  readonly us: number;
}

/** `hash`: hash of a connection, not 0. */
export interface Requests {
  /** Adds a request, and returns those whose session is not waited for any longer. */
  add(hash: number, client: string, us: number): readonly Request[];
  addSession(hash: number): void;
  /** Returns the first request of each connection without a session. */
  missing(): Iterable<Request>;
}

/** The requests of a follower, whose state must survive a restart. */
export class FollowedRequests implements Requests {
  readonly table = new JoinTable<Request>({ hashOf: (key) => Number.parseInt(key, 10) });

  add(hash: number, client: string, us: number): readonly Request[] {
    const [oldest] = this.table.size >= MAX_FOLLOWED ? this.table : [];
    if (oldest !== undefined) this.table.delete(oldest[0]);
    if (!this.table.mayHave(hash) || !this.table.has(String(hash)))
      this.table.set(String(hash), { client, us });
    return oldest === undefined ? [] : [oldest[1]];
  }

  addSession(hash: number): void {
    if (this.table.mayHave(hash)) this.table.delete(String(hash));
  }

  missing(): Iterable<Request> {
    return this.table.values();
  }
}

export class RequestedConnections implements Requests {
  /** Hashes of the connections with a row of their session. */
  readonly sessions = new HashSet({ isReadByCore: false });
  #columns = newColumns(FIRST_PLACES);
  /** Clients by number: those of the core are not negative. */
  readonly #clients: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #clientOf: (number: number) => string;
  #share: ((columns: RequestColumns) => void) | null = null;

  /** `clientOf` returns the clients of the core. */
  constructor(clientOf: (number: number) => string) {
    this.#clientOf = clientOf;
  }

  /** Calls `share` now, and when other columns replace these. */
  share(share: (columns: RequestColumns) => void): void {
    this.#share = share;
    share(this.#columns);
  }

  addSession(hash: number): void {
    this.sessions.add(hash);
  }

  add(hash: number, client: string, us: number): readonly Request[] {
    const columns = this.#columns;
    const lost = columns.count[0] === columns.hashes.length ? this.#makeRoom() : [];
    put(this.#columns, hash, this.#findNumber(client), us);
    return lost;
  }

  #findNumber(client: string): number {
    const known = this.#numbers.get(client);
    if (known !== undefined) return known;
    const number = -1 - this.#clients.length;
    this.#clients.push(client);
    this.#numbers.set(client, number);
    return number;
  }

  /** Gives the clients of the core own numbers, because the core uses theirs again. */
  keepClients(): void {
    const { hosts, count } = this.#columns;
    for (let at = 0; at < (count[0] ?? 0); at++) {
      const number = hosts[at] ?? 0;
      if (number >= 0) hosts[at] = this.#findNumber(this.#clientOf(number));
    }
  }

  #makeRoom(): Request[] {
    this.#removeWithSession();
    const { hashes, hosts, times, count } = this.#columns;
    const waiting = count[0] ?? 0;
    if (waiting * 2 <= hashes.length) return [];
    if (hashes.length === MAX_PLACES) {
      const missing = this.missing();
      count[0] = 0;
      return missing;
    }
    const larger = newColumns(hashes.length * 2);
    larger.hashes.set(hashes);
    larger.hosts.set(hosts);
    larger.times.set(times);
    larger.count[0] = waiting;
    this.#columns = larger;
    this.#share?.(larger);
    return [];
  }

  /** Removes the requests whose session was read, and further ones of one connection. */
  #removeWithSession(): void {
    const { hashes, hosts, times, count } = this.#columns;
    const waiting = count[0] ?? 0;
    const seen = new Set<number>();
    count[0] = 0;
    for (let at = 0; at < waiting; at++) {
      const hash = hashes[at] ?? 0;
      if (this.sessions.has(hash) || seen.has(hash)) continue;
      seen.add(hash);
      put(this.#columns, hash, hosts[at] ?? 0, times[at] ?? 0);
    }
  }

  missing(): Request[] {
    this.#removeWithSession();
    const { hosts, times, count } = this.#columns;
    return Array.from({ length: count[0] ?? 0 }, (_, at) => {
      const number = hosts[at] ?? 0;
      const client = number < 0 ? this.#clients[-1 - number] : this.#clientOf(number);
      return { client: client ?? '', us: times[at] ?? 0 };
    });
  }
}

const newColumns = (places: number): RequestColumns => ({
  hashes: new Int32Array(places),
  hosts: new Int32Array(places),
  times: new Float64Array(places),
  count: new Int32Array(1),
});

function put({ hashes, hosts, times, count }: RequestColumns, hash: number, host: number, us: number): void {
  const at = count[0] ?? 0;
  hashes[at] = hash;
  hosts[at] = host;
  times[at] = us;
  count[0] = at + 1;
}
