// The parts of a breakdown by hour, day, week, tool, host or role, added up in SQL out of the periods that are chosen.

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
import { type ChosenRows, temporary } from './choose.ts';
import { type Connection, insertRows, runCommand, valuesOf } from './connect.ts';
import { KEY } from './span-sums.ts';

/** Needs the temporary tables of chooseBlocks. */
export async function readParts(
  connection: Connection,
  chosen: ChosenRows,
  by: BreakdownBy,
  rows: readonly CountedRow[],
  zone: ZoneSql,
): Promise<Part[]> {
  await keepCounted(connection, rows);
  await temporary(connection, 'parts', partsSql(chosen, by, zone));
  const isRole = by === 'role';
  const minutes = isRole
    ? []
    : await valuesOf<[string | number, number]>(connection, minutesSql(chosen, by, zone));
  const minutesOf = new Map(minutes.map(([part, count]) => [String(part), count]));
  const sums = await valuesOf<[string | number, ...(number | null)[]]>(connection, SUMS);
  return sums.map(([key, ...numbers]) =>
    partOf(String(key), numbers, minutesOf.get(String(key)) ?? 0, isRole),
  );
}

/** The same for a day number, where a period lies within one day. Null for keys that a day does not determine. */
function keyOfDay(by: BreakdownBy): string | null {
  const day = 'assumeNotNull(day)';
  if (by === 'hour' || by === 'role') return null;
  if (by === 'day') return `${day} * 86400`;
  return by === 'week' ? `(intDiv(${day} + 3, 7) * 7 - 3) * 86400` : by;
}

async function keepCounted(connection: Connection, rows: readonly CountedRow[]): Promise<void> {
  await runCommand(
    connection,
    `CREATE OR REPLACE TEMPORARY TABLE counted (host LowCardinality(String), tool LowCardinality(String),
       is_provider UInt8, are_requests_known UInt8, is_telemetry_known UInt8, is_alone UInt8, host_no UInt32,
       tool_no UInt32) ENGINE = Memory`,
  );
  await insertRows(
    connection,
    'counted',
    numberedRows(rows).map((row) => ({
      host: row.host,
      tool: row.tool,
      is_provider: row.isProvider ? 1 : 0,
      are_requests_known: row.areRequestsKnown ? 1 : 0,
      is_telemetry_known: row.isTelemetryKnown ? 1 : 0,
      is_alone: row.isAlone ? 1 : 0,
      host_no: row.hostNo,
      tool_no: row.toolNo,
    })),
  );
}

/** One row for each host and tool of a part: few remain. */
function partsSql(chosen: ChosenRows, by: BreakdownBy, zone: ZoneSql): string {
  const ofDay = keyOfDay(by);
  const columns = `${KEY}, ${SUMMED.join(', ')}`;
  const quarters = `SELECT ${keyOf(by, zone)} AS key, ${columns}
    FROM ${chosen('period_quarters', ofDay === null ? 'all' : 'others')} AS q
    WHERE ${COUNTED}${by === 'role' ? ' AND is_carried' : ''}`;
  const whole =
    ofDay === null
      ? ''
      : `UNION ALL SELECT ${ofDay} AS key, ${columns} FROM ${chosen('period_sums', 'plain')} AS s
        WHERE quarters > 0 AND ${COUNTED}`;
  return `SELECT key, host_no, tool_no,
      ${TRAFFIC.map((column) => `sum(${column}) AS part_${column}`).join(', ')},
      ${ESTIMATES.map((column) => `sumOrNullIf(${column}, are_requests_known = 1) AS part_${column}`).join(', ')},
      sumOrNullIf(telemetry_payload_up, is_telemetry_known = 1) AS part_telemetry_payload_up
    FROM (${quarters} ${whole}) AS rows INNER JOIN counted USING (${KEY}) GROUP BY key, host_no, tool_no`;
}

const SUMS = `SELECT key, uniqExact(host_no), uniqExact(tool_no),
  ${SUMMED.map((column) => `sum(part_${column})`).join(', ')} FROM parts GROUP BY key`;

/**
 * A minute of one host counts once for all its tools; where a single row has minutes, its periods
 * have counted them.
 */
function minutesSql(chosen: ChosenRows, by: BreakdownBy, zone: ZoneSql): string {
  const masks = (which: 'all' | 'plain' | 'others', condition: string): string => `
    SELECT ${keyOf(by, zone, 'minutes_of')} AS key, host_no, minutes_of, minutes
    FROM ${chosen('period_quarters', which)} AS q
    INNER JOIN (SELECT * FROM counted WHERE are_requests_known = 1 ${condition}) AS c USING (${KEY})
    WHERE minutes != 0 AND ${COUNTED}`;
  const sums = (rows: string): string =>
    `SELECT key, toInt64(bitCount(groupBitOr(minutes))) AS busy FROM (${rows}) AS rows GROUP BY key, host_no, minutes_of`;
  const ofDay = keyOfDay(by);
  if (ofDay === null) return `SELECT key, sum(busy) FROM (${sums(masks('all', ''))}) AS minutes GROUP BY key`;
  return `SELECT key, sum(busy) FROM (
      ${sums(`${masks('others', '')} UNION ALL ${masks('plain', 'AND is_alone = 0')}`)}
      UNION ALL
      SELECT ${ofDay} AS key, active_minutes AS busy FROM ${chosen('period_sums', 'plain')} AS s
      INNER JOIN (SELECT * FROM counted WHERE are_requests_known = 1 AND is_alone = 1) AS c USING (${KEY})
      WHERE ${COUNTED}
    ) AS minutes GROUP BY key`;
}
