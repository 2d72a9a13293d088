// Records the spans of a DuckDB store whose windows changed since their sums were computed, and the attributor of the sums.

import type { DuckDBConnection } from '@duckdb/node-api';
import { findMaximum, findMinimum } from '../../model/extremes.ts';
import { joinSpans, type Span } from '../span.ts';
import { PERIOD_TABLES } from '../sql/tables.ts';
import { readRows } from './duckdb-file.ts';

export async function readAttributorKey(connection: DuckDBConnection): Promise<string | null> {
  const [[key = null] = []] = await readRows(connection, 'SELECT attributed_by FROM meta');
  return key === null ? null : String(key);
}

export async function readPending(connection: DuckDBConnection): Promise<Span[]> {
  const rows = await readRows(connection, 'SELECT from_seconds, to_seconds FROM pending ORDER BY 1');
  return rows.map(([from, to]) => ({ from: Number(from), to: Number(to) }));
}

export async function setPending(connection: DuckDBConnection, spans: readonly Span[]): Promise<void> {
  await connection.run('DELETE FROM pending');
  const appender = await connection.createAppender('pending');
  for (const { from, to } of spans) {
    appender.appendBigInt(BigInt(from));
    appender.appendBigInt(BigInt(to));
    appender.endRow();
  }
  appender.closeSync();
}

/** Marks spans as pending after windows were put, changed or deleted, within the transaction of the caller. */
export async function addPending(connection: DuckDBConnection, spans: readonly Span[]): Promise<void> {
  if (spans.length === 0) return;
  await setPending(connection, joinSpans([...(await readPending(connection)), ...spans]));
}

/** Deletes all sums that depend on a window before a time, and marks their remaining windows as pending. */
export async function forgetPeriods(connection: DuckDBConnection, beforeSeconds: number): Promise<void> {
  const bound = [BigInt(beforeSeconds)];
  await connection.run('DELETE FROM damaged_windows WHERE start_seconds < $1', bound);
  const forgotten = await forgetBlocks(connection, { from: 0, to: beforeSeconds });
  if (forgotten !== null && forgotten.to > beforeSeconds)
    await addPending(connection, [{ from: beforeSeconds, to: forgotten.to }]);
}

/** Deletes sums after windows of some sensors were deleted, so that windows of other sensors are summed again. */
export async function forgetPeriodsAround(
  connection: DuckDBConnection,
  deleted: readonly { readonly startSeconds: number }[],
): Promise<void> {
  if (deleted.length === 0) return;
  const starts = deleted.map(({ startSeconds }) => startSeconds);
  const span: Span = { from: findMinimum(starts), to: findMaximum(starts) + 1 };
  const forgotten = await forgetBlocks(connection, span);
  await addPending(connection, [span, ...(forgotten === null ? [] : [forgotten])]);
}

/** Deletes the sums of every block that depends on a window of the span; returns the span of these blocks. */
async function forgetBlocks(connection: DuckDBConnection, { from, to }: Span): Promise<Span | null> {
  const bound = [BigInt(from), BigInt(to)];
  const touched = 'SELECT host, block_seconds FROM periods WHERE last_seconds >= $1 AND first_seconds < $2';
  const blocks = `SELECT period, first_seconds, last_seconds FROM periods WHERE (host, block_seconds) IN (${touched})`;
  const sql = `SELECT min(first_seconds), max(last_seconds) FROM (${blocks})`;
  const [[first, last] = []] = await readRows(connection, sql, bound);
  if (typeof first !== 'bigint' || typeof last !== 'bigint') return null;
  for (const table of [...PERIOD_TABLES].reverse())
    await connection.run(`DELETE FROM ${table} WHERE period IN (SELECT period FROM (${blocks}))`, bound);
  return { from: Number(first), to: Number(last) + 1 };
}
