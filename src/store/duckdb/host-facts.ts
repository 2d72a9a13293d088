// What a store knows of a span beside period sums: hosts, statistics, coverage and what was dark, out of columns.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { CoverageDay } from '../../model/report.ts';
import type { HostTotals } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { factsOf, type HostFacts, type HostPart } from '../../report/document/host-facts.ts';
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
  const [edges] = await rowsOf(
    connection,
    `SELECT min(${day}), max(${day}) FROM windows WHERE ${within(span)}`,
  );
  const [firstDay, lastDay] = edges ?? [];
  if (typeof firstDay !== 'bigint' || typeof lastDay !== 'bigint') return new Map();
  const first = Number(firstDay);
  const words = Array.from({ length: Math.ceil((Number(lastDay) - first + 1) / WORD_DAYS) }, (_, i) => {
    const from = first + i * WORD_DAYS;
    const bit = `CASE WHEN day >= ${from} AND day < ${from + WORD_DAYS} THEN 1::UBIGINT << (day - ${from})::UBIGINT ELSE 0 END`;
    return `bit_or(${bit})::DOUBLE`;
  });
  const sums = await rowsOf(
    connection,
    `WITH seen AS (
       SELECT identity, flows, bytes_up, bytes_down, ${day} AS day FROM host_totals WHERE ${within(span)}
     ), sums AS (
       SELECT identity, sum(flows)::DOUBLE AS flows, (sum(bytes_up) + sum(bytes_down))::DOUBLE AS bytes,
         [${words.join(', ')}] AS days
       FROM seen GROUP BY identity
     ) SELECT host, mac, mac_from, names, addresses, flows, bytes, days FROM sums JOIN host_identities USING (identity)`,
  );
  const notVisible = await rowsOf(
    connection,
    `SELECT host, kind, hint, sum(flows)::DOUBLE, sum(bytes)::DOUBLE, min(first_us)::DOUBLE, max(last_us)::DOUBLE
     FROM host_dark WHERE ${within(span)} GROUP BY host, kind, hint`,
  );
  const dayText = dayTexts();
  const dayAt = (index: number): string => dayText(first + index);
  return factsOf([
    ...sums.map((row) => partOfSums(row, dayAt)),
    ...notVisible.map(([host, kind, hint, ...numbers]) => {
      const [flows = 0, bytes = 0, firstUs = 0, lastUs = 0] = numbers.map(Number);
      return partOfNotVisible([String(host), String(kind), String(hint), flows, bytes, firstUs, lastUs]);
    }),
  ]);
}

function partOfSums(
  [host, mac, macFrom, names, addresses, flows, bytes, days]: readonly DuckDBValue[],
  dayAt: (index: number) => string,
): PartOfHost {
  const part: HostPart = {
    host: String(host),
    mac: mac === null ? null : String(mac),
    macFrom: macFrom as HostTotals['macFrom'],
    names: JSON.parse(String(names)) as string[],
    ...(typeof addresses === 'string' ? { addresses: JSON.parse(addresses) as string[] } : {}),
    flows: Number(flows),
    bytesUp: Number(bytes),
    bytesDown: 0,
    notVisible: [],
  };
  return {
    days: daysIn(numbersIn(days)).map(dayAt),
    hosts: [part],
  };
}

/** A list of numbers. */
function numbersIn(list: DuckDBValue | undefined): number[] {
  const items = typeof list === 'object' && list !== null && 'items' in list ? list.items : [];
  return (items as readonly DuckDBValue[]).map(Number);
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

/** Of all bytes, by a key in SQL over host_totals: what could not be seen into. */
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
