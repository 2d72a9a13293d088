// Writes windows to a ClickHouse store and reads them: complete, or only their facts for attribution by bucket of hosts.

import type { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareWindows } from '../../window/merge-windows.ts';
import { EMPTY_STATS, windowKey } from '../../window/sums.ts';
import { readStoredWindow } from '../packed-window.ts';
import type { Span } from '../span.ts';
import { spanCondition } from '../sql/dialect.ts';
import type { WindowsRead } from '../store.ts';
import { type Connection, insertRows, type Params } from './connect.ts';
import { buildRows, decodeMessage, decodeUsage, FACT_TABLES, STORED_WINDOWS, WINDOW_USAGE } from './rows.ts';

export const IN_SPAN = 'start_seconds >= {from: Int64} AND start_seconds < {to: Int64}';

/** Writes rows first and windows last, so that an incomplete insert does not count. */
export async function putWindows(connection: Connection, windows: readonly UsageWindow[]): Promise<void> {
  for (const table of [...FACT_TABLES, WINDOW_USAGE])
    await insertRows(connection, table.name, buildRows(table, windows));
  await insertRows(connection, STORED_WINDOWS.name, buildRows(STORED_WINDOWS, windows));
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
      const stored = readStoredWindow(address.name, { sensor, start }, decodeMessage(message));
      if (stored.window !== null) windows.push(stored.window);
      if (stored.damage !== null) damage.push(stored.damage);
    }
  }
  return { windows: windows.sort(compareWindows), damage };
}

export interface UsageRead {
  readonly windows: UsageWindow[];
  /** One entry for each window that was skipped, completely or in part. */
  readonly damage: {
    readonly window: string;
    readonly startSeconds: number;
    readonly error: WiretallyError;
  }[];
}

/** Selection of hosts: whole buckets, filtered by `wants`. */
export interface HostSelection {
  readonly buckets: readonly number[] | null;
  readonly wants?: (host: string, startSeconds: number) => boolean;
}

/** Windows of a span with rows and DNS names, sorted. Streams rows, so that only the result is in memory. */
export async function readUsage(
  { client, address }: Connection,
  span: Span,
  { buckets, wants }: HostSelection,
): Promise<UsageRead> {
  const within = spanCondition(span);
  const inBuckets = buckets === null ? '' : ` AND bucket IN (${buckets.join(', ')})`;
  const query = `SELECT sensor, start_seconds, toString(window), base64Encode(usage) FROM window_usage FINAL
    WHERE ${within}${inBuckets} AND window IN (SELECT window FROM windows FINAL WHERE ${within})`;
  const windows = new Map<string, UsageWindow[]>();
  const damage = new Map<string, UsageRead['damage'][number]>();
  const answer = await client.query({ query, format: 'JSONCompactEachRow' });
  for await (const rows of answer.stream<[string, number, string, string]>()) {
    for (const row of rows) {
      const [sensor, startSeconds, window, usage] = row.json<[string, number, string, string]>();
      const read = decodeUsage(usage, wants === undefined ? null : (host) => wants(host, startSeconds));
      const stored = readStoredWindow(address.name, { sensor, start: startSeconds }, read);
      const key = windowKey({ sensor, startSeconds });
      const parts = windows.get(key) ?? [];
      windows.set(key, parts);
      if (stored.window !== null) parts.push(stored.window);
      if (stored.damage !== null) damage.set(window, { window, startSeconds, error: stored.damage });
    }
  }
  return {
    windows: [...windows.values()].flatMap(joinParts).sort(compareWindows),
    damage: [...damage.values()].sort((a, b) => a.startSeconds - b.startSeconds),
  };
}

function joinParts(parts: readonly UsageWindow[]): UsageWindow[] {
  const [first] = parts;
  if (first === undefined) return [];
  return [
    {
      ...first,
      stats: EMPTY_STATS,
      hosts: parts.flatMap(({ hosts }) => [...hosts]).sort(compareHost),
      rows: parts.flatMap(({ rows }) => rows).sort(compareHost),
      queriedNames: parts.flatMap(({ queriedNames }) => queriedNames).sort(compareHost),
    },
  ];
}

const compareHost = (a: { readonly host: string }, b: { readonly host: string }): number =>
  a.host < b.host ? -1 : a.host > b.host ? 1 : 0;
