// The tables of a ClickHouse store. Every row of facts carries its window's revision, and only rows of the live revision
// count: a revision with fewer rows leaves nothing of the one before it. The row of the window is written last.

export const CLICKHOUSE_VERSION = 1;

/** What is acknowledged is on the disk; what was deleted leaves it within a minute. */
const SETTINGS = 'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 60';
const KEY = 'sensor String, start_seconds Int64, revision UInt32, length_seconds UInt32';
const MONTHS = "PARTITION BY toYYYYMM(toDateTime(start_seconds, 'UTC'))";
const FACTS = `ENGINE = ReplacingMergeTree ${MONTHS} ORDER BY (sensor, start_seconds, revision, row) ${SETTINGS}`;

/** `row`: its place in the window, so that rows that are put again take the place of themselves. */
export const FACT_TABLES = ['host_totals', 'usage_rows', 'names_asked'] as const;
export type FactTable = (typeof FACT_TABLES)[number];

const liveView = (table: FactTable): string => `CREATE VIEW IF NOT EXISTS live_${table} AS
  SELECT facts.* FROM ${table} AS facts FINAL
  INNER JOIN (SELECT sensor, start_seconds, max(revision) AS revision FROM windows GROUP BY sensor, start_seconds) AS live
  USING (sensor, start_seconds, revision)`;

export const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS windows (${KEY}, packets UInt64, bytes UInt64, flows UInt64, kernel_drops UInt64,
    message String CODEC(ZSTD(3)))
    ENGINE = ReplacingMergeTree(revision) ${MONTHS} ORDER BY (sensor, start_seconds) ${SETTINGS}`,
  `CREATE TABLE IF NOT EXISTS host_totals (${KEY}, row UInt32, host String, mac Nullable(String), flows UInt64,
    packets UInt64, bytes_up UInt64, bytes_down UInt64) ${FACTS}`,
  `CREATE TABLE IF NOT EXISTS usage_rows (${KEY}, row UInt32, host String, name String,
    name_from LowCardinality(String), ja4 Nullable(String), ja3 Nullable(String), proxy Nullable(String), flows UInt64,
    established_flows UInt64, packets_up UInt64, packets_down UInt64, bytes_up UInt64, bytes_down UInt64,
    payload_up UInt64, payload_down UInt64, exchanges UInt64, first_us Int64, last_us Int64) ${FACTS}`,
  `CREATE TABLE IF NOT EXISTS names_asked (${KEY}, row UInt32, host String, name String, count UInt64) ${FACTS}`,
  `CREATE TABLE IF NOT EXISTS sensor_notes (sensor String, at_ms Int64, note String)
    ENGINE = ReplacingMergeTree(at_ms) ORDER BY sensor ${SETTINGS}`,
  ...FACT_TABLES.map(liveView),
  // Last: a store that has it is whole.
  'CREATE TABLE IF NOT EXISTS meta (schema_version UInt32) ENGINE = ReplacingMergeTree ORDER BY schema_version',
  `INSERT INTO meta SELECT ${CLICKHOUSE_VERSION} WHERE (SELECT count() FROM meta) = 0`,
];
