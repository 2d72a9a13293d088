// Reads facts for attribution from a ClickHouse store: of live windows, by bucket of hosts.

import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareWindows, windowKey } from '../../window/merge.ts';
import { EMPTY_STATS } from '../../window/sums.ts';
import type { Span } from '../span.ts';
import type { Connection } from './connect.ts';
import { usageIn } from './rows.ts';

export interface UsageRead {
  readonly windows: UsageWindow[];
  /** One for each window that is left out, or a part of it. */
  readonly damage: {
    readonly window: string;
    readonly startSeconds: number;
    readonly error: WiretallyError;
  }[];
}

/** Selection of hosts: whole buckets, filtered by `wants`. */
export interface Wanted {
  readonly buckets: readonly number[] | null;
  readonly wants?: (host: string, startSeconds: number) => boolean;
}

/** Windows of a span with rows and DNS names, sorted. Streams rows, so that only the result is in memory. */
export async function readUsage(
  { client, address }: Connection,
  { from, to }: Span,
  { buckets, wants }: Wanted,
): Promise<UsageRead> {
  const within = `start_seconds >= ${from} AND start_seconds < ${to}`;
  const inBuckets = buckets === null ? '' : ` AND bucket IN (${buckets.join(', ')})`;
  const query = `SELECT sensor, start_seconds, toString(window), base64Encode(usage) FROM window_usage FINAL
    WHERE ${within}${inBuckets} AND window IN (SELECT window FROM windows FINAL WHERE ${within})`;
  const windows = new Map<string, UsageWindow[]>();
  const damage = new Map<string, UsageRead['damage'][number]>();
  const answer = await client.query({ query, format: 'JSONCompactEachRow' });
  for await (const rows of answer.stream<[string, number, string, string]>()) {
    for (const row of rows) {
      const [sensor, startSeconds, window, usage] = row.json<[string, number, string, string]>();
      const read = usageIn(usage, wants === undefined ? null : (host) => wants(host, startSeconds));
      const key = windowKey({ sensor, startSeconds });
      const parts = windows.get(key) ?? [];
      windows.set(key, parts);
      parts.push(...read.windows);
      if (read.windows.length === 1 && read.damage.length === 0) continue;
      const reason = read.damage[0]?.reason ?? 'it holds no window';
      const text = `${address.name}: window ${startSeconds} of ${sensor} left out: ${reason}`;
      const error = new WiretallyError('STORE_DAMAGED', text, { where: address.name });
      damage.set(window, { window, startSeconds, error });
    }
  }
  return {
    windows: [...windows.values()].flatMap(joined).sort(compareWindows),
    damage: [...damage.values()].sort((a, b) => a.startSeconds - b.startSeconds),
  };
}

/** The parts of one window. */
function joined(parts: readonly UsageWindow[]): UsageWindow[] {
  const [first] = parts;
  if (first === undefined) return [];
  return [
    {
      ...first,
      stats: EMPTY_STATS,
      hosts: parts.flatMap(({ hosts }) => hosts).sort(byHost),
      rows: parts.flatMap(({ rows }) => rows).sort(byHost),
      asked: parts.flatMap(({ asked }) => asked).sort(byHost),
    },
  ];
}

const byHost = (a: { readonly host: string }, b: { readonly host: string }): number =>
  a.host < b.host ? -1 : a.host > b.host ? 1 : 0;
