// Keeps rows of connections that precede the rows with their names, in logs that are sorted by the start of a
// connection or joined file by file. Their values are kept until the name is read, or until the end.

import { plural } from '../../text/quantity.ts';
import { JoinTable, OF_CONNECTIONS, SeenHashes } from './join-table.ts';
import { RecentHashes } from './recent-hashes.ts';
import type { CoreRows } from './summed-form.ts';

/** Maximum waiting rows. Others count without names, and a note states how many had listed ones. */
const MAX_EARLY = 65_536;
/** Maximum waiting rows in the journal of a follower. The oldest ones count without names. */
const MAX_FOLLOWED = 16_384;

/** A row of a connection. Its key is computed on demand, because most rows need none. */
export interface JoinedRow {
  /** Returns the hash of its connection; never 0. */
  hash(): number;
  key(): string;
  /** Returns a copy of the values of the row. */
  copy(): string;
}

export class EarlyRows {
  /** The rows that wait here, which a follower stores. */
  readonly rows = new JoinTable<string>(OF_CONNECTIONS);
  /** Hashes of all rows that the core kept. */
  readonly #keptInCore = new SeenHashes();
  /**
   * Hashes of connections whose names were read, so that their rows need not wait. A later connection replaces an
   * earlier one.
   */
  readonly #named = new RecentHashes();
  /** Hashes of connections whose rows were read when too many waited. */
  readonly #beyond = new RecentHashes();
  /** Number of waiting rows: here, and in the core. */
  readonly #counts = new Int32Array(2);
  #core: CoreRows | null = null;
  /** Number of these rows that had listed names. */
  lost = 0;
  readonly #isWhole: boolean;

  /** `isWhole`: whole logs are read; false for a follower. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  /**
   * The hash tables: connections whose names were read, rows that wait for their names in the core and here, and rows that
   * could not wait.
   */
  get tables(): Readonly<Record<'recent' | 'waiting' | 'readers' | 'counts' | 'beyond', Int32Array>> {
    return {
      recent: this.#named.places,
      waiting: this.#keptInCore.bits,
      readers: this.rows.bits,
      counts: this.#counts,
      beyond: this.#beyond.places,
    };
  }

  /** Shares the rows that the core keeps. */
  share(core: CoreRows): void {
    this.#core = core;
  }

  get #size(): number {
    return this.rows.size + (this.#counts[1] ?? 0);
  }

  /**
   * Processes a row with a name; `named` contains it if it is listed. Returns the earlier row of its connection; null:
   * none.
   */
  name(row: JoinedRow, named: ReadonlyMap<string, unknown>): string | null {
    const hash = row.hash();
    this.#named.add(hash);
    const wasBeyond = this.#beyond.has(hash);
    const isKept = this.rows.mayHave(hash) || this.#keptInCore.mayHave(hash);
    if (!wasBeyond && (this.#size === 0 || !isKept)) return null;
    const key = row.key();
    const early = this.rows.get(key) ?? this.#core?.take(key) ?? undefined;
    const isListed = wasBeyond && named.has(key);
    if (isListed || (wasBeyond && early !== undefined)) this.#beyond.remove(hash);
    if (early === undefined) {
      if (isListed) this.lost++;
      return null;
    }
    this.rows.delete(key);
    this.#counts[0] = this.rows.size;
    return early;
  }

  /** Returns false if the name was read before, or if too many rows wait. */
  keep(row: JoinedRow): boolean {
    const hash = row.hash();
    if (this.#named.has(hash)) return false;
    if (this.#isWhole && this.#size >= MAX_EARLY) {
      this.#beyond.add(hash);
      return false;
    }
    const key = row.key();
    if (this.rows.has(key) || this.#core?.has(key) === true) return false;
    this.rows.set(key, row.copy());
    this.#counts[0] = this.rows.size;
    return true;
  }

  /** Returns sentences about lost names. */
  notes(): string[] {
    if (this.lost === 0) return [];
    return [
      `more than ${MAX_EARLY} rows waited for the rows with their names; bytes of ${plural(this.lost, 'connection')} to listed names are unknown`,
    ];
  }

  /** Returns rows whose names were not read, without those in the core. They still wait. */
  all(): readonly string[] {
    return [...this.rows.values()];
  }

  /** Removes the oldest row if too many wait in a follower; null: none. */
  takeOldest(): string | null {
    if (this.#isWhole || this.rows.size <= MAX_FOLLOWED) return null;
    const [oldest] = this.rows;
    if (oldest === undefined) return null;
    this.rows.delete(oldest[0]);
    return oldest[1];
  }

  /** Removes and yields the rows for which `isOld` is true. */
  *takeOld(isOld: (packed: string) => boolean): Iterable<string> {
    for (const [key, packed] of this.rows) {
      if (!isOld(packed)) continue;
      this.rows.delete(key);
      yield packed;
    }
  }
}
