// Facts of a span in addition to period sums: hosts, statistics, coverage and unobserved traffic, from columns.

import type {
  HostQuartersBySensor,
  HostSensorFacts,
  SensorTime,
} from '../../attribution/traffic/host-sensors.ts';
import type { HostTotals } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { factsOf, type HostFacts } from '../../report/document/host-facts.ts';
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
import { type Connection, valuesOf } from './connect.ts';

const within = ({ from, to }: Span): string => `start_seconds >= ${from} AND start_seconds < ${to}`;

/** Rows of facts of the live windows of a span. */
const ofLive = (span: Span): string =>
  `${within(span)} AND window IN (SELECT window FROM windows FINAL WHERE ${within(span)})`;

type Names = readonly [string, string | null, HostTotals['macFrom'], string, string | null];

export async function readHosts(
  connection: Connection,
  span: Span,
  zone: ZoneSql,
): Promise<Map<string, HostFacts>> {
  const day = zone.day('start_seconds');
  const words = await valuesOf<[number]>(
    connection,
    `SELECT DISTINCT intDiv(${day}, ${WORD_DAYS}) AS word FROM windows WHERE ${within(span)} ORDER BY word`,
  );
  const dayText = dayTexts();
  const sums: PartOfHost[] = [];
  for (const asked of wordsToAsk(words.map(([word]) => Number(word)))) {
    const rows = await valuesOf<[...Names, number, number, number, number[]]>(
      connection,
      hostsOn(asked, day, span),
    );
    sums.push(...rows.map((row) => partOfSums(row, asked, dayText)));
  }
  const notVisible = await valuesOf<[string, string, string, number, number, number, number]>(
    connection,
    `SELECT host, kind, hint, sum(flows), sum(bytes), min(first_us), max(last_us)
     FROM host_dark FINAL WHERE ${ofLive(span)} GROUP BY host, kind, hint`,
  );
  return factsOf([...sums, ...notVisible.map(partOfNotVisible)]);
}

/** Sums of each identity over the days of some words, and those days. */
function hostsOn(asked: readonly number[], day: string, span: Span): string {
  const bits = asked.map((word) => {
    const [from, to] = daysOfWord(word);
    return `groupBitOr(if(day >= ${from} AND day < ${to}, bitShiftLeft(toUInt64(1), toUInt8(day - ${from})), toUInt64(0)))`;
  });
  const [[from] = [0], [, to] = [0, 0]] = [asked[0], asked.at(-1)].map((word) => daysOfWord(word ?? 0));
  return `SELECT any(host), any(mac), any(mac_from), any(names), any(addresses), sum(flows), sum(bytes_up), sum(bytes_down),
       [${bits.join(', ')}]
     FROM (
       SELECT identity, host, mac, mac_from, names, addresses, flows, bytes_up, bytes_down, ${day} AS day
       FROM host_totals FINAL WHERE ${ofLive(span)}
     ) AS seen WHERE day >= ${from} AND day < ${to} GROUP BY identity`;
}

function partOfSums(
  [host, mac, macFrom, names, addresses, flows, up, down, days]: readonly [
    ...Names,
    number,
    number,
    number,
    number[],
  ],
  asked: readonly number[],
  dayText: (day: number) => string,
): PartOfHost {
  const known = { host, mac, macFrom, names: JSON.parse(names) as string[] };
  const more = addresses === null ? {} : { addresses: JSON.parse(addresses) as string[] };
  const part = { ...known, ...more, flows, bytesUp: up, bytesDown: down, notVisible: [] };
  return { days: daysIn(asked, days).map(dayText), hosts: [part] };
}

const STATS = [
  ...['packets', 'bytes', 'flows', 'hellos_complete', 'hellos_incomplete'],
  ...['snaplen_cut', 'evicted_flows', 'kernel_drops'],
];

/** Hosts with DNS names of the catalogue, whose sensors are compared. */
const talkers = (span: Span): string =>
  `SELECT host FROM usage_rows WHERE ${within(span)} UNION DISTINCT SELECT host FROM names_asked WHERE ${within(span)}`;

async function readTimes(connection: Connection, span: Span): Promise<SensorTime[]> {
  return sensorTimesOf(
    await valuesOf<[string, number, number]>(
      connection,
      `SELECT sensor, min(start_seconds), max(start_seconds) FROM windows WHERE ${within(span)} GROUP BY sensor`,
    ),
  );
}

