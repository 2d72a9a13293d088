// The tables of a DuckDB store, and how an older store becomes a newer one. docs/store.md describes them for people.

/** Version of the tables below. A store of a higher version is refused, one of a lower is migrated when written. */
export const SCHEMA_VERSION = 7;

/** One tool in one activity period of a host; grade is 0 possible, 1 likely, 2 certain. */
const PERIOD_KEY =
  'period BIGINT NOT NULL, host VARCHAR NOT NULL, tool VARCHAR NOT NULL, is_provider BOOLEAN NOT NULL, grade INTEGER NOT NULL';
const TRAFFIC =
  'flows BIGINT NOT NULL, bytes_up BIGINT NOT NULL, bytes_down BIGINT NOT NULL, payload_up BIGINT NOT NULL, payload_down BIGINT NOT NULL';

const ESTIMATES =
  'requests_min BIGINT NOT NULL, requests_max BIGINT NOT NULL, model_payload_up BIGINT NOT NULL, telemetry_payload_up BIGINT NOT NULL';

/** Migration steps by version; a released step is never changed. */
export const MIGRATIONS: Readonly<Record<number, readonly string[]>> = {
  1: [
    'CREATE TABLE meta (schema_version INTEGER NOT NULL)',
    'INSERT INTO meta VALUES (1)',
    // The windows. No index: sorted by time, DuckDB skips whole blocks, and a constraint would be
    // checked against rows that the same transaction has deleted.
    `CREATE TABLE windows (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, revision INTEGER NOT NULL,
      length_seconds INTEGER NOT NULL, packets BIGINT NOT NULL, bytes BIGINT NOT NULL, flows BIGINT NOT NULL,
      kernel_drops BIGINT NOT NULL, message BLOB NOT NULL)`,
    // Keys of windows that were summed into a quarter hour: put again, they count as known.
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
  // Columns for reports, and stored sums: a query over months decodes no window. From now on a message
  // contains hosts and statistics, and usage the rest; the migration rewrites every window.
  2: [
    'ALTER TABLE windows ADD COLUMN usage BLOB',
    ...['hellos_complete', 'hellos_incomplete', 'snaplen_cut', 'evicted_flows', 'undecoded'].map(
      (column) => `ALTER TABLE windows ADD COLUMN ${column} BIGINT`,
    ),
    'ALTER TABLE windows ADD COLUMN malformed VARCHAR',
    'ALTER TABLE windows ADD COLUMN gaps VARCHAR',
    'ALTER TABLE host_totals ADD COLUMN identity INTEGER',
    `CREATE TABLE host_identities (
      identity INTEGER NOT NULL, host VARCHAR NOT NULL, mac VARCHAR, mac_from VARCHAR, names VARCHAR NOT NULL)`,
    `CREATE TABLE host_dark (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, length_seconds INTEGER NOT NULL, host VARCHAR NOT NULL,
      kind VARCHAR NOT NULL, hint VARCHAR NOT NULL, flows BIGINT NOT NULL, bytes BIGINT NOT NULL,
      first_us BIGINT NOT NULL, last_us BIGINT NOT NULL)`,
    // Windows that could not be read when they were to be attributed.
    'CREATE TABLE damaged_windows (start_seconds BIGINT NOT NULL, message VARCHAR NOT NULL)',
  ],
  // All addresses of a machine that has several.
  3: ['ALTER TABLE host_identities ADD COLUMN addresses VARCHAR'],
  // Period sums replace the tables of versions 2 and 3 with other names, and are recomputed.
  4: [
    ...['stays', 'uses', 'use_quarters', 'use_names', 'use_fingerprints', 'use_evidence', 'unjudged'].map(
      (table) => `DROP TABLE IF EXISTS ${table}`,
    ),
    'ALTER TABLE meta DROP COLUMN IF EXISTS judged_by',
    'ALTER TABLE meta ADD COLUMN attributed_by VARCHAR',
    // Spans of window starts whose windows changed since their sums were computed.
    'CREATE TABLE pending (from_seconds BIGINT NOT NULL, to_seconds BIGINT NOT NULL)',
    `CREATE TABLE periods (
      period BIGINT NOT NULL, host VARCHAR NOT NULL, block_seconds BIGINT NOT NULL, first_seconds BIGINT NOT NULL,
      last_seconds BIGINT NOT NULL, first_us BIGINT NOT NULL, last_us BIGINT NOT NULL)`,
    `CREATE TABLE period_sums (
      ${PERIOD_KEY}, first_us BIGINT, last_us BIGINT, ${TRAFFIC}, ${ESTIMATES},
      lost BIGINT NOT NULL, estimated_payload BIGINT NOT NULL,
      estimated_payload_up BIGINT NOT NULL, estimated_flows BIGINT NOT NULL, one_way BIGINT NOT NULL,
      established BIGINT NOT NULL, uncut BIGINT NOT NULL, is_cut BOOLEAN NOT NULL, is_cut_by_packets BOOLEAN NOT NULL,
      is_carried BOOLEAN NOT NULL, quarters INTEGER NOT NULL, active_minutes BIGINT NOT NULL,
      telemetry_min BIGINT NOT NULL, is_telemetry_by_name BOOLEAN NOT NULL, prompts_min BIGINT NOT NULL,
      prompts_max BIGINT NOT NULL, sessions BIGINT NOT NULL, model_last_us BIGINT)`,
    `CREATE TABLE period_quarters (
      ${PERIOD_KEY}, start_seconds BIGINT NOT NULL, role VARCHAR NOT NULL, is_carried BOOLEAN NOT NULL, ${TRAFFIC}, ${ESTIMATES},
      minutes_of BIGINT NOT NULL, minutes INTEGER NOT NULL)`,
    `CREATE TABLE period_names (
      ${PERIOD_KEY}, name VARCHAR NOT NULL, role VARCHAR NOT NULL, specificity VARCHAR NOT NULL, ${TRAFFIC})`,
    `CREATE TABLE period_fingerprints (
      ${PERIOD_KEY}, ja4 VARCHAR NOT NULL, ja3 VARCHAR NOT NULL, alpn VARCHAR NOT NULL, runtime VARCHAR,
      flows BIGINT NOT NULL)`,
    `CREATE TABLE period_evidence (
      ${PERIOD_KEY}, speaks_for BOOLEAN NOT NULL, kind VARCHAR NOT NULL, rule VARCHAR NOT NULL, detail VARCHAR NOT NULL,
      first_us BIGINT NOT NULL, last_us BIGINT NOT NULL, flows BIGINT NOT NULL, community_ids VARCHAR NOT NULL)`,
  ],
  // Signs of builds. Stored sums have none, so all are recomputed.
  5: [
    `CREATE TABLE period_builds (${PERIOD_KEY}, signs VARCHAR NOT NULL)`,
    'UPDATE meta SET attributed_by = NULL',
  ],
  // Sensors that report each period and each tool of it. Stored sums have none, so all are recomputed.
  6: [
    'ALTER TABLE periods ADD COLUMN sensors VARCHAR',
    'ALTER TABLE period_sums ADD COLUMN sensors VARCHAR',
    'UPDATE meta SET attributed_by = NULL',
  ],
  // Rows of logs, and what they do not count. Stored sums are made of packets alone.
  7: ['logged', 'unsized_up', 'unsized_down'].map(
    (column) => `ALTER TABLE period_sums ADD COLUMN ${column} BIGINT DEFAULT 0`,
  ),
};

/** Tables with a row or rows per window, all with (sensor, start_seconds). */
export const WINDOW_TABLES = ['windows', 'host_totals', 'host_dark', 'usage_rows', 'names_asked'] as const;

/** Tables of period sums, all with (period). */
export const PERIOD_TABLES = [
  'periods',
  'period_sums',
  'period_quarters',
  'period_names',
  'period_fingerprints',
  'period_evidence',
  'period_builds',
] as const;
