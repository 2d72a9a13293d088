// Encodes and decodes windows: length-delimited protobuf messages (docs/usage.proto), one after the other.

import { MAX_WINDOW_BYTES } from '../model/ceilings.ts';
import type { UsageWindow } from '../model/usage.ts';
import {
  CHECKSUM_BYTES,
  CHECKSUM_TAG,
  hasChecksum,
  readWindow,
  type WantsHost,
  WireError,
} from './wire-read.ts';
import { writeWindow } from './wire-write.ts';

/** Length of MAX_WINDOW_BYTES as a varint. */
const MAX_LENGTH_BYTES = 4;

/** Maximum bytes that resynchronization may checksum, as a multiple of the file size. It limits the cost of hostile input. */
const SEARCH_FACTOR = 8;

/** Encodes a window with its length prefix, ready to be appended to a file. */
export function encodeWindow(window: UsageWindow): Uint8Array {
  const message = writeWindow(window);
  if (message.length > MAX_WINDOW_BYTES) {
    throw new RangeError(`window of ${message.length} bytes exceeds the limit of ${MAX_WINDOW_BYTES} bytes`);
  }
  const length: number[] = [];
  for (let rest = message.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) break;
  }
  const bytes = new Uint8Array(length.length + message.length);
  bytes.set(length);
  bytes.set(message, length.length);
  return bytes;
}

export function encodeWindows(windows: readonly UsageWindow[]): Uint8Array {
  const parts = windows.map(encodeWindow);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Bytes that are not a window: offset, length, and reason. */
export interface WindowDamage {
  readonly offset: number;
  readonly length: number;
  readonly reason: string;
  readonly windowsBefore: number;
}

export interface DecodedWindows {
  readonly windows: UsageWindow[];
  readonly damage: WindowDamage[];
}

/** Reads whole windows and reports damage; resynchronizes at the next message with a valid checksum. */
export function decodeWindows(bytes: Uint8Array): DecodedWindows {
  const windows: UsageWindow[] = [];
  const damage: WindowDamage[] = [];
  const search = { bytesLeft: SEARCH_FACTOR * bytes.length };
  let offset = 0;
  while (offset < bytes.length) {
    const frame = readFrame(bytes, offset);
    const reason = typeof frame === 'string' ? frame : readInto(windows, frame.message, null);
    if (reason === null && typeof frame !== 'string') {
      offset = frame.end;
      continue;
    }
    const next = typeof frame === 'string' ? findFrame(bytes, offset + 1, search) : frame.end;
    damage.push({
      offset,
      length: next - offset,
      reason: reason ?? 'no window',
      windowsBefore: windows.length,
    });
    offset = next;
  }
  return { windows, damage };
}

/** Decodes bytes that contain exactly one window; anything else is damage. With `wants`, facts of other hosts may be skipped. */
export function decodeSingleWindow(bytes: Uint8Array, wants: WantsHost | null = null): DecodedWindows {
  const windows: UsageWindow[] = [];
  const frame = readFrame(bytes, 0);
  const reason =
    typeof frame === 'string'
      ? frame
      : frame.end < bytes.length
        ? 'trailing bytes after the window'
        : readInto(windows, frame.message, wants);
  return {
    windows,
    damage: reason === null ? [] : [{ offset: 0, length: bytes.length, reason, windowsBefore: 0 }],
  };
}

/** Appends the window of a message. Returns the reason if the message is invalid, else null. */
function readInto(windows: UsageWindow[], message: Uint8Array, wants: WantsHost | null): string | null {
  try {
    windows.push(readWindow(message, wants));
    return null;
  } catch (error) {
    if (error instanceof WireError) return error.message;
    throw error;
  }
}

interface Frame {
  readonly message: Uint8Array;
  readonly end: number;
}

const LENGTH_TOO_LARGE = `the length of a window exceeds the limit of ${MAX_WINDOW_BYTES} bytes`;

/** Returns the message at an offset if its checksum is valid, else the fault. */
function readFrame(bytes: Uint8Array, offset: number): Frame | string {
  let length = 0;
  let start = offset;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[start++];
    if (byte === undefined) return 'the file ends inside the length of a window';
    length += (byte & 127) * scale;
    if (byte < 128) break;
    if (start - offset >= MAX_LENGTH_BYTES) return LENGTH_TOO_LARGE;
  }
  const end = start + length;
  if (length > MAX_WINDOW_BYTES) return LENGTH_TOO_LARGE;
  if (end > bytes.length) return 'the file ends inside a window';
  if (length <= CHECKSUM_BYTES) return 'the length of a window is too small for its checksum';
  const message = bytes.subarray(start, end);
  return hasChecksum(message) ? { message, end } : 'the checksum of a window is wrong';
}

/** Returns the next offset at which a whole message begins, or the end. */
function findFrame(bytes: Uint8Array, from: number, search: { bytesLeft: number }): number {
  for (let offset = from; offset < bytes.length && search.bytesLeft > 0; offset++) {
    const length = guessLength(bytes, offset);
    if (length === 0) continue;
    search.bytesLeft -= length;
    if (typeof readFrame(bytes, offset) !== 'string') return offset;
  }
  return bytes.length;
}

/** Returns the length at an offset if the tag of a checksum is at its end, else 0. This check costs less than the checksum. */
function guessLength(bytes: Uint8Array, offset: number): number {
  let length = 0;
  let start = offset;
  for (let scale = 1; start - offset < MAX_LENGTH_BYTES; scale *= 128) {
    const byte = bytes[start++] ?? 0;
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  const end = start + length;
  if (length <= CHECKSUM_BYTES || end > bytes.length) return 0;
  return bytes[end - CHECKSUM_BYTES] === CHECKSUM_TAG ? length : 0;
}

/** Result at one offset of a file that is read in pieces. */
export type NextWindow =
  | { readonly kind: 'window'; readonly window: UsageWindow; readonly end: number }
  | { readonly kind: 'damage'; readonly reason: string; readonly end: number }
  /** No complete window begins here or later. The file may still grow. */
  | { readonly kind: 'part'; readonly reason: string };

/** Returns the window at an offset, or the offset of the next whole one. */
export function readNextWindow(bytes: Uint8Array, offset: number): NextWindow {
  const frame = readFrame(bytes, offset);
  if (typeof frame === 'string') {
    const end = findFrame(bytes, offset + 1, { bytesLeft: SEARCH_FACTOR * bytes.length });
    return end < bytes.length ? { kind: 'damage', reason: frame, end } : { kind: 'part', reason: frame };
  }
  const windows: UsageWindow[] = [];
  const reason = readInto(windows, frame.message, null);
  const [window] = windows;
  return window === undefined
    ? { kind: 'damage', reason: reason ?? 'no window', end: frame.end }
    : { kind: 'window', window, end: frame.end };
}

/** Returns the length of the first message from its header; infinite without a valid header. */
export function readFirstLength(head: Uint8Array): number {
  let length = 0;
  for (let i = 0, scale = 1; i < MAX_LENGTH_BYTES; i++, scale *= 128) {
    const byte = head[i] ?? 0;
    length += (byte & 127) * scale;
    if (byte < 128) return length;
  }
  return Number.POSITIVE_INFINITY;
}
