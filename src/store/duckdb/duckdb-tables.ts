// Creates the tables of a DuckDB store, and checks them whenever it is opened. docs/store.md describes them for users.

import { errorAt, type WiretallyError } from '../../model/errors.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import { requireVersion, SCHEMA_VERSION } from '../schema-version.ts';
import { HOST_ACCOUNTS } from '../sql/tables.ts';
import { type Database, type DuckdbFile, inTransaction, readRows } from './duckdb-file.ts';
import { HOST_DAY_COLUMNS, HOST_DAYS } from './host-days.ts';
import { getType, TABLES } from './rows.ts';

/**
 * Definitions of columns by table. There is no index: DuckDB skips whole blocks in tables sorted by time, and a constraint
 * would be checked against rows that the same transaction has deleted.
 */
const DEFINITIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['meta', ['schema_version INTEGER NOT NULL', 'attributed_by VARCHAR']],
  // Keys of windows that were summed into a quarter hour: such a window counts as known.
  ['rolled_up', ['sensor VARCHAR NOT NULL', 'start_seconds BIGINT NOT NULL', 'revision INTEGER NOT NULL']],
  // Windows that were unreadable when they were attributed.
  ['damaged_windows', ['start_seconds BIGINT NOT NULL', 'message VARCHAR NOT NULL']],
  // Spans of window starts whose windows changed since their sums were computed.
  ['pending', ['from_seconds BIGINT NOT NULL', 'to_seconds BIGINT NOT NULL']],
  [HOST_DAYS, HOST_DAY_COLUMNS],
  ...TABLES.map(({ name, columns }): [string, string[]] => [
    name,
    columns.map((column) => `${column.name} ${getType(column.type)}${column.isNullable ? '' : ' NOT NULL'}`),
  ]),
]);

/**
 * Creates the tables of an empty store opened for writing. Throws STORE_DAMAGED for any file other than a store of this
 * version.
 */
export async function prepareTables(file: DuckdbFile): Promise<void> {
  const { path, connection } = file;
  await refuseForeignObjects(file);
  // Reads names and types of the columns of each table, in their order.
  const columns = await readRows(
    connection,
    `SELECT table_name, string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_index)
     FROM system.main.duckdb_columns() WHERE database_name = current_database() AND NOT internal GROUP BY table_name`,
  );
  const stored = new Map(columns.map(([table, definitions]) => [String(table), String(definitions)]));
  if (stored.size > 0) {
    await requireTables(file, stored);
    return await addTables(file, stored);
  }
  if (!file.isWritable) throw damagedStore(path, 'is an empty database', 'pass an existing store');
  await inTransaction(file, async () => {
    for (const [table, definitions] of DEFINITIONS)
      await connection.run(`CREATE TABLE ${table} (${definitions.join(', ')})`);
    await connection.run('INSERT INTO meta (schema_version) VALUES ($1)', [SCHEMA_VERSION]);
  });
}

const damagedStore = (path: string, what: string, next?: string): WiretallyError =>
  errorAt('STORE_DAMAGED', path, what, omitUndefined({ next }));

/** Tables added after 0.1.0. A store that is only read gets them as empty temporary tables. */
const LATER: ReadonlySet<string> = new Set([HOST_ACCOUNTS.name, HOST_DAYS]);

async function addTables(
  { connection, isWritable }: DuckdbFile,
  stored: ReadonlyMap<string, string>,
): Promise<void> {
  const kind = isWritable ? 'TABLE' : 'TEMP TABLE';
  for (const [table, definitions] of DEFINITIONS)
    if (!stored.has(table)) await connection.run(`CREATE ${kind} ${table} (${definitions.join(', ')})`);
}

/** Requires the declared columns in their order, because rows are appended by position. */
async function requireTables(
  { path, connection }: Database,
  stored: ReadonlyMap<string, string>,
): Promise<void> {
  if (!stored.has('meta') || !stored.has('windows'))
    throw damagedStore(path, 'is a DuckDB database of something else');
  const [[version] = []] = await readRows(connection, 'SELECT schema_version FROM meta');
  requireVersion('STORE_DAMAGED', path, Number(version ?? 0));
  const changed = [...DEFINITIONS]
    .filter(
      ([table, definitions]) =>
        (stored.has(table) || !LATER.has(table)) &&
        stored.get(table) !== definitions.join(', ').replaceAll(' NOT NULL', ''),
    )
    .map(([table]) => table);
  if (changed.length > 0) throw damagedStore(path, `has other columns than a store in ${changed.join(', ')}`);
}

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

async function refuseForeignObjects({ path, connection }: Database): Promise<void> {
  for (const [what, sql] of ACTING) {
    const [found] = await readRows(connection, sql);
    if (found !== undefined) throw damagedStore(path, `contains the ${what} "${found[0]}"; a store has none`);
  }
}
