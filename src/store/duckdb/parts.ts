// The parts of a breakdown by hour, day, week, tool, host or role, added up in SQL out of the periods that are chosen.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { BreakdownBy } from '../../model/words.ts';
import {
  COUNTED,
  ESTIMATES,
  keyOf,
  numberedRows,
  type Part,
  partOf,
  SUMMED,
  TRAFFIC,
} from '../columns/part-rows.ts';
import type { ZoneSql } from '../columns/zone-sql.ts';
import type { CountedRow } from '../period-source.ts';
import { chosenRows } from './choose.ts';

/** Needs the temporary tables of chooseBlocks. */
export async function readParts(
  connection: DuckDBConnection,
  by: BreakdownBy,
  rows: readonly CountedRow[],
  zone: ZoneSql,
): Promise<Part[]> {
  await keepCounted(connection, rows);
  await connection.run(partsSql(by, zone));
  const isRole = by === 'role';
  const minutes = isRole ? [] : (await connection.runAndReadAll(minutesSql(by, zone))).getRows();
  const minutesOf = new Map(minutes.map(([part, count]) => [String(part), Number(count)]));
  const sums = (await connection.runAndReadAll(SUMS)).getRows();
  return sums.map(([key, ...values]) => {
    const numbers = values.map((value) => (value === null ? null : Number(value)));
    return partOf(String(key), numbers, minutesOf.get(String(key)) ?? 0, isRole);
  });
}

/** The same for a day number, where a period lies within one day. Null for keys that a day does not determine. */
function keyOfDay(by: BreakdownBy): string | null {
  if (by === 'hour' || by === 'role') return null;
  if (by === 'day') return 'day * 86400';
  return by === 'week' ? '((day + 3) // 7 * 7 - 3) * 86400' : by;
}

async function keepCounted(connection: DuckDBConnection, rows: readonly CountedRow[]): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE counted (host VARCHAR, tool VARCHAR, is_provider BOOLEAN,
       are_requests_known BOOLEAN, is_telemetry_known BOOLEAN, is_alone BOOLEAN, host_no INTEGER, tool_no INTEGER)`,
  );
  const appender = await connection.createAppender('counted', 'main', 'temp');
  for (const row of numberedRows(rows)) {
    appender.appendVarchar(row.host);
    appender.appendVarchar(row.tool);
    for (const is of [row.isProvider, row.areRequestsKnown, row.isTelemetryKnown, row.isAlone])
      appender.appendBoolean(is);
    for (const no of [row.hostNo, row.toolNo]) appender.appendInteger(no);
    appender.endRow();
  }
  appender.closeSync();
}

/** One row for each host and tool of a part: few remain. */
function partsSql(by: BreakdownBy, zone: ZoneSql): string {
  const ofDay = keyOfDay(by);
  const columns = `host, tool, is_provider, ${SUMMED.join(', ')}`;
  const quarters = `SELECT ${keyOf(by, zone)} AS key, ${columns}
    FROM ${chosenRows('period_quarters', ofDay === null ? 'all' : 'others')}
    WHERE ${COUNTED}${by === 'role' ? ' AND is_carried' : ''}`;
  const whole =
    ofDay === null
      ? ''
      : `UNION ALL SELECT ${ofDay}, ${columns} FROM ${chosenRows('period_sums', 'plain')}
        WHERE quarters > 0 AND ${COUNTED}`;
  return `CREATE OR REPLACE TEMP TABLE parts AS
    SELECT key, host_no, tool_no,
      ${TRAFFIC.map((column) => `sum(${column}) AS ${column}`).join(', ')},
      ${ESTIMATES.map((column) => `sum(${column}) FILTER (are_requests_known) AS ${column}`).join(', ')},
      sum(telemetry_payload_up) FILTER (is_telemetry_known) AS telemetry_payload_up
    FROM (${quarters} ${whole}) JOIN counted USING (host, tool, is_provider) GROUP BY key, host_no, tool_no`;
}

const SUMS = `SELECT key, count(DISTINCT host_no), count(DISTINCT tool_no),
  ${SUMMED.map((column) => `sum(${column})::DOUBLE`).join(', ')} FROM parts GROUP BY key`;

/**
 * A minute of one host counts once for all its tools; where a single row has minutes, its periods
 * have counted them.
 */
function minutesSql(by: BreakdownBy, zone: ZoneSql): string {
  const masks = (which: 'all' | 'plain' | 'others', condition: string): string => `
    SELECT ${keyOf(by, zone, 'minutes_of')} AS key, host_no, minutes_of, minutes
    FROM ${chosenRows('period_quarters', which)}
    JOIN (FROM counted WHERE are_requests_known ${condition}) USING (host, tool, is_provider)
    WHERE minutes <> 0 AND ${COUNTED}`;
  const sums = (rows: string): string =>
    `SELECT key, bit_count(bit_or(minutes)) AS minutes FROM (${rows}) GROUP BY key, host_no, minutes_of`;
  const ofDay = keyOfDay(by);
  if (ofDay === null) return `SELECT key, sum(minutes) FROM (${sums(masks('all', ''))}) GROUP BY key`;
  return `SELECT key, sum(minutes) FROM (
      ${sums(`${masks('others', '')} UNION ALL ${masks('plain', 'AND NOT is_alone')}`)}
      UNION ALL
      SELECT ${ofDay}, active_minutes FROM ${chosenRows('period_sums', 'plain')}
      JOIN (FROM counted WHERE are_requests_known AND is_alone) USING (host, tool, is_provider)
      WHERE ${COUNTED}
    ) GROUP BY key`;
}
