// What is listed in the rows of a report: days, names, fingerprints and evidence, out of kept judgements.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { MAX_COMMUNITY_IDS } from '../catalogue/evidence-items.ts';
import { GRADES } from '../catalogue/piece.ts';

import { compareText } from '../model/address.ts';
import type { EvidenceItem, ToolDay, ToolFingerprint, ToolName, ToolUse } from '../model/report.ts';
import { smallestTexts } from '../usage/sums.ts';
import { COUNTS, chosenRows, useKey } from './history-span.ts';
import { dayTexts, type ZoneSql } from './zone-sql.ts';

export type Details = Pick<ToolUse, 'days' | 'names' | 'fingerprints' | 'evidence'>;

/** What is wanted of them: all, or days alone, for formats that show no more. */
export type Listed = 'all' | 'days';

/** Needs the temporary tables of readSums. */
export async function readDetails(
  connection: DuckDBConnection,
  zone: ZoneSql,
  listed: Listed,
): Promise<{ of(key: string, areMinutesKnown: boolean): Details }> {
  const rows = async (sql: string): Promise<DuckDBValue[][]> =>
    (await connection.runAndReadAll(sql)).getRows();
  const dayText = dayTexts();
  const days = group(await rows(daysSql(zone)), ([text]) => daysOf(String(text), dayText));
  const lists = async (sql: string): Promise<DuckDBValue[][]> => (listed === 'all' ? await rows(sql) : []);
  const names = group(await lists(NAMES), nameOf);
  const prints = group(await lists(FINGERPRINTS), fingerprintOf);
  const evidence = group(await lists(EVIDENCE), evidenceOf);
  return {
    of(key, areMinutesKnown) {
      const [all = []] = days.get(key) ?? [];
      return {
        days: areMinutesKnown ? all : all.map((day) => ({ ...day, activeMinutes: null })),
        names: sorted(names.get(key)),
        fingerprints: sorted(prints.get(key)),
        evidence: sorted(evidence.get(key)),
      };
    },
  };
}

/** Rows begin with the key of a use. */
function group<T>(
  rows: readonly DuckDBValue[][],
  read: (rest: readonly DuckDBValue[]) => T,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [host, tool, isProvider, ...rest] of rows) {
    const key = useKey(host, tool, isProvider);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [read(rest)]);
    else list.push(read(rest));
  }
  return groups;
}

interface Sortable<T> {
  readonly order: string;
  readonly item: T;
}

function sorted<T>(items: readonly Sortable<T>[] | undefined): T[] {
  return [...(items ?? [])].sort((a, b) => compareText(a.order, b.order)).map(({ item }) => item);
}

const KEY = 'host, tool, is_provider';
const TRAFFIC = ['flows', 'bytes_up', 'bytes_down', 'payload_up', 'payload_down']
  .map((column) => `sum(${column})::DOUBLE`)
  .join(', ');
const strong = (table: 'use_names' | 'use_fingerprints'): string =>
  `${chosenRows(table)} JOIN best USING (${KEY}) WHERE ${COUNTS}`;

/** One text for each row: as values of their own, days of months are dearer to fetch than to add up. */
function daysSql(zone: ZoneSql): string {
  return `
    WITH parts AS (
      SELECT no, day, flows, bytes_up, bytes_down, grade, active_minutes AS minutes, is_carried
      FROM ${chosenRows('uses', 'plain')} JOIN best USING (${KEY}) WHERE ${COUNTS}
      UNION ALL
      SELECT no, ${zone.day('start_seconds')}, flows, bytes_up, bytes_down, grade, 0, true
      FROM ${chosenRows('use_quarters', 'others')} JOIN best USING (${KEY}) WHERE ${COUNTS} AND is_carried
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

function daysOf(text: string, dayText: (day: number) => string): ToolDay[] {
  return text
    .split(';')
    .map((day) => day.split(' ').map(Number))
    .sort(([a = 0], [b = 0]) => a - b)
    .map(([day = 0, flows = 0, bytesUp = 0, bytesDown = 0, grade = 0, activeMinutes = 0]) => ({
      date: dayText(day),
      activeMinutes,
      flows,
      bytesUp,
      bytesDown,
      confidence: GRADES[grade] ?? 'possible',
    }));
}

const NAMES = `SELECT any_value(host), any_value(tool), any_value(is_provider), name, arg_max(role, stay_us),
    arg_max(specificity, stay_us), ${TRAFFIC}
  FROM ${strong('use_names')} GROUP BY no, name`;

function nameOf([name, role, specificity, ...numbers]: readonly DuckDBValue[]): Sortable<ToolName> {
  const [flows = 0, bytesUp = 0, bytesDown = 0, payloadUp = 0, payloadDown = 0] = numbers.map(Number);
  return {
    order: String(name),
    item: {
      name: String(name),
      role: String(role),
      specificity: specificity === 'tool' || specificity === 'vendor' ? specificity : 'shared',
      flows,
      bytesUp,
      bytesDown,
      payloadUp,
      payloadDown,
    },
  };
}

const FINGERPRINTS = `SELECT any_value(host), any_value(tool), any_value(is_provider), ja4, ja3, alpn, arg_max(coalesce(runtime, ''), stay_us), sum(flows)::DOUBLE
  FROM ${strong('use_fingerprints')} GROUP BY no, ja4, ja3, alpn`;

function fingerprintOf([ja4, ja3, alpn, runtime, flows]: readonly DuckDBValue[]): Sortable<ToolFingerprint> {
  const protocols = JSON.parse(String(alpn)) as string[];
  return {
    order: `${ja4} ${ja3} ${protocols.join(',')}`,
    item: {
      ja4: String(ja4),
      ja3: String(ja3),
      alpn: protocols,
      runtime: runtime === '' ? null : String(runtime),
      flows: Number(flows),
    },
  };
}

const EVIDENCE = `SELECT any_value(host), any_value(tool), any_value(is_provider), speaks_for, kind, rule, detail, min(first_seen), max(last_seen), sum(flows)::DOUBLE,
    string_agg(DISTINCT community_ids, chr(10))
  FROM ${chosenRows('use_evidence')} JOIN best USING (${KEY}) GROUP BY no, speaks_for, kind, rule, detail`;

function evidenceOf(row: readonly DuckDBValue[]): Sortable<EvidenceItem> {
  const [speaksFor, kind, rule, detail, first, last, flows, ids] = row;
  const communityIds = String(ids)
    .split('\n')
    .flatMap((list) => JSON.parse(list) as string[]);
  return {
    order: `${speaksFor === true ? 0 : 1} ${kind} ${rule} ${detail}`,
    item: {
      kind: kind as EvidenceItem['kind'],
      rule: String(rule),
      detail: String(detail),
      for: speaksFor === true,
      first: String(first),
      last: String(last),
      flows: Number(flows),
      communityIds: smallestTexts(communityIds, MAX_COMMUNITY_IDS),
    },
  };
}
