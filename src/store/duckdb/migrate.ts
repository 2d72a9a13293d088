// The tables of a DuckDB store: made, brought up to date, and changed in transactions.

import type { DuckDBConnection } from '@duckdb/node-api';
import { writeError } from '../../files/durable-file.ts';
import { WiretallyError } from '../../model/errors.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { PERIOD_TABLES } from '../sql/tables.ts';
import type { DuckdbFile } from './file.ts';
import { addPending } from './pending.ts';
import { appendWindows, readColumns, TABLES, typeOf, WINDOW_TABLES } from './rows.ts';
import { readWindows } from './windows.ts';

/** Brings the tables of a store that is written up to date; refuses stores of newer versions and, when reading, of older ones. */
export async function migrate(path: string, file: DuckdbFile): Promise<void> {
  const { connection } = file;
  const version = await versionOf(path, connection);
  if (version > SCHEMA_VERSION) {
    throw new WiretallyError(
      'STORE_DAMAGED',
      `${path}: was made by a newer version (tables ${version}, this one knows ${SCHEMA_VERSION})`,
      { where: path, next: 'use the newer version' },
    );
  }
  const isOld = version < SCHEMA_VERSION;
  const { names } = missingIn(await readColumns(connection));
  if (!isOld && names.length === 0) return;
  if (!file.isWritable) {
    throw new WiretallyError(
      'STORE_DAMAGED',
      isOld
        ? `${path}: holds tables of version ${version}, not ${SCHEMA_VERSION}`
        : `${path}: lacks ${names.join(', ')}`,
      {
        where: path,
        next:
          version === 0
            ? 'name a store that was written before'
            : 'open it once for writing: it is migrated then',
      },
    );
  }
  await inTransaction(path, connection, async () => {
    const steps = version === 0 ? [] : STEPS.filter(({ below }) => version < below);
    for (const sql of steps.flatMap((step) => step.sql)) await connection.run(sql);
    for (const sql of OTHER_TABLES) await connection.run(sql);
    for (const sql of missingIn(await readColumns(connection)).sql) await connection.run(sql);
    if (version === 1) await writeAnew(path, connection);
    const noted =
      version === 0 ? 'INSERT INTO meta (schema_version) VALUES ($1)' : 'UPDATE meta SET schema_version = $1';
    await connection.run(noted, [SCHEMA_VERSION]);
  });
}

/** Every window in the format of version 2, day by day; an unreadable one is retained and reported as before. */
async function writeAnew(path: string, connection: DuckDBConnection): Promise<void> {
  const span = await connection.runAndReadAll('SELECT min(start_seconds), max(start_seconds) FROM windows');
  const [first, last] = (span.getRows()[0] ?? []).map((value) => (value === null ? null : Number(value)));
  if (typeof first !== 'number' || typeof last !== 'number') return;
  for (let from = first; from <= last; from += DAY_SECONDS) {
    const day = { from, to: Math.min(from + DAY_SECONDS, last + 1) };
    const { windows } = await readWindows(path, connection, day);
    await connection.run('CREATE OR REPLACE TEMP TABLE migrated (sensor VARCHAR, start_seconds BIGINT)');
    const appender = await connection.createAppender('migrated', 'main', 'temp');
    for (const { sensor, startSeconds } of windows) {
      appender.appendVarchar(sensor);
      appender.appendBigInt(BigInt(startSeconds));
      appender.endRow();
    }
    appender.closeSync();
    for (const table of WINDOW_TABLES) {
      await connection.run(
        `DELETE FROM ${table} WHERE start_seconds >= $1 AND start_seconds < $2
         AND (sensor, start_seconds) IN (SELECT sensor, start_seconds FROM migrated)`,
        [BigInt(day.from), BigInt(day.to)],
      );
    }
    await appendWindows(connection, windows);
  }
  await connection.run(IDENTIFY_THE_REST);
  await addPending(connection, [{ from: first, to: last + 1 }]);
}

/** Hosts of unreadable windows, from columns. */
const IDENTIFY_THE_REST = `
  INSERT INTO host_identities
    SELECT (SELECT coalesce(max(identity), -1) FROM host_identities) + row_number() OVER (), host, mac, NULL, '[]', NULL
    FROM (SELECT DISTINCT host, mac FROM host_totals WHERE identity IS NULL);
  UPDATE host_totals t SET identity = (
    SELECT max(identity) FROM host_identities i WHERE i.host = t.host AND i.mac IS NOT DISTINCT FROM t.mac
  ) WHERE identity IS NULL`;

/**
 * Foreign objects, which no store contains: a query would run them in place of the table or function it names,
 * without an end or with another result. Macros are checked first, as the other checks call functions.
 */
