// How a DuckDB file begins: a checksum of eight bytes, then four letters.

export const DUCKDB_MAGIC_AT = 8;
export const DUCKDB_HEAD_BYTES = 12;
const MAGIC = 'DUCK';
/** Instead of them in a file that lost its name to one that was written anew: nobody may go on in the old one. */
export const REPLACED_MAGIC = 'GONE';

/**
 * `head`: the first bytes of a file, as many as there are. Who opened a store by its name may read the head of the old
 * file, when it is written anew between the two.
 */
export const startsLikeDuckdb = (head: Buffer): boolean =>
  [MAGIC, REPLACED_MAGIC].includes(head.toString('latin1', DUCKDB_MAGIC_AT, DUCKDB_HEAD_BYTES));
