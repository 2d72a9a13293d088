// Spans of a DuckDB store whose windows were put or changed since sums were made of them, and who made the sums.

import type { DuckDBConnection } from '@duckdb/node-api';
import { joinSpans, type Span } from '../span.ts';
import { PERIOD_TABLES } from './schema.ts';

export async function attributedBy(connection: DuckDBConnection): Promise<string | null> {
  const reader = await connection.runAndReadAll('SELECT attributed_by FROM meta');
  const key = reader.getRows()[0]?.[0] ?? null;
  return key === null ? null : String(key);
}

export async function pendingSpans(connection: DuckDBConnection): Promise<Span[]> {
  const reader = await connection.runAndReadAll('SELECT from_seconds, to_seconds FROM pending ORDER BY 1');
  return reader.getRows().map(([from, to]) => ({ from: Number(from), to: Number(to) }));
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

/** Notes that windows that begin in these spans were put, changed or deleted. The caller has a transaction open. */
export async function addPending(connection: DuckDBConnection, spans: readonly Span[]): Promise<void> {
  if (spans.length === 0) return;
  await setPending(connection, joinSpans([...(await pendingSpans(connection)), ...spans]));
}

/** Deletes all sums that rest on a window before a time, and notes that what is left of their windows is pending. */
export async function forgetPeriods(connection: DuckDBConnection, beforeSeconds: number): Promise<void> {
  const bound = [BigInt(beforeSeconds)];
  await connection.run('DELETE FROM damaged_windows WHERE start_seconds < $1', bound);
  const old = 'SELECT host, block_seconds FROM periods WHERE first_seconds < $1';
  const blocks = `SELECT period, last_seconds FROM periods WHERE (host, block_seconds) IN (${old})`;
  const reader = await connection.runAndReadAll(`SELECT max(last_seconds) FROM (${blocks})`, bound);
  const last = reader.getRows()[0]?.[0] ?? null;
  if (last === null) return;
  for (const table of [...PERIOD_TABLES].reverse()) {
    await connection.run(`DELETE FROM ${table} WHERE period IN (SELECT period FROM (${blocks}))`, bound);
  }
  if (Number(last) >= beforeSeconds)
    await addPending(connection, [{ from: beforeSeconds, to: Number(last) + 1 }]);
}
