// Rows of connections that come before the rows with their names: logs that are sorted by the start of a connection, or joined
// file by file. They are kept as text, and read again when the name comes, or at the end.

import { fnv1a } from '../../text/fnv1a.ts';

/** Above these the others count without names, and a note of the reader reports their number. */
const MAX_EARLY = 65_536;
const NAMED_PLACES = 1 << 20;

/** Places without a connection hold 0. */
const hashOfKey = (key: string): number => fnv1a(key) || 1;

export class EarlyRows {
  readonly #rows = new Map<string, string>();
  /** Hashes of connections whose names came: their rows wait for nothing. A later connection replaces an earlier one. */
  readonly #named = new Int32Array(NAMED_PLACES);

  /** A row with a name came, listed or not. Returns the row of its connection that came before; null: none. */
  name(key: string): string | null {
    const hash = hashOfKey(key);
    this.#named[hash & (NAMED_PLACES - 1)] = hash;
    const row = this.#rows.get(key);
    if (row === undefined) return null;
    this.#rows.delete(key);
    return row;
  }

  /** False where the name came already, or too many rows wait. */
  keep(key: string, row: () => string): boolean {
    const hash = hashOfKey(key);
    if (this.#named[hash & (NAMED_PLACES - 1)] === hash) return false;
    if (this.#rows.size >= MAX_EARLY || this.#rows.has(key)) return false;
    this.#rows.set(key, row());
    return true;
  }

  /** Rows whose names never came. */
  takeAll(): readonly string[] {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    return rows;
  }
}
