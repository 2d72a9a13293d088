// Lists hosts and tools of a store that are available without attribution, for shell completion.

import { openWithoutWaiting, readRows } from './duckdb-file.ts';

/** Completed names, by table and column. */
const LISTS = { host: 'host_totals', tool: 'period_sums' } as const;
export type ListedNames = keyof typeof LISTS;

const MAX_NAMES = 1000;

/** Returns an empty list without the table, or for a store that another process writes, because copying it takes too long. */
export async function listNames(path: string, kind: ListedNames): Promise<readonly string[]> {
  const { connection, close } = await openWithoutWaiting(path);
  try {
    // A view with this name could run any query.
    const table = LISTS[kind];
    const tables = await readRows(connection, `SELECT 1 FROM duckdb_tables() WHERE table_name = '${table}'`);
    if (tables.length !== 1) return [];
    const sql = `SELECT DISTINCT ${kind} FROM ${table} ORDER BY ${kind} LIMIT ${MAX_NAMES}`;
    return (await readRows(connection, sql)).map(([name]) => String(name));
  } finally {
    await close();
  }
}
