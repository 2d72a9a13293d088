// Lists of the selected periods: days, names, fingerprints, evidence and signs of builds.

import type { EvidenceSums } from '../../attribution/sums/period-sums.ts';
import type { DaySums, SpanLists } from '../../attribution/sums/span-sums.ts';
import type { ToolFingerprint, ToolName } from '../../model/report.ts';
import { RELAY_ID } from '../../model/words.ts';
import { mapFields } from '../../window/sums.ts';
import type { Listed, UseKey } from '../period-source.ts';
import { type ChosenRows, COUNTS } from './choose.ts';
import type { Dialect, SqlRow, SqlStore } from './dialect.ts';
import { KEY } from './span-sums.ts';
import { columnName, signsIn, TRAFFIC } from './tables.ts';
import { dayTexts, type ZoneSql } from './zone-sql.ts';

/** Needs the temporary tables of readSums. */
export async function readLists(
  store: SqlStore,
  chosen: ChosenRows,
  zone: ZoneSql,
  listed: Listed,
): Promise<(use: UseKey) => SpanLists> {
  const sql = listsSql(store.dialect, chosen, zone, listed);
  const lists = async (query: string): Promise<SqlRow[]> => (listed === 'all' ? await store.rows(query) : []);
  return listsOf({
    days: await store.rows(sql.days),
    names: await lists(sql.names),
    fingerprints: await lists(sql.fingerprints),
    // All formats show results that depend on these.
    evidence: await store.rows(sql.evidence),
    signs: await store.rows(sql.signs),
  });
}

/** Columns after the key of each row: */
interface OfLists<T> {
  /** One text: days by semicolons, of each its number, flows, bytes up and down, grade, and minutes. */
  readonly days: T;
  /** Name, role, specificity, traffic. */
  readonly names: T;
  /** JA4, JA3, ALPN (JSON), runtime or nothing, flows. */
  readonly fingerprints: T;
  /** Whether it is evidence for, kind, rule, detail, first, last, flows, and lines of community ids (JSON). */
  readonly evidence: T;
  /** One text of a period: see signsIn. */
  readonly signs: T;
}

function listsSql(dialect: Dialect, chosen: ChosenRows, zone: ZoneSql, listed: Listed): OfLists<string> {
  const { number, any } = dialect;
  const key = ['host', 'tool', 'is_provider'].map(any).join(', ');
  const traffic = TRAFFIC.map((field) => number(`sum(${columnName(field)})`)).join(', ');
  const strong = (table: string): string =>
    `${chosen(table)} AS t INNER JOIN best USING (${KEY}) WHERE ${COUNTS}`;
  const bestGrade = dialect.aggregateIf('max', 'grade', 'is_carried');
  const words = dialect.words(['on_day', 'all_flows', 'up', 'down', 'best_grade', 'all_minutes']);
  return {
    // One text per row: as separate values, days of months cost more to fetch than to sum.
    days: `
      WITH parts AS (
        SELECT no, day AS on_day, flows, bytes_up, bytes_down, grade, active_minutes AS minutes, is_carried
        FROM ${chosen('period_sums', 'plain')} AS s INNER JOIN best USING (${KEY}) WHERE ${COUNTS}
        UNION ALL
        SELECT no, ${zone.day('start_seconds')}, flows, bytes_up, bytes_down, grade, 0, is_carried
        FROM ${chosen('period_quarters', 'others')} AS q INNER JOIN best USING (${KEY})
        WHERE ${COUNTS} AND is_carried
        UNION ALL
        SELECT no, ${zone.day('minutes_of')}, 0, 0, 0, strongest, ${dialect.bitCount('bits')}, ${dialect.truth} FROM busy
      ), days AS (
        SELECT no, on_day, sum(flows) AS all_flows, sum(bytes_up) AS up, sum(bytes_down) AS down,
          ${bestGrade} AS best_grade, sum(minutes) AS all_minutes
        FROM parts GROUP BY no, on_day HAVING max(is_carried)
      ), texts AS (
        SELECT no, ${dialect.joined(words, ';')} AS days_text FROM days GROUP BY no
      )
      SELECT ${KEY}, days_text FROM texts INNER JOIN best USING (no)`,
    names: `SELECT ${key}, name, argMax(role, began_us), argMax(specificity, began_us), ${traffic}
      FROM ${strong('period_names')} GROUP BY no, name`,
    fingerprints: `SELECT ${key}, ja4, ja3, alpn, argMax(coalesce(runtime, ''), began_us), ${number('sum(flows)')}
      FROM ${strong('period_fingerprints')} GROUP BY no, ja4, ja3, alpn`,
    evidence: `SELECT ${key}, speaks_for, kind, rule, detail, ${number('min(first_us)')}, ${number('max(last_us)')},
        ${number('sum(flows)')}, ${dialect.joinedDistinct('community_ids', '\n')}
      FROM ${chosen('period_evidence')} AS e INNER JOIN best USING (${KEY})
      ${listed === 'all' ? '' : `WHERE tool = '${RELAY_ID}'`}
      GROUP BY no, speaks_for, kind, rule, detail`,
    signs: `SELECT ${KEY}, signs FROM ${chosen('period_builds')} AS b`,
  };
}