/** What each sensor saw in all of a host; see hostSensorsOf. */
export async function readHostTotals(
  connection: Connection,
  span: Span,
): Promise<Pick<HostSensorFacts, 'times' | 'totals'>> {
  const times = await readTimes(connection, span);
  if (times.length < 2) return { times, totals: new Map() };
  const key = 'sensor, start_seconds, length_seconds, toString(host) AS host_name';
  const live = `(sensor, start_seconds, revision) IN (
    SELECT sensor, start_seconds, revision FROM windows FINAL WHERE ${within(span)})`;
  const rows = await valuesOf<[string, string, number, number]>(
    connection,
    `SELECT host_name, sensor, sum(length_seconds), sum(if(is_whole, whole, part)) FROM (
       SELECT sensor, start_seconds, length_seconds, host_name, max(is_total) AS is_whole, sumIf(bytes, is_total) AS whole,
         sumIf(bytes, NOT is_total) AS part
       FROM (
         SELECT ${key}, bytes_up + bytes_down AS bytes, true AS is_total FROM host_totals FINAL
         WHERE ${ofLive(span)} AND host IN (${talkers(span)})
         UNION ALL SELECT ${key}, bytes_up + bytes_down, false FROM usage_rows FINAL WHERE ${within(span)} AND ${live}
         UNION ALL SELECT ${key}, 0, false FROM names_asked FINAL WHERE ${within(span)} AND ${live}
       ) AS known GROUP BY sensor, start_seconds, length_seconds, host_name
     ) AS seen GROUP BY host_name, sensor`,
  );
  return { times, totals: totalsOfRows(rows) };
}

export async function readReportedHosts(connection: Connection, span: Span): Promise<ReportedHost[]> {
  const live = `(sensor, start_seconds, revision) IN (
    SELECT sensor, start_seconds, revision FROM windows FINAL WHERE ${within(span)})`;
  const of = (table: string): string =>
    `SELECT sensor, toString(host) AS name FROM ${table} FINAL WHERE ${within(span)} AND ${live}`;
  return await valuesOf<[string, string]>(
    connection,
    `SELECT DISTINCT sensor, name FROM (${['host_totals', 'usage_rows', 'names_asked'].map(of).join(' UNION ALL ')}) AS all_hosts`,
  );
}

/** When each sensor saw a host; see hostSensorsOf. */
export async function readHostQuarters(connection: Connection, span: Span): Promise<HostQuartersBySensor> {
  if ((await readTimes(connection, span)).length < 2) return new Map();
  return quartersOfRows(
    await valuesOf<[string, string, number[]]>(
      connection,
      `SELECT host, sensor, groupUniqArray(intDiv(start_seconds, ${QUARTER_SECONDS}) * ${QUARTER_SECONDS})
       FROM host_totals FINAL WHERE ${ofLive(span)} AND host IN (${talkers(span)}) GROUP BY host, sensor`,
    ),
  );
}

export async function readFacts(
  connection: Connection,
  span: Span,
  zone: Zone,
  columns: ZoneSql,
): Promise<SpanFacts> {
  const [totals = []] = await valuesOf<number[]>(
    connection,
    `SELECT count(), min(start_seconds), max(start_seconds + length_seconds), ${STATS.map((name) => `sum(${name})`).join(', ')}
     FROM windows FINAL WHERE ${within(span)}`,
  );
  const [windows = 0, since = 0, until = 0, ...sums] = totals;
  const [packets = 0, bytes = 0, flows = 0, complete = 0, incomplete = 0, ...rest] = sums;
  const [snaplenCut = 0, evictedFlows = 0, kernelDrops = 0] = rest;
  const sensors = await valuesOf<[string]>(
    connection,
    `SELECT DISTINCT sensor FROM windows WHERE ${within(span)}`,
  );
  return {
    windows,
    span: windows === 0 ? null : { since, until },
    sensors: sensors.map(([sensor]) => sensor).sort(compareText),
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
    coverage: await readCoverage(connection, span, zone, columns),
  };
}

async function readMalformed(connection: Connection, span: Span): Promise<Record<string, number>> {
  const rows = await valuesOf<[string, number]>(
    connection,
    `SELECT malformed, count() FROM windows FINAL WHERE ${within(span)} AND malformed IS NOT NULL GROUP BY malformed`,
  );
  return malformedOf(rows);
}

async function readCoverage(
  connection: Connection,
  span: Span,
  zone: Zone,
  columns: ZoneSql,
): Promise<SpanFacts['coverage']> {
  const days = await valuesOf<[number, number, number]>(
    connection,
    `SELECT min(start_seconds), sum(toInt64(packets) - toInt64(undecoded)), sum(kernel_drops)
     FROM windows FINAL WHERE ${within(span)} GROUP BY ${columns.day('start_seconds')}`,
  );
  const gaps = await valuesOf<[number, string]>(
    connection,
    `SELECT min(start_seconds), gaps FROM windows FINAL WHERE ${within(span)} AND gaps IS NOT NULL GROUP BY gaps`,
  );
  return coverageOfRows(days, gaps, zone);
}

/** Share of unobserved bytes, by a key in SQL over host_totals. */
export async function readNotVisible(
  connection: Connection,
  span: Span,
  key: string,
): Promise<Map<string, number>> {
  const rows = await valuesOf<[string | number, number, number]>(
    connection,
    `SELECT ${key} AS key, sum(hidden_bytes), sum(bytes_up + bytes_down)
     FROM host_totals FINAL WHERE ${ofLive(span)} GROUP BY key`,
  );
  return notVisibleShares(rows.map(([key, hidden, all]) => [String(key), hidden, all]));
}
