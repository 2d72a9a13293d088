// Windows out of a DuckDB store: whole, or what of them is judged.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { WiretallyError } from '../model/errors.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { DecodedWindows } from '../usage/codec.ts';
import { unpackParts } from './duckdb-rows.ts';
import type { WindowsRead } from './store.ts';

/** Half-open, of window starts. */
export interface StartSpan {
  readonly from: number;
  readonly to: number;
}

export interface StoredWindows extends WindowsRead {
  /** Starts of the windows that `damage` names, one for one. */
  readonly damagedAt: readonly number[];
}

/** Windows that begin in the span, by start and sensor; what cannot be read is named. */
export async function readWindows(
  path: string,
  connection: DuckDBConnection,
  span: StartSpan,
): Promise<StoredWindows> {
  return await readAs(path, connection, span, 'message, usage', (message, usage) =>
    message === null ? null : unpackParts(message, usage),
  );
}

/** The same without hosts and statistics: a tenth of the bytes. */
export async function readUsage(
  path: string,
  connection: DuckDBConnection,
  span: StartSpan,
): Promise<StoredWindows> {
  const columns = 'usage, CASE WHEN usage IS NULL THEN message END';
  return await readAs(path, connection, span, columns, (usage, message) => {
    const bytes = usage ?? message;
    return bytes === null ? null : unpackParts(bytes, null);
  });
}

async function readAs(
  path: string,
  connection: DuckDBConnection,
  { from, to }: StartSpan,
  columns: string,
  decode: (first: Uint8Array | null, second: Uint8Array | null) => DecodedWindows | null,
): Promise<StoredWindows> {
  const reader = await connection.runAndReadAll(
    `SELECT sensor, start_seconds, ${columns} FROM windows
     WHERE start_seconds >= $1 AND start_seconds < $2 ORDER BY start_seconds, sensor`,
    [BigInt(from), BigInt(to)],
  );
  const windows: UsageWindow[] = [];
  const damage: WiretallyError[] = [];
  const damagedAt: number[] = [];
  for (const [sensor, start, first, second] of reader.getRows()) {
    const decoded = decode(bytesOf(first), bytesOf(second));
    const [window, ...more] = decoded?.windows ?? [];
    if (window !== undefined) windows.push(window);
    if (window !== undefined && more.length === 0 && decoded?.damage.length === 0) continue;
    const reason = decoded?.damage[0]?.reason ?? 'it holds no window';
    damagedAt.push(Number(start));
    damage.push(
      new WiretallyError('STORE_DAMAGED', `${path}: window ${start} of ${sensor} left out: ${reason}`, {
        where: path,
      }),
    );
  }
  return { windows, damage, damagedAt };
}

function bytesOf(value: DuckDBValue | undefined): Uint8Array | null {
  const bytes = typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : null;
  return bytes instanceof Uint8Array ? bytes : null;
}
