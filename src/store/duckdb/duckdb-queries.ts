// Runs SQL queries of users on a DuckDB store.

import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { WiretallyError } from '../../model/errors.ts';
import { type Database, damaged, firstLine } from './duckdb-file.ts';
import { requireReadOnlyQuery } from './query-guard.ts';

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** Limits of a result in memory, and of query time; a file may be larger. */
const MAX_ROWS = 1_000_000;
const MAX_SECONDS = 60;

/**
 * Throws USAGE for an invalid query, or one that would write; QUESTION_LIMIT if it takes too long or its result
 * is too large; STORE_DAMAGED if the file is damaged.
 */
export async function runQuery(
  { path, connection }: Database,
  sql: string,
  mostSeconds: number = MAX_SECONDS,
): Promise<QueryResult> {
  let isLate = false;
  const clock = setTimeout(() => {
    isLate = true;
    connection.interrupt();
  }, mostSeconds * 1000);
  try {
    await requireReadOnlyQuery(connection, sql);
    const reader = await connection.streamAndReadUntil(sql, MAX_ROWS + 1);
    if (reader.currentRowCount > MAX_ROWS) throw limitError(`the answer has more than ${MAX_ROWS} rows`);
    return { columns: reader.columnNames(), rows: reader.getRows() };
  } catch (cause) {
    throw isLate ? limitError(`the query took more than ${mostSeconds} s`, cause) : queryError(path, cause);
  } finally {
    clearTimeout(clock);
  }
}

const limitError = (what: string, cause?: unknown): WiretallyError =>
  new WiretallyError('QUESTION_LIMIT', what, { cause, next: 'select less data' });

/** Streams the result of a query, for a file that need not fit in memory. Throws as runQuery. */
export async function streamAnswer({ path, connection }: Database, sql: string): Promise<DuckDBResult> {
  try {
    await requireReadOnlyQuery(connection, sql);
    return await connection.stream(sql);
  } catch (cause) {
    throw queryError(path, cause);
  }
}

export function queryError(path: string, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  const reason = firstLine(cause);
  if (/^(IO|Serialization|Fatal|Internal) Error/i.test(reason)) return damaged(path, cause);
  if (/^Out of Memory Error|bad_alloc/i.test(reason)) {
    const what = `the query exceeds its memory limit: ${reason.replace(/^Out of Memory Error: */i, '')}`;
    return limitError(what, cause);
  }
  return new WiretallyError('USAGE', reason, { cause, next: 'docs/store.md names tables and columns' });
}
