// Computes sums of the selected periods: one row per host and tool or provider.

import type { SpanSums } from '../../attribution/sums/span-sums.ts';
import { compareText } from '../../net/address.ts';
import { snakeCase } from '../../text/word-lists.ts';
import { mapFields } from '../../window/sums.ts';
import type { UseSums } from '../period-source.ts';
import type { SqlRow, SqlStore } from './dialect.ts';
import { COUNTED, COUNTS, type SelectedRows } from './select-periods.ts';
import { ESTIMATES, SHORTFALL, TRAFFIC } from './tables.ts';

export const KEY = 'host, tool, is_provider';

const SUMMED = [
  ...[...TRAFFIC, ...ESTIMATES].map(snakeCase),
  ...['telemetry_min', 'prompts_min', 'prompts_max', 'sessions'],
  ...SHORTFALL.map(([, column]) => column),
];

/** Columns of the result after the key, and before SUMMED. */
const OTHERS = [
  ...['best', 'first_us', 'last_us', 'active_minutes', 'is_cut', 'is_cut_by_packets', 'is_telemetry_by_name'],
  'sensors',
];

/**
 * Reads the sums. Stores those by whether their periods count in the temporary table `summed`, the grades of rows in `best`,
 * and minutes of several periods in `busy`.
 */
export async function readSums(store: SqlStore, chosen: SelectedRows): Promise<UseSums[]> {
  const { dialect } = store;
  // Read once for the grades and the sums: which of the sums a row has follows from its best grade.
  await store.keep(
    'summed',
    `SELECT ${KEY}, CASE WHEN ${COUNTED} THEN 1 ELSE 0 END AS is_counted, max(grade) AS top_grade,
       min(first_us) AS seen_first, max(last_us) AS seen_last, ${dialect.joinedDistinct('sensors', '\n')} AS seen_by,
       ${SUMMED.map((column) => `${dialect.number(`sum(${column})`)} AS sum_${column}`).join(', ')},
       ${dialect.aggregateIf('sum', 'active_minutes', 'day IS NOT NULL')} AS plain, max(is_cut) AS cut,
       max(is_cut_by_packets) AS cut_by_packets, min(is_telemetry_by_name) AS telemetry_by_name
     FROM ${chosen('period_sums')} AS t GROUP BY ${KEY}, is_counted`,
  );
  await store.keep(
    'best',
    `SELECT ${dialect.rowNumber} AS no, s.* FROM (
       SELECT ${KEY}, max(top_grade) AS best,
         coalesce(${dialect.aggregateIf('min', 'seen_first', 'is_counted = 1')}, min(seen_first)) AS first_of,
         coalesce(${dialect.aggregateIf('max', 'seen_last', 'is_counted = 1')}, max(seen_last)) AS last_of,
         ${dialect.joined('seen_by', '\n')} AS all_seen_by
       FROM summed GROUP BY ${KEY}) AS s`,
  );
  await store.keep(
    'busy',
    `SELECT no, minutes_of, ${dialect.bitOr('minutes')} AS bits, max(grade) AS strongest
     FROM ${chosen('period_quarters', 'others')} AS q INNER JOIN best USING (${KEY})
     WHERE ${COUNTS} AND minutes <> 0 GROUP BY no, minutes_of`,
  );
  const uses: UseSums[] = [];
  await store.each(
    `SELECT ${KEY}, best, ${dialect.number('first_of')}, ${dialect.number('last_of')},
       ${dialect.number('coalesce(plain, 0) + coalesce(others, 0)')}, cut, cut_by_packets, telemetry_by_name, all_seen_by,
       ${SUMMED.map((column) => `sum_${column}`).join(', ')}
     FROM (SELECT * FROM summed INNER JOIN best USING (${KEY}) WHERE is_counted = 1 OR best = 0) AS sums
     LEFT JOIN (SELECT no, sum(${dialect.bitCount('bits')}) AS others FROM busy GROUP BY no) AS minutes USING (no)`,
    (row) => uses.push(buildUseSums(row)),
  );
  return uses;
}

function buildUseSums([host, tool, isProvider, ...values]: SqlRow): UseSums {
  return {
    host: String(host),
    tool: String(tool),
    isProvider: Number(isProvider) === 1,
    sums: buildSpanSums(values),
  };
}

const PLACES: ReadonlyMap<string, number> = new Map([...OTHERS, ...SUMMED].map((name, i) => [name, i]));

/** Columns by field: converted once, because rows are many. */
const COLUMNS = mapFields([...TRAFFIC, ...ESTIMATES], snakeCase);

function buildSpanSums(values: SqlRow): SpanSums {
  const cellOf = (column: string): SqlRow[number] => values[PLACES.get(column) ?? -1] ?? null;
  const number = (column: string): number => Number(cellOf(column) ?? 0);
  const time = (column: string): number => Number(cellOf(column) ?? Number.NaN);
  const is = (column: string): boolean => number(column) === 1;
  const shortfall = {} as Record<(typeof SHORTFALL)[number][0], number>;
  for (const [field, column] of SHORTFALL) shortfall[field] = number(column);
  return {
    grade: number('best'),
    firstUs: time('first_us'),
    lastUs: time('last_us'),
    traffic: mapFields(TRAFFIC, (field) => number(COLUMNS[field])),
    estimates: mapFields(ESTIMATES, (field) => number(COLUMNS[field])),
    telemetryMin: number('telemetry_min'),
    isTelemetryByName: is('is_telemetry_by_name'),
    isCutByPackets: is('is_cut_by_packets'),
    shortfall: {
      ...shortfall,
      isCut: is('is_cut'),
    },
    prompts: { min: number('prompts_min'), max: number('prompts_max') },
    sessions: number('sessions'),
    activeMinutes: number('active_minutes'),
    sensors: listSensors(String(cellOf('sensors') ?? '')),
  };
}

/** Parses lines, each a JSON list of names. */
function listSensors(lines: string): string[] {
  const lists = lines.split('\n').filter((line) => line !== '');
  return [...new Set(lists.flatMap((list) => JSON.parse(list) as string[]))].sort(compareText);
}
