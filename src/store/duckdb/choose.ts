// Selects the period sums for a span: stored ones of blocks inside it, and temporary ones for the query.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { ZoneSql } from '../columns/zone-sql.ts';
import type { Choice } from '../period-source.ts';
import { type HostSpan, REACH_US } from '../span.ts';
import { appendPeriods, LIVE } from './period-rows.ts';
import { appendTo } from './rows.ts';
import { PERIOD_TABLES } from './schema.ts';

/**
 * Sums of a tool exclude weaker periods, whose traffic is in a provider row. Without a stronger one they include
 * all, as those of providers do. `best` is the strongest of the row.
 */
export const COUNTS = '(grade > 0 OR best = 0 OR is_provider)';

/**
 * Rows of a table for the selected span. `began_us` is the start of the period; `day` is the one day of
 * the zone that contains all its requests, separate from every other period of its block: its sums are those of the day.
 * Null for the few that need a finer split.
 */
export function chosenRows(
  table: (typeof PERIOD_TABLES)[number],
  which: 'all' | 'plain' | 'others' = 'all',
): string {
  const where = { all: '', plain: ' WHERE day IS NOT NULL', others: ' WHERE day IS NULL' }[which];
  const chosen = `(FROM chosen${where})`;
  return `(SELECT t.*, c.began_us, c.day FROM (FROM ${table} UNION ALL FROM ${LIVE}${table}) t JOIN ${chosen} c USING (period))`;
}

/** Makes the temporary tables that `chosenRows` reads, with nothing in them. */
export async function chooseNone(connection: DuckDBConnection): Promise<void> {
  for (const table of PERIOD_TABLES)
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${LIVE}${table} AS FROM ${table} LIMIT 0`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE chosen (${CHOSEN})`);
}

/** Returns the cut blocks: the start of a period depends on the previous one, so a block is used whole or recomputed. */
export async function chooseBlocks(
  connection: DuckDBConnection,
  { span: { from, to }, quarters, foreignSensors }: Choice,
  zone: ZoneSql,
): Promise<HostSpan[]> {
  await chooseNone(connection);
  await connection.run('CREATE OR REPLACE TEMP TABLE foreign_sensors (host VARCHAR, sensor VARCHAR)');
  await appendTo(
    connection,
    'foreign_sensors',
    (table) => {
      for (const { host, sensor } of foreignSensors) {
        table.appendVarchar(host);
        table.appendVarchar(JSON.stringify(sensor));
        table.endRow();
      }
    },
    'temp',
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE blocks AS
     SELECT *, first_seconds >= ${quarters.from} AND last_seconds < ${quarters.to} AND NOT is_strange AND NOT EXISTS (
       SELECT 1 FROM pending u
       WHERE b.last_us >= u.from_seconds * 1000000 - ${REACH_US} AND b.first_us <= u.to_seconds * 1000000 + ${REACH_US}
     ) AS is_whole
     FROM (
       SELECT host, block_seconds, min(first_seconds) AS first_seconds, max(last_seconds) AS last_seconds,
         min(first_us) AS first_us, max(last_us) AS last_us, count(*) AS periods, bool_or(is_strange) AS is_strange
       FROM (
         SELECT *, EXISTS (
           SELECT 1 FROM foreign_sensors s WHERE s.host = p.host AND contains(p.sensors, s.sensor)
         ) AS is_strange FROM periods p
       ) GROUP BY host, block_seconds
     ) b WHERE last_seconds >= ${from} AND first_seconds < ${to}`,
  );
  await connection.run(
    `INSERT INTO chosen
     SELECT p.period, p.first_us, p.last_us, CASE WHEN b.periods = 1 THEN ${oneDay(zone)} END
     FROM periods p JOIN blocks b USING (host, block_seconds) WHERE b.is_whole`,
  );
  const cut = await connection.runAndReadAll(
    `SELECT host, greatest(first_seconds, ${from}), least(last_seconds + 1, ${to}) FROM blocks WHERE NOT is_whole`,
  );
  return cut
    .getRows()
    .map(([host, first, end]) => ({ host: String(host), from: Number(first), to: Number(end) }));
}

/** Periods that were computed for this query only. */
export async function addLive(
  connection: DuckDBConnection,
  periods: readonly SummedPeriod[],
  zone: ZoneSql,
): Promise<void> {
  await appendPeriods(
    connection,
    periods.map((period, i) => ({ ...period, period: -1 - i })),
    'temp',
  );
  await connection.run(
    `INSERT INTO chosen SELECT period, first_us, last_us, CASE WHEN alone THEN ${oneDay(zone)} END
     FROM (SELECT *, count(*) OVER (PARTITION BY host, block_seconds) = 1 AS alone FROM ${LIVE}periods) p`,
  );
  await leaveOutLong(connection, zone);
}

const CHOSEN = 'period BIGINT, began_us BIGINT, last_us BIGINT, day BIGINT';

/** The day that contains period `p`; null when it extends over midnight. */
function oneDay(zone: ZoneSql): string {
  const first = zone.day('p.first_seconds');
  return `CASE WHEN ${first} = ${zone.day('p.last_seconds')} THEN ${first} END`;
}

/** Far less than the distance between two blocks. */
const OVERRUN_US = 1_800_000_000;

/** Requests that extend beyond the day of their period, or long after it: then no part of it can be used as a whole. */
async function leaveOutLong(connection: DuckDBConnection, zone: ZoneSql): Promise<void> {
  const long = await connection.runAndReadAll(
    `SELECT period, model_last_us > ended_us + ${OVERRUN_US} FROM (
       SELECT s.period, s.model_last_us, c.last_us AS ended_us, c.day
       FROM (SELECT period, model_last_us FROM period_sums UNION ALL SELECT period, model_last_us FROM ${LIVE}period_sums) s
       JOIN chosen c USING (period)
     ) WHERE model_last_us > ended_us + ${OVERRUN_US} OR ${zone.day('(model_last_us // 1000000)')} <> day`,
  );
  const rows = long.getRows();
  if (rows.length === 0) return;
  const reachesFar = rows.some(([, isFar]) => isFar === true);
  const which = reachesFar ? '' : ` WHERE period IN (${rows.map(([period]) => String(period)).join(', ')})`;
  await connection.run(`UPDATE chosen SET day = NULL${which}`);
}
