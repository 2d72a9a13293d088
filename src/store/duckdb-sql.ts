// Questions in SQL to a DuckDB store, as people ask them.

import type { DuckDBConnection, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { WiretallyError } from '../model/errors.ts';
import { damaged, firstLine } from './duckdb-file.ts';

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** Throws USAGE when the question is not well formed, or would write; STORE_DAMAGED when the file cannot be read on. */
export async function askInSql(
  path: string,
  connection: DuckDBConnection,
  sql: string,
): Promise<QueryResult> {
  try {
    const reader = await connection.runAndReadAll(sql);
    return { columns: reader.columnNames(), rows: reader.getRows() };
  } catch (cause) {
    throw questionError(path, cause);
  }
}

/** The same, for an answer that is written to a file and need not be in memory. */
export async function streamAnswer(
  path: string,
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBResult> {
  try {
    return await connection.stream(sql);
  } catch (cause) {
    throw questionError(path, cause);
  }
}

function questionError(path: string, cause: unknown): WiretallyError {
  const reason = firstLine(cause);
  if (/^(IO|Serialization|Fatal|Internal) Error/i.test(reason)) return damaged(path, cause);
  return new WiretallyError('USAGE', reason, { cause, next: 'docs/store.md names tables and columns' });
}
