// Session rows that stand in front of the rows of their requests, as in exports sorted newest first. Each is kept until its
// request is read, or MAX_EARLY later sessions are.

import { RecentHashes } from './recent-hashes.ts';

/** Enough for the longest usual connection, except at busy sites. */
const MAX_EARLY = 65_536;

export class EarlySessions<T> {
  readonly #ring: (readonly [hash: number, session: T] | undefined)[] = [];
  readonly #places = new Map<number, number>();
  readonly #gone = new RecentHashes();
  #next = 0;
  /** Sessions whose request was read too late. */
  lost = 0;

  /** `hash`: of the connection; 0: none. Returns the sessions that are no longer kept. */
  keep(hash: number, session: T): readonly T[] {
    const settled = [this.#remove(this.#next), ...(hash === 0 ? [] : [this.#remove(this.#places.get(hash))])];
    this.#ring[this.#next] = [hash, session];
    if (hash !== 0) this.#places.set(hash, this.#next);
    this.#next = (this.#next + 1) % MAX_EARLY;
    return settled.flatMap((entry) => {
      if (entry === undefined) return [];
      if (entry[0] !== 0) this.#gone.add(entry[0]);
      return [entry[1]];
    });
  }

  #remove(place: number | undefined): readonly [hash: number, session: T] | undefined {
    const entry = place === undefined ? undefined : this.#ring[place];
    if (place === undefined || entry === undefined) return undefined;
    this.#ring[place] = undefined;
    if (this.#places.get(entry[0]) === place) this.#places.delete(entry[0]);
    return entry;
  }

  /** The kept session of a request, checked with `isOf`; undefined: there is none. */
  take(hash: number, isOf: (session: T) => boolean): T | undefined {
    const place = this.#places.get(hash);
    const entry = place === undefined ? undefined : this.#ring[place];
    return entry !== undefined && isOf(entry[1]) ? this.#remove(place)?.[1] : undefined;
  }

  /** A request was read whose session is not kept. */
  miss(hash: number): void {
    if (!this.#gone.has(hash)) return;
    this.#gone.remove(hash);
    this.lost++;
  }

  /** All kept sessions, from the oldest. */
  takeAll(): readonly T[] {
    const places = Array.from(this.#ring, (_, i) => (this.#next + i) % this.#ring.length);
    return places.flatMap((place) => {
      const entry = this.#remove(place);
      return entry === undefined ? [] : [entry[1]];
    });
  }
}
