// Reads a file of a spool from the position of a destination: window by window, in bounded memory, up to the last whole one.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { MAX_WINDOW_BYTES } from '../../model/ceilings.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { readFirstLength, readNextWindow } from '../../window/codec.ts';

/** Read size; a larger window is read as a whole. */
const CHUNK_BYTES = 1 << 20;
/** Length of the varint of the longest message. */
const LENGTH_BYTES = 4;

export type SpoolItem =
  | { readonly kind: 'window'; readonly window: UsageWindow; readonly end: number }
  /** Bytes up to `end` that are not a window. */
  | { readonly kind: 'damage'; readonly reason: string; readonly offset: number; readonly end: number };

/**
 * Yields the content after an offset. `grows`: a writer may be appending, so a partial window at the end is read
 * later; otherwise it is damage.
 */
export async function* readSpoolFile(
  path: string,
  offset: number,
  grows: boolean,
): AsyncGenerator<SpoolItem, void, undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    let bytes = Buffer.alloc(0);
    let start = offset; // position of `bytes` in the file
    let at = 0; // position in `bytes`
    let isAtEnd = false;
    const readMore = async (count: number): Promise<void> => {
      const chunk = Buffer.alloc(Math.max(count, CHUNK_BYTES));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, start + bytes.length);
      isAtEnd = bytesRead < chunk.length;
      bytes = Buffer.concat([bytes.subarray(at), chunk.subarray(0, bytesRead)]);
      start += at;
      at = 0;
    };
    for (;;) {
      const left = bytes.length - at;
      const length = readFirstLength(bytes.subarray(at, at + LENGTH_BYTES));
      const needed = length <= MAX_WINDOW_BYTES ? length + LENGTH_BYTES : LENGTH_BYTES;
      if (!isAtEnd && left < needed) {
        await readMore(needed - left);
        continue;
      }
      if (left === 0) return;
      const next = readNextWindow(bytes, at);
      if (next.kind === 'window') {
        at += next.end - at;
        yield { kind: 'window', window: next.window, end: start + at };
      } else if (next.kind === 'damage') {
        const from = start + at;
        at = next.end;
        yield { kind: 'damage', reason: next.reason, offset: from, end: start + at };
      } else if (!isAtEnd && left < MAX_WINDOW_BYTES) await readMore(MAX_WINDOW_BYTES);
      else {
        if (isAtEnd && grows) return;
        const from = start + at;
        at = bytes.length;
        yield { kind: 'damage', reason: next.reason, offset: from, end: start + at };
        if (isAtEnd) return;
      }
    }
  } finally {
    await handle.close();
  }
}
