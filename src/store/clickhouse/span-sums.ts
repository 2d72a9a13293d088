// Sums of the selected periods, in SQL: one row for each host, tool, and whether it is a provider.

import { SUM_COLUMNS, spanSumsOf } from '../columns/span-sums-row.ts';
import type { UseSums } from '../period-source.ts';
import { type ChosenRows, COUNTS, temporary } from './choose.ts';
import { type Connection, valuesOf } from './connect.ts';

export const KEY = 'host, tool, is_provider';

/** Leaves the grades of the rows in the temporary table `best`, and minutes that take more care in `busy`. */
export async function readSums(connection: Connection, chosen: ChosenRows): Promise<UseSums[]> {
  await temporary(
    connection,
    'best',
    `SELECT rowNumberInAllBlocks() AS no, * FROM (
       SELECT ${KEY}, max(grade) AS best, min(first_us) AS seen_first, max(last_us) AS seen_last,
         arrayStringConcat(groupUniqArray(toString(sensors)), '\\n') AS seen_by
       FROM ${chosen('period_sums')} GROUP BY ${KEY})`,
  );
  await temporary(
    connection,
    'busy',
    `SELECT no, minutes_of, groupBitOr(minutes) AS bits, max(grade) AS strongest
     FROM ${chosen('period_quarters', 'others')} AS q INNER JOIN best USING (${KEY})
     WHERE ${COUNTS} AND minutes != 0 GROUP BY no, minutes_of`,
  );
  const rows = await valuesOf<unknown[]>(connection, sumsSql(chosen));
  return rows.map(([host, tool, isProvider, ...values]) => ({
    host: String(host),
    tool: String(tool),
    isProvider: isProvider === 1,
    sums: spanSumsOf(new Map(values.map((value, i) => [COLUMNS[i] ?? '', value]))),
  }));
}

/** Columns after the key. */
const COLUMNS = [
  ...['best', 'first_us', 'last_us', 'active_minutes', 'is_cut', 'is_cut_by_packets', 'is_telemetry_by_name'],
  'sensors',
  ...SUM_COLUMNS,
];

const sumsSql = (chosen: ChosenRows): string => `
  SELECT ${KEY}, best, seen_first, seen_last, plain + others, cut, cut_by_packets, telemetry_by_name, seen_by,
    ${SUM_COLUMNS.map((column) => `sum_${column}`).join(', ')}
  FROM (
    SELECT no, ${SUM_COLUMNS.map((column) => `sum(${column}) AS sum_${column}`).join(', ')},
      sumIf(active_minutes, day IS NOT NULL) AS plain, max(is_cut) AS cut, max(is_cut_by_packets) AS cut_by_packets,
      min(is_telemetry_by_name) AS telemetry_by_name
    FROM ${chosen('period_sums')} AS s INNER JOIN best USING (${KEY}) WHERE ${COUNTS} GROUP BY no
  ) AS sums
  INNER JOIN best USING (no)
  LEFT JOIN (SELECT no, sum(bitCount(bits)) AS others FROM busy GROUP BY no) AS minutes USING (no)`;
