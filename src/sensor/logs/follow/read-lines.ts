// Complete lines of a file behind a position of its unpacked content.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { decompress } from '../../../capture/decompress.ts';
import { type FileHead, hasHead } from '../../../input/logs/file-identity.ts';
import type { LogInput } from '../../../input/logs/inputs.ts';
import { LineSplitter, type LineVisitor } from '../../../input/logs/lines.ts';

const CHUNK_BYTES = 1 << 20;
/** Of the lines that are read in one step: the next step follows when these are on disk. */
const MAX_PART_BYTES = 8 << 20;

export interface Part {
  readonly position: number;
  /** More is there. */
  readonly isCut: boolean;
  /** Why the reading ended early; what came before it counts. */
  readonly error: unknown;
}

/**
 * Reads at most some megabytes. `untilBytes`: no further, of a file that is not compressed. A last line without its end
 * waits, unless the file is compressed and so will not grow. Null: the file is another one by now.
 */
export async function readPart(
  input: LogInput,
  head: FileHead,
  position: number,
  untilBytes: number,
  visitor: LineVisitor,
): Promise<Part | null> {
  return input.compression === 'none'
    ? readPlain(input.name, head, position, untilBytes, visitor)
    : readPacked(input, position, visitor);
}

async function readPlain(
  name: string,
  head: FileHead,
  position: number,
  untilBytes: number,
  visitor: LineVisitor,
): Promise<Part | null> {
  const handle = await open(name, 'r').catch(() => null);
  if (handle === null) return null; // renamed or deleted
  try {
    // The name may have become that of another file, or the file been emptied and begun again.
    const first = Buffer.alloc(head.bytes);
    const { bytesRead: there } = await handle.read(first, 0, head.bytes, 0);
    if (!hasHead(first.subarray(0, there), head)) return null;
    const splitter = new LineSplitter(visitor, position === 0);
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let at = position;
    let error: unknown = null;
    while (at < untilBytes && at - position - splitter.unfinished < MAX_PART_BYTES) {
      const length = Math.min(CHUNK_BYTES, untilBytes - at);
      const read = await handle.read(buffer, 0, length, at).catch((cause: unknown) => {
        error = cause;
        return { bytesRead: 0 };
      });
      if (read.bytesRead === 0) break;
      at += read.bytesRead;
      splitter.push(buffer.subarray(0, read.bytesRead));
    }
    const end = at - splitter.unfinished;
    return { position: end, isCut: at < untilBytes && end > position, error };
  } finally {
    await handle.close();
  }
}

async function readPacked(input: LogInput, position: number, visitor: LineVisitor): Promise<Part> {
  const stored = createReadStream(input.name, { highWaterMark: CHUNK_BYTES });
  const inside = decompress(stored, input.compression);
  const splitter = new LineSplitter(visitor, position === 0);
  let at = 0;
  let error: unknown = null;
  try {
    for await (const chunk of inside) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream gives no bytes');
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const skipped = Math.min(bytes.length, Math.max(0, position - at));
      at += bytes.length;
      if (skipped < bytes.length) splitter.push(bytes.subarray(skipped));
    }
  } catch (cause) {
    error = cause; // it may be written just now
  } finally {
    stored.destroy();
    inside.destroy();
  }
  if (error === null) splitter.end();
  const unfinished = error === null ? 0 : splitter.unfinished;
  return { position: Math.max(at - unfinished, position), isCut: false, error };
}
