// Handles partial windows that a crash or a full disk left in a .usage file: removes them at its end, and reports others.

import { type FileHandle, open } from 'node:fs/promises';
import { appendAsOnlyWriter, writeError } from '../files/durable-file.ts';
import { hasCode } from '../files/error-code.ts';
import { MAX_WINDOW_BYTES } from '../model/ceilings.ts';
import type { UsageWindow } from '../model/usage.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { readNextWindow } from '../window/codec.ts';

/** Length of the varint of the longest message. */
const LENGTH_BYTES = 4;

/**
 * Moves bytes after the last whole window to a separate file, if no other process writes it. Earlier damage remains.
 * Throws STORE_WRITE.
 */
export async function setTornTailAside(path: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r+');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return;
    throw writeError(path, cause);
  }
  try {
    const { size } = await handle.stat();
    const { before, start } = await lastStart(handle, size);
    if (start === size || size - start > LENGTH_BYTES + MAX_WINDOW_BYTES) return;
    // After damage, lengths are unreliable: they may point into whole windows, or before them.
    const isAstray =
      start > 0 && readNextWindow(await bytesAt(handle, before, start - before), 0).kind !== 'window';
    if (isAstray) return;
    const tail = await bytesAt(handle, start, size - start);
    if (readNextWindow(tail, 0).kind !== 'part') return;
    await appendAsOnlyWriter(`${path}.damaged`, tail);
    await handle.truncate(start);
    await handle.sync();
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    await handle.close();
  }
}

/** Finds the offset of the last window by the lengths, or of the first invalid byte, and the offset of the previous window. */
async function lastStart(
  handle: FileHandle,
  size: number,
): Promise<{ readonly before: number; readonly start: number }> {
  let before = 0;
  for (let start = 0; ; ) {
    if (start === size) return { before, start };
    const end = findWindowEnd(await bytesAt(handle, start, Math.min(LENGTH_BYTES, size - start)), start);
    if (end === null || end >= size) return { before, start };
    before = start;
    start = end;
  }
}

/** Returns null without a valid length of a window. */
function findWindowEnd(head: Uint8Array, start: number): number | null {
  let length = 0;
  for (const [i, byte] of head.entries()) {
    length += (byte & 127) * 128 ** i;
    if (byte < 128) return length === 0 || length > MAX_WINDOW_BYTES ? null : start + i + 1 + length;
  }
  return null;
}

async function bytesAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/** Describes the time of the missing windows after the N-th window of a file, estimated from its neighbors. */
export function lossText(windows: readonly UsageWindow[], windowsBefore: number): string {
  const [before, after] = [windows[windowsBefore - 1], windows[windowsBefore]];
  const at = (window: UsageWindow): string => formatInstant(window.startSeconds * US);
  if (before === undefined)
    return after === undefined
      ? 'windows are missing'
      : `they precede the window of ${at(after)}; earlier ones may be missing`;
  if (after === undefined) return `they follow the window of ${at(before)}; later ones may be missing`;
  const loss = isWhole(windows, windowsBefore) ? 'no window is missing' : 'windows may be missing';
  return `they lie between the windows of ${at(before)} and ${at(after)}; ${loss}`;
}

/** True if every sensor continues without a gap after the missing range. */
function isWhole(windows: readonly UsageWindow[], windowsBefore: number): boolean {
  const ends = new Map<string, number>();
  for (const { sensor, startSeconds, lengthSeconds } of windows.slice(0, windowsBefore))
    ends.set(sensor, Math.max(ends.get(sensor) ?? 0, startSeconds + lengthSeconds));
  const after = windows.slice(windowsBefore);
  const goesOn = ({ sensor, startSeconds, lengthSeconds }: UsageWindow): boolean => {
    const end = ends.get(sensor) ?? Number.NEGATIVE_INFINITY;
    return startSeconds <= end && end < startSeconds + lengthSeconds;
  };
  const following = new Set(after.filter(goesOn).map(({ sensor }) => sensor));
  return windows.every(({ sensor }) => following.has(sensor));
}