function listsOf(rows: OfLists<readonly SqlRow[]>): (use: UseKey) => SpanLists {
  const dayText = dayTexts();
  const days = group(rows.days, ([text]) => daysOf(String(text), dayText));
  const names = group(rows.names, nameOf);
  const prints = group(rows.fingerprints, fingerprintOf);
  const evidence = group(rows.evidence, evidenceOf);
  // Each is read when it is asked for, and removed: as values they take ten times the memory.
  const signs = group(rows.signs, ([text]) => String(text));
  return ({ host, tool, isProvider }) => {
    const key = keyOf(host, tool, isProvider);
    const texts = signs.get(key) ?? [];
    signs.delete(key);
    return {
      days: days.get(key)?.[0] ?? [],
      names: names.get(key) ?? [],
      fingerprints: prints.get(key) ?? [],
      evidence: evidence.get(key) ?? [],
      signs: texts.flatMap(signsIn),
    };
  };
}

/** Truths are true or 1. */
const keyOf = (host: unknown, tool: unknown, isProvider: unknown): string =>
  `${Number(isProvider)} ${String(tool)} ${String(host)}`;

function group<T>(rows: readonly SqlRow[], read: (rest: SqlRow) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [host, tool, isProvider, ...rest] of rows) {
    const key = keyOf(host, tool, isProvider);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [read(rest)]);
    else list.push(read(rest));
  }
  return groups;
}

function daysOf(text: string, dayText: (day: number) => string): DaySums[] {
  return text.split(';').map((words) => {
    const [day = 0, flows = 0, bytesUp = 0, bytesDown = 0, grade = 0, activeMinutes = 0] = words
      .split(' ')
      .map(Number);
    return { date: dayText(day), flows, bytesUp, bytesDown, grade, activeMinutes };
  });
}

function nameOf([name, role, specificity, ...sums]: SqlRow): ToolName {
  return {
    name: String(name),
    role: String(role),
    specificity: specificity === 'tool' || specificity === 'vendor' ? specificity : 'shared',
    ...mapFields(TRAFFIC, (field) => Number(sums[TRAFFIC.indexOf(field)] ?? 0)),
  };
}

function fingerprintOf([ja4, ja3, alpn, runtime, flows]: SqlRow): ToolFingerprint {
  return {
    ja4: String(ja4),
    ja3: String(ja3),
    alpn: JSON.parse(String(alpn)) as string[],
    runtime: runtime === '' ? null : String(runtime),
    flows: Number(flows),
  };
}

function evidenceOf([speaksFor, kind, rule, detail, firstUs, lastUs, flows, ids]: SqlRow): EvidenceSums {
  return {
    speaksFor: Number(speaksFor) === 1,
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
