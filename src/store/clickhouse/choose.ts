// Selects the period sums for a span: stored ones of blocks inside it, and temporary ones for the query.
// Both are in temporary tables of the session.

import { ClickHouseError } from '@clickhouse/client';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { Divide, ZoneSql } from '../columns/zone-sql.ts';
import type { Choice } from '../period-source.ts';
import { type HostSpan, REACH_US, type Span } from '../span.ts';
import { type Connection, insertRows, runCommand, valuesOf } from './connect.ts';
import { periodRows } from './period-rows.ts';
import { columnsOf, PERIOD_TABLES, type PeriodTable } from './tables.ts';

/** As in the store of DuckDB: sums of a tool leave weaker periods out. `best` is the strongest of the row. */
export const COUNTS = '(grade > 0 OR best = 0 OR is_provider)';

export const divide: Divide = (dividend, divisor) => `intDiv(${dividend}, ${divisor})`;

/** Prefix of temporary tables of one query; the rest of the name equals that of the stored tables. */
const MADE = 'made_';

export const temporary = (connection: Connection, table: string, sql: string): Promise<void> =>
  runCommand(connection, `CREATE OR REPLACE TEMPORARY TABLE ${table} ENGINE = Memory AS ${sql}`);

/** SQL of the rows of a table that answer for the span chosen last. */
export type ChosenRows = (table: PeriodTable, which?: 'all' | 'plain' | 'others') => string;

/**
 * `made`: whether temporary sums exist for the query. `began_us` is the start of the period; `day` is the one day of
 * the zone that contains all its requests, separate from every other period of its block: its sums are those of the
 * day. Null for the few that need a finer split.
 */
export function chosenRows(made: boolean, span: Span): ChosenRows {
  return (table, which = 'all') => {
    const both = bothOf(table, made, span);
    const where = { all: '', plain: ' WHERE day IS NOT NULL', others: ' WHERE day IS NULL' }[which];
    return `(SELECT t.*, c.began_us AS began_us, c.day AS day FROM (${both}) AS t
      INNER JOIN (SELECT period, began_us, day FROM chosen${where}) AS c USING (period))`;
  };
}

/** Selected blocks lie inside the span: the server skips older and later ones. */
const beganIn = ({ from, to }: Span): string => `block_seconds >= ${from} AND block_seconds < ${to}`;

function bothOf(table: PeriodTable, made: boolean, span: Span): string {
  const kept = `SELECT * FROM ${table} WHERE ${beganIn(span)}`;
  return made ? `${kept} UNION ALL SELECT * FROM ${MADE}${table}` : kept;
}

/** Makes the temporary table of those that are chosen, with nothing in it. */
export async function chooseNone(connection: Connection): Promise<void> {
  await runCommand(
    connection,
    `CREATE OR REPLACE TEMPORARY TABLE candidates (period UInt64, began_us Int64, last_us Int64, day Nullable(Int64))
     ENGINE = Memory`,
  );
}

/** False for a user without the right to create temporary tables. */
export async function mayChoose(connection: Connection): Promise<boolean> {
  try {
    await chooseNone(connection);
    return true;
  } catch (cause) {
    if (cause instanceof ClickHouseError && ['ACCESS_DENIED', 'READONLY'].includes(cause.type ?? ''))
      return false;
    throw cause;
  }
}

/**
 * Returns the cut blocks: the start of a period depends on the previous one, so a block is used whole or recomputed.
 * `live` is a condition on periods.
 */
