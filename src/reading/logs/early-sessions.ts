// Session rows that stand in front of the rows of their requests, as in exports sorted newest first. Each is kept until its
// request is read, or MAX_EARLY later sessions are.

import { RecentHashes } from './recent-hashes.ts';

/** Enough for the longest usual connection, except at busy sites. */
const MAX_EARLY = 65_536;

export class EarlySessions<T> {
  /** A ring; a session and its hash have one place. */
  readonly #sessions: (T | undefined)[] = [];
  readonly #hashes = new Int32Array(MAX_EARLY);
  readonly #places = new Map<number, number>();
  readonly #gone = new RecentHashes();
  #next = 0;
  /** Sessions whose request was read too late. */
  lost = 0;

  /** `hash`: of the connection; 0: none. Gives the sessions that are no longer kept to `settle`. */
  keep(hash: number, session: T, settle: (session: T) => void): void {
    this.#release(this.#next, settle);
    this.#release(this.#places.get(hash), settle);
    this.#sessions[this.#next] = session;
    this.#hashes[this.#next] = hash;
    if (hash !== 0) this.#places.set(hash, this.#next);
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

  /** The kept session with this hash; undefined: there is none. */
  get(hash: number): T | undefined {
    const place = this.#places.get(hash);
    return place === undefined ? undefined : this.#sessions[place];
  }

  /** The same, which is no longer kept. */
  take(hash: number): T | undefined {
    return this.#remove(this.#places.get(hash));
  }

  /** A request was read whose session is not kept. */
  miss(hash: number): void {
    if (!this.#gone.has(hash)) return;
    this.#gone.remove(hash);
    this.lost++;
  }

  /** All kept sessions, from the oldest. */
  takeAll(): readonly T[] {
    const places = Array.from(this.#sessions, (_, i) => (this.#next + i) % this.#sessions.length);
    return places.flatMap((place) => this.#remove(place) ?? []);
  }
}
