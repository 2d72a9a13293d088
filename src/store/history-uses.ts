// Rows of a report out of the judgements that a span has chosen: what attribution makes of windows, added up in SQL.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { byStrength } from '../catalogue/attribute.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { PROMPT_PAUSES_US, SESSION_PAUSE_US } from '../catalogue/figures.ts';
import { finishUse, type UseSums } from '../catalogue/finish-use.ts';
import type { HostAttribution, HostTool } from '../model/tool.ts';
import { type Details, type Listed, readDetails } from './history-details.ts';
import { COUNTS, chosenRows, useKey } from './history-span.ts';
import type { ZoneSql } from './zone-sql.ts';

export interface HistoryRow {
  readonly host: string;
  readonly isProvider: boolean;
  readonly sums: UseSums;
  /** Prompts and sessions reach over the end of a stay: only its exchanges tell how many there were. */
  readonly isTangled: boolean;
}

export type FirstSeen = (host: string, tool: string) => number | null;

/** Adds up the rows, and leaves their grades in the temporary table `best`. */
export async function readSums(
  connection: DuckDBConnection,
  catalogue: Catalogue,
  firstSeen: FirstSeen,
): Promise<HistoryRow[]> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE best AS
     SELECT row_number() OVER () AS no, host, tool, is_provider, max(grade) AS best, min(first_us) AS first_us, max(last_us) AS last_us
     FROM ${chosenRows('uses')} GROUP BY host, tool, is_provider`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE busy AS
     SELECT no, minutes_of, bit_or(minutes) AS minutes, max(grade) AS grade
     FROM ${chosenRows('use_quarters', 'others')} JOIN best USING (host, tool, is_provider)
     WHERE ${COUNTS} AND minutes <> 0 GROUP BY ALL`,
  );
  const reader = await connection.runAndReadAll(SUMS);
  const names = reader.columnNames();
  return reader.getRows().flatMap((values) => {
    const row = new Map(values.map((value, i) => [names[i] ?? '', value]));
    const tool = catalogue.tool(String(row.get('tool')));
    if (tool === undefined) return [];
    const host = String(row.get('host'));
    return [
      {
        host,
        isProvider: row.get('is_provider') === true,
        isTangled: row.get('is_tangled') === true,
        sums: { tool, firstSeenEverUs: firstSeen(host, tool.id), ...sumsOf(row) },
      },
    ];
  });
}

const { longest, shortest } = PROMPT_PAUSES_US;
const sum = (column: string): string => `coalesce(sum(${column}), 0)::DOUBLE AS ${column}`;
/** Runs that a stay ends are one with the next stay's where the pause between them is no longer. */
const runs = (column: string, pauseUs: number): [sum: string, joined: string] => [
  `(${column} - coalesce(${column}_joined, 0))::DOUBLE AS ${column}`,
  `count(*) FILTER (pause_us <= ${pauseUs}) AS ${column}_joined`,
];
const RUNS = [
  runs('prompts_min', longest),
  runs('prompts_max', shortest),
  runs('sessions', SESSION_PAUSE_US),
];

const SUM_COLUMNS = [
  ...['flows', 'bytes_up', 'bytes_down', 'payload_up', 'payload_down'],
  ...['requests_min', 'requests_max', 'model_payload_up', 'telemetry_payload_up', 'telemetry_min'],
  ...[
    'lost',
    'estimated_payload',
    'estimated_payload_up',
    'estimated_flows',
    'one_way',
    'established',
    'uncut',
  ],
];

const KEY = 'host, tool, is_provider';

