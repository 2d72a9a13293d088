// Reads lists of the selected periods: days, names, fingerprints, evidence and signs of builds.

import type { EvidenceSums } from '../../attribution/sums/period-sums.ts';
import type { DaySums, SpanLists } from '../../attribution/sums/span-sums.ts';
import { addTo } from '../../model/grouped-by.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { ToolFingerprint, ToolName } from '../../model/report.ts';
import { parseSentence } from '../../model/sentences.ts';
import { UNREAD_AMOUNT } from '../../model/unread.ts';
import { snakeCase } from '../../text/word-lists.ts';
import type { Zone } from '../../time/zone.ts';
import { joinServers, mapFields } from '../../window/sums.ts';
import type { UseKey } from '../period-source.ts';
import type { Dialect, SqlRow, SqlStore } from './dialect.ts';
import { COUNTED, COUNTS, type SelectedRows } from './select-periods.ts';
import { KEY } from './selected-sums.ts';
import { listSigns, type ParsedSigns, SignTexts } from './sign-texts.ts';
import { TRAFFIC } from './tables.ts';
import { dayTexts, type ZoneSql } from './zone-sql.ts';

/** Needs the temporary tables of readSums. Implements `lists` of PeriodSource. */
export async function readLists(
  store: SqlStore,
  chosen: SelectedRows,
  columns: ZoneSql,
  zone: Zone,
  isSummary: boolean,
): Promise<(use: UseKey) => SpanLists> {
  // Rows are grouped while they are read, because rows of all lists take hundreds of megabytes.
  const grouped = async <T>(query: string, read: (rest: SqlRow) => T): Promise<Groups<T>> => {
    const groups: Groups<T> = new Map();
    await store.each(query, (row) => addRow(groups, row, read));
    return groups;
  };
  const days: Groups<string> = new Map();
  for (const query of daysSql(store.dialect, chosen, columns, isSummary))
    await store.each(query, (row) => addRow(days, row, ([text]) => String(text)));
  if (isSummary) {
    await store.keep(
      'by_address',
      `SELECT * FROM best WHERE (${KEY}) IN (
         SELECT ${KEY} FROM ${chosen('period_names')} AS n WHERE substr(name, 1, 1) = '[')`,
    );
    const few = listsSql(store.dialect, chosen, 'by_address');
    const names = await grouped(few.names, buildName);
    const evidence = await grouped(few.evidence, buildEvidence);
    return makeLists({ days, names, evidence, fingerprints: new Map(), signs: new Map() }, readMarks());
  }
  const sql = listsSql(store.dialect, chosen, 'best');
  const texts = new SignTexts(zone);
  const signs = signsSql(store.dialect, chosen, columns);
  return makeLists(
    {
      days,
      names: await grouped(sql.names, buildName),
      fingerprints: await grouped(sql.fingerprints, buildFingerprint),
      evidence: await grouped(sql.evidence, buildEvidence),
      signs: await grouped(signs, ([text]) => texts.keep(String(text))),
    },
    readAmounts(),
  );
}

type Groups<T> = Map<string, T[]>;

/** Columns after the key of each row. */
interface ListQueries<T> {
  /** Name, role, specificity, lines of addresses and ports of servers (JSON), traffic. */
  readonly names: T;
  /** JA4, JA3, ALPN (JSON), runtime or nothing, flows. */
  readonly fingerprints: T;
  /** Columns: true if it is evidence for; kind, rule, sentence (JSON), first, last, flows, and lines of community ids (JSON). */
  readonly evidence: T;
}

/** `uses`: table of the uses that are listed, with their columns in `best`. */
function listsSql(dialect: Dialect, chosen: SelectedRows, uses: string): ListQueries<string> {
  const { number } = dialect;
  const traffic = TRAFFIC.map(snakeCase);
  const strong = (table: string): string =>
    `${chosen(table)} AS t INNER JOIN ${uses} AS b USING (${KEY}) WHERE ${COUNTS}`;
  // Keys are joined after summing, and texts are grouped before they are joined: distinct texts of an aggregate are
  // grouped a second time, over all rows.
  const listed = (columns: string, grouped: string): string =>
    `SELECT ${KEY}, ${columns} FROM (${grouped}) AS listed INNER JOIN ${uses} AS b USING (no)`;
  return {
    names: listed(
      `name, last_role, last_specificity, all_servers, ${traffic.map((column) => `all_${column}`).join(', ')}`,
      `SELECT no, name, argMax(role_of, latest) AS last_role, argMax(specificity_of, latest) AS last_specificity,
        ${dialect.joined('servers', '\n')} AS all_servers,
        ${traffic.map((column) => `${number(`sum(sum_${column})`)} AS all_${column}`).join(', ')}
      FROM (
        SELECT no, name, servers, argMax(role, began_us) AS role_of, argMax(specificity, began_us) AS specificity_of,
          max(began_us) AS latest, ${traffic.map((column) => `sum(${column}) AS sum_${column}`).join(', ')}
        FROM ${strong('period_names')} GROUP BY no, name, servers
      ) AS by_servers GROUP BY no, name`,
    ),
    fingerprints: listed(
      'ja4, ja3, alpn, last_runtime, all_flows',
      `SELECT no, ja4, ja3, alpn, argMax(coalesce(runtime, ''), began_us) AS last_runtime, ${number('sum(flows)')} AS all_flows
      FROM ${strong('period_fingerprints')} GROUP BY no, ja4, ja3, alpn`,
    ),
    evidence: listed(
      'speaks_for, kind, rule, detail, seen_from, seen_until, all_flows, ids',
      `SELECT no, speaks_for, kind, rule, detail, ${number('min(first_of)')} AS seen_from,
        ${number('max(last_of)')} AS seen_until, ${number('sum(sum_flows)')} AS all_flows,
        ${dialect.joined('community_ids', '\n')} AS ids
      FROM (
        SELECT no, speaks_for, kind, rule, detail, community_ids, min(first_us) AS first_of, max(last_us) AS last_of,
          sum(flows) AS sum_flows
        FROM ${chosen('period_evidence')} AS e INNER JOIN ${uses} AS b USING (${KEY})
        GROUP BY no, speaks_for, kind, rule, detail, community_ids
      ) AS by_ids GROUP BY no, speaks_for, kind, rule, detail`,
    ),
  };
}

