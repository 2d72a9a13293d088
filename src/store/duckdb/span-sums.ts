// Sums of the selected periods, in SQL: one row for each host, tool, and whether it is a provider.

import type { DuckDBConnection } from '@duckdb/node-api';
import { SUM_COLUMNS, spanSumsOf } from '../columns/span-sums-row.ts';
import type { UseSums } from '../period-source.ts';
import { COUNTS, chosenRows } from './choose.ts';

/** Leaves the grades of the rows in the temporary table `best`, and minutes that take more care in `busy`. */
export async function readSums(connection: DuckDBConnection): Promise<UseSums[]> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE best AS
     SELECT row_number() OVER () AS no, host, tool, is_provider, max(grade) AS best, min(first_us) AS first_us,
       max(last_us) AS last_us, string_agg(DISTINCT sensors, chr(10)) AS sensors
     FROM ${chosenRows('period_sums')} GROUP BY host, tool, is_provider`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE busy AS
     SELECT no, minutes_of, bit_or(minutes) AS minutes, max(grade) AS grade
     FROM ${chosenRows('period_quarters', 'others')} JOIN best USING (host, tool, is_provider)
     WHERE ${COUNTS} AND minutes <> 0 GROUP BY ALL`,
  );
  const reader = await connection.runAndReadAll(SUMS);
  const names = reader.columnNames();
  return reader.getRows().map((values) => {
    const row = new Map(values.map((value, i) => [names[i] ?? '', value]));
    return {
      host: String(row.get('host')),
      tool: String(row.get('tool')),
      isProvider: row.get('is_provider') === true,
      sums: spanSumsOf(row),
    };
  });
}

const sum = (column: string): string => `coalesce(sum(${column}), 0)::DOUBLE AS ${column}`;

const KEY = 'host, tool, is_provider';

const SUMS = `
  WITH sums AS (
    SELECT no, ${SUM_COLUMNS.map(sum).join(', ')}, coalesce(sum(active_minutes) FILTER (day IS NOT NULL), 0) AS plain,
      bool_or(is_cut) AS is_cut, bool_or(is_cut_by_packets) AS is_cut_by_packets,
      bool_and(is_telemetry_by_name) AS is_telemetry_by_name
    FROM ${chosenRows('period_sums')} JOIN best USING (${KEY}) WHERE ${COUNTS} GROUP BY no
  ), minutes AS (
    SELECT no, sum(bit_count(minutes)) AS others FROM busy GROUP BY no
  )
  SELECT sums.* EXCLUDE (plain), (plain + coalesce(others, 0))::DOUBLE AS active_minutes,
    ${KEY}, best, first_us::DOUBLE AS first_us, last_us::DOUBLE AS last_us, best.sensors
  FROM sums JOIN best USING (no) LEFT JOIN minutes USING (no)`;
