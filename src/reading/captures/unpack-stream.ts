// Decompresses a stream of bytes with limits, for decoders that process one piece at a time.

import type { Unpacked } from '../../native/addon.ts';

/**
 * Maximum ratio of decompressed to stored bytes. Captures of identical packets reach about fifty; higher ratios are
 * decompression bombs and are reported as damaged data.
 */
export const MAX_EXPANSION = 200;
/** Decompressed bytes below which the ratio is not checked. */
export const FREE_BYTES = 64 << 20;

/** Returns the error if there are more bytes than a stored size may expand to; else null. */
export function findRefusal(bytes: number, storedBytes: number): Error | null {
  return bytes <= FREE_BYTES || bytes <= MAX_EXPANSION * storedBytes ? null : new Error(REFUSED);
}

export const REFUSED = `more than ${MAX_EXPANSION} bytes come out of each that is stored`;
export const EARLY_END = 'unexpected EOF';

/** Compressed data that cannot be decompressed further; `offset` is the number of stored bytes read. */
export class PackingError extends Error {
  readonly offset: number;

  constructor(offset: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.offset = offset;
  }
}

/** Other bytes after the zeros with which tapes and copies are padded. */
export const OTHER_BYTES = 'other bytes follow the gzip data';

/** Decompresses until `stored` is used up, `chunk` is full or the data end. Throws for damaged data. */
export type Unpack = (stored: Uint8Array, chunk: Uint8Array) => Unpacked | Promise<Unpacked>;

/**
 * Size of one decompression call. In Node, its fixed cost equals the cost of decompressing 16 KiB, which is Node's default
 * (bench/experiments.md).
 */
export const CHUNK_BYTES = 1 << 20;

/**
 * Full chunks are reused. A new one each time would cost as many page faults as bytes, and its memory outside the heap
 * starts a garbage collection every few chunks. One is being filled, one waits and one is read. A reader that keeps
 * more than one chunk keeps small ones from the beginning.
 */
const CHUNKS = 4;

/**
 * Throws PackingError for damaged data and for an early end, with the number of stored bytes up to the end of the
 * damaged piece. The bytes before it remain valid.
 */
export async function* unpackStream(
  stored: AsyncIterable<Uint8Array>,
  unpack: Unpack,
): AsyncGenerator<Uint8Array> {
  const used: Uint8Array[] = [];
  let [mayEnd, isFollowed] = [true, false];
  let [storedBytes, bytes] = [0, 0];
  try {
    for await (const packed of stored) {
      storedBytes += packed.length;
      let rest = packed;
      for (let isFull = true; isFull; ) {
        const chunk = (used.length < CHUNKS ? undefined : used.shift()) ?? new Uint8Array(CHUNK_BYTES);
        const unpacked = await unpack(rest, chunk);
        rest = rest.subarray(unpacked.read);
        isFull = unpacked.written === CHUNK_BYTES;
        mayEnd = unpacked.mayEnd;
        bytes += unpacked.written;
        const refusal = findRefusal(bytes, storedBytes);
        if (refusal !== null) throw refusal;
        if (isFull) used.push(chunk);
        if (unpacked.written > 0) yield chunk.subarray(0, unpacked.written);
      }
      isFollowed ||= rest.some((byte) => byte !== 0);
    }
    if (!mayEnd) throw new Error(EARLY_END);
    if (isFollowed) throw new Error(OTHER_BYTES);
  } catch (error) {
    throw new PackingError(storedBytes, error);
  }
}
