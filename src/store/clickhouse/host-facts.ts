// What a store knows of a span beside period sums: hosts, statistics, coverage and what was dark, out of columns.

import type { HostTotals } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { factsOf, type HostFacts } from '../../report/document/host-facts.ts';
import type { Zone } from '../../time/zone.ts';
import {
  coverageOfRows,
  daysIn,
  malformedOf,
  notVisibleShares,
  type PartOfHost,
  partOfNotVisible,
  WORD_DAYS,
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
  const [[windows, first, last] = [0, 0, 0]] = await valuesOf<[number, number, number]>(
    connection,
    `SELECT count(), min(${day}), max(${day}) FROM windows WHERE ${within(span)}`,
  );
  if (windows === 0) return new Map();
  const words = Array.from({ length: Math.ceil((last - first + 1) / WORD_DAYS) }, (_, i) => {
    const from = first + i * WORD_DAYS;
    const bit = `if(day >= ${from} AND day < ${from + WORD_DAYS}, bitShiftLeft(toUInt64(1), toUInt8(day - ${from})), toUInt64(0))`;
    return `groupBitOr(${bit})`;
  });
  const sums = await valuesOf<[...Names, number, number, number[]]>(
    connection,
    `SELECT any(host), any(mac), any(mac_from), any(names), any(addresses), sum(flows), sum(bytes_up + bytes_down),
       [${words.join(', ')}]
     FROM (
       SELECT identity, host, mac, mac_from, names, addresses, flows, bytes_up, bytes_down, ${day} AS day
       FROM host_totals FINAL WHERE ${ofLive(span)}
     ) AS seen GROUP BY identity`,
  );
  const notVisible = await valuesOf<[string, string, string, number, number, number, number]>(
    connection,
    `SELECT host, kind, hint, sum(flows), sum(bytes), min(first_us), max(last_us)
     FROM host_dark FINAL WHERE ${ofLive(span)} GROUP BY host, kind, hint`,
  );
  const dayText = dayTexts();
  const dayAt = (index: number): string => dayText(first + index);
  return factsOf([
    ...sums.map(([host, mac, macFrom, names, addresses, flows, bytes, days]): PartOfHost => {
      const known = { host, mac, macFrom, names: JSON.parse(names) as string[] };
      const more = addresses === null ? {} : { addresses: JSON.parse(addresses) as string[] };
      const part = { ...known, ...more, flows, bytesUp: bytes, bytesDown: 0, notVisible: [] };
      return { days: daysIn(days).map(dayAt), hosts: [part] };
    }),
    ...notVisible.map(partOfNotVisible),
  ]);
}

const STATS = [
  ...['packets', 'bytes', 'flows', 'hellos_complete', 'hellos_incomplete'],
  ...['snaplen_cut', 'evicted_flows', 'kernel_drops'],
];

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

/** Of all bytes, by a key in SQL over host_totals: what could not be seen into. */
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
