// Windows into the rows of a DuckDB store.

import { deflateRawSync } from 'node:zlib';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { UsageWindow } from '../../model/usage.ts';
import { type DecodedWindows, decodeOnly, encodeWindow } from '../../window/codec.ts';
import { EMPTY_STATS } from '../../window/sums.ts';
import type { WantsHost } from '../../window/wire-read.ts';
import { exchangesOf, gapsText, hiddenBytes, malformedText, midFlowHosts } from '../columns/window-facts.ts';
import { holdsTooMuch, inflateWindow, TOO_MUCH } from '../packed-window.ts';
import { type Identities, identify } from './identities.ts';

/** Of 1 to 9. Measured on a day of 2 000 made hosts: 1 leaves 35.1 % in 57 ms, 4 34.2 % in 74 ms, 9 32.4 % in 431 ms. */
const PACKING_LEVEL = 4;

/** Smaller messages are stored as they are: deflating takes ten times as long as all else that is done with them. */
const LEAST_DEFLATED_BYTES = 256;
/** RFC 1951 §3.2.4: a stored block that is the last one, LEN and NLEN. */
const STORED = 1;
const STORED_HEADER_BYTES = 5;

/** A window as a message of usage.proto with its length, deflated (RFC 1951). */
function packWindow(window: UsageWindow): Uint8Array {
  const bytes = encodeWindow(window);
  if (bytes.length >= LEAST_DEFLATED_BYTES) return deflateRawSync(bytes, { level: PACKING_LEVEL });
  const packed = new Uint8Array(STORED_HEADER_BYTES + bytes.length);
  packed.set([STORED, bytes.length, 0, 0xff - bytes.length, 0xff]);
  packed.set(bytes, STORED_HEADER_BYTES);
  return packed;
}

function inflate(packed: Uint8Array): Uint8Array {
  const [kind, low = 0, high = 0, notLow = 0, notHigh = 0] = packed;
  const length = packed.length - STORED_HEADER_BYTES;
  const isStored =
    kind === STORED && low + 256 * high === length && notLow + 256 * notHigh === 0xffff - length;
  return isStored ? packed.subarray(STORED_HEADER_BYTES) : inflateWindow(packed);
}

/** Facts for attribution are separate from the hosts, which are many: attribution need not decompress them. */
export function packParts(window: UsageWindow): { message: Uint8Array; usage: Uint8Array } {
  const { sensor, startSeconds, revision, lengthSeconds, rows, asked } = window;
  const key = { sensor, startSeconds, revision, lengthSeconds };
  return {
    message: packWindow({ ...window, rows: [], asked: [] }),
    usage: packWindow({ ...key, stats: EMPTY_STATS, hosts: midFlowHosts(window), rows, asked }),
  };
}

/** `usage` is null in a window from before version 2: its message contains all of it. */
export function unpackParts(
  message: Uint8Array,
  usage: Uint8Array | null,
  wants: WantsHost | null = null,
): DecodedWindows {
  const first = unpackWindow(message, wants);
  if (usage === null) return first;
  const second = unpackWindow(usage, wants);
  const [hosts] = first.windows;
  const [rows] = second.windows;
  const windows =
    hosts === undefined || rows === undefined ? [] : [{ ...hosts, rows: rows.rows, asked: rows.asked }];
  return { windows, damage: [...first.damage, ...second.damage] };
}

/** What packWindow packed; damage as decodeWindows names it. */
function unpackWindow(packed: Uint8Array, wants: WantsHost | null): DecodedWindows {
  try {
    return decodeOnly(inflate(packed), wants);
  } catch (error) {
    const reason = holdsTooMuch(error) ? TOO_MUCH : error instanceof Error ? error.message : String(error);
    return { windows: [], damage: [{ offset: 0, length: packed.length, windowsBefore: 0, reason }] };
  }
}

