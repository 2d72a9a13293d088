// A breakdown by hour, day, week, tool, host or role, added up in SQL out of the judgements that a span has chosen.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Breakdown, BreakdownBy, BreakdownRow } from '../model/report.ts';
import { inOrder, isTime, telemetryShareOf, timeKey } from '../report/breakdown.ts';
import { readNotVisible } from './history-facts.ts';
import { chosenRows, type Span } from './history-span.ts';
import type { ZoneSql } from './zone-sql.ts';

/** A row of the report that is counted: those that are only possible are in no sum. */
export interface CountedRow {
  readonly host: string;
  readonly tool: string;
  readonly name: string;
  readonly isProvider: boolean;
  readonly areRequestsKnown: boolean;
  readonly isTelemetryKnown: boolean;
}

export interface BreakdownQuestion {
  readonly by: BreakdownBy;
  readonly rows: readonly CountedRow[];
  readonly span: Span;
  readonly zone: ZoneSql;
}

/** Needs the temporary tables of chooseStays. */
export async function readBreakdown(
  connection: DuckDBConnection,
  { by, rows, span, zone }: BreakdownQuestion,
): Promise<Breakdown> {
  await keepCounted(connection, rows);
  const key = keyOf(by, zone);
  await connection.run(quartersSql(key, by === 'role'));
  const minutes = by === 'role' ? [] : (await connection.runAndReadAll(MINUTES)).getRows();
  const activeMinutes = new Map(minutes.map(([part, count]) => [String(part), Number(count)]));
  const hasShares = isTime(by) || by === 'host';
  const shares = hasShares ? await readNotVisible(connection, span, key) : new Map<string, number>();
  const names = new Map(by === 'tool' ? rows.map(({ tool, name }) => [tool, name]) : []);
  const sums = (await connection.runAndReadAll(SUMS)).getRows();
  return inOrder(
    by,
    sums.map(([part, ...numbers]) => ({
      ...(isTime(by)
        ? timeKey(by, Number(part))
        : { key: String(part), label: names.get(String(part)) ?? String(part) }),
      ...sumsOf(numbers, by === 'role'),
      activeMinutes: activeMinutes.get(String(part)) ?? null,
      notVisibleShare: shares.get(String(part)) ?? null,
    })),
  );
}

/** Times as local seconds at which they begin. */
function keyOf(by: BreakdownBy, zone: ZoneSql): string {
  switch (by) {
    case 'hour':
      return `${zone.hour('start_seconds')} * 3600`;
    case 'day':
      return `${zone.day('start_seconds')} * 86400`;
    case 'week':
      return `(${zone.week('start_seconds')} * 7 - 3) * 86400`;
    default:
      return by;
  }
}

async function keepCounted(connection: DuckDBConnection, rows: readonly CountedRow[]): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE counted (host VARCHAR, tool VARCHAR, is_provider BOOLEAN,
       are_requests_known BOOLEAN, is_telemetry_known BOOLEAN)`,
  );
  const appender = await connection.createAppender('counted', 'main', 'temp');
  for (const row of rows) {
    appender.appendVarchar(row.host);
    appender.appendVarchar(row.tool);
    for (const is of [row.isProvider, row.areRequestsKnown, row.isTelemetryKnown]) appender.appendBoolean(is);
    appender.endRow();
  }
  appender.closeSync();
}

/** One row for each host and tool of a part: what is counted apart is few then. */
function quartersSql(key: string, isRole: boolean): string {
  return `CREATE OR REPLACE TEMP TABLE parts AS
    SELECT ${key} AS key, host, tool, minutes_of, sum(flows) AS flows, sum(bytes_up) AS bytes_up,
      sum(bytes_down) AS bytes_down, sum(payload_up) AS payload_up, bool_or(are_requests_known) AS requests_known,
      bool_or(is_telemetry_known) AS telemetry_known,
      sum(requests_min) FILTER (are_requests_known) AS requests_min,
      sum(requests_max) FILTER (are_requests_known) AS requests_max,
      sum(model_payload_up) FILTER (are_requests_known) AS model_payload_up,
      sum(telemetry_payload_up) FILTER (is_telemetry_known) AS telemetry_payload_up,
      bit_or(minutes) FILTER (are_requests_known) AS minutes
    FROM ${chosenRows('use_quarters')} JOIN counted USING (host, tool, is_provider)
    ${isRole ? 'WHERE is_carried' : ''} GROUP BY ALL`;
}

const SUMS = `SELECT key, count(DISTINCT host), count(DISTINCT tool), ${[
  ...['flows', 'bytes_up', 'bytes_down', 'payload_up', 'requests_min', 'requests_max'],
  ...['model_payload_up', 'telemetry_payload_up'],
]
  .map((column) => `sum(${column})::DOUBLE`)
  .join(', ')} FROM parts GROUP BY key`;

/** A minute of one host counts once, whichever of its tools were busy in it. */
const MINUTES = `SELECT key, sum(minutes) FROM (
    SELECT key, host, minutes_of, bit_count(bit_or(minutes)) AS minutes FROM parts
    WHERE requests_known GROUP BY key, host, minutes_of
  ) GROUP BY key`;

function sumsOf(
  values: readonly DuckDBValue[],
  isRole: boolean,
): Omit<BreakdownRow, 'key' | 'label' | 'activeMinutes' | 'notVisibleShare'> {
  const numbers = values.map((value) => (value === null ? null : Number(value)));
  const [hosts, tools, flows, bytesUp, bytesDown, payloadUp, ...estimates] = numbers;
  const [min = null, max = null, modelPayloadUp = null, telemetryPayloadUp = null] = isRole ? [] : estimates;
  return {
    hosts: hosts ?? 0,
    tools: tools ?? 0,
    flows: flows ?? 0,
    bytesUp: isRole ? null : (bytesUp ?? 0),
    bytesDown: isRole ? null : (bytesDown ?? 0),
    payloadUp: payloadUp ?? 0,
    requests: min === null || max === null ? null : { min, max },
    modelPayloadUp,
    telemetryPayloadUp,
    telemetryShare: telemetryShareOf(telemetryPayloadUp, modelPayloadUp),
  };
}
