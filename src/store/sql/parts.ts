// Parts of a breakdown by hour, day, week, tool, host or role: sums of the selected periods.

import type { BreakdownBy } from '../../model/words.ts';
import type { PartSums } from '../../report/document/breakdown.ts';
import type { CountedRow } from '../period-source.ts';
import type { ChosenRows } from './choose.ts';
import type { Dialect, SqlStore } from './dialect.ts';
import { KEY } from './span-sums.ts';
import { column, type Table } from './tables.ts';
import type { ZoneSql } from './zone-sql.ts';

type Part = Omit<PartSums, 'notVisibleShare'>;

/** As COUNTS: a tool's row in a breakdown is never only possible. */
const COUNTED = '(grade > 0 OR is_provider)';

const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up'];
const ESTIMATES = ['requests_min', 'requests_max', 'model_payload_up'];
/** Columns of a part, after its key and its numbers of hosts and tools. */
const SUMMED = [...TRAFFIC, ...ESTIMATES, 'telemetry_payload_up'];

/** Needs the temporary tables of addMade. */
export async function readParts(
  store: SqlStore,
  chosen: ChosenRows,
  by: BreakdownBy,
  rows: readonly CountedRow[],
  zone: ZoneSql,
): Promise<Part[]> {
  const { dialect } = store;
  await store.fill(COUNTED_ROWS, numberedRows(rows));
  await store.keep('parts', partsSql(dialect, chosen, by, zone));
  const isRole = by === 'role';
  const minutes = isRole ? [] : await store.rows(minutesSql(dialect, chosen, by, zone));
  const minutesOf = new Map(minutes.map(([part, count]) => [String(part), Number(count)]));
  const sums = await store.rows(
    `SELECT key, count(DISTINCT host_no), count(DISTINCT tool_no),
       ${SUMMED.map((column) => dialect.number(`sum(part_${column})`)).join(', ')} FROM parts GROUP BY key`,
  );
  return sums.map(([key, ...values]) => {
    const numbers = values.map((value) => (value === null ? null : Number(value)));
    return partOf(String(key), numbers, minutesOf.get(String(key)) ?? 0, isRole);
  });
}

/** One row for each host and tool of a part: few remain. */
function partsSql(dialect: Dialect, chosen: ChosenRows, by: BreakdownBy, zone: ZoneSql): string {
  const ofDay = keyOfDay(dialect, by);
  const columns = `${KEY}, ${SUMMED.join(', ')}`;
  const quarters = `SELECT ${keyOf(by, zone)} AS key, ${columns}
    FROM ${chosen('period_quarters', ofDay === null ? 'all' : 'others')} AS q
    WHERE ${COUNTED}${by === 'role' ? ' AND is_carried' : ''}`;
  const whole =
    ofDay === null
      ? ''
      : `UNION ALL SELECT ${ofDay} AS key, ${columns} FROM ${chosen('period_sums', 'plain')} AS s
        WHERE quarters > 0 AND ${COUNTED}`;
  const sumIf = (column: string, condition: string): string =>
    `${dialect.aggregateIf('sum', column, condition)} AS part_${column}`;
  return `SELECT key, host_no, tool_no,
      ${TRAFFIC.map((column) => `sum(${column}) AS part_${column}`).join(', ')},
      ${ESTIMATES.map((column) => sumIf(column, 'are_requests_known')).join(', ')},
      ${sumIf('telemetry_payload_up', 'is_telemetry_known')}
    FROM (${quarters} ${whole}) AS rows_of INNER JOIN counted USING (${KEY}) GROUP BY key, host_no, tool_no`;
}

/**
 * A minute of one host counts once for all its tools; where a single row has minutes, its periods
 * have counted them.
 */
function minutesSql(dialect: Dialect, chosen: ChosenRows, by: BreakdownBy, zone: ZoneSql): string {
  const masks = (which: 'all' | 'plain' | 'others', condition: string): string => `
    SELECT ${keyOf(by, zone, 'minutes_of')} AS key, host_no, minutes_of, minutes
    FROM ${chosen('period_quarters', which)} AS q
    INNER JOIN (SELECT * FROM counted WHERE are_requests_known ${condition}) AS c USING (${KEY})
    WHERE minutes <> 0 AND ${COUNTED}`;
  const sums = (rows: string): string =>
    `SELECT key, ${dialect.bitCount(dialect.bitOr('minutes'))} AS busy_minutes
     FROM (${rows}) AS masks GROUP BY key, host_no, minutes_of`;
  const ofDay = keyOfDay(dialect, by);
  const total = dialect.number('sum(busy_minutes)');
  if (ofDay === null)
    return `SELECT key, ${total} FROM (${sums(masks('all', ''))}) AS all_minutes GROUP BY key`;
  return `SELECT key, ${total} FROM (
      ${sums(`${masks('others', '')} UNION ALL ${masks('plain', 'AND NOT is_alone')}`)}
      UNION ALL
      SELECT ${ofDay} AS key, active_minutes AS busy_minutes FROM ${chosen('period_sums', 'plain')} AS s
      INNER JOIN (SELECT * FROM counted WHERE are_requests_known AND is_alone) AS c USING (${KEY})
      WHERE ${COUNTED}
    ) AS all_minutes GROUP BY key`;
}

/** The same for a day number, where a period lies within one day. Null for keys that a day does not determine. */
function keyOfDay(dialect: Dialect, by: BreakdownBy): string | null {
  if (by === 'hour' || by === 'role') return null;
  if (by === 'day') return 'day * 86400';
  return by === 'week' ? `(${dialect.divide('day + 3', 7)} * 7 - 3) * 86400` : by;
}

/** The numbers: hosts, tools, and SUMMED. */
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

interface NumberedRow extends CountedRow {
  /** Whether no other row of its host knows minutes. */
  readonly isAlone: boolean;
  readonly hostNo: number;
  readonly toolNo: number;
}

const COUNTED_ROWS: Table<NumberedRow, NumberedRow> = {
  name: 'counted',
  rowsOf: (row) => [row],
  columns: [
    column('host', 'word', ({ host }) => host),
    column('tool', 'word', ({ tool }) => tool),
    column('is_provider', 'truth', ({ isProvider }) => isProvider),
    column('are_requests_known', 'truth', ({ areRequestsKnown }) => areRequestsKnown),
    column('is_telemetry_known', 'truth', ({ isTelemetryKnown }) => isTelemetryKnown),
    column('is_alone', 'truth', ({ isAlone }) => isAlone),
    column('host_no', 'small', ({ hostNo }) => hostNo),
    column('tool_no', 'small', ({ toolNo }) => toolNo),
  ],
};

function numberedRows(rows: readonly CountedRow[]): NumberedRow[] {
  const known = new Map<string, number>();
  for (const { host, areRequestsKnown } of rows)
    known.set(host, (known.get(host) ?? 0) + (areRequestsKnown ? 1 : 0));
  const [hosts, tools] = [new Map<string, number>(), new Map<string, number>()];
  return rows.map((row) => ({
    ...row,
    isAlone: known.get(row.host) === 1,
    hostNo: numberOf(hosts, row.host),
    toolNo: numberOf(tools, row.tool),
  }));
}

/** Texts are dearer to group by than numbers. */
function numberOf(numbers: Map<string, number>, text: string): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}
