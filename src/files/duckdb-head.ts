// Recognizes a DuckDB file by its beginning: a checksum of eight bytes, then four letters.

export const DUCKDB_MAGIC_AT = 8;
export const DUCKDB_HEAD_BYTES = 12;
const MAGIC = 'DUCK';
/** Magic bytes of a file that a rewritten store has replaced. Writers of the old file must stop. */
export const REPLACED_MAGIC = 'GONE';

/**
 * `head`: the first bytes of a file. The head of a replaced file also counts, because a rewrite may replace the store
 * between its opening and this check.
 */
export const startsLikeDuckdb = (head: Buffer): boolean =>
  [MAGIC, REPLACED_MAGIC].includes(head.toString('latin1', DUCKDB_MAGIC_AT, DUCKDB_HEAD_BYTES));
