// Reads facts of a span in addition to period sums: hosts, sensors, statistics, coverage and unobserved traffic.

import type {
  HostQuartersBySensor,
  HostSensorFacts,
  SensorTime,
} from '../../attribution/traffic/host-sensors.ts';
import { MAX_DISTANCE_US } from '../../model/ceilings.ts';
import { addTo } from '../../model/grouped-by.ts';
import type { StepCells } from '../../model/health.ts';
import {
  addCounts,
  OUTCOME_DELAYS,
  OUTCOME_MAXIMA,
  OUTCOME_MINIMA,
  OUTCOME_SUMS,
  type OutcomeKind,
} from '../../model/outcome.ts';
import type { CoverageDay } from '../../model/report.ts';
import type {
  CaptureGap,
  EchConfigCount,
  HostTotals,
  NotVisibleTraffic,
  OutcomeCell,
  ServedWindow,
  ServiceSeen,
} from '../../model/usage.ts';
import { ECH_OUTER_NAMES, MCP_CLASSES } from '../../model/window-words.ts';
import { compareText } from '../../net/address.ts';
import type { Accounts } from '../../report/document/accounts.ts';
import type { EchAnswerTo, EchFacts } from '../../report/document/ech-rows.ts';
import { collectFacts, type HostFacts, type HostPart } from '../../report/document/host-facts.ts';
import { snakeCase } from '../../text/word-lists.ts';
import type { Step } from '../../time/steps.ts';
import { LATEST_SECONDS, QUARTER_SECONDS, US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { coverageDays } from '../../window/coverage.ts';
import { sumOutcomes } from '../../window/host-parts.ts';
import {
  listGaps,
  MAX_FRAMES_PER_SECOND,
  NOT_OBSERVED,
  observedBySensor,
  type WindowTimes,
  widened,
} from '../../window/observed.ts';
import type { ReportedHost } from '../../window/sensor-networks.ts';
import { mapFields } from '../../window/sums.ts';
import type { SpanFacts } from '../period-source.ts';
import type { Span } from '../span.ts';
import { listEdges, type SensorSpan, type WindowSpan } from '../store.ts';
import { type Dialect, type SqlRow, type SqlStore, spanCondition } from './dialect.ts';
import { ECH_ANSWERS, fieldsIn, OUTCOME_KEYS, SERVICES_SEEN, STATS_COUNTERS } from './tables.ts';
import { dayTexts, zoneSql } from './zone-sql.ts';

/** The queries of a store that need no temporary tables. */
export type StoreQueries = Pick<SqlStore, 'dialect' | 'rows' | 'hostRows'>;

/** Start of the first window and end of the last; null in an empty store. */
export async function readSpan({ rows }: StoreQueries): Promise<WindowSpan | null> {
  const [[windows, first, last] = []] = await rows(
    'SELECT count(*), min(start_seconds), max(start_seconds + length_seconds) FROM windows',
  );
  if (Number(windows ?? 0) === 0) return null;
  const span = { firstSeconds: Number(first), lastSeconds: Number(last) };
  if (span.firstSeconds < 0 || span.lastSeconds > LATEST_SECONDS)
    throw new Error('a window begins in no year of four digits');
  return span;
}

/** Reads the content of a span by sensor, sorted by name. */
export async function readSensors({ dialect, rows }: StoreQueries, span: Span): Promise<SensorSpan[]> {
  const sums = ['packets', 'kernel_drops'].map((name) => dialect.number(`sum(${name})`));
  const observed = observedBySensor(await readWindowTimes({ dialect, rows }, span), querySpan(span));
  const found = await rows(
    `SELECT sensor, count(*), min(start_seconds), max(start_seconds + length_seconds), ${sums.join(', ')}
     FROM ${dialect.facts('windows', span)} GROUP BY sensor`,
  );
  return found
    .map(([sensor, ...counts]) => {
      const [windows = 0, firstSeconds = 0, lastSeconds = 0, packets = 0, kernelDrops = 0] =
        counts.map(Number);
      return {
        sensor: String(sensor),
        windows,
        firstSeconds,
        lastSeconds,
        packets,
        kernelDrops,
        ...(observed.get(String(sensor)) ?? NOT_OBSERVED),
      };
    })
    .sort((a, b) => compareText(a.sensor, b.sensor));
}

export async function readHosts(
  { dialect, rows, hostRows }: StoreQueries,
  span: Span,
  zone: Zone,
): Promise<Map<string, HostFacts>> {
  const zoneDay = zoneSql(zone, span, dialect.divide).day;
  const day = zoneDay('start_seconds');
  const words = await rows(
    `SELECT DISTINCT ${dialect.divide(day, WORD_DAYS)} AS word FROM windows WHERE ${spanCondition(span)} ORDER BY word`,
  );
  const dayText = dayTexts();
  const parts: DatedHosts[] = [];
  const sums =
    (await hostRows?.(span, zoneDay)) ??
    `SELECT *, ${day} AS on_day FROM ${dialect.facts('host_totals', span)}`;
  const all = `(${sums}) AS seen`;
  const questions = splitWords(words.map(([word]) => Number(word)));
  for (const question of questions) {
    // Most hosts were active on the same days, so they share one list.
    const lists = new Map<string, string[]>();
    // A condition on all rows would take a quarter of the time.
    const from = questions.length === 1 ? all : rowsOnDays(all, question);
    for (const row of await rows(hostsSql(dialect, question, from))) {
      const bits = listNumbers(row.at(-1));
      const key = bits.join();
      const days = lists.get(key) ?? listDays(question, bits).map(dayText);
      lists.set(key, days);
      parts.push({ days, hosts: [buildHostPart(row)] });
    }
  }
  const { number } = dialect;
  const notVisible = await rows(
    `SELECT host, kind, hint, ${number('sum(flows)')}, ${number('sum(bytes)')}, ${number('min(first_us)')},
       ${number('max(last_us)')} FROM ${dialect.facts('host_dark', span)} GROUP BY host, kind, hint`,
  );
  return collectFacts([...parts, ...notVisible.map(buildNotVisiblePart)]);
}

export async function readAccounts({ dialect, rows }: StoreQueries, span: Span): Promise<Accounts> {
  const sums = ['looked_into', 'harmless', 'inside', 'hidden'].map((name) => dialect.number(`sum(${name})`));
  const found = await rows(
    `SELECT host, ${sums.join(', ')} FROM ${dialect.facts('host_accounts', span)} GROUP BY host ORDER BY host`,
  );
  return new Map(
    found.map(([host, ...counts]) => {
      const [lookedInto = 0, harmless = 0, inside = 0, hidden = 0] = counts.map(Number);
      const wireBytes = lookedInto + harmless + inside + hidden;
      return [String(host), { wireBytes, lookedInto, harmless, inside, hidden }];
    }),
  );
}

/** SQL of the sums of each identity over the rows of `from`, with `on_day`, and its days in some words. */
function hostsSql(dialect: Dialect, words: readonly number[], from: string): string {
  const { number, identity } = dialect;
  const bits = words.map((word) => {
    const [first, end] = findDayRange(word);
    const bit = dialect.bit(`on_day - ${first}`);
    return number(dialect.bitOr(`CASE WHEN on_day >= ${first} AND on_day < ${end} THEN ${bit} ELSE 0 END`));
  });
  return `SELECT ${identity.result}, all_flows, all_up, all_down, on_days
     FROM (
       SELECT identity, ${identity.sums} ${number('sum(flows)')} AS all_flows,
         ${number('sum(bytes_up)')} AS all_up, ${number('sum(bytes_down)')} AS all_down, [${bits.join(', ')}] AS on_days
       FROM ${from} GROUP BY identity
     ) AS sums ${identity.join}`;
}

function rowsOnDays(rows: string, words: readonly number[]): string {
  const [[first] = [0], [, end] = [0, 0]] = [words[0], words.at(-1)].map((word) => findDayRange(word ?? 0));
  return `${rows} WHERE on_day >= ${first} AND on_day < ${end}`;
}

function buildHostPart([host, mac, macFrom, names, addresses, flows, up, down]: SqlRow): HostPart {
  return {
    host: String(host),
    mac: mac === null ? null : String(mac),
    macFrom: macFrom as HostTotals['macFrom'],
    names: JSON.parse(String(names)) as string[],
    ...(typeof addresses === 'string' ? { addresses: JSON.parse(addresses) as string[] } : {}),
    flows: Number(flows),
    bytesUp: Number(up),
    bytesDown: Number(down),
    notVisible: [],
  };
}

const listNumbers = (list: SqlRow[number] | undefined): readonly number[] =>
  Array.isArray(list) ? list : [];

/** SQL of hosts with DNS names of the catalogue, whose sensors are compared. Replaced revisions add no relevant ones. */
const namedHostsSql = (span: Span): string =>
  `SELECT host FROM usage_rows WHERE ${spanCondition(span)} UNION DISTINCT SELECT host FROM names_asked WHERE ${spanCondition(span)}`;

async function readTimes({ rows }: StoreQueries, span: Span): Promise<SensorTime[]> {
  const found = await rows(
    `SELECT sensor, min(start_seconds), max(start_seconds) FROM windows WHERE ${spanCondition(span)} GROUP BY sensor`,
  );
  return found.map(buildSensorTime);
}

const buildSensorTime = ([sensor, first, last]: SqlRow): SensorTime => ({
  sensor: String(sensor),
  firstSeconds: Number(first),
  lastSeconds: Number(last),
});

/** Reads the totals of each host by sensor, for buildHostSensors. */
export async function readHostTotals(
  store: StoreQueries,
  span: Span,
): Promise<Pick<HostSensorFacts, 'times' | 'totals'>> {
  const times = await readTimes(store, span);
  if (times.length < 2) return { times, totals: new Map() };
  const { facts, number, antiJoin } = store.dialect;
  const key = 'sensor, start_seconds, length_seconds, host';
  const rows = await store.rows(
    `WITH seen AS (
       SELECT ${key}, bytes_up + bytes_down AS bytes FROM ${facts('host_totals', span)} AND host IN (${namedHostsSql(span)})
     ), known AS (
       SELECT ${key}, bytes_up + bytes_down AS bytes FROM ${facts('usage_rows', span)}
       UNION ALL SELECT ${key}, 0 AS bytes FROM ${facts('names_asked', span)}
     ), others AS (
       SELECT ${key}, sum(bytes) AS all_bytes FROM known ${antiJoin} seen USING (sensor, start_seconds, host) GROUP BY ${key}
     )
     SELECT host, sensor, ${number('sum(length_seconds)')}, ${number('sum(bytes)')}
     FROM (SELECT * FROM seen UNION ALL SELECT * FROM others) AS each_host GROUP BY host, sensor`,
  );
  const totals = groupBySensor(rows, ([seconds, bytes]) => ({
    seconds: Number(seconds),
    bytes: Number(bytes),
  }));
  return { times, totals };
}

/** True if any window begins in a span. */
export const holdsWindows = async ({ rows }: StoreQueries, span: Span): Promise<boolean> =>
  (await rows(`SELECT 1 FROM windows WHERE ${spanCondition(span)} LIMIT 1`)).length > 0;

export async function countUsageRows({ dialect, rows }: StoreQueries, span: Span): Promise<number> {
  const [[count] = []] = await rows(`SELECT count(*) FROM ${dialect.facts('usage_rows', span)}`);
  return Number(count ?? 0);
}

/** Reads the messages about windows that were unreadable when the sums were computed. */
export async function readDamage({ dialect, rows }: StoreQueries, span: Span): Promise<string[]> {
  const found = await rows(
    `SELECT message FROM ${dialect.facts('damaged_windows', span)} ORDER BY start_seconds`,
  );
  return found.map(([message]) => String(message));
}

export async function readReportedHosts(
  { dialect, rows }: StoreQueries,
  span: Span,
): Promise<ReportedHost[]> {
  const hostsIn = (table: string): string => `SELECT sensor, host FROM ${dialect.facts(table, span)}`;
  const tables = ['host_totals', 'usage_rows', 'names_asked'];
  const found = await rows(
    `SELECT DISTINCT sensor, host FROM (${tables.map(hostsIn).join(' UNION ALL ')}) AS all_hosts`,
  );
  return found.map(([sensor, host]) => [String(sensor), String(host)]);
}

export async function readServices(
  { dialect, rows }: StoreQueries,
  span: Span,
): Promise<readonly ServedWindow[]> {
  const { name, columns } = SERVICES_SEEN;
  const facts = columns.slice(0, -MCP_CLASSES.length);
  const found = await rows(`SELECT ${snakeCases(columns)}, start_seconds FROM ${dialect.facts(name, span)}`);
  return found.map((row) => {
    const { signs, versions, ...seen } = fieldsIn(facts, row);
    const stated = listParts(String(versions));
    const mcp = row.slice(facts.length, columns.length).map(Number);
    const service = {
      ...(seen as unknown as ServiceSeen),
      signs: listParts(String(signs)),
      ...(stated.length === 0 ? {} : { versions: stated }),
      ...(mcp.some((count) => count > 0) ? { mcp } : {}),
    };
    return { startSeconds: Number(row[columns.length]), services: [service] };
  });
}

const snakeCases = (columns: readonly { readonly name: string }[]): string =>
  columns.map(({ name }) => name).join(', ');

/** Splits a text at blanks. */
const listParts = (text: string): string[] => text.split(' ').filter((part) => part !== '');

/** Reads hellos by host and day, and answers with an ECH configuration. */
export async function readEch({ dialect, rows }: StoreQueries, span: Span, zone: Zone): Promise<EchFacts> {
  const { number, divide } = dialect;
  const sums = ['hellos', 'ech', 'hidden'].map((name) => number(`sum(${name})`));
  const hellos = await rows(
    `SELECT host, ${number(zoneSql(zone, span, divide).day('start_seconds'))} AS on_day, ech_configs, ${sums.join(', ')}, count(*)
     FROM ${dialect.facts('hellos_seen', span)} GROUP BY host, on_day, ech_configs ORDER BY host, on_day, ech_configs`,
  );
  const answers = await rows(
    `SELECT host, name, resolver, ${number('min(first_us)')}, ${number('max(ttl_seconds)')}
     FROM ${dialect.facts('ech_answers', span)} GROUP BY host, name, resolver ORDER BY host, name, resolver`,
  );
  const textOf = dayTexts();
  return {
    hellos: hellos.map(([host, day, configs, all, ech, hidden, windows]) => ({
      date: textOf(Number(day)),
      hosts: [
        {
          host: String(host),
          hellos: Number(all),
          ech: Number(ech),
          hidden: Number(hidden),
          echConfigs: parseConfigs(String(configs), Number(windows)),
        },
      ],
    })),
    answers: answers.map((row) => fieldsIn(ECH_ANSWERS.columns, row) as unknown as EchAnswerTo),
  };
}

/** Parses a text that occurs in this many windows. */
function parseConfigs(text: string, windows: number): EchConfigCount[] {
  return listParts(text).map((part) => {
    const [outer = '', id, hellos] = part.split(':');
    return {
      outer: ECH_OUTER_NAMES.find((outerName) => outerName === outer) ?? '',
      id: Number(id),
      hellos: Number(hellos) * windows,
    };
  });
}

/** Reads outcomes, summed over the windows of a span. */
export async function readOutcomes(store: StoreQueries, span: Span): Promise<readonly OutcomeCell[]> {
  return [...(await readOutcomesBy(store, span, '0')).values()][0] ?? [];
}

/** Reads outcomes by quarter hour or day, with the start of `stepStart`. */
export async function readOutcomeSteps(
  store: StoreQueries,
  span: Span,
  step: Step,
  zone: Zone,
): Promise<readonly StepCells[]> {
  const { divide } = store.dialect;
  const isDays = step === 'day';
  const number = isDays
    ? zoneSql(zone, span, divide).day('start_seconds')
    : divide('start_seconds', QUARTER_SECONDS);
  const textOf = dayTexts();
  const steps = [...(await readOutcomesBy(store, span, number))].map(([at, cells]) => ({
    startSeconds: isDays ? zone.startOfDay(textOf(at)) : at * QUARTER_SECONDS,
    cells,
  }));
  return steps.sort((a, b) => a.startSeconds - b.startSeconds);
}

/** Reads outcomes of connections to names, by start of their window. */
export const readOutcomesByStart = (
  store: StoreQueries,
  span: Span,
): Promise<Map<number, readonly OutcomeCell[]>> => readOutcomesBy(store, span, 'start_seconds', `name <> ''`);

/** Reads cells by the number that an expression computes from the start of a window. */
async function readOutcomesBy(
  { dialect, rows }: StoreQueries,
  span: Span,
  part: string,
  condition: string = '1 = 1',
): Promise<Map<number, readonly OutcomeCell[]>> {
  const { number } = dialect;
  const key = OUTCOME_KEYS.join(', ');
  const sums = OUTCOME_SUMS.map((name) => number(`sum(${snakeCase(name)})`));
  const maxima = [...OUTCOME_MAXIMA, 'lastUs'].map((name) => number(`max(${snakeCase(name)})`));
  const minima = OUTCOME_MINIMA.map((name) => number(`coalesce(min(nullif(${snakeCase(name)}, 0)), 0)`));
  const delays = OUTCOME_DELAYS.map((name) => dialect.joined(`nullif(${snakeCase(name)}, '')`, ';'));
  const found = await rows(
    `SELECT ${number(part)} AS part, ${key}, ${[...sums, ...maxima, ...minima, number('min(first_us)')].join(', ')}, coalesce(min(nullif(answered_by, '')), ''), ${delays.join(', ')}
     FROM ${dialect.facts('outcomes', span)} AND ${condition} GROUP BY part, ${key}`,
  );
  const fields = [...OUTCOME_SUMS, ...OUTCOME_MAXIMA, 'lastUs', ...OUTCOME_MINIMA, 'firstUs'] as const;
  const parts = new Map<number, OutcomeCell[]>();
  for (const [at, host, name, server, port, kind, detail, ...values] of found) {
    const numbers = Object.fromEntries(fields.map((field, i) => [field, Number(values[i])])) as Readonly<
      Record<(typeof fields)[number], number>
    >;
    addTo(parts, Number(at), {
      host: String(host),
      name: String(name),
      server: String(server),
      port: Number(port),
      kind: kind as OutcomeKind,
      detail: Number(detail),
      by: String(values[fields.length]),
      ...numbers,
      ...parseDelays(values.slice(fields.length + 1)),
    });
  }
  return new Map([...parts].map(([at, cells]) => [at, sumOutcomes([cells])]));
}

/** Parses texts of joined counts. */
function parseDelays(texts: readonly (SqlRow[number] | undefined)[]): Partial<OutcomeCell> {
  const lists = OUTCOME_DELAYS.flatMap((name, i) => {
    const counts = String(texts[i] ?? '')
      .split(';')
      .filter((text) => text !== '')
      .map((text): readonly number[] => text.split(' ').map(Number))
      .reduce<readonly number[] | undefined>(addCounts, undefined);
    return counts === undefined ? [] : [[name, counts] as const];
  });
  return Object.fromEntries(lists);
}

/** Reads the quarter hours in which each sensor saw a host, for buildHostSensors. */
export async function readHostQuarters(store: StoreQueries, span: Span): Promise<HostQuartersBySensor> {
  if ((await readTimes(store, span)).length < 2) return new Map();
  const { dialect } = store;
  const quarter = `${dialect.divide('start_seconds', QUARTER_SECONDS)} * ${QUARTER_SECONDS}`;
  const rows = await store.rows(
    `SELECT host, sensor, ${dialect.distinctList(quarter)}
     FROM ${dialect.facts('host_totals', span)} AND host IN (${namedHostsSql(span)}) GROUP BY host, sensor`,
  );
  return groupBySensor(rows, ([starts]): ReadonlySet<number> => new Set(listNumbers(starts)));
}

/** Groups values by host and sensor, the first columns of a row; each pair occurs once. */
function groupBySensor<T>(
  rows: readonly SqlRow[],
  build: (rest: SqlRow) => T,
): ReadonlyMap<string, ReadonlyMap<string, T>> {
  const hosts = new Map<string, Map<string, T>>();
  for (const [name, sensor, ...rest] of rows) {
    const host = String(name);
    hosts.set(host, (hosts.get(host) ?? new Map<string, T>()).set(String(sensor), build(rest)));
  }
  return hosts;
}

export async function readFacts(store: StoreQueries, span: Span, zone: Zone): Promise<SpanFacts> {
  const { dialect } = store;
  const sums = STATS_COUNTERS.map((name) => dialect.number(`coalesce(sum(${snakeCase(name)}), 0)`));
  const [[count, since, until, ...totals] = []] = await store.rows(
    `SELECT count(*), min(start_seconds), max(start_seconds + length_seconds), ${sums.join(', ')}
     FROM ${dialect.facts('windows', span)}`,
  );
  const sensors = await store.rows(`SELECT DISTINCT sensor FROM windows WHERE ${spanCondition(span)}`);
  const windows = Number(count ?? 0);
  const counters = mapFields(STATS_COUNTERS, (name) => Number(totals[STATS_COUNTERS.indexOf(name)] ?? 0));
  const { hellosComplete: complete, hellosIncomplete: incomplete, ...others } = counters;
  return {
    windows,
    span: windows === 0 ? null : { since: Number(since), until: Number(until) },
    sensors: sensors.map(([sensor]) => String(sensor)).sort(compareText),
    stats: {
      packets: others.packets,
      bytes: others.bytes,
      flows: others.flows,
      clientHellos: { complete, incomplete },
      malformed: await readMalformed(store, span),
      snaplenCut: others.snaplenCut,
      evictedFlows: others.evictedFlows,
      kernelDrops: others.kernelDrops,
    },
    coverage: await readCoverage(store, span, zone),
  };
}

/** Sums counts by reason. They are stored as JSON, and the same text is parsed once for all windows. */
async function readMalformed({ dialect, rows }: StoreQueries, span: Span): Promise<Record<string, number>> {
  const found = await rows(
    `SELECT malformed, count(*) FROM ${dialect.facts('windows', span)} AND malformed IS NOT NULL GROUP BY malformed`,
  );
  const sums = new Map<string, number>();
  for (const [text, windows] of found) {
    for (const [reason, count] of Object.entries(JSON.parse(String(text)) as Record<string, number>))
      sums.set(reason, (sums.get(reason) ?? 0) + count * Number(windows));
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => compareText(a, b)));
}

