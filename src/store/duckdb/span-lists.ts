// What is listed of the periods that are chosen, in SQL: days, names, fingerprints and evidence.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { EvidenceSums } from '../../attribution/sums/period-sums.ts';
import type { DaySums, SpanLists } from '../../attribution/sums/span-sums.ts';
import type { ToolFingerprint, ToolName } from '../../model/report.ts';
import type { BuildSign } from '../../model/tool.ts';
import type { Listed, UseKey } from '../period-source.ts';
import { COUNTS, chosenRows } from './choose.ts';
import { signsOf } from './signs-text.ts';
import { dayTexts, type ZoneSql } from './zone-sql.ts';

/** Needs the temporary tables of readSums. */
export async function readLists(
  connection: DuckDBConnection,
  zone: ZoneSql,
  listed: Listed,
): Promise<(use: UseKey) => SpanLists> {
  const rows = async (sql: string): Promise<DuckDBValue[][]> =>
    (await connection.runAndReadAll(sql)).getRows();
  const dayText = dayTexts();
  const days = group(await rows(daysSql(zone)), ([text]) => daysOf(String(text), dayText));
  const lists = async (sql: string): Promise<DuckDBValue[][]> => (listed === 'all' ? await rows(sql) : []);
  const names = group(await lists(NAMES), nameOf);
  const prints = group(await lists(FINGERPRINTS), fingerprintOf);
  const evidence = group(await lists(EVIDENCE), evidenceOf);
  // Every format shows what was placed by them.
  const signs = group(await rows(BUILDS), ([text]): BuildSign[] => signsOf(String(text)));
  return ({ host, tool, isProvider }) => {
    const key = keyOf(host, tool, isProvider);
    return {
      days: days.get(key)?.[0] ?? [],
      names: names.get(key) ?? [],
      fingerprints: prints.get(key) ?? [],
      evidence: evidence.get(key) ?? [],
      signs: signs.get(key)?.flat() ?? [],
    };
  };
}

const keyOf = (host: unknown, tool: unknown, isProvider: unknown): string =>
  `${isProvider === true ? 1 : 0} ${String(tool)} ${String(host)}`;

/** Rows begin with the key of a use. */
function group<T>(
  rows: readonly DuckDBValue[][],
  read: (rest: readonly DuckDBValue[]) => T,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [host, tool, isProvider, ...rest] of rows) {
    const key = keyOf(host, tool, isProvider);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [read(rest)]);
    else list.push(read(rest));
  }
  return groups;
}

const KEY = 'host, tool, is_provider';
const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up', 'payload_down']
  .map((column) => `sum(${column})::DOUBLE`)
  .join(', ');
const strong = (table: 'period_names' | 'period_fingerprints'): string =>
  `${chosenRows(table)} JOIN best USING (${KEY}) WHERE ${COUNTS}`;

/** One text for each row: as values of their own, days of months are dearer to fetch than to add up. */
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

function daysOf(text: string, dayText: (day: number) => string): DaySums[] {
  return text.split(';').map((words) => {
    const [day = 0, flows = 0, bytesUp = 0, bytesDown = 0, grade = 0, activeMinutes = 0] = words
      .split(' ')
      .map(Number);
    return { date: dayText(day), flows, bytesUp, bytesDown, grade, activeMinutes };
  });
}

const NAMES = `SELECT any_value(host), any_value(tool), any_value(is_provider), name, arg_max(role, began_us),
    arg_max(specificity, began_us), ${TRAFFIC}
  FROM ${strong('period_names')} GROUP BY no, name`;

function nameOf([name, role, specificity, ...numbers]: readonly DuckDBValue[]): ToolName {
  const [flows = 0, bytesUp = 0, bytesDown = 0, payloadUp = 0, payloadDown = 0] = numbers.map(Number);
  return {
    name: String(name),
    role: String(role),
    specificity: specificity === 'tool' || specificity === 'vendor' ? specificity : 'shared',
    flows,
    bytesUp,
    bytesDown,
    payloadUp,
    payloadDown,
  };
}

const FINGERPRINTS = `SELECT any_value(host), any_value(tool), any_value(is_provider), ja4, ja3, alpn, arg_max(coalesce(runtime, ''), began_us), sum(flows)::DOUBLE
  FROM ${strong('period_fingerprints')} GROUP BY no, ja4, ja3, alpn`;

function fingerprintOf([ja4, ja3, alpn, runtime, flows]: readonly DuckDBValue[]): ToolFingerprint {
  return {
    ja4: String(ja4),
    ja3: String(ja3),
    alpn: JSON.parse(String(alpn)) as string[],
    runtime: runtime === '' ? null : String(runtime),
    flows: Number(flows),
  };
}

const BUILDS = `SELECT ${KEY}, signs FROM ${chosenRows('period_builds')}`;

const EVIDENCE = `SELECT any_value(host), any_value(tool), any_value(is_provider), speaks_for, kind, rule, detail, min(e.first_us)::DOUBLE, max(e.last_us)::DOUBLE, sum(flows)::DOUBLE,
    string_agg(DISTINCT community_ids, chr(10))
  FROM ${chosenRows('period_evidence')} e JOIN best USING (${KEY}) GROUP BY no, speaks_for, kind, rule, detail`;

function evidenceOf(row: readonly DuckDBValue[]): EvidenceSums {
  const [speaksFor, kind, rule, detail, firstUs, lastUs, flows, ids] = row;
  return {
    speaksFor: speaksFor === true,
    kind: kind as EvidenceSums['kind'],
    rule: String(rule),
    detail: String(detail),
    firstUs: Number(firstUs),
    lastUs: Number(lastUs),
    flows: Number(flows),
    communityIds: String(ids)
      .split('\n')
      .flatMap((list) => JSON.parse(list) as string[]),
  };
}
