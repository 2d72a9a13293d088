// The tables of a ClickHouse store. Every fact row has the revision of its window, and only rows of the live revision
// count: a shorter revision hides all rows of the previous one. The row of the window is written last.

import { SCHEMA_VERSION } from '../schema-version.ts';
import type { Table } from '../sql/tables.ts';
import {
  columnType,
  FACT_TABLES,
  STORED_PERIODS,
  STORED_TOOLS,
  STORED_WINDOWS,
  WINDOW_USAGE,
} from './rows.ts';

/** Acknowledged rows are on disk; deleted rows leave it within a minute. */
const SETTINGS = 'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 60';
const MONTHS = "PARTITION BY toYYYYMM(toDateTime(start_seconds, 'UTC'))";
const FACTS = `ENGINE = ReplacingMergeTree ${MONTHS} ORDER BY (sensor, start_seconds, revision, row) ${SETTINGS}`;
const PERIODS_ENGINE = `ENGINE = MergeTree PARTITION BY toYYYYMM(toDateTime(block_seconds, 'UTC'))
  ORDER BY (block_seconds, bucket, host, period) ${SETTINGS}`;

export const FACT_NAMES: readonly string[] = [...FACT_TABLES, WINDOW_USAGE].map(({ name }) => name);

/** `special`: definitions of columns that differ from those of the type. */
function declareTable(
  { name, columns }: Pick<Table<never>, 'name' | 'columns'>,
  engine: string,
  special: Readonly<Record<string, string>> = {},
): string {
  const definitions = columns.map((column) => `${column.name} ${special[column.name] ?? columnType(column)}`);
  return `CREATE TABLE IF NOT EXISTS ${name} (${definitions.join(', ')}) ${engine}`;
}

const DECLARED: readonly string[] = [
  declareTable(
    STORED_WINDOWS,
    `ENGINE = ReplacingMergeTree(revision) ${MONTHS} ORDER BY (sensor, start_seconds) ${SETTINGS}`,
    {
      message: 'String CODEC(ZSTD(3))',
    },
  ),
  ...FACT_TABLES.map((table) => declareTable(table, FACTS)),
  ...[STORED_PERIODS, ...STORED_TOOLS].map((table) => declareTable(table, PERIODS_ENGINE)),
];

const OTHER_TABLES: readonly string[] = [
  // Facts for attribution, by bucket of hosts: a process reads the buckets that it attributes and no others.
  `CREATE TABLE IF NOT EXISTS window_usage (sensor LowCardinality(String), start_seconds Int64, revision UInt32,
    length_seconds UInt32, window UInt64, bucket UInt8, usage_text String EPHEMERAL,
    usage String DEFAULT base64Decode(usage_text) CODEC(ZSTD(3)))
    ENGINE = ReplacingMergeTree ${MONTHS} ORDER BY (bucket, start_seconds, sensor, revision) ${SETTINGS}`,
  `CREATE TABLE IF NOT EXISTS sensor_notes (sensor String, at_ms Int64, note String)
    ENGINE = ReplacingMergeTree(at_ms) ORDER BY sensor ${SETTINGS}`,
  // Periods that a step has replaced or deleted.
  `CREATE TABLE IF NOT EXISTS period_ends (step UInt64, bucket UInt8, period UInt64)
    ENGINE = MergeTree ORDER BY (step, period) ${SETTINGS}`,
  // Written last in each step: rows of a missing step do not count.
  `CREATE TABLE IF NOT EXISTS attribution_steps (attributed_by String, step UInt64, parents Array(UInt64), generation UInt32,
    buckets String, hours Array(Int64), marks Array(UInt64), at_ms Int64)
    ENGINE = MergeTree ORDER BY (attributed_by, generation, step) ${SETTINGS}`,
  `CREATE TABLE IF NOT EXISTS damaged_windows (window UInt64, start_seconds Int64, message String)
    ENGINE = ReplacingMergeTree ORDER BY (start_seconds, window) ${SETTINGS}`,
  'CREATE TABLE IF NOT EXISTS meta (schema_version UInt32) ENGINE = ReplacingMergeTree ORDER BY schema_version',
];

/** Fact tables for user queries. */
const liveView = ({ name }: Pick<Table<never>, 'name'>): string => `CREATE OR REPLACE VIEW live_${name} AS
  SELECT facts.* FROM ${name} AS facts FINAL
  INNER JOIN (SELECT sensor, start_seconds, max(revision) AS revision FROM windows GROUP BY sensor, start_seconds) AS live
  USING (sensor, start_seconds, revision)`;

export const TABLES: readonly string[] = [...DECLARED, ...OTHER_TABLES, ...FACT_TABLES.map(liveView)];

export const OWN_NAMES: readonly string[] = TABLES.flatMap(
  (sql) => /^CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) (\w+)/.exec(sql)?.[1] ?? [],
);

/** Written last, so that a store with a version is complete. */
export const NOTE_VERSION = `INSERT INTO meta SELECT ${SCHEMA_VERSION} WHERE (SELECT max(schema_version) FROM meta) < ${SCHEMA_VERSION}`;