async function readCoverage({ dialect, rows }: StoreQueries, span: Span, zone: Zone): Promise<CoverageDay[]> {
  const day = zoneSql(zone, span, dialect.divide).day('start_seconds');
  const packets = dialect.number('sum(packets - coalesce(undecoded, 0))');
  const windows = dialect.facts('windows', span);
  const days = await rows(
    `SELECT min(start_seconds), ${packets}, ${dialect.number('sum(kernel_drops)')}
     FROM ${windows} GROUP BY ${day}`,
  );
  return coverageDays(
    days.map(([start, decoded, drops]) => ({
      startSeconds: Number(start),
      stats: { packets: Number(decoded), kernelDrops: Number(drops) },
    })),
    listGaps(await readWindowTimes({ dialect, rows }, span), querySpan(span)),
    zone,
  );
}

const querySpan = ({ from, to }: Span) => ({ sinceSeconds: from, untilSeconds: to });

/**
 * Reads the windows from which the observed time of a span is derived. Live sensors have continuous windows: a run of
 * them is one row, as is one of captures with the same seconds.
 */
async function readWindowTimes({ dialect, rows }: StoreQueries, span: Span): Promise<WindowTimes[]> {
  const wide = widened(querySpan(span));
  const windows = dialect.facts('windows', {
    from: wide.sinceSeconds ?? 0,
    to: wide.untilSeconds ?? span.to,
  });
  const edges = await rows(
    'SELECT sensor, min(start_seconds), max(start_seconds + length_seconds) FROM windows GROUP BY sensor',
  );
  const kinds = 'sensor, length_seconds, heard, gaps, frames_at_most';
  const found = await rows(
    `SELECT ${kinds}, min(start_seconds), count(*) FROM (
       SELECT ${kinds}, start_seconds,
         start_seconds - length_seconds * row_number() OVER (PARTITION BY ${kinds} ORDER BY start_seconds) AS run
       FROM (SELECT sensor, length_seconds, heard, gaps, start_seconds,
         CASE WHEN heard IS NULL THEN 0 ELSE least(frames, ${MAX_FRAMES_PER_SECOND} * length_seconds) END AS frames_at_most
         FROM ${windows}) AS each
     ) AS runs GROUP BY ${kinds}, run`,
  );
  const beyond = listEdges(edges.map(buildSensorTime), wide);
  const near = found.flatMap(([sensor, length, heard, gaps, frames, first, count]) => {
    const lengthSeconds = Number(length);
    const sums = {
      sensor: String(sensor),
      ...(gaps === null ? {} : { gaps: JSON.parse(String(gaps)) as CaptureGap[] }),
      stats: { frames: Number(frames) },
    };
    const startSeconds = Number(first);
    if (heard === null) return [{ ...sums, startSeconds, lengthSeconds: lengthSeconds * Number(count) }];
    const runs = JSON.parse(String(heard)) as number[];
    return Array.from({ length: Number(count) }, (_, i) => {
      const start = startSeconds + i * lengthSeconds;
      return { ...sums, startSeconds: start, lengthSeconds, heard: runs.map((us) => start * US + us) };
    });
  });
  return [...near, ...beyond, ...(await readDistantGaps({ dialect, rows }, wide, span))];
}

