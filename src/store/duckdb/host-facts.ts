// Facts of a span in addition to period sums: hosts, statistics, coverage and unobserved traffic, from columns.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type {
  HostQuartersBySensor,
  HostSensorFacts,
  SensorTime,
} from '../../attribution/traffic/host-sensors.ts';
import type { CoverageDay } from '../../model/report.ts';
import type { HostTotals } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { factsOf, type HostFacts, type HostPart } from '../../report/document/host-facts.ts';
import { QUARTER_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import type { ReportedHost } from '../../window/sensor-networks.ts';
import {
  coverageOfRows,
  daysIn,
  daysOfWord,
  malformedOf,
  notVisibleShares,
  type PartOfHost,
  partOfNotVisible,
  quartersOfRows,
  sensorTimesOf,
  totalsOfRows,
  WORD_DAYS,
  wordsToAsk,
} from '../columns/fact-rows.ts';
import { dayTexts, type ZoneSql } from '../columns/zone-sql.ts';
import type { SpanFacts } from '../period-source.ts';
import type { Span } from '../span.ts';

const within = ({ from, to }: Span): string => `start_seconds >= ${from} AND start_seconds < ${to}`;

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

export async function readHosts(
  connection: DuckDBConnection,
  span: Span,
  zone: ZoneSql,
): Promise<Map<string, HostFacts>> {
  const day = zone.day('start_seconds');
  const words = await rowsOf(
    connection,
    `SELECT DISTINCT (${day}) // ${WORD_DAYS} AS word FROM windows WHERE ${within(span)} ORDER BY word`,
  );
  const dayText = dayTexts();
  const sums: PartOfHost[] = [];
  for (const asked of wordsToAsk(words.map(([word]) => Number(word)))) {
    const rows = await rowsOf(connection, hostsOn(asked, day, span));
    sums.push(...rows.map((row) => partOfSums(row, asked, dayText)));
  }
  const notVisible = await rowsOf(
    connection,
    `SELECT host, kind, hint, sum(flows)::DOUBLE, sum(bytes)::DOUBLE, min(first_us)::DOUBLE, max(last_us)::DOUBLE
     FROM host_dark WHERE ${within(span)} GROUP BY host, kind, hint`,
  );
  return factsOf([
    ...sums,
    ...notVisible.map(([host, kind, hint, ...numbers]) => {
      const [flows = 0, bytes = 0, firstUs = 0, lastUs = 0] = numbers.map(Number);
      return partOfNotVisible([String(host), String(kind), String(hint), flows, bytes, firstUs, lastUs]);
    }),
  ]);
}

/** Sums of each identity over the days of some words, and those days. */
function hostsOn(asked: readonly number[], day: string, span: Span): string {
  const bits = asked.map((word) => {
    const [from, to] = daysOfWord(word);
    return `bit_or(CASE WHEN day >= ${from} AND day < ${to} THEN 1::UBIGINT << (day - ${from})::UBIGINT ELSE 0 END)::DOUBLE`;
  });
  const [[from] = [0], [, to] = [0, 0]] = [asked[0], asked.at(-1)].map((word) => daysOfWord(word ?? 0));
  return `WITH seen AS (
       SELECT identity, flows, bytes_up, bytes_down, ${day} AS day FROM host_totals WHERE ${within(span)}
     ), sums AS (
       SELECT identity, sum(flows)::DOUBLE AS flows, sum(bytes_up)::DOUBLE AS up, sum(bytes_down)::DOUBLE AS down,
         [${bits.join(', ')}] AS days
       FROM seen WHERE day >= ${from} AND day < ${to} GROUP BY identity
     ) SELECT host, mac, mac_from, names, addresses, flows, up, down, days FROM sums JOIN host_identities USING (identity)`;
}

function partOfSums(
  [host, mac, macFrom, names, addresses, flows, up, down, days]: readonly DuckDBValue[],
  asked: readonly number[],
  dayText: (day: number) => string,
): PartOfHost {
  const part: HostPart = {
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
  return {
    days: daysIn(asked, numbersIn(days)).map(dayText),
    hosts: [part],
  };
}

/** A list of numbers. */
function numbersIn(list: DuckDBValue | undefined): number[] {
  const items = typeof list === 'object' && list !== null && 'items' in list ? list.items : [];
  return (items as readonly DuckDBValue[]).map(Number);
}

/** Hosts with DNS names of the catalogue, whose sensors are compared. */
const talkers = (span: Span): string =>
  `SELECT host FROM usage_rows WHERE ${within(span)} UNION SELECT host FROM names_asked WHERE ${within(span)}`;

async function readTimes(connection: DuckDBConnection, span: Span): Promise<SensorTime[]> {
  const rows = await rowsOf(
    connection,
    `SELECT sensor, min(start_seconds), max(start_seconds) FROM windows WHERE ${within(span)} GROUP BY sensor`,
  );
  return sensorTimesOf(rows.map(([sensor, first, last]) => [String(sensor), Number(first), Number(last)]));
}

/** What each sensor saw in all of a host; see hostSensorsOf. */
export async function readHostTotals(
  connection: DuckDBConnection,
  span: Span,
): Promise<Pick<HostSensorFacts, 'times' | 'totals'>> {
  const times = await readTimes(connection, span);
  if (times.length < 2) return { times, totals: new Map() };
  const key = 'sensor, start_seconds, length_seconds, host';
  const rows = await rowsOf(
    connection,
    `WITH seen AS (
       SELECT ${key}, bytes_up + bytes_down AS bytes FROM host_totals
       WHERE ${within(span)} AND host IN (${talkers(span)})
     ), others AS (
       SELECT ${key}, sum(bytes) AS bytes FROM (
         SELECT ${key}, bytes_up + bytes_down AS bytes FROM usage_rows WHERE ${within(span)}
         UNION ALL SELECT ${key}, 0 FROM names_asked WHERE ${within(span)}
       ) AS known ANTI JOIN seen USING (sensor, start_seconds, host) GROUP BY ALL
     )
     SELECT host, sensor, sum(length_seconds)::DOUBLE, sum(bytes)::DOUBLE
     FROM (FROM seen UNION ALL FROM others) GROUP BY host, sensor`,
  );
  const totals = totalsOfRows(
    rows.map(([host, sensor, seconds, bytes]) => [
      String(host),
      String(sensor),
      Number(seconds),
      Number(bytes),
    ]),
  );
  return { times, totals };
}

export async function readReportedHosts(connection: DuckDBConnection, span: Span): Promise<ReportedHost[]> {
  const of = (table: string): string => `SELECT sensor, host FROM ${table} WHERE ${within(span)}`;
  const rows = await rowsOf(connection, ['host_totals', 'usage_rows', 'names_asked'].map(of).join(' UNION '));
  return rows.map(([sensor, host]) => [String(sensor), String(host)]);
}

/** When each sensor saw a host; see hostSensorsOf. */
export async function readHostQuarters(
  connection: DuckDBConnection,
  span: Span,
): Promise<HostQuartersBySensor> {
  if ((await readTimes(connection, span)).length < 2) return new Map();
  const rows = await rowsOf(
    connection,
    `SELECT host, sensor, list(DISTINCT start_seconds // ${QUARTER_SECONDS} * ${QUARTER_SECONDS}) FROM host_totals
     WHERE ${within(span)} AND host IN (${talkers(span)}) GROUP BY host, sensor`,
  );
  return quartersOfRows(
    rows.map(([host, sensor, quarters]) => [String(host), String(sensor), numbersIn(quarters)]),
  );
}

export async function readFacts(
  connection: DuckDBConnection,
  span: Span,
  zone: Zone,
  columnsOfZone: ZoneSql,
): Promise<SpanFacts> {
  const columns = [
    ...['packets', 'bytes', 'flows', 'hellos_complete', 'hellos_incomplete'],
    ...['snaplen_cut', 'evicted_flows', 'kernel_drops'],
  ];
  const [totals = []] = await rowsOf(
    connection,
    `SELECT count(*), min(start_seconds), max(start_seconds + length_seconds),
       ${columns.map((column) => `coalesce(sum(${column}), 0)::DOUBLE`).join(', ')}
     FROM windows WHERE ${within(span)}`,
  );
  const [count, since, until, ...sums] = totals;
  const [packets = 0, bytes = 0, flows = 0, complete = 0, incomplete = 0, ...rest] = sums.map(Number);
  const [snaplenCut = 0, evictedFlows = 0, kernelDrops = 0] = rest;
  const sensors = await rowsOf(connection, `SELECT DISTINCT sensor FROM windows WHERE ${within(span)}`);
  const isEmpty = since === null || since === undefined;
  return {
    windows: Number(count),
    span: isEmpty ? null : { since: Number(since), until: Number(until) },
    sensors: sensors.map(([sensor]) => String(sensor)).sort(compareText),
    stats: {
      packets,
      bytes,
      flows,
      clientHellos: { complete, incomplete },
      malformed: await readMalformed(connection, span),
      snaplenCut,
      evictedFlows,
      kernelDrops,
    },
    coverage: await readCoverage(connection, span, zone, columnsOfZone),
  };
}

async function readMalformed(connection: DuckDBConnection, span: Span): Promise<Record<string, number>> {
  const sql = `SELECT malformed, count(*) FROM windows WHERE ${within(span)} AND malformed IS NOT NULL GROUP BY malformed`;
  const rows = await rowsOf(connection, sql);
  return malformedOf(rows.map(([text, windows]) => [String(text), Number(windows)]));
}

async function readCoverage(
  connection: DuckDBConnection,
  span: Span,
  zone: Zone,
  columns: ZoneSql,
): Promise<CoverageDay[]> {
  const days = await rowsOf(
    connection,
    `SELECT min(start_seconds), sum(packets - coalesce(undecoded, 0)), sum(kernel_drops)
     FROM windows WHERE ${within(span)} GROUP BY ${columns.day('start_seconds')}`,
  );
  const gaps = await rowsOf(
    connection,
    `SELECT min(start_seconds), gaps FROM windows WHERE ${within(span)} AND gaps IS NOT NULL GROUP BY gaps`,
  );
  return coverageOfRows(
    days.map(([start, packets, kernelDrops]) => [Number(start), Number(packets), Number(kernelDrops)]),
    gaps.map(([start, list]) => [Number(start), String(list)]),
    zone,
  );
}

/** Share of unobserved bytes, by a key in SQL over host_totals. */
export async function readNotVisible(
  connection: DuckDBConnection,
  span: Span,
  key: string,
): Promise<Map<string, number>> {
  const rows = await rowsOf(
    connection,
    `SELECT ${key} AS key, sum(hidden_bytes)::DOUBLE, sum(bytes_up + bytes_down)::DOUBLE
     FROM host_totals WHERE ${within(span)} GROUP BY key`,
  );
  return notVisibleShares(rows.map(([key, hidden, all]) => [String(key), Number(hidden), Number(all)]));
}
