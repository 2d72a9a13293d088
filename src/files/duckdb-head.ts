// How a DuckDB file begins: a checksum of eight bytes, then four letters.

export const DUCKDB_MAGIC_AT = 8;
export const DUCKDB_HEAD_BYTES = 12;

/** `head`: the first bytes of a file, as many as there are. */
export const startsLikeDuckdb = (head: Buffer): boolean =>
  head.toString('latin1', DUCKDB_MAGIC_AT, DUCKDB_HEAD_BYTES) === 'DUCK';
