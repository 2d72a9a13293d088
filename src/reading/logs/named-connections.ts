// Connections of which a row had a server name, listed or not. One of TLS or QUIC without such a row may have any name, so
// that its bytes are hidden: the log of names may be missing, cover other hours, or have no name for it.

import type { JoinedRow } from './early-rows.ts';
import { JoinTable, OF_CONNECTIONS } from './join-table.ts';
import type { ShareHashes } from './summed-form.ts';

/** The table doubles up to this size, 32 MB; a full one stays until the next is full. */
const [FIRST_PLACES, MAX_PLACES] = [1 << 12, 1 << 23];
/** Connections without a name of which a follower awaits the end. */
const MAX_NAMELESS = 65_536;

/** Hashes that are not 0, by open addressing. */
class HashSet {
  #places = new Int32Array(FIRST_PLACES);
  #older: Int32Array | null = null;
  /** One number. */
  readonly #count = new Int32Array(1);
  #share: ShareHashes | null = null;

  share(share: ShareHashes): void {
    this.#share = share;
    this.#shareNow();
  }

  #shareNow(): void {
    if (this.#older === null) this.#share?.(this.#places, this.#count);
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

/** The place of a hash, or the free one where it belongs. */
function findPlace(places: Int32Array, hash: number): number {
  const mask = places.length - 1;
  let at = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) & mask;
  while (places[at] !== 0 && places[at] !== hash) at = (at + 1) & mask;
  return at;
}

const holds = (places: Int32Array, hash: number): boolean => places[findPlace(places, hash)] === hash;

export class NamedConnections {
  /** Null for a follower, which must know the same after a restart: it keeps the few that have no name. */
  readonly #named: HashSet | null;
  readonly nameless = new JoinTable<true>(OF_CONNECTIONS);

  constructor(isWhole: boolean) {
    this.#named = isWhole ? new HashSet() : null;
  }

  /** `share` is called now, and with each table that takes the place of this one. */
  share(share: ShareHashes): void {
    this.#named?.share(share);
  }

  /** A row of names came for the connection of this row. */
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

  /** The connection ended. */
  end(row: JoinedRow): void {
    if (this.nameless.mayHave(row.hash())) this.nameless.delete(row.key());
  }
}