/** Appends windows to all tables. The caller has a transaction open. */
export async function appendWindows(
  connection: DuckDBConnection,
  windows: readonly UsageWindow[],
): Promise<void> {
  await appendTo(connection, 'windows', (table) => {
    for (const window of windows) appendWindow(table, window);
  });
  const identities = await identify(connection, windows);
  await appendTo(connection, 'host_totals', (table) => {
    for (const window of windows) appendHosts(table, window, identities);
  });
  await appendTo(connection, 'host_dark', (table) => {
    for (const window of windows) appendNotVisible(table, window);
  });
  await appendTo(connection, 'usage_rows', (table) => {
    for (const window of windows) appendRows(table, window);
  });
  await appendTo(connection, 'names_asked', (table) => {
    for (const window of windows) appendAsked(table, window);
  });
}

export async function appendTo(
  connection: DuckDBConnection,
  table: string,
  append: (appender: DuckDBAppender) => void,
  catalog?: 'temp',
): Promise<void> {
  const appender = await connection.createAppender(
    table,
    ...(catalog === undefined ? [] : ['main', catalog]),
  );
  try {
    append(appender);
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

export function appendNumbers(table: DuckDBAppender, numbers: readonly number[]): void {
  for (const number of numbers) table.appendBigInt(BigInt(number));
}

export function appendText(table: DuckDBAppender, text: string | null): void {
  if (text === null) table.appendNull();
  else table.appendVarchar(text);
}

function appendKey(table: DuckDBAppender, window: UsageWindow): void {
  table.appendVarchar(window.sensor);
  appendNumbers(table, [window.startSeconds]);
  table.appendInteger(window.lengthSeconds);
}

function appendWindow(table: DuckDBAppender, window: UsageWindow): void {
  const { stats } = window;
  table.appendVarchar(window.sensor);
  appendNumbers(table, [window.startSeconds]);
  table.appendInteger(window.revision);
  table.appendInteger(window.lengthSeconds);
  appendNumbers(table, [stats.packets, stats.bytes, stats.flows, stats.kernelDrops]);
  const { message, usage } = packParts(window);
  table.appendBlob(message);
  table.appendBlob(usage);
  const { hellosComplete, hellosIncomplete, snaplenCut, evictedFlows, undecoded = 0 } = stats;
  appendNumbers(table, [hellosComplete, hellosIncomplete, snaplenCut, evictedFlows, undecoded]);
  appendText(table, malformedText(window));
  appendText(table, gapsText(window));
  table.endRow();
}

function appendHosts(table: DuckDBAppender, window: UsageWindow, identities: Identities): void {
  for (const host of window.hosts) {
    appendKey(table, window);
    table.appendVarchar(host.host);
    appendText(table, host.mac);
    appendNumbers(table, [host.flows, host.packets, host.bytesUp, host.bytesDown, hiddenBytes(host)]);
    table.appendInteger(identities.of(host));
    table.endRow();
  }
}

function appendNotVisible(table: DuckDBAppender, window: UsageWindow): void {
  for (const { host, notVisible } of window.hosts) {
    for (const { kind, hint, flows, bytes, firstUs, lastUs } of notVisible) {
      appendKey(table, window);
      for (const text of [host, kind, hint]) table.appendVarchar(text);
      appendNumbers(table, [flows, bytes, firstUs, lastUs]);
      table.endRow();
    }
  }
}

function appendRows(table: DuckDBAppender, window: UsageWindow): void {
  for (const row of window.rows) {
    appendKey(table, window);
    table.appendVarchar(row.host);
    table.appendVarchar(row.name);
    table.appendVarchar(row.nameFrom);
    appendText(table, row.fingerprint?.ja4 ?? null);
    appendText(table, row.fingerprint?.ja3 ?? null);
    appendText(table, row.proxy);
    appendNumbers(table, [
      row.flows,
      row.establishedFlows,
      row.packetsUp,
      row.packetsDown,
      row.bytesUp,
      row.bytesDown,
      row.payloadUp,
      row.payloadDown,
      exchangesOf(row),
      row.firstUs,
      row.lastUs,
    ]);
    table.endRow();
  }
}

function appendAsked(table: DuckDBAppender, window: UsageWindow): void {
  for (const asked of window.asked) {
    appendKey(table, window);
    table.appendVarchar(asked.host);
    table.appendVarchar(asked.name);
    appendNumbers(table, [asked.count]);
    table.endRow();
  }
}