export async function chooseBlocks(
  connection: Connection,
  { span: { from, to }, quarters, foreignSensors }: Choice,
  pending: readonly Span[],
  live: string,
  zone: ZoneSql,
): Promise<HostSpan[]> {
  await chooseNone(connection);
  await runCommand(
    connection,
    'CREATE OR REPLACE TEMPORARY TABLE foreign_sensors (host String, sensor String) ENGINE = Memory',
  );
  await insertRows(
    connection,
    'foreign_sensors',
    foreignSensors.map(({ host, sensor }) => ({ host, sensor: JSON.stringify(sensor) })),
  );
  const near = pending.map(
    (span) => `(ended_us >= ${span.from * 1e6 - REACH_US} AND begun_us <= ${span.to * 1e6 + REACH_US})`,
  );
  await temporary(
    connection,
    'blocks',
    `SELECT *, NOT is_strange AND first >= ${quarters.from} AND last < ${quarters.to}${near.length === 0 ? '' : ` AND NOT (${near.join(' OR ')})`} AS is_whole
     FROM (
       SELECT host, block_seconds, min(first_seconds) AS first, max(last_seconds) AS last, min(first_us) AS begun_us,
         max(last_us) AS ended_us, count() AS periods,
         max(arrayExists(sensor -> position(sensors, sensor) > 0, strange)) AS is_strange
       FROM periods AS p
       LEFT JOIN (SELECT host, groupArray(sensor) AS strange FROM foreign_sensors GROUP BY host) AS s USING (host)
       WHERE block_seconds < ${to} AND ${live} GROUP BY host, block_seconds
     ) WHERE last >= ${from} AND first < ${to}`,
  );
  await runCommand(
    connection,
    `INSERT INTO candidates
     SELECT p.period, p.first_us, p.last_us, if(b.periods = 1, ${oneDay(zone)}, NULL)
     FROM (SELECT * FROM periods WHERE ${beganIn({ from, to })} AND ${live}) AS p
     INNER JOIN (SELECT host, block_seconds, periods FROM blocks WHERE is_whole) AS b USING (host, block_seconds)`,
  );
  const cut = await valuesOf<[string, number, number]>(
    connection,
    `SELECT host, greatest(first, ${from}), least(last + 1, ${to}) FROM blocks WHERE NOT is_whole`,
  );
  return cut.map(([host, first, end]) => ({ host, from: first, to: end }));
}

/** Periods that were computed for this query only; then all of them are known. */
export async function addMade(
  connection: Connection,
  periods: readonly SummedPeriod[],
  span: Span,
  zone: ZoneSql,
): Promise<ChosenRows> {
  const made = periods.length > 0;
  if (made) await insertMade(connection, periods, zone);
  const day = await dayColumn(connection, bothOf('period_sums', made, span), zone);
  await temporary(
    connection,
    'chosen',
    `SELECT period, began_us, last_us, ${day} AS day FROM candidates AS c`,
  );
  return chosenRows(made, span);
}

async function insertMade(
  connection: Connection,
  periods: readonly SummedPeriod[],
  zone: ZoneSql,
): Promise<void> {
  const rows = periodRows(
    periods.map((period, i) => ({ ...period, period: String(1 + i), step: '0' })),
    0,
  );
  for (const table of PERIOD_TABLES) {
    await runCommand(
      connection,
      `CREATE OR REPLACE TEMPORARY TABLE ${MADE}${table} (${columnsOf(table)}) ENGINE = Memory`,
    );
    await insertRows(connection, MADE + table, rows[table]);
  }
  await runCommand(
    connection,
    `INSERT INTO candidates SELECT period, first_us, last_us, if(alone, ${oneDay(zone)}, NULL)
     FROM (SELECT *, count() OVER (PARTITION BY host, block_seconds) = 1 AS alone FROM ${MADE}periods) AS p`,
  );
}

/** The day that contains period `p`; null when it extends over midnight. */
function oneDay(zone: ZoneSql): string {
  const first = zone.day('p.first_seconds');
  return `if(${first} = ${zone.day('p.last_seconds')}, ${first}, NULL)`;
}

/** Far less than the distance between two blocks. */
const OVERRUN_US = 1_800_000_000;

/** Requests that extend beyond the day of their period, or long after it: then no part of it can be used as a whole. */
async function dayColumn(connection: Connection, sums: string, zone: ZoneSql): Promise<string> {
  const isFar = `model_last_us > ended_us + ${OVERRUN_US}`;
  await temporary(
    connection,
    'long',
    `SELECT period, ${isFar} AS is_far FROM (
       SELECT s.period AS period, assumeNotNull(s.model_last_us) AS model_last_us, c.last_us AS ended_us, c.day AS day
       FROM (${sums}) AS s INNER JOIN candidates AS c USING (period)
       WHERE s.model_last_us IS NOT NULL
     ) WHERE ${isFar} OR ${divideDays(zone)} != day`,
  );
  const [[far, all] = [0, 0]] = await valuesOf<[number, number]>(
    connection,
    'SELECT countIf(is_far), count() FROM long',
  );
  if (all === 0) return 'c.day';
  return far > 0 ? 'CAST(NULL AS Nullable(Int64))' : 'if(c.period IN (SELECT period FROM long), NULL, c.day)';
}

const divideDays = (zone: ZoneSql): string => zone.day(divide('model_last_us', 1_000_000));
