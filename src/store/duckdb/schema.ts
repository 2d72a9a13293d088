// The tables of a DuckDB store, made from the declarations of their columns. docs/store.md describes them for users.

import { PERIOD_TABLES } from '../sql/tables.ts';
import { TABLES, typeOf } from './rows.ts';

/**
 * A store of a higher version is refused, one of a lower version is migrated by its next writer. A new column needs no
 * version: the next writer adds it.
 */
export const SCHEMA_VERSION = 6;

/** Tables without declared columns, created where they are missing. */
export const OTHER_TABLES: readonly string[] = [
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
export const STEPS: readonly { readonly below: number; readonly sql: readonly string[] }[] = [
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
export function missingIn(stored: ReadonlyMap<string, readonly string[]>): Missing {
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
