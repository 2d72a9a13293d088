// Rows of connections that come before the rows with their names: logs that are sorted by the start of a connection, or joined
// file by file. Their values are kept until the name comes, or the end.

import { plural } from '../../text/quantity.ts';
import { SeenHashes } from './join-table.ts';
import { RecentHashes } from './recent-hashes.ts';
import type { CoreRows } from './summed-form.ts';

/** Above these the others count without names, and a note of the reader reports how many had listed ones. */
const MAX_EARLY = 65_536;

/** A row of a connection. Most need no key. */
export interface JoinedRow {
  /** Hash of its connection; never 0. */
  hash(): number;
  key(): string;
  /** The values of the row. */
  copy(): string;
}

export class EarlyRows {
  readonly #rows = new Map<string, string>();
  readonly #kept = new SeenHashes();
  /** Hashes of connections whose names came: their rows wait for nothing. A later connection replaces an earlier one. */
  readonly #named = new RecentHashes();
  /** The same of connections whose rows came when too many waited. */
  readonly #beyond = new RecentHashes();
  /** Rows that wait: those here, and those in the core. */
  readonly #counts = new Int32Array(2);
  #core: CoreRows | null = null;
  /** Those of them that turned out to have listed names. */
  lost = 0;

  /** Its tables of hashes: connections whose names came, rows that wait for theirs, and rows that could not wait. */
  get tables(): Readonly<Record<'recent' | 'waiting' | 'counts' | 'beyond', Int32Array>> {
    return {
      recent: this.#named.places,
      waiting: this.#kept.bits,
      counts: this.#counts,
      beyond: this.#beyond.places,
    };
  }

  /** The core keeps rows as well. */
  share(core: CoreRows): void {
    this.#core = core;
  }

  get #size(): number {
    return (this.#counts[0] ?? 0) + (this.#counts[1] ?? 0);
  }

  /** A row with a name came, which `named` has where it is listed. Returns the row of its connection that came before; null: none. */
  name(row: JoinedRow, named: ReadonlyMap<string, unknown>): string | null {
    const hash = row.hash();
    this.#named.add(hash);
    const wasBeyond = this.#beyond.has(hash);
    if (!wasBeyond && (this.#size === 0 || !this.#kept.mayHave(hash))) return null;
    const key = row.key();
    const early = this.#rows.get(key) ?? this.#core?.take(key) ?? undefined;
    const isListed = wasBeyond && named.has(key);
    if (isListed || (wasBeyond && early !== undefined)) this.#beyond.remove(hash);
    if (early === undefined) {
      if (isListed) this.lost++;
      return null;
    }
    this.#rows.delete(key);
    this.#counts[0] = this.#rows.size;
    return early;
  }

  /** False where the name came already, or too many rows wait. */
  keep(row: JoinedRow): boolean {
    const hash = row.hash();
    if (this.#named.has(hash)) return false;
    if (this.#size >= MAX_EARLY) {
      this.#beyond.add(hash);
      return false;
    }
    const key = row.key();
    if (this.#rows.has(key) || this.#core?.has(key) === true) return false;
    this.#kept.add(hash);
    this.#rows.set(key, row.copy());
    this.#counts[0] = this.#rows.size;
    return true;
  }

  /** Sentences about what was lost. */
  notes(product: string): string[] {
    if (this.lost === 0) return [];
    return [
      `${product}: more than ${MAX_EARLY} rows waited for the rows with their names; bytes of ${plural(this.lost, 'connection')} to listed names are unknown`,
    ];
  }

  /** Rows whose names never came, without those in the core. */
  takeAll(): readonly string[] {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    this.#counts[0] = 0;
    return rows;
  }
}
