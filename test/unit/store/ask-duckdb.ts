// Queries a DuckDB file in SQL, bypassing the store.

import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

/** `path` may be ":memory:". */
export async function askDuckdb(path: string, sql: string): Promise<DuckDBValue[][]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows;
}