/** Reads gaps of more distant windows: the time of a gap may be far from its window. */
async function readDistantGaps(
  { dialect, rows }: StoreQueries,
  { sinceSeconds = 0, untilSeconds = Number.MAX_SAFE_INTEGER }: ReturnType<typeof widened>,
  { from, to }: Span,
): Promise<WindowTimes[]> {
  const apart = MAX_DISTANCE_US / US;
  const found = await rows(
    `SELECT sensor, gaps, start_seconds, length_seconds
     FROM ${dialect.facts('windows', { from: from - apart, to: to + apart })} AND gaps IS NOT NULL
       AND (start_seconds < ${sinceSeconds} OR start_seconds >= ${untilSeconds})`,
  );
  return found.map(([sensor, gaps, startSeconds, lengthSeconds]) => ({
    sensor: String(sensor),
    startSeconds: Number(startSeconds),
    lengthSeconds: Number(lengthSeconds),
    gaps: JSON.parse(String(gaps)) as CaptureGap[],
  }));
}

/** Reads the share of unobserved bytes, by a key in SQL over host_totals. */
export async function readNotVisible(
  { dialect, rows }: StoreQueries,
  span: Span,
  key: string,
): Promise<Map<string, number>> {
  const found = await rows(
    `SELECT ${key} AS key, ${dialect.number('sum(hidden_bytes)')}, ${dialect.number('sum(bytes_up + bytes_down)')}
     FROM ${dialect.facts('host_totals', span)} GROUP BY key`,
  );
  return new Map(
    found.map(([part, hidden, all]) => [
      String(part),
      Number(all) === 0 ? 0 : Math.min(1, Number(hidden) / Number(all)),
    ]),
  );
}