/** Only stays of one block are near enough to each other for their runs to be joined. */
const SUMS = `
  WITH sums AS (
    SELECT no, ${SUM_COLUMNS.map(sum).join(', ')}, coalesce(sum(active_minutes) FILTER (day IS NOT NULL), 0) AS plain,
      bool_or(is_cut) AS is_cut, bool_or(is_cut_by_packets) AS is_cut_by_packets,
      bool_and(is_telemetry_by_name) AS is_telemetry_by_name,
      sum(prompts_min) AS prompts_min, sum(prompts_max) AS prompts_max, sum(sessions) AS sessions
    FROM ${chosenRows('uses')} JOIN best USING (${KEY}) WHERE ${COUNTS} GROUP BY no
  ), pauses AS (
    SELECT no, model_first_us - max(model_last_us) OVER (
        PARTITION BY no ORDER BY stay_us ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS pause_us
    FROM ${chosenRows('uses', 'others')} JOIN best USING (${KEY}) WHERE ${COUNTS}
  ), joined AS (
    SELECT no, ${RUNS.map(([, joined]) => joined).join(', ')}, bool_or(pause_us < 0) AS is_tangled
    FROM pauses GROUP BY no
  ), minutes AS (
    SELECT no, sum(bit_count(minutes)) AS others FROM busy GROUP BY no
  )
  SELECT sums.* EXCLUDE (prompts_min, prompts_max, sessions, plain), ${RUNS.map(([runs]) => runs).join(', ')},
    coalesce(is_tangled, false) AS is_tangled, (plain + coalesce(others, 0))::DOUBLE AS active_minutes,
    ${KEY}, best, first_us::DOUBLE AS first_us, last_us::DOUBLE AS last_us
  FROM sums JOIN best USING (no) LEFT JOIN joined USING (no) LEFT JOIN minutes USING (no)`;

function sumsOf(row: ReadonlyMap<string, DuckDBValue>): Omit<UseSums, 'tool' | 'firstSeenEverUs'> {
  const number = (column: string): number => Number(row.get(column) ?? 0);
  const time = (column: string): number => {
    const value = row.get(column);
    return value === null || value === undefined ? Number.NaN : Number(value);
  };
  return {
    grade: number('best'),
    firstUs: time('first_us'),
    lastUs: time('last_us'),
    flows: number('flows'),
    bytesUp: number('bytes_up'),
    bytesDown: number('bytes_down'),
    payloadUp: number('payload_up'),
    payloadDown: number('payload_down'),
    requestsMin: number('requests_min'),
    requestsMax: number('requests_max'),
    modelPayloadUp: number('model_payload_up'),
    telemetryPayloadUp: number('telemetry_payload_up'),
    telemetryMin: number('telemetry_min'),
    isTelemetryByName: row.get('is_telemetry_by_name') === true,
    isCutByPackets: row.get('is_cut_by_packets') === true,
    shortfall: {
      lost: number('lost'),
      payload: number('estimated_payload'),
      payloadUp: number('estimated_payload_up'),
      flows: number('estimated_flows'),
      oneWay: number('one_way'),
      established: number('established'),
      uncut: number('uncut'),
      isCut: row.get('is_cut') === true,
    },
    prompts: { min: number('prompts_min'), max: number('prompts_max') },
    sessions: number('sessions'),
    activeMinutes: number('active_minutes'),
  };
}

const NO_DETAILS: Details = { days: [], names: [], fingerprints: [], evidence: [] };

/**
 * As attribution gives them, with what is listed in them; without where no zone is given. Their quarter hours stay in
 * the store.
 */
export async function attributionsOf(
  connection: DuckDBConnection,
  rows: readonly HistoryRow[],
  zone: ZoneSql | null,
  listed: Listed = 'all',
): Promise<HostAttribution[]> {
  const details = zone === null ? null : await readDetails(connection, zone, listed);
  const hosts = new Map<string, { host: string; tools: HostTool[]; providers: HostTool[] }>();
  for (const { host, isProvider, sums } of rows) {
    const figures = finishUse(sums);
    const key = useKey(host, sums.tool.id, isProvider);
    const listed = details?.of(key, figures.activeMinutes !== null) ?? NO_DETAILS;
    const attribution = hosts.get(host) ?? { host, tools: [], providers: [] };
    hosts.set(host, attribution);
    const list = isProvider ? attribution.providers : attribution.tools;
    list.push({ use: { ...figures, ...listed }, quarters: [] });
  }
  for (const { tools, providers } of hosts.values())
    for (const list of [tools, providers]) list.sort(byStrength);
  return [...hosts.values()];
}
