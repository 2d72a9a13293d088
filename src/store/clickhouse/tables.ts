// The tables of a ClickHouse store. Every fact row has the revision of its window, and only rows of the live revision
// count: a shorter revision hides all rows of the previous one. The row of the window is written last.

export const CLICKHOUSE_VERSION = 4;

/** Acknowledged rows are on disk; deleted rows leave it within a minute. */
const SETTINGS = 'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 60';
const KEY = 'sensor LowCardinality(String), start_seconds Int64, revision UInt32, length_seconds UInt32';
const MONTHS = "PARTITION BY toYYYYMM(toDateTime(start_seconds, 'UTC'))";
const FACTS = `ENGINE = ReplacingMergeTree ${MONTHS} ORDER BY (sensor, start_seconds, revision, row) ${SETTINGS}`;

/** `row`: index in the window, so that repeated rows replace themselves. */
export const FACT_TABLES = ['host_totals', 'host_dark', 'usage_rows', 'names_asked', 'window_usage'] as const;
export type FactTable = (typeof FACT_TABLES)[number];

/** Fact tables for user queries. */
const VIEWED: readonly FactTable[] = ['host_totals', 'host_dark', 'usage_rows', 'names_asked'];

const liveView = (table: FactTable): string => `CREATE VIEW IF NOT EXISTS live_${table} AS
  SELECT facts.* FROM ${table} AS facts FINAL
  INNER JOIN (SELECT sensor, start_seconds, max(revision) AS revision FROM windows GROUP BY sensor, start_seconds) AS live
  USING (sensor, start_seconds, revision)`;

/** One tool in one activity period of a host; grade is 0 possible, 1 likely, 2 certain. `step`: see attribution_steps. */
const PERIOD_KEY = `period UInt64, step UInt64, bucket UInt8, host LowCardinality(String), block_seconds Int64,
  tool LowCardinality(String), is_provider UInt8, grade UInt8`;
const TRAFFIC = 'flows Int64, bytes_up Int64, bytes_down Int64, payload_up Int64, payload_down Int64';
const ESTIMATES =
  'requests_min Int64, requests_max Int64, model_payload_up Int64, telemetry_payload_up Int64';

/** Sensors that report it, as a list (JSON). */
const SENSORS = "sensors LowCardinality(String) DEFAULT '[]'";

/** Rows of logs, and what they do not count. */
const LOGGED: readonly string[] = ['logged', 'unsized_up', 'unsized_down'].map(
  (column) => `${column} Int64 DEFAULT 0`,
);

/** Tables of period sums by their columns. */
const PERIOD_COLUMNS = {
  periods: `period UInt64, step UInt64, bucket UInt8, host LowCardinality(String), block_seconds Int64,
    first_seconds Int64, last_seconds Int64, first_us Int64, last_us Int64, made_ms Int64, ${SENSORS}`,
  period_sums: `${PERIOD_KEY}, first_us Nullable(Int64), last_us Nullable(Int64), ${TRAFFIC}, ${ESTIMATES},
    lost Int64, estimated_payload Int64, estimated_payload_up Int64, estimated_flows Int64, one_way Int64,
    established Int64, uncut Int64, is_cut UInt8, is_cut_by_packets UInt8, is_carried UInt8, quarters UInt32,
    active_minutes Int64, telemetry_min Int64, is_telemetry_by_name UInt8, prompts_min Int64, prompts_max Int64,
    sessions Int64, model_last_us Nullable(Int64), ${SENSORS}, ${LOGGED.join(', ')}`,
  period_quarters: `${PERIOD_KEY}, start_seconds Int64, role LowCardinality(String), is_carried UInt8, ${TRAFFIC},
    ${ESTIMATES}, minutes_of Int64, minutes UInt32`,
  period_names: `${PERIOD_KEY}, name LowCardinality(String), role LowCardinality(String),
    specificity LowCardinality(String), ${TRAFFIC}`,
  period_fingerprints: `${PERIOD_KEY}, ja4 LowCardinality(String), ja3 LowCardinality(String),
    alpn LowCardinality(String), runtime LowCardinality(String), flows Int64`,
  period_evidence: `${PERIOD_KEY}, speaks_for UInt8, kind LowCardinality(String), rule LowCardinality(String),
    detail LowCardinality(String), first_us Int64, last_us Int64, flows Int64, community_ids String`,
  period_builds: `${PERIOD_KEY}, signs String`,
} as const;

export type PeriodTable = keyof typeof PERIOD_COLUMNS;
export const PERIOD_TABLES = Object.keys(PERIOD_COLUMNS) as PeriodTable[];
export const columnsOf = (table: PeriodTable): string => PERIOD_COLUMNS[table];

const PERIODS_ENGINE = `ENGINE = MergeTree PARTITION BY toYYYYMM(toDateTime(block_seconds, 'UTC'))
  ORDER BY (block_seconds, bucket, host, period) ${SETTINGS}`;

