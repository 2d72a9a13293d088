// Reads windows from a DuckDB store: whole, or their facts for attribution.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { errorAt, type WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { DecodedWindows } from '../../window/codec.ts';
import { readStoredWindow } from '../packed-window.ts';
import type { Span } from '../span.ts';
import type { WindowsRead } from '../store.ts';
import { type Database, readRows } from './duckdb-file.ts';
import { unpackParts, unpackWindow } from './packed-parts.ts';

export interface StoredWindows extends WindowsRead {
  /** Starts of the damaged windows, in the order of `damage`. */
  readonly damagedAt: readonly number[];
}

/** Returns the start of the window with this rank in order of time within a span, or from the end; null beyond the last. */
export async function findStartAtRank(
  connection: DuckDBConnection,
  { from, to }: Span,
  rank: number,
  order: 'ASC' | 'DESC' = 'ASC',
  condition = 'true',
): Promise<number | null> {
  const [[start = null] = []] = await readRows(
    connection,
    `SELECT start_seconds FROM windows WHERE start_seconds >= $1 AND start_seconds < $2 AND ${condition}
     ORDER BY start_seconds ${order} LIMIT 1 OFFSET ${rank}`,
    [BigInt(from), BigInt(to)],
  );
  return start === null ? null : Number(start);
}

/** Reads windows that begin in the span, by start and sensor. `damage` lists unreadable ones. */
export async function readWindows(
  database: Database,
  span: Span,
  most: ReadLimits = READ_LIMITS,
): Promise<StoredWindows> {
  const decode = (message: Uint8Array | null, usage: Uint8Array | null) =>
    message === null || usage === null ? null : unpackParts(message, usage);
  return await readAs(database, span, 'message, usage', decode, most);
}

/** Tables with a row of each host that `usage` of a window names, or that has outcomes in it. */
const TABLES_OF_USAGE = ['usage_rows', 'names_asked', 'host_dark', 'outcomes'];
const WINDOWS_OF_HOST = TABLES_OF_USAGE.map(
  (table) =>
    `SELECT sensor, start_seconds FROM ${table} WHERE start_seconds >= $1 AND start_seconds < $2 AND host = $3`,
).join(' UNION ');

/**
 * Reads windows without statistics, and only flows without a beginning of their hosts. Unwanted hosts may be omitted.
 * With `host`, only windows with facts about it are read: a page of one host needs few of months.
 */
export async function readUsage(
  database: Database,
  span: Span,
  wants: ((host: string, startSeconds: number) => boolean) | null = null,
  host: string | null = null,
): Promise<StoredWindows> {
  const decode = (usage: Uint8Array | null, _: Uint8Array | null, start: number) =>
    usage === null ? null : unpackWindow(usage, wants === null ? null : (name) => wants(name, start));
  return await readAs(database, span, 'usage', decode, READ_LIMITS, host);
}

async function readAs(
  database: Database,
  { from, to }: Span,
  columns: string,
  decode: (first: Uint8Array | null, second: Uint8Array | null, start: number) => DecodedWindows | null,
  most: ReadLimits = READ_LIMITS,
  host: string | null = null,
): Promise<StoredWindows> {
  const isOfHost = host === null ? '' : ` AND (sensor, start_seconds) IN (${WINDOWS_OF_HOST})`;
  const within = `start_seconds >= $1 AND start_seconds < $2${isOfHost}`;
  const span = [BigInt(from), BigInt(to), ...(host === null ? [] : [host])];
  const { path, connection } = database;
  await refuseTooMuch(database, columns, within, span, most);
  const rows = await readRows(
    connection,
    `SELECT sensor, start_seconds, ${columns} FROM windows WHERE ${within} ORDER BY start_seconds, sensor`,
    span,
  );
  let entries = 0;
  const windows: UsageWindow[] = [];
  const damage: WiretallyError[] = [];
  const damagedAt: number[] = [];
  for (const [sensor, start, first, second] of rows) {
    const decoded = decode(findBytes(first), findBytes(second), Number(start));
    const { window, damage: refusal } = readStoredWindow(path, { sensor, start }, decoded);
    if (window !== null) {
      entries += countEntries(window);
      if (entries > most.entries) throw tooMuch(path, `more than ${most.entries} hosts, rows and exchanges`);
      windows.push(window);
    }
    if (refusal === null) continue;
    damagedAt.push(Number(start));
    damage.push(refusal);
  }
  return { windows, damage, damagedAt };
}

interface ReadLimits {
  readonly windows: number;
  /** Limits the packed bytes: they take ten times as much in memory. */
  readonly bytes: number;
  /** Hosts, rows, DNS names and exchanges: about 200 bytes each. */
  readonly entries: number;
}

const READ_LIMITS: ReadLimits = { windows: 4_000_000, bytes: 2 ** 30, entries: 12_000_000 };

/** Refuses too many windows: a small file can refer to the same bytes a million times. */
async function refuseTooMuch(
  { path, connection }: Database,
  columns: string,
  within: string,
  span: DuckDBValue[],
  most: ReadLimits,
): Promise<void> {
  const lengths = columns.split(', ').map((column) => `coalesce(octet_length(${column}), 0)`);
  const [row = []] = await readRows(
    connection,
    `SELECT count(*), coalesce(sum(${lengths.join(' + ')}), 0)::DOUBLE FROM windows WHERE ${within}`,
    span,
  );
  const [count = 0, bytes = 0] = row.map(Number);
  if (count > most.windows) throw tooMuch(path, `${count} windows`);
  if (bytes > most.bytes) throw tooMuch(path, `${bytes} bytes of packed windows`);
}

function tooMuch(path: string, what: string): WiretallyError {
  return errorAt('INPUT_UNREADABLE', path, `holds ${what} in this span, which exceed the memory limit`, {
    next: 'select a shorter period with --since and --until',
  });
}

const countEntries = ({ hosts, rows, queriedNames }: UsageWindow): number =>
  rows.reduce((sum, { exchanges, cells }) => sum + exchanges.length + cells.length, 0) +
  hosts.length +
  rows.length +
  queriedNames.length;

function findBytes(value: DuckDBValue | undefined): Uint8Array | null {
  const bytes = typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : null;
  return bytes instanceof Uint8Array ? bytes : null;
}
