// Windows into a ClickHouse store, and out of it.

import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { compareWindows } from '../../window/merge.ts';
import type { Span } from '../span.ts';
import type { SensorSpan, WindowSpan, WindowsRead } from '../store.ts';
import { type Connection, insertRows, type Params, rowsOf } from './connect.ts';
import { factRows, windowIn, windowRow } from './rows.ts';
import { FACT_TABLES } from './tables.ts';

export const IN_SPAN = 'start_seconds >= {from: Int64} AND start_seconds < {to: Int64}';

/** Rows first, windows last: an incomplete insert does not count. */
export async function putWindows(connection: Connection, windows: readonly UsageWindow[]): Promise<void> {
  const facts = windows.map(factRows);
  for (const table of FACT_TABLES)
    await insertRows(
      connection,
      table,
      facts.flatMap((each) => each[table]),
    );
  await insertRows(connection, 'windows', windows.map(windowRow));
}

export const readWindows = (connection: Connection, { from, to }: Span): Promise<WindowsRead> =>
  readAs(connection, `SELECT sensor, start_seconds AS start, message FROM windows FINAL WHERE ${IN_SPAN}`, {
    from,
    to,
  });

export const readNewest = (connection: Connection, most: number): Promise<WindowsRead> =>
  readAs(
    connection,
    `SELECT sensor, start_seconds AS start, message FROM windows FINAL ORDER BY start_seconds DESC LIMIT ${most}`,
    {},
  );

/** Streams rows, so that only windows are in memory. */
async function readAs({ client, address }: Connection, query: string, params: Params): Promise<WindowsRead> {
  const windows: UsageWindow[] = [];
  const damage: WiretallyError[] = [];
  const answer = await client.query({ query, query_params: { ...params }, format: 'JSONEachRow' });
  for await (const rows of answer.stream<{ sensor: string; start: number; message: string }>()) {
    for (const row of rows) {
      const { sensor, start, message } = row.json();
      const read = windowIn(message);
      windows.push(...read.windows);
      if (read.windows.length === 1 && read.damage.length === 0) continue;
      const reason = read.damage[0]?.reason ?? 'it holds no window';
      const text = `${address.name}: window ${start} of ${sensor} left out: ${reason}`;
      damage.push(new WiretallyError('STORE_DAMAGED', text, { where: address.name }));
    }
  }
  return { windows: windows.sort(compareWindows), damage };
}

export async function readSpan(connection: Connection): Promise<WindowSpan | null> {
  const [row] = await rowsOf<{ windows: number; first: number; last: number }>(
    connection,
    'SELECT count() AS windows, min(start_seconds) AS first, max(start_seconds + length_seconds) AS last FROM windows',
  );
  return row === undefined || row.windows === 0 ? null : { firstSeconds: row.first, lastSeconds: row.last };
}

export async function readSensors(connection: Connection, { from, to }: Span): Promise<SensorSpan[]> {
  const spans = await rowsOf<SensorSpan>(
    connection,
    `SELECT sensor, count() AS windows, min(start_seconds) AS firstSeconds,
       max(start_seconds + length_seconds) AS lastSeconds, sum(length_seconds) AS coveredSeconds,
       sum(w.packets) AS packets, sum(kernel_drops) AS kernelDrops
     FROM windows AS w FINAL WHERE ${IN_SPAN} GROUP BY sensor`,
    { from, to },
  );
  return spans.sort((a, b) => compareText(a.sensor, b.sensor));
}