export const TABLES: readonly string[] = [
  // `window`: a hash of (sensor, start, revision).
  `CREATE TABLE IF NOT EXISTS windows (${KEY}, packets UInt64, bytes UInt64, flows UInt64, kernel_drops UInt64,
    message String CODEC(ZSTD(3)), window UInt64, hellos_complete UInt64, hellos_incomplete UInt64, snaplen_cut UInt64,
    evicted_flows UInt64, undecoded UInt64, malformed Nullable(String), gaps Nullable(String))
    ENGINE = ReplacingMergeTree(revision) ${MONTHS} ORDER BY (sensor, start_seconds) ${SETTINGS}`,
  // `identity`: a hash of host, MAC, where that is from, names and addresses.
  `CREATE TABLE IF NOT EXISTS host_totals (${KEY}, row UInt32, window UInt64, host LowCardinality(String),
    mac LowCardinality(Nullable(String)), flows UInt64, packets UInt64, bytes_up UInt64, bytes_down UInt64,
    hidden_bytes UInt64, identity UInt64, mac_from LowCardinality(Nullable(String)), names LowCardinality(String),
    addresses LowCardinality(Nullable(String))) ${FACTS}`,
  `CREATE TABLE IF NOT EXISTS host_dark (${KEY}, row UInt32, window UInt64, host LowCardinality(String),
    kind LowCardinality(String), hint LowCardinality(String), flows UInt64, bytes UInt64, first_us Int64,
    last_us Int64) ${FACTS}`,
  `CREATE TABLE IF NOT EXISTS usage_rows (${KEY}, row UInt32, host String, name String,
    name_from LowCardinality(String), ja4 Nullable(String), ja3 Nullable(String), proxy Nullable(String), flows UInt64,
    established_flows UInt64, packets_up UInt64, packets_down UInt64, bytes_up UInt64, bytes_down UInt64,
    payload_up UInt64, payload_down UInt64, exchanges UInt64, first_us Int64, last_us Int64) ${FACTS}`,
  `CREATE TABLE IF NOT EXISTS names_asked (${KEY}, row UInt32, host String, name String, count UInt64) ${FACTS}`,
  // Facts for attribution, by bucket of hosts: a process reads the buckets that it attributes and no others.
  `CREATE TABLE IF NOT EXISTS window_usage (${KEY}, window UInt64, bucket UInt8, usage_text String EPHEMERAL,
    usage String DEFAULT base64Decode(usage_text) CODEC(ZSTD(3)))
    ENGINE = ReplacingMergeTree ${MONTHS} ORDER BY (bucket, start_seconds, sensor, revision) ${SETTINGS}`,
  `CREATE TABLE IF NOT EXISTS sensor_notes (sensor String, at_ms Int64, note String)
    ENGINE = ReplacingMergeTree(at_ms) ORDER BY sensor ${SETTINGS}`,
  ...PERIOD_TABLES.map(
    (table) => `CREATE TABLE IF NOT EXISTS ${table} (${PERIOD_COLUMNS[table]}) ${PERIODS_ENGINE}`,
  ),
  // Periods that a step has replaced or deleted.
  `CREATE TABLE IF NOT EXISTS period_ends (step UInt64, bucket UInt8, period UInt64)
    ENGINE = MergeTree ORDER BY (step, period) ${SETTINGS}`,
  // Written last in each step: rows of a missing step do not count.
  `CREATE TABLE IF NOT EXISTS attribution_steps (attributed_by String, step UInt64, parents Array(UInt64), generation UInt32,
    buckets String, hours Array(Int64), marks Array(UInt64), at_ms Int64)
    ENGINE = MergeTree ORDER BY (attributed_by, generation, step) ${SETTINGS}`,
  `CREATE TABLE IF NOT EXISTS damaged_windows (window UInt64, start_seconds Int64, message String)
    ENGINE = ReplacingMergeTree ORDER BY (start_seconds, window) ${SETTINGS}`,
  ...VIEWED.map(liveView),
  'CREATE TABLE IF NOT EXISTS meta (schema_version UInt32) ENGINE = ReplacingMergeTree ORDER BY schema_version',
];

/** Last: a store that has it is whole. */
export const NOTE_VERSION = `INSERT INTO meta SELECT ${CLICKHOUSE_VERSION} WHERE (SELECT max(schema_version) FROM meta) < ${CLICKHOUSE_VERSION}`;

/** Sums in the older table count for no attributor of this version. */
export const FROM_VERSION_2: readonly string[] = [
  ...['periods', 'period_sums'].map((table) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${SENSORS}`),
  ...LOGGED.map((column) => `ALTER TABLE period_sums ADD COLUMN IF NOT EXISTS ${column}`),
];

/** Tables of version 1 with the same names are rebuilt from its windows. */
export const FROM_VERSION_1: readonly string[] = [
  ...['host_totals', 'usage_rows', 'names_asked'].flatMap((table) => [
    `DROP VIEW IF EXISTS live_${table}`,
    `DROP TABLE IF EXISTS ${table}`,
  ]),
  `ALTER TABLE windows ${[
    'window UInt64',
    ...['hellos_complete', 'hellos_incomplete', 'snaplen_cut', 'evicted_flows', 'undecoded'].map(
      (column) => `${column} UInt64`,
    ),
    'malformed Nullable(String)',
    'gaps Nullable(String)',
  ]
    .map((column) => `ADD COLUMN IF NOT EXISTS ${column}`)
    .join(', ')}`,
];