/**
 * Number of days per word: a double holds these bits exactly. Days of a host are bits, because grouping by host and day
 * takes twice as long.
 */
const WORD_DAYS = 48;

type DatedHosts = { days: string[]; hosts: HostPart[] };

/** Bit words per query: 33 years. */
const MAX_WORDS = 256;

/**
 * Lists the bit words of days, only for days with windows: one window with a wrong time would otherwise add a column
 * per 48 days for centuries. The result is split into parts of one query each.
 */
function splitWords(words: readonly number[]): (readonly number[])[] {
  return Array.from({ length: Math.ceil(words.length / MAX_WORDS) }, (_, i) =>
    words.slice(i * MAX_WORDS, (i + 1) * MAX_WORDS),
  );
}

/** Returns the half-open range of days of a word, as numbers since 1970. */
const findDayRange = (word: number): readonly [from: number, to: number] => [
  word * WORD_DAYS,
  (word + 1) * WORD_DAYS,
];

/** Lists the days of the bits that are set in the words of a query. */
function listDays(dayWords: readonly number[], words: readonly number[]): number[] {
  const days: number[] = [];
  for (const [i, word] of words.entries()) {
    for (let rest = word, day = (dayWords[i] ?? 0) * WORD_DAYS; rest > 0; rest = Math.floor(rest / 2), day++)
      if (rest % 2 === 1) days.push(day);
  }
  return days;
}

/** Converts a row to the unobserved traffic of a host, of one kind and hint. */
function buildNotVisiblePart([host, kind, hint, ...counts]: SqlRow): DatedHosts {
  const [flows = 0, bytes = 0, firstUs = 0, lastUs = 0] = counts.map(Number);
  const notVisible: NotVisibleTraffic = {
    kind: kind as NotVisibleTraffic['kind'],
    hint: hint as NotVisibleTraffic['hint'],
    flows,
    bytes,
    firstUs,
    lastUs,
  };
  const nothing = { mac: null, macFrom: null, names: [], flows: 0, bytesUp: 0, bytesDown: 0 };
  return { days: [], hosts: [{ host: String(host), ...nothing, notVisible: [notVisible] }] };
}
