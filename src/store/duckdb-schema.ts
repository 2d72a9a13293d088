// The tables of a DuckDB store, and how an older store becomes a newer one. docs/store.md describes them for people.

/** Version of the tables below. A store of a higher version is refused, one of a lower is migrated when written. */
export const SCHEMA_VERSION = 1;

/** Steps to each version from the one before; a step is never changed once released. */
export const MIGRATIONS: Readonly<Record<number, readonly string[]>> = {
  1: [
    'CREATE TABLE meta (schema_version INTEGER NOT NULL)',
    'INSERT INTO meta VALUES (1)',
    // The windows themselves. No index: an order by time lets DuckDB skip whole blocks, and a constraint would be
    // checked against rows that the same transaction has deleted.
    `CREATE TABLE windows (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, revision INTEGER NOT NULL,
      length_seconds INTEGER NOT NULL, packets BIGINT NOT NULL, bytes BIGINT NOT NULL, flows BIGINT NOT NULL,
      kernel_drops BIGINT NOT NULL, message BLOB NOT NULL)`,
    // Keys of the windows that were summed into a quarter hour: put again, they count as known.
    'CREATE TABLE rolled_up (sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, revision INTEGER NOT NULL)',
    `CREATE TABLE host_totals (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, length_seconds INTEGER NOT NULL, host VARCHAR NOT NULL,
      mac VARCHAR, flows BIGINT NOT NULL, packets BIGINT NOT NULL, bytes_up BIGINT NOT NULL,
      bytes_down BIGINT NOT NULL, hidden_bytes BIGINT NOT NULL)`,
    `CREATE TABLE usage_rows (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, length_seconds INTEGER NOT NULL, host VARCHAR NOT NULL,
      name VARCHAR NOT NULL, name_from VARCHAR NOT NULL, ja4 VARCHAR, ja3 VARCHAR, proxy VARCHAR,
      flows BIGINT NOT NULL, established_flows BIGINT NOT NULL, packets_up BIGINT NOT NULL,
      packets_down BIGINT NOT NULL, bytes_up BIGINT NOT NULL, bytes_down BIGINT NOT NULL, payload_up BIGINT NOT NULL,
      payload_down BIGINT NOT NULL, exchanges BIGINT NOT NULL, first_us BIGINT NOT NULL, last_us BIGINT NOT NULL)`,
    `CREATE TABLE names_asked (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, length_seconds INTEGER NOT NULL, host VARCHAR NOT NULL,
      name VARCHAR NOT NULL, count BIGINT NOT NULL)`,
  ],
};

/** Tables with a row or rows per window, all with (sensor, start_seconds). */
export const WINDOW_TABLES = ['windows', 'host_totals', 'usage_rows', 'names_asked'] as const;