/** Query of texts of one or several periods: see signsText. */
const signsSql = (dialect: Dialect, chosen: SelectedRows, zone: ZoneSql): string =>
  dialect.signs?.(KEY, chosen('period_builds'), zone.day) ??
  `SELECT ${KEY}, signs FROM ${chosen('period_builds')} AS b`;

interface GroupedLists {
  readonly days: Groups<string>;
  readonly names: Groups<ToolName>;
  readonly fingerprints: Groups<ToolFingerprint>;
  readonly evidence: Groups<EvidenceSums>;
  readonly signs: Groups<ParsedSigns>;
}

/** Converts each list on request and removes it: converted lists of all hosts take ten times the memory. */
function makeLists(
  lists: GroupedLists,
  listDays: (texts: readonly string[]) => DaySums[],
): (use: UseKey) => SpanLists {
  return ({ host, tool, isProvider }) => {
    const key = getKey(host, tool, isProvider);
    const take = <T>(groups: Groups<T>): readonly T[] => {
      const group = groups.get(key) ?? NONE;
      groups.delete(key);
      return group;
    };
    const signs = take(lists.signs);
    return {
      days: listDays(take(lists.days)),
      names: take(lists.names),
      fingerprints: take(lists.fingerprints),
      evidence: take(lists.evidence),
      signs: signs.flatMap(listSigns),
      updates: signs.flatMap(({ updates }) => updates),
    };
  };
}

const NONE: readonly never[] = [];

/** Builds a key. Booleans may be true or 1. */
const getKey = (host: unknown, tool: unknown, isProvider: unknown): string =>
  `${Number(isProvider)} ${String(tool)} ${String(host)}`;

function addRow<T>(
  groups: Groups<T>,
  [host, tool, isProvider, ...rest]: SqlRow,
  read: (rest: SqlRow) => T,
): void {
  addTo(groups, getKey(host, tool, isProvider), read(rest));
}

function buildName([name, role, specificity, servers, ...sums]: SqlRow): ToolName {
  const ends = String(servers)
    .split('\n')
    .map((line) => JSON.parse(line) as [string[], number[]])
    .map(
      ([addresses, serverPorts]): Pick<ToolName, 'servers' | 'serverPorts'> => ({
        servers: addresses,
        serverPorts,
      }),
    );
  return {
    name: String(name),
    role: String(role),
    specificity: specificity === 'tool' || specificity === 'vendor' ? specificity : 'shared',
    ...ends.reduce(joinServers),
    ...mapFields(TRAFFIC, (field) => Number(sums[TRAFFIC.indexOf(field)] ?? 0)),
  };
}

function buildFingerprint([ja4, ja3, alpn, runtime, flows]: SqlRow): ToolFingerprint {
  return {
    ja4: String(ja4),
    ja3: String(ja3),
    alpn: JSON.parse(String(alpn)) as string[],
    runtime: runtime === '' ? null : String(runtime),
    flows: Number(flows),
  };
}

function buildEvidence([speaksFor, kind, rule, detail, firstUs, lastUs, flows, ids]: SqlRow): EvidenceSums {
  return {
    speaksFor: Number(speaksFor) === 1,
    kind: kind as EvidenceSums['kind'],
    rule: String(rule),
    sentence: parseSentence(String(detail)),
    firstUs: Number(firstUs),
    lastUs: Number(lastUs),
    flows: Number(flows),
    communityIds: String(ids)
      .split('\n')
      .flatMap((list) => JSON.parse(list) as string[]),
  };
}

// Days of uses. They come as one text of numbers for each use: as separate values, days of months cost more to fetch than to
// sum. Parts of one day are summed here, because most days have one part, and grouping by day takes most of a statement.

