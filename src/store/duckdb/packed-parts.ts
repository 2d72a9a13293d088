// Packs windows for a DuckDB store: one message with hosts and statistics, and one with the facts for attribution.

import { deflateRawSync } from 'node:zlib';
import type { UsageWindow } from '../../model/usage.ts';
import { type DecodedWindows, decodeSingleWindow, encodeWindow } from '../../window/codec.ts';
import { EMPTY_STATS } from '../../window/sums.ts';
import type { WantsHost } from '../../window/wire-read.ts';
import { inflateWindow, unpackOrDamage } from '../packed-window.ts';
import { midFlowHosts } from '../sql/tables.ts';

/** Level of deflate, from 1 to 9. */
const PACKING_LEVEL = 4;

/** Smaller messages are stored without deflating, which takes ten times as long as all other steps. */
const MIN_DEFLATED_BYTES = 256;
/** RFC 1951 §3.2.4: a stored block that is the last one, LEN and NLEN. */
const STORED = 1;
const STORED_HEADER_BYTES = 5;

/** Packs a window as a message of docs/usage.proto with its length, deflated (RFC 1951). */
function packWindow(window: UsageWindow): Uint8Array {
  const bytes = encodeWindow(window);
  if (bytes.length >= MIN_DEFLATED_BYTES) return deflateRawSync(bytes, { level: PACKING_LEVEL });
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

/** Packs the hosts separately from the facts for attribution: hosts are many, and attribution need not decompress them. */
export const packHosts = (window: UsageWindow): Uint8Array =>
  packWindow({ ...window, rows: [], queriedNames: [] });

export function packUsage(window: UsageWindow): Uint8Array {
  const { sensor, startSeconds, revision, lengthSeconds, rows, queriedNames } = window;
  const key = { sensor, startSeconds, revision, lengthSeconds };
  return packWindow({ ...key, stats: EMPTY_STATS, hosts: midFlowHosts(window), rows, queriedNames });
}

/** Unpacks both parts into one window. */
export function unpackParts(message: Uint8Array, usage: Uint8Array): DecodedWindows {
  const first = unpackWindow(message);
  const second = unpackWindow(usage);
  const [hosts] = first.windows;
  const [rows] = second.windows;
  const windows =
    hosts === undefined || rows === undefined
      ? []
      : [{ ...hosts, rows: rows.rows, queriedNames: rows.queriedNames }];
  return { windows, damage: [...first.damage, ...second.damage] };
}

export const unpackWindow = (packed: Uint8Array, wants: WantsHost | null = null): DecodedWindows =>
  unpackOrDamage(packed, (bytes) => decodeSingleWindow(inflate(bytes), wants));
