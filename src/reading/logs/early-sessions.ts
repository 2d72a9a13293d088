// Keeps session rows that precede the rows of their requests, as in exports sorted newest first, or when a device logs
// a request later. Each is kept until its request is read, or until a number of later sessions are.

import { JoinTable, SeenHashes } from './join-table.ts';
import { RecentHashes } from './recent-hashes.ts';

/** Sufficient for the longest usual connection, except at busy sites. */
const MAX_EARLY = 65_536;

/**
 * Maximum sessions in the journal of a follower. Requests are logged within seconds, and fewer sessions end in that
 * time.
 */
const MAX_FOLLOWED = 4096;

/** `hash`: hash of a connection; 0: none. `settle` receives the sessions that are no longer kept. */
export interface KeptSessions<T> {
  keep(hash: number, session: T, settle: (session: T) => void): void;
  /** Returns the kept session with this hash; undefined: none. */
  get(hash: number): T | undefined;
  /** Returns the session with this hash and removes it. */
  take(hash: number): T | undefined;
  /** Records a request whose session is not kept. */
  miss(hash: number): void;
  /** Returns the sessions after the last row, oldest first; a follower still keeps them. */
  all(): Iterable<T>;
  /** Number of sessions whose request was read too late. */
  readonly lost: number;
}

/** The sessions of a follower. */
export class FollowedSessions<T> implements KeptSessions<T> {
  readonly table = new JoinTable<T>({ hashOf: (key) => Number.parseInt(key, 10) });
  #number = 0;
  readonly lost = 0;

  keep(hash: number, session: T, settle: (session: T) => void): void {
    const [oldest] = this.table.keys();
    const key = hash === 0 ? `0 ${this.#number++}` : String(hash);
    // The key of a session that was kept before a restart may be used again.
    for (const gone of [key, ...(this.table.size >= MAX_FOLLOWED && oldest !== undefined ? [oldest] : [])]) {
      const before = this.table.get(gone);
      this.table.delete(gone);
      if (before !== undefined) settle(before);
    }
    this.table.set(key, session);
  }

  get(hash: number): T | undefined {
    return this.table.mayHave(hash) ? this.table.get(String(hash)) : undefined;
  }

  take(hash: number): T | undefined {
    const session = this.get(hash);
    if (session !== undefined) this.table.delete(String(hash));
    return session;
  }

  miss(): void {}

  all(): Iterable<T> {
    return this.table.values();
  }
}

export class EarlySessions<T> implements KeptSessions<T> {
  /** A ring buffer. A session and its hash have the same index. */
  readonly #sessions: (T | undefined)[] = [];
  readonly #hashes = new Int32Array(MAX_EARLY);
  readonly #places = new Map<number, number>();
  readonly #gone = new RecentHashes();
  /** Hashes of all sessions that were kept. The core leaves their requests to the reader. */
  readonly kept = new SeenHashes();
  #next = 0;
  lost = 0;

  keep(hash: number, session: T, settle: (session: T) => void): void {
    this.#release(this.#next, settle);
    this.#release(this.#places.get(hash), settle);
    this.#sessions[this.#next] = session;
    this.#hashes[this.#next] = hash;
    if (hash !== 0) {
      this.#places.set(hash, this.#next);
      this.kept.add(hash);
    }
    this.#next = (this.#next + 1) % MAX_EARLY;
  }

  #release(place: number | undefined, settle: (session: T) => void): void {
    const session = this.#remove(place);
    if (place === undefined || session === undefined) return;
    const hash = this.#hashes[place] ?? 0;
    if (hash !== 0) this.#gone.add(hash);
    settle(session);
  }

  #remove(place: number | undefined): T | undefined {
    const session = place === undefined ? undefined : this.#sessions[place];
    if (place === undefined || session === undefined) return undefined;
    this.#sessions[place] = undefined;
    const hash = this.#hashes[place] ?? 0;
    if (this.#places.get(hash) === place) this.#places.delete(hash);
    return session;
  }

  get(hash: number): T | undefined {
    const place = this.#places.get(hash);
    return place === undefined ? undefined : this.#sessions[place];
  }

  take(hash: number): T | undefined {
    return this.#remove(this.#places.get(hash));
  }

  miss(hash: number): void {
    if (!this.#gone.has(hash)) return;
    this.#gone.remove(hash);
    this.lost++;
  }

  all(): Iterable<T> {
    const places = Array.from(this.#sessions, (_, i) => (this.#next + i) % this.#sessions.length);
    return places.flatMap((place) => this.#remove(place) ?? []);
  }
}