const ACTING: readonly (readonly [what: string, sql: string])[] = [
  ['macro', 'SELECT function_name FROM system.main.duckdb_functions() WHERE NOT internal'],
  ['view', 'SELECT view_name FROM system.main.duckdb_views() WHERE NOT internal'],
  [
    'table with computed columns',
    "SELECT table_name FROM system.main.duckdb_tables() WHERE NOT internal AND sql LIKE '%GENERATED ALWAYS AS%'",
  ],
];

async function refuseWhatActs(path: string, connection: DuckDBConnection): Promise<void> {
  for (const [what, sql] of ACTING) {
    const [found] = (await connection.runAndReadAll(sql)).getRows();
    if (found === undefined) continue;
    throw new WiretallyError('STORE_DAMAGED', `${path}: holds the ${what} "${found[0]}"; a store has none`, {
      where: path,
    });
  }
}

/** 0 for an empty database. Throws for one that is not ours. */
async function versionOf(path: string, connection: DuckDBConnection): Promise<number> {
  await refuseWhatActs(path, connection);
  const tables = await connection.runAndReadAll('SELECT table_name FROM information_schema.tables');
  const names = tables.getRows().map(([name]) => String(name));
  if (names.length === 0) return 0;
  if (!names.includes('meta') || !names.includes('windows')) {
    throw new WiretallyError('STORE_DAMAGED', `${path}: is a DuckDB database of something else`, {
      where: path,
    });
  }
  const reader = await connection.runAndReadAll('SELECT schema_version FROM meta');
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

/** All of it or nothing. Throws STORE_WRITE. */
export async function inTransaction<T>(
  path: string,
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // After a failed commit there is no transaction; the first failure is reported.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw writeError(path, error);
  }
}

// The tables of a DuckDB store, made from the declarations of their columns. docs/store.md describes them for users.

/**
 * A store of a higher version is refused, one of a lower version is migrated by its next writer. A new column needs no
 * version: the next writer adds it.
 */
export const SCHEMA_VERSION = 6;

/** Tables without declared columns, created where they are missing. */
const OTHER_TABLES: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS meta (schema_version INTEGER NOT NULL, attributed_by VARCHAR)',
  // Keys of windows that were summed into a quarter hour: such a window counts as known.
  `CREATE TABLE IF NOT EXISTS rolled_up (
    sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, revision INTEGER NOT NULL)`,
  // Windows that were unreadable when they were attributed.
  'CREATE TABLE IF NOT EXISTS damaged_windows (start_seconds BIGINT NOT NULL, message VARCHAR NOT NULL)',
  // Spans of window starts whose windows changed since their sums were computed.
  'CREATE TABLE IF NOT EXISTS pending (from_seconds BIGINT NOT NULL, to_seconds BIGINT NOT NULL)',
];

/** Statements for stores below a version, before their missing tables and columns are added. */
const STEPS: readonly { readonly below: number; readonly sql: readonly string[] }[] = [
  {
    // Period sums replace the tables of versions 2 and 3 with other names, and are recomputed.
    below: 4,
    sql: [
      ...['stays', 'uses', 'use_quarters', 'use_names', 'use_fingerprints', 'use_evidence', 'unjudged'].map(
        (table) => `DROP TABLE IF EXISTS ${table}`,
      ),
      'ALTER TABLE meta DROP COLUMN IF EXISTS judged_by',
      'ALTER TABLE meta ADD COLUMN attributed_by VARCHAR',
    ],
  },
];

interface Missing {
  /** Names of tables and columns, for messages. */
  readonly names: readonly string[];
  readonly sql: readonly string[];
}

/**
 * What the declared tables lack, by the columns of the stored ones. No index: sorted by time, DuckDB skips whole blocks, and
 * a constraint would be checked against rows that the same transaction has deleted.
 */
function missingIn(stored: ReadonlyMap<string, readonly string[]>): Missing {
  const names: string[] = [];
  const sql: string[] = [];
  for (const { name: table, columns } of TABLES) {
    const known = stored.get(table);
    if (known === undefined) {
      const list = columns.map(
        ({ name, type, isNullable }) => `${name} ${typeOf(type)}${isNullable ? '' : ' NOT NULL'}`,
      );
      names.push(table);
      sql.push(`CREATE TABLE ${table} (${list.join(', ')})`);
      continue;
    }
    for (const { name, type, isNullable } of columns.filter((one) => !known.includes(one.name))) {
      const sqlType = typeOf(type);
      const byDefault = isNullable
        ? 'NULL'
        : sqlType === 'VARCHAR'
          ? "''"
          : sqlType === 'BOOLEAN'
            ? 'false'
            : '0';
      names.push(`${table}.${name}`);
      sql.push(`ALTER TABLE ${table} ADD COLUMN ${name} ${sqlType} DEFAULT ${byDefault}`);
    }
  }
  // Stored sums have nothing for it.
  if (names.some((name) => PERIOD_TABLES.includes(name.split('.')[0] ?? '')))
    sql.push('UPDATE meta SET attributed_by = NULL');
  return { names, sql };
}
