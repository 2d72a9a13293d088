// Records connections for which a log has a server name, listed or not. Any other TLS or QUIC connection counts as hidden
// traffic: the log of names may be missing, cover other hours, or lack the name.

import type { JoinedRow } from './early-rows.ts';
import type { StoredEntry, StoredTable } from './join-table.ts';
import type { ShareHashes } from './summed-form.ts';

/** Initial and maximum number of entries (32 MB). A full table is kept next to a new one until that is full too. */
const [FIRST_PLACES, MAX_PLACES] = [1 << 12, 1 << 23];

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

  *[Symbol.iterator](): Generator<number> {
    for (const places of [this.#older ?? [], this.#places])
      for (const hash of places) if (hash !== 0) yield hash;
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

/** Maximum hashes per stored entry. */
const STORED_AT_ONCE = 4096;

export class NamedConnections implements StoredTable {
  readonly #hashes = new HashSet({ isReadByCore: true });
  /** Null: no reader requests changes. */
  #added: number[] | null = null;

  /** Calls `share` now, and with each table that replaces this one. */
  share(share: ShareHashes): void {
    this.#hashes.share(share);
  }

  /** Records a row that names the server of its connection. */
  add(row: JoinedRow): void {
    const hash = row.hash();
    if (this.#added !== null && !this.#hashes.has(hash)) this.#added.push(hash);
    this.#hashes.add(hash);
  }

  has(row: JoinedRow): boolean {
    return this.#hashes.has(row.hash());
  }

  takeChanges(): StoredEntry[] {
    const added = this.#added ?? [];
    this.#added = [];
    return [...packHashes(added)];
  }

  apply(changes: readonly (readonly [key: string, value: unknown])[]): void {
    for (const [, packed] of changes) {
      const bytes = Buffer.from(String(packed), 'base64');
      for (let at = 0; at + 4 <= bytes.length; at += 4) this.#hashes.add(bytes.readInt32LE(at));
    }
  }

  [Symbol.iterator](): Iterator<StoredEntry> {
    return packHashes(this.#hashes);
  }
}

/** Many hashes are one entry, because a busy site has millions. */
function* packHashes(hashes: Iterable<number>): Generator<StoredEntry> {
  let bytes = Buffer.alloc(4 * STORED_AT_ONCE);
  let size = 0;
  for (const hash of hashes) {
    size = bytes.writeInt32LE(hash, size);
    if (size < bytes.length) continue;
    yield ['', bytes.toString('base64')];
    bytes = Buffer.alloc(4 * STORED_AT_ONCE);
    size = 0;
  }
  if (size > 0) yield ['', bytes.toString('base64', 0, size)];
}
