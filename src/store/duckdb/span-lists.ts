// Lists of the selected periods, in SQL: days, names, fingerprints and evidence.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { SpanLists } from '../../attribution/sums/span-sums.ts';
import { listsOf } from '../columns/span-list-rows.ts';
import type { ZoneSql } from '../columns/zone-sql.ts';
import type { Listed, UseKey } from '../period-source.ts';
import { COUNTS, chosenRows } from './choose.ts';

/** Needs the temporary tables of readSums. */
export async function readLists(
  connection: DuckDBConnection,
  zone: ZoneSql,
  listed: Listed,
): Promise<(use: UseKey) => SpanLists> {
  const rows = async (sql: string): Promise<DuckDBValue[][]> =>
    (await connection.runAndReadAll(sql)).getRows();
  const lists = async (sql: string): Promise<DuckDBValue[][]> => (listed === 'all' ? await rows(sql) : []);
  return listsOf({
    days: await rows(daysSql(zone)),
    names: await lists(NAMES),
    fingerprints: await lists(FINGERPRINTS),
    evidence: await lists(EVIDENCE),
    // All formats show results that depend on them.
    signs: await rows(BUILDS),
  });
}

const KEY = 'host, tool, is_provider';
const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up', 'payload_down']
  .map((column) => `sum(${column})::DOUBLE`)
  .join(', ');
const strong = (table: 'period_names' | 'period_fingerprints'): string =>
  `${chosenRows(table)} JOIN best USING (${KEY}) WHERE ${COUNTS}`;

/** One text per row: as separate values, days of months cost more to fetch than to sum. */
function daysSql(zone: ZoneSql): string {
  return `
    WITH parts AS (
      SELECT no, day, flows, bytes_up, bytes_down, grade, active_minutes AS minutes, is_carried
      FROM ${chosenRows('period_sums', 'plain')} JOIN best USING (${KEY}) WHERE ${COUNTS}
      UNION ALL
      SELECT no, ${zone.day('start_seconds')}, flows, bytes_up, bytes_down, grade, 0, true
      FROM ${chosenRows('period_quarters', 'others')} JOIN best USING (${KEY}) WHERE ${COUNTS} AND is_carried
      UNION ALL
      SELECT no, ${zone.day('minutes_of')}, 0, 0, 0, grade, bit_count(minutes), true FROM busy
    ), days AS (
      SELECT no, day, sum(flows) AS flows, sum(bytes_up) AS up, sum(bytes_down) AS down,
        max(grade) FILTER (is_carried) AS grade, sum(minutes) AS minutes
      FROM parts GROUP BY no, day HAVING bool_or(is_carried)
    ), texts AS (
      SELECT no, string_agg(concat_ws(' ', day, flows, up, down, grade, minutes), ';') AS days FROM days GROUP BY no
    )
    SELECT ${KEY}, days FROM texts JOIN best USING (no)`;
}

const NAMES = `SELECT any_value(host), any_value(tool), any_value(is_provider), name, arg_max(role, began_us),
    arg_max(specificity, began_us), ${TRAFFIC}
  FROM ${strong('period_names')} GROUP BY no, name`;

const FINGERPRINTS = `SELECT any_value(host), any_value(tool), any_value(is_provider), ja4, ja3, alpn, arg_max(coalesce(runtime, ''), began_us), sum(flows)::DOUBLE
  FROM ${strong('period_fingerprints')} GROUP BY no, ja4, ja3, alpn`;

const BUILDS = `SELECT ${KEY}, signs FROM ${chosenRows('period_builds')}`;

const EVIDENCE = `SELECT any_value(host), any_value(tool), any_value(is_provider), speaks_for, kind, rule, detail, min(e.first_us)::DOUBLE, max(e.last_us)::DOUBLE, sum(flows)::DOUBLE,
    string_agg(DISTINCT community_ids, chr(10))
  FROM ${chosenRows('period_evidence')} e JOIN best USING (${KEY}) GROUP BY no, speaks_for, kind, rule, detail`;
