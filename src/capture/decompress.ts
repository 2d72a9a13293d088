// Decompression of gzip and zstd captures, detected by magic bytes and not by file name.

import { PassThrough, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { loadAddon } from '../native/addon.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** RFC 1952 §2.3.1, RFC 8878 §3.1.1 and §3.1.2 (skippable frames may come first). */
export function compressionOf(head: Uint8Array): Compression {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/**
 * Maximum ratio of decompressed to stored bytes: captures of identical packets reach about fifty. Higher ratios are
 * decompression bombs and are reported as damaged data.
 */
export const MOST_EXPANSION = 200;
/** Decompressed bytes below which the ratio is not checked. */
const FREE_BYTES = 64 << 20;

/**
 * Throws an error that names the missing component: Node 20 has no zstd. Decoders in JavaScript are no alternative for
 * untrusted files: a block of thirty bytes can occupy them for a second.
 */
export function requireUnpacker(compression: Compression): void {
  if (compression !== 'zstd' || loadAddon().libzstdVersion() !== null) return;
  throw new Error(
    'zstd data need libzstd, which is not installed; install it (Debian: libzstd1), or unpack the file before (zstd -d)',
  );
}

/** Decompressed bytes as a stream. Damaged data end it with an error; the bytes before the damage remain valid. */
export function decompress(input: Readable, compression: Compression): Readable {
  requireUnpacker(compression);
  // One chunk waits while the next one is made: more would only take memory.
  if (compression === 'zstd') return Readable.from(unzstd(input), { objectMode: false, highWaterMark: 1 });
  const inside = compression === 'gzip' ? createGunzip({ chunkSize: CHUNK_BYTES }) : new PassThrough();
  input.once('error', (error) => inside.destroy(error));
  if (compression === 'none') return input.pipe(inside);
  const stored = passing();
  const unpacked = passing((bytes) => refusalOf(bytes, stored.bytes()));
  stored.stream.once('error', (error) => inside.destroy(error));
  inside.once('error', (error) => unpacked.stream.destroy(error));
  // The consumer stopped reading, so decompression stops too.
  unpacked.stream.once('close', () => inside.destroy());
  return input.pipe(stored.stream).pipe(inside).pipe(unpacked.stream);
}

function refusalOf(bytes: number, storedBytes: number): Error | null {
  if (bytes <= FREE_BYTES || bytes <= MOST_EXPANSION * storedBytes) return null;
  return new Error(`more than ${MOST_EXPANSION} bytes come out of each that is stored`);
}

/** Passes bytes through, counts them, and ends with the error that `refuse` returns for the count. */
function passing(refuse?: (bytes: number) => Error | null): { stream: Transform; bytes: () => number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      done(refuse?.(bytes) ?? null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}

/**
 * Size of one decompression call on Node's thread pool: its fixed cost equals the cost of decompressing 16 KiB, which is
 * Node's default (bench/README.md).
 */
const CHUNK_BYTES = 1 << 20;

/**
 * Full chunks are used again: a fresh one each time costs as many page faults as bytes, and its memory, which lies outside
 * of the heap, starts a collection every few chunks. One is being filled, one waits and one is read; a reader that keeps
 * more than one chunk keeps the small ones of a beginning.
 */
const CHUNKS = 4;

async function* unzstd(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpack = loadAddon().createUnzstd();
  if (unpack === null) throw new Error('libzstd is not installed');
  const used: Uint8Array<ArrayBuffer>[] = [];
  let mayEnd = true;
  let [storedBytes, bytes] = [0, 0];
  for await (const packed of stored) {
    storedBytes += packed.length;
    let rest = packed;
    for (let isFull = true; isFull; ) {
      const chunk = (used.length < CHUNKS ? undefined : used.shift()) ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const { read, written, isBetweenFrames } = await unpack(rest, chunk);
      rest = rest.subarray(read);
      isFull = written === CHUNK_BYTES;
      mayEnd = isBetweenFrames;
      bytes += written;
      const refusal = refusalOf(bytes, storedBytes);
      if (refusal !== null) throw refusal;
      if (isFull) used.push(chunk);
      if (written > 0) yield chunk.subarray(0, written);
    }
  }
  if (!mayEnd) throw new Error('unexpected EOF');
}

/** Prepends bytes that were read ahead to the rest of a stream. */
export function withHead(head: Uint8Array, rest: Readable): Readable {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    yield* rest;
  }
  return Readable.from(chunks(), { objectMode: false });
}
