// The parts of a breakdown by hour, day, week, tool, host or role, added up in SQL out of the periods that are chosen.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { BreakdownBy } from '../../model/report.ts';
import type { PartSums } from '../../report/document/breakdown.ts';
import type { CountedRow } from '../period-source.ts';
import type { ZoneSql } from '../zone-sql.ts';
import { chosenRows } from './choose.ts';

type Part = Omit<PartSums, 'notVisibleShare'>;

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
  return sums.map(([key, ...numbers]) =>
    partOf(String(key), numbers, minutesOf.get(String(key)) ?? 0, isRole),
  );
}

function partOf(key: string, values: readonly DuckDBValue[], activeMinutes: number, isRole: boolean): Part {
  const numbers = values.map((value) => (value === null ? null : Number(value)));
  const [hosts, tools, flows, bytesUp, bytesDown, payloadUp, ...estimates] = numbers;
  const [min = null, max = null, modelPayloadUp = null, telemetryPayloadUp = null] = isRole ? [] : estimates;
  return {
    key,
    hosts: hosts ?? 0,
    tools: tools ?? 0,
    flows: flows ?? 0,
    bytesUp: bytesUp ?? 0,
    bytesDown: bytesDown ?? 0,
    payloadUp: payloadUp ?? 0,
    activeMinutes,
    requests: min === null || max === null ? null : { min, max },
    modelPayloadUp,
    telemetryPayloadUp,
  };
}

/** Times as local seconds at which they begin. */
export function keyOf(by: BreakdownBy, zone: ZoneSql, time = 'start_seconds'): string {
  switch (by) {
    case 'hour':
      return `${zone.hour(time)} * 3600`;
    case 'day':
      return `${zone.day(time)} * 86400`;
    case 'week':
      return `(${zone.week(time)} * 7 - 3) * 86400`;
    default:
      return by;
  }
}

/** The same of a day's number, where a period lies in one day. Null for keys that a day does not tell. */
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
  const known = new Map<string, number>();
  for (const { host, areRequestsKnown } of rows)
    known.set(host, (known.get(host) ?? 0) + (areRequestsKnown ? 1 : 0));
  const [hosts, tools] = [new Map<string, number>(), new Map<string, number>()];
  const appender = await connection.createAppender('counted', 'main', 'temp');
  for (const row of rows) {
    appender.appendVarchar(row.host);
    appender.appendVarchar(row.tool);
    const isAlone = known.get(row.host) === 1;
    for (const is of [row.isProvider, row.areRequestsKnown, row.isTelemetryKnown, isAlone])
      appender.appendBoolean(is);
    for (const no of [numberOf(hosts, row.host), numberOf(tools, row.tool)]) appender.appendInteger(no);
    appender.endRow();
  }
  appender.closeSync();
}

/** Texts are dearer to group by than numbers. */
function numberOf(numbers: Map<string, number>, text: string): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}

/** As COUNTS: a tool's row in a breakdown is never only possible. */
const COUNTED = '(grade > 0 OR is_provider)';

const ESTIMATES = ['requests_min', 'requests_max', 'model_payload_up'];
const SUMMED = ['flows', 'bytes_up', 'bytes_down', 'payload_up', ...ESTIMATES, 'telemetry_payload_up'];

/** One row for each host and tool of a part: what is told apart in it is few then. */
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
      ${['flows', 'bytes_up', 'bytes_down', 'payload_up'].map((column) => `sum(${column}) AS ${column}`).join(', ')},
      ${ESTIMATES.map((column) => `sum(${column}) FILTER (are_requests_known) AS ${column}`).join(', ')},
      sum(telemetry_payload_up) FILTER (is_telemetry_known) AS telemetry_payload_up
    FROM (${quarters} ${whole}) JOIN counted USING (host, tool, is_provider) GROUP BY key, host_no, tool_no`;
}

const SUMS = `SELECT key, count(DISTINCT host_no), count(DISTINCT tool_no),
  ${SUMMED.map((column) => `sum(${column})::DOUBLE`).join(', ')} FROM parts GROUP BY key`;

/**
 * A minute of one host counts once, whichever of its tools were busy in it; where one row alone knows minutes, its periods
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
