// Records connections for which a log has a server name, listed or not. Any other TLS or QUIC connection counts as hidden
// traffic: the log of names may be missing, cover other hours, or lack the name.

import type { JoinedRow } from './early-rows.ts';
import { JoinTable, OF_CONNECTIONS } from './join-table.ts';
import type { ShareHashes } from './summed-form.ts';

/** Initial and maximum number of entries (32 MB). A full table is kept next to a new one until that is full too. */
const [FIRST_PLACES, MAX_PLACES] = [1 << 12, 1 << 23];
/** Maximum number of open connections without a name that a follower stores. */
const MAX_NAMELESS = 65_536;

/**
 * A set of hashes other than 0, with open addressing. `isReadByCore`: the core also looks up hashes, which it can do in
 * one table only.
 */
export class HashSet {
  #places = new Int32Array(FIRST_PLACES);
  #older: Int32Array | null = null;
  /** A single number, in memory that the core shares. */
  readonly #count = new Int32Array(1);
  #share: ShareHashes | null = null;
  readonly #isReadByCore: boolean;

  constructor({ isReadByCore }: { readonly isReadByCore: boolean }) {
    this.#isReadByCore = isReadByCore;
  }

  share(share: ShareHashes): void {
    this.#share = share;
    this.#shareNow();
  }

  #shareNow(): void {
    if (this.#older === null || !this.#isReadByCore) this.#share?.(this.#places, this.#count);
    else this.#share?.(null, null);
  }

  has(hash: number): boolean {
    return holds(this.#places, hash) || (this.#older !== null && holds(this.#older, hash));
  }

  add(hash: number): void {
    if (this.has(hash)) return;
    if ((this.#count[0] ?? 0) * 2 >= this.#places.length) this.#makeRoom();
    this.#places[findPlace(this.#places, hash)] = hash;
    this.#count[0] = (this.#count[0] ?? 0) + 1;
  }

  #makeRoom(): void {
    const full = this.#places;
    if (full.length === MAX_PLACES) {
      this.#older = full;
      this.#places = new Int32Array(FIRST_PLACES);
      this.#count[0] = 0;
      this.#shareNow();
      return;
    }
    const larger = new Int32Array(full.length * 2);
    for (const hash of full) if (hash !== 0) larger[findPlace(larger, hash)] = hash;
    this.#places = larger;
    this.#shareNow();
  }
}

/** Returns the position of a hash, or the free position for it. */
function findPlace(places: Int32Array, hash: number): number {
  const mask = places.length - 1;
  let at = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) & mask;
  while (places[at] !== 0 && places[at] !== hash) at = (at + 1) & mask;
  return at;
}

const holds = (places: Int32Array, hash: number): boolean => places[findPlace(places, hash)] === hash;

export class NamedConnections {
  /** Null for a follower, whose state must survive a restart: it stores the few of `nameless` instead. */
  readonly #named: HashSet | null;
  readonly nameless = new JoinTable<true>(OF_CONNECTIONS);

  /** `isWhole`: whole logs are read; false for a follower. */
  constructor(isWhole: boolean) {
    this.#named = isWhole ? new HashSet({ isReadByCore: true }) : null;
  }

  /** Calls `share` now, and with each table that replaces this one. */
  share(share: ShareHashes): void {
    this.#named?.share(share);
  }

  /** Records whether the row names the server of its connection. */
  add(row: JoinedRow, hasName: boolean): void {
    if (this.#named !== null) {
      if (hasName) this.#named.add(row.hash());
    } else if (hasName) this.end(row);
    else {
      const [oldest] = this.nameless.keys();
      if (this.nameless.size >= MAX_NAMELESS && oldest !== undefined) this.nameless.delete(oldest);
      this.nameless.set(row.key(), true);
    }
  }

  /** `hasLog`: rows of names were read. */
  has(row: JoinedRow, hasLog: boolean): boolean {
    if (this.#named !== null) return this.#named.has(row.hash());
    return hasLog && !(this.nameless.mayHave(row.hash()) && this.nameless.has(row.key()));
  }

  /** Records the end of the connection. */
  end(row: JoinedRow): void {
    if (this.nameless.mayHave(row.hash())) this.nameless.delete(row.key());
  }
}
