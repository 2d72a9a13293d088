// Lists of the selected periods, in SQL: days, names, fingerprints and evidence.

import type { SpanLists } from '../../attribution/sums/span-sums.ts';
import { type ListRow, listsOf } from '../columns/span-list-rows.ts';
import type { ZoneSql } from '../columns/zone-sql.ts';
import type { Listed, UseKey } from '../period-source.ts';
import { type ChosenRows, COUNTS } from './choose.ts';
import { type Connection, valuesOf } from './connect.ts';
import { KEY } from './span-sums.ts';

/** Needs the temporary tables of readSums. */
export async function readLists(
  connection: Connection,
  chosen: ChosenRows,
  zone: ZoneSql,
  listed: Listed,
): Promise<(use: UseKey) => SpanLists> {
  const rows = (sql: string): Promise<ListRow[]> => valuesOf<ListRow>(connection, sql);
  const lists = async (sql: string): Promise<ListRow[]> => (listed === 'all' ? await rows(sql) : []);
  return listsOf({
    days: await rows(daysSql(chosen, zone)),
    names: await lists(namesSql(chosen)),
    fingerprints: await lists(fingerprintsSql(chosen)),
    evidence: await lists(evidenceSql(chosen)),
    // All formats show results that depend on them.
    signs: await rows(buildsSql(chosen)),
  });
}

const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up', 'payload_down']
  .map((column) => `sum(${column})`)
  .join(', ');
const strong = (chosen: ChosenRows, table: 'period_names' | 'period_fingerprints'): string =>
  `${chosen(table)} AS t INNER JOIN best USING (${KEY}) WHERE ${COUNTS}`;

/** One text per row: as separate values, days of months cost more to fetch than to sum. */
function daysSql(chosen: ChosenRows, zone: ZoneSql): string {
  return `
    WITH parts AS (
      SELECT no, toInt64(assumeNotNull(day)) AS on_day, flows, bytes_up, bytes_down, grade,
        toUInt64(active_minutes) AS minutes, is_carried
      FROM ${chosen('period_sums', 'plain')} AS s INNER JOIN best USING (${KEY}) WHERE ${COUNTS}
      UNION ALL
      SELECT no, toInt64(${zone.day('start_seconds')}), flows, bytes_up, bytes_down, grade, toUInt64(0), is_carried
      FROM ${chosen('period_quarters', 'others')} AS q INNER JOIN best USING (${KEY})
      WHERE ${COUNTS} AND is_carried
      UNION ALL
      SELECT no, toInt64(${zone.day('minutes_of')}), 0, 0, 0, strongest, toUInt64(bitCount(bits)), 1 FROM busy
    ), days AS (
      SELECT no, on_day, sum(flows) AS all_flows, sum(bytes_up) AS up, sum(bytes_down) AS down,
        maxIf(grade, is_carried = 1) AS best_grade, sum(minutes) AS all_minutes
      FROM parts GROUP BY no, on_day HAVING max(is_carried) = 1
    ), texts AS (
      SELECT no, arrayStringConcat(groupArray(
        concat(on_day, ' ', all_flows, ' ', up, ' ', down, ' ', best_grade, ' ', all_minutes)), ';') AS text
      FROM days GROUP BY no
    )
    SELECT ${KEY}, text FROM texts INNER JOIN best USING (no)`;
}

const namesSql = (
  chosen: ChosenRows,
): string => `SELECT any(host), any(tool), any(is_provider), name, argMax(role, began_us),
    argMax(specificity, began_us), ${TRAFFIC}
  FROM ${strong(chosen, 'period_names')} GROUP BY no, name`;

const fingerprintsSql = (
  chosen: ChosenRows,
): string => `SELECT any(host), any(tool), any(is_provider), ja4, ja3, alpn, argMax(runtime, began_us), sum(flows)
  FROM ${strong(chosen, 'period_fingerprints')} GROUP BY no, ja4, ja3, alpn`;

/** One text for each row: of every period there are some. */
const buildsSql = (chosen: ChosenRows): string =>
  `SELECT ${KEY}, arrayStringConcat(groupArray(signs), '\\n') FROM ${chosen('period_builds')} AS b GROUP BY ${KEY}`;

const evidenceSql = (
  chosen: ChosenRows,
): string => `SELECT any(host), any(tool), any(is_provider), speaks_for, kind, rule, detail, min(first_us),
    max(last_us), sum(flows), arrayStringConcat(groupUniqArray(community_ids), '\\n')
  FROM ${chosen('period_evidence')} AS e INNER JOIN best USING (${KEY})
  GROUP BY no, speaks_for, kind, rule, detail`;
