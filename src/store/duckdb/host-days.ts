// Sums of each host and UTC day: a report of months reads these instead of every window. Days that changed since have no
// sums, and are read from their windows.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { UsageWindow } from '../../model/usage.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { joinSpans, type Span } from '../span.ts';
import { spanCondition } from '../sql/dialect.ts';
import type { ZoneSql } from '../sql/zone-sql.ts';
import { readRows } from './duckdb-file.ts';

export const HOST_DAYS = 'host_days';

/** In any zone, the windows of a UTC day are in at most two days: those of its first and of its last window. */
export const HOST_DAY_COLUMNS = [
  ...['day BIGINT', 'identity INTEGER', 'flows BIGINT', 'bytes_up BIGINT', 'bytes_down BIGINT'],
  ...['first_seconds BIGINT', 'last_seconds BIGINT'],
].map((column) => `${column} NOT NULL`);

/** Above this number of spans without sums, all windows are read. */
const MAX_SPANS = 64;

const getDaySpan = (day: number): Span => ({ from: day * DAY_SECONDS, to: (day + 1) * DAY_SECONDS });

async function readDays(connection: DuckDBConnection, sql: string): Promise<number[]> {
  return (await readRows(connection, sql)).map(([day]) => Number(day));
}

/** SQL of the UTC day of a window. */
const WINDOW_DAY = `start_seconds // ${DAY_SECONDS}`;

/** Maximum sum that is stored: only forged windows have larger ones, and reading 128 bits takes twenty times as long. */
const MAX_SUM = 2 ** 53;

/** Sums every day without sums, except the last, in which a sensor still writes. */
export async function sumHostDays(connection: DuckDBConnection): Promise<void> {
  const days = await readDays(
    connection,
    `SELECT DISTINCT ${WINDOW_DAY} FROM windows
     WHERE ${WINDOW_DAY} < (SELECT max(${WINDOW_DAY}) FROM windows)
     EXCEPT SELECT day FROM ${HOST_DAYS} ORDER BY 1`,
  );
  for (const span of joinSpans(days.map(getDaySpan)))
    await connection.run(
      `INSERT INTO ${HOST_DAYS} WITH sums AS MATERIALIZED (
         SELECT ${WINDOW_DAY} AS day, identity, sum(flows) AS flows, sum(bytes_up) AS bytes_up,
           sum(bytes_down) AS bytes_down, min(start_seconds), max(start_seconds)
         FROM host_totals WHERE ${spanCondition(span)} GROUP BY day, identity
       ) FROM sums WHERE day NOT IN (SELECT day FROM sums WHERE greatest(flows, bytes_up, bytes_down) > ${MAX_SUM})
       ORDER BY day`,
    );
}

/** Deletes the sums of the days of these windows, within the transaction of the caller. */
export async function deleteHostDays(
  connection: DuckDBConnection,
  windows: readonly UsageWindow[],
): Promise<void> {
  const days = new Set(windows.map(({ startSeconds }) => Math.floor(startSeconds / DAY_SECONDS)));
  if (days.size > 0) await connection.run(`DELETE FROM ${HOST_DAYS} WHERE day IN (${[...days].join(', ')})`);
}

export async function deleteHostDaysBefore(connection: DuckDBConnection, seconds: number): Promise<void> {
  await connection.run(`DELETE FROM ${HOST_DAYS} WHERE day * ${DAY_SECONDS} < ${seconds}`);
}

/**
 * Builds SQL for the rows of hosts in a span, with their day in a zone: from the sums of days where they exist, else from
 * windows. A UTC day overlaps one or two days of a zone; the whole sum counts in the first of them.
 */
export async function hostRowsSql(
  connection: DuckDBConnection,
  { from, to }: Span,
  zoneDay: ZoneSql['day'],
): Promise<string> {
  const kept = await readDays(
    connection,
    `SELECT DISTINCT day FROM ${HOST_DAYS}
     WHERE day * ${DAY_SECONDS} >= ${from} AND (day + 1) * ${DAY_SECONDS} <= ${to} ORDER BY day`,
  );
  const summed = joinSpans(kept.map(getDaySpan));
  const others = [from, ...summed.map((span) => span.to)]
    .map((start, i): Span => ({ from: start, to: summed[i]?.from ?? to }))
    .filter((span) => span.from < span.to);
  const isSummed = others.length <= MAX_SPANS;
  const windows = (isSummed ? others : [{ from, to }]).map(
    (span) =>
      `SELECT identity, flows, bytes_up, bytes_down, ${zoneDay('start_seconds')} AS on_day
       FROM host_totals WHERE ${spanCondition(span)}`,
  );
  const days = (isSummed ? summed : []).flatMap((span) => {
    const ofSpan = `FROM ${HOST_DAYS} WHERE day >= ${span.from / DAY_SECONDS} AND day < ${span.to / DAY_SECONDS}`;
    const [first, last] = [zoneDay('first_seconds'), zoneDay('last_seconds')];
    return [
      `SELECT identity, flows, bytes_up, bytes_down, ${first} AS on_day ${ofSpan}`,
      `SELECT identity, 0, 0, 0, ${last} AS on_day ${ofSpan} AND ${last} <> ${first}`,
    ];
  });
  return [...windows, ...days].join(' UNION ALL ');
}
