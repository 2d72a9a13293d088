// Keeps session rows that precede the rows of their requests, as in exports sorted newest first, or when a device logs
// a request later. Each is kept until its request is read, or until a number of later sessions are.

import { JoinTable, SeenHashes } from './join-table.ts';
import { RecentHashes } from './recent-hashes.ts';
import type { CoreSessions, SessionPlaces } from './summed-form.ts';

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

/** Places of all sessions. The core has the same numbers of owners. */
const [FREE, READER, CORE] = [0, 1, 2];

export class EarlySessions<T> implements KeptSessions<T> {
  readonly #sessions = new Map<number, T>();
  /** Places of these sessions by their hash. */
  readonly #own = new Map<number, number>();
  readonly #gone = new RecentHashes();
  readonly #read: (values: string) => T;
  #core: CoreSessions | null = null;
  /** Hashes of all sessions that were kept here. The core leaves their requests to the reader. */
  readonly kept = new SeenHashes();
  /** A ring buffer. */
  readonly places: SessionPlaces = {
    next: new Int32Array(1),
    hashes: new Int32Array(MAX_EARLY),
    owners: new Uint8Array(MAX_EARLY),
    gone: this.#gone.places,
  };
  lost = 0;

  /** `read` reads a session of the core. */
  constructor(read: (values: string) => T) {
    this.#read = read;
  }

  /** Shares the places with the core, which keeps sessions of its own. */
  share(core: CoreSessions): void {
    this.#core = core;
  }

  keep(hash: number, session: T, settle: (session: T) => void): void {
    const { next, hashes, owners } = this.places;
    const place = next[0] ?? 0;
    this.#release(place, settle);
    this.#release(this.#find(hash), settle);
    this.#sessions.set(place, session);
    hashes[place] = hash;
    owners[place] = READER;
    if (hash !== 0) {
      this.#own.set(hash, place);
      this.kept.add(hash);
    }
    next[0] = (place + 1) % MAX_EARLY;
  }

  #release(place: number, settle: (session: T) => void): void {
    const session = this.#remove(place);
    if (session === undefined) return;
    const hash = this.places.hashes[place] ?? 0;
    if (hash !== 0) this.#gone.add(hash);
    settle(session);
  }

  /** Returns the place of the session with this hash; -1: none. */
  #find(hash: number): number {
    return this.#own.get(hash) ?? this.#core?.findSession(hash) ?? -1;
  }

  #at(place: number): T | undefined {
    const owner = this.places.owners[place] ?? FREE;
    return owner === CORE && this.#core !== null
      ? this.#read(this.#core.readSession(place))
      : this.#sessions.get(place);
  }

  #remove(place: number): T | undefined {
    const session = this.#at(place);
    if (session === undefined) return undefined;
    const { hashes, owners } = this.places;
    if (owners[place] === CORE) this.#core?.removeSession(place);
    this.#sessions.delete(place);
    owners[place] = FREE;
    const hash = hashes[place] ?? 0;
    if (this.#own.get(hash) === place) this.#own.delete(hash);
    return session;
  }

  get(hash: number): T | undefined {
    return this.#at(this.#find(hash));
  }

  take(hash: number): T | undefined {
    return this.#remove(this.#find(hash));
  }

  miss(hash: number): void {
    if (!this.#gone.has(hash)) return;
    this.#gone.remove(hash);
    this.lost++;
  }

  *all(): Generator<T> {
    const first = this.places.next[0] ?? 0;
    for (let i = 0; i < MAX_EARLY; i++) {
      const session = this.#remove((first + i) % MAX_EARLY);
      if (session !== undefined) yield session;
    }
  }
}
