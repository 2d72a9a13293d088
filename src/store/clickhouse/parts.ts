// The parts of a breakdown by hour, day, week, tool, host or role, added up in SQL out of the periods that are chosen.

import type { BreakdownBy } from '../../model/report.ts';
import type { PartSums } from '../../report/document/breakdown.ts';
import type { CountedRow } from '../period-source.ts';
import type { ZoneSql } from '../zone-sql.ts';
import { type ChosenRows, temporary } from './choose.ts';
import { type Connection, insertRows, runCommand, valuesOf } from './connect.ts';
import { KEY } from './span-sums.ts';

type Part = Omit<PartSums, 'notVisibleShare'>;

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

function partOf(
  key: string,
  numbers: readonly (number | null)[],
  activeMinutes: number,
  isRole: boolean,
): Part {
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
  const known = new Map<string, number>();
  for (const { host, areRequestsKnown } of rows)
    known.set(host, (known.get(host) ?? 0) + (areRequestsKnown ? 1 : 0));
  const [hosts, tools] = [new Map<string, number>(), new Map<string, number>()];
  await insertRows(
    connection,
    'counted',
    rows.map(({ host, tool, isProvider, areRequestsKnown, isTelemetryKnown }) => ({
      host,
      tool,
      is_provider: isProvider ? 1 : 0,
      are_requests_known: areRequestsKnown ? 1 : 0,
      is_telemetry_known: isTelemetryKnown ? 1 : 0,
      is_alone: known.get(host) === 1 ? 1 : 0,
      host_no: numberOf(hosts, host),
      tool_no: numberOf(tools, tool),
    })),
  );
}

/** Texts are dearer to group by than numbers. */
function numberOf(numbers: Map<string, number>, text: string): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}

/** As COUNTS: a tool's row in a breakdown is never only possible. */
const COUNTED = '(grade > 0 OR is_provider)';

const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up'];
const ESTIMATES = ['requests_min', 'requests_max', 'model_payload_up'];
const SUMMED = [...TRAFFIC, ...ESTIMATES, 'telemetry_payload_up'];

/** One row for each host and tool of a part: what is told apart in it is few then. */
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
 * A minute of one host counts once, whichever of its tools were busy in it; where one row alone knows minutes, its periods
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