/** Numbers of a part of a day. The grade of traffic that another part carries is -1. */
const PART_WORDS = ['on_day', 'all_flows', 'up', 'down', 'top_grade', 'all_minutes'];

/** The same of a summary in one number: the day, two bits of the grade above -1, and whether it has minutes and bytes. */
const MARK = `CAST(on_day * 16 + (top_grade + 1) * 4 + CASE WHEN all_minutes > 0 THEN 2 ELSE 0 END
  + CASE WHEN up + down > 0 THEN 1 ELSE 0 END AS VARCHAR)`;

/** Queries of the key and a text of parts, of the periods within one day and of the others. */
function daysSql(dialect: Dialect, chosen: SelectedRows, zone: ZoneSql, isSummary: boolean): string[] {
  const words = isSummary ? MARK : dialect.words(PART_WORDS);
  const texts = (parts: string, key: string): string =>
    `SELECT ${key}, ${dialect.joined(words, ',')} AS days_text FROM (${parts}) AS parts GROUP BY ${key}`;
  const plain = `
    SELECT ${KEY}, CASE WHEN ${COUNTED} THEN 1 ELSE 0 END AS is_counted, day AS on_day, flows AS all_flows,
      bytes_up AS up, bytes_down AS down, CASE WHEN is_carried THEN grade ELSE -1 END AS top_grade,
      active_minutes AS all_minutes
    FROM ${chosen('period_sums', 'plain')} AS s`;
  const others = `
    SELECT no, on_day, sum(flows) AS all_flows, sum(bytes_up) AS up, sum(bytes_down) AS down, max(grade) AS top_grade,
      sum(minutes) AS all_minutes
    FROM (
      SELECT no, ${zone.day('start_seconds')} AS on_day, flows, bytes_up, bytes_down, grade, 0 AS minutes
      FROM ${chosen('period_quarters', 'others')} AS q INNER JOIN best AS b USING (${KEY})
      WHERE ${COUNTS} AND is_carried
      UNION ALL
      SELECT no, ${zone.day('minutes_of')}, 0, 0, 0, strongest, ${dialect.bitCount('bits')} FROM busy
    ) AS quarters GROUP BY no, on_day`;
  return [
    `SELECT ${KEY}, days_text FROM (${texts(plain, `${KEY}, is_counted`)}) AS listed INNER JOIN best AS b USING (${KEY})
     WHERE is_counted = 1 OR best = 0`,
    `SELECT ${KEY}, days_text FROM (${texts(others, 'no')}) AS listed INNER JOIN best AS b USING (no)`,
  ];
}

const NO_DAY: DaySums = { date: '', flows: 0, bytesUp: 0, bytesDown: 0, grade: -1, activeMinutes: 0 };

/** Reads days of the parts in some texts. A day without a carried part is not listed. */
function readAmounts(): (texts: readonly string[]) => DaySums[] {
  const dayText = dayTexts();
  return (texts) => {
    const days = new Map<number, Mutable<DaySums>>();
    for (const text of texts) {
      const words = JSON.parse(`[${text}]`) as readonly number[];
      for (let at = 0; at < words.length; at += PART_WORDS.length) {
        const word = (place: number): number => words[at + place] ?? 0;
        const number = word(0);
        const day = days.get(number) ?? { ...NO_DAY, date: dayText(number) };
        days.set(number, day);
        day.flows += word(1);
        day.bytesUp += word(2);
        day.bytesDown += word(3);
        day.grade = Math.max(day.grade, word(4));
        day.activeMinutes += word(5);
      }
    }
    return [...days.values()].filter(({ grade }) => grade >= 0);
  };
}

/** Reads days of marks, which uses share: months of all uses have few different ones. */
function readMarks(): (texts: readonly string[]) => DaySums[] {
  const dayText = dayTexts();
  const shared = new Map<number, DaySums>();
  const makeDay = (mark: number): DaySums => {
    const bytes = (mark & 1) === 1 ? UNREAD_AMOUNT : 0;
    return {
      date: dayText(mark >> 4),
      flows: UNREAD_AMOUNT,
      bytesUp: bytes,
      bytesDown: bytes,
      grade: ((mark >> 2) & 3) - 1,
      activeMinutes: (mark & 2) === 2 ? UNREAD_AMOUNT : 0,
    };
  };
  return (texts) => {
    const marks = (JSON.parse(`[${texts.join(',')}]`) as number[]).sort((a, b) => a - b);
    const days: DaySums[] = [];
    for (let at = 0; at < marks.length; ) {
      let mark = marks[at++] ?? 0;
      // The last part of a day has its highest grade.
      for (let next = marks[at]; next !== undefined && next >> 4 === mark >> 4; next = marks[++at])
        mark = next | (mark & 3);
      const day = shared.get(mark) ?? makeDay(mark);
      shared.set(mark, day);
      if (day.grade >= 0) days.push(day);
    }
    return days;
  };
}
