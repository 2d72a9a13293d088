// Rows of connections that come before the rows with their names: logs that are sorted by the start of a connection, or joined
// file by file. They are kept as text, and read again when the name comes, or at the end.

import { fnv1a } from '../../text/fnv1a.ts';
import { plural } from '../../text/quantity.ts';
import { RecentHashes } from './recent-hashes.ts';

/** Above these the others count without names, and a note of the reader reports how many had listed ones. */
const MAX_EARLY = 65_536;

const hashOfKey = (key: string): number => fnv1a(key) || 1;

export class EarlyRows {
  readonly #rows = new Map<string, string>();
  /** Hashes of connections whose names came: their rows wait for nothing. A later connection replaces an earlier one. */
  readonly #named = new RecentHashes();
  /** The same of connections whose rows came when too many waited. */
  readonly #beyond = new RecentHashes();
  /** Those of them that turned out to have listed names. */
  lost = 0;

  /** A row with a name came, listed or not. Returns the row of its connection that came before; null: none. */
  name(key: string, isListed: boolean): string | null {
    const hash = hashOfKey(key);
    this.#named.add(hash);
    const row = this.#rows.get(key);
    const wasBeyond = this.#beyond.has(hash);
    if (wasBeyond && (isListed || row !== undefined)) this.#beyond.remove(hash);
    if (row === undefined) {
      if (wasBeyond && isListed) this.lost++;
      return null;
    }
    this.#rows.delete(key);
    return row;
  }

  /** False where the name came already, or too many rows wait. */
  keep(key: string, row: () => string): boolean {
    const hash = hashOfKey(key);
    if (this.#named.has(hash)) return false;
    if (this.#rows.size >= MAX_EARLY) {
      this.#beyond.add(hash);
      return false;
    }
    if (this.#rows.has(key)) return false;
    this.#rows.set(key, row());
    return true;
  }

  /** Sentences about what was lost. */
  notes(product: string): string[] {
    if (this.lost === 0) return [];
    return [
      `${product}: more than ${MAX_EARLY} rows waited for the rows with their names; bytes of ${plural(this.lost, 'connection')} to listed names are unknown`,
    ];
  }

  /** Rows whose names never came. */
  takeAll(): readonly string[] {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    return rows;
  }
}
