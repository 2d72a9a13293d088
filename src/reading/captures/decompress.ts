// Decompresses gzip and zstd captures.

import { PassThrough, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { loadAddon } from '../../native/addon.ts';
import type { Compression } from './compression.ts';
import { CHUNK_BYTES, findRefusal, OTHER_BYTES, unpackStream } from './unpack-stream.ts';

/**
 * Throws an error that names the missing component, because Node 20 has no zstd. Decoders in JavaScript are not an
 * alternative for untrusted files: a block of thirty bytes can occupy them for a second.
 */
export function requireUnpacker(compression: Compression): void {
  if (compression !== 'zstd' || loadAddon().libzstdVersion() !== null) return;
  throw new Error(
    'zstd data need libzstd, which is not installed; install it (Debian: libzstd1), or unpack the file before (zstd -d)',
  );
}

/**
 * Returns decompressed bytes as a stream. Damaged data end it with an error; the bytes before the damage remain valid.
 */
export function decompress(input: Readable, compression: Compression): Readable {
  requireUnpacker(compression);
  // At most one chunk waits while the next is produced, because more would only use memory.
  if (compression === 'zstd')
    return Readable.from(unpackZstd(input), { objectMode: false, highWaterMark: 1 });
  if (compression === 'none') {
    const inside = new PassThrough();
    input.once('error', (error) => inside.destroy(error));
    return input.pipe(inside);
  }
  const inside = createGunzip({ chunkSize: CHUNK_BYTES });
  input.once('error', (error) => inside.destroy(error));
  const stored = createPassing();
  const unpacked = createPassing(
    (bytes) => findRefusal(bytes, stored.bytes()),
    () => (stored.content() > inside.bytesWritten ? new Error(OTHER_BYTES) : null),
  );
  stored.stream.once('error', (error) => inside.destroy(error));
  inside.once('error', (error) => unpacked.stream.destroy(error));
  // The consumer stopped reading, so decompression stops too.
  unpacked.stream.once('close', () => inside.destroy());
  return input.pipe(stored.stream).pipe(inside).pipe(unpacked.stream);
}

interface Passing {
  readonly stream: Transform;
  readonly bytes: () => number;
  /** Number of bytes without zeros at the end. */
  readonly content: () => number;
}

/**
 * Passes bytes through and counts them. Ends with the error that `refuse` returns for the count, or `refuseEnd` at the
 * end.
 */
function createPassing(refuse?: (bytes: number) => Error | null, refuseEnd?: () => Error | null): Passing {
  let [bytes, content] = [0, 0];
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      const last = chunk.findLastIndex((byte) => byte !== 0);
      if (last >= 0) content = bytes + last + 1;
      bytes += chunk.length;
      done(refuse?.(bytes) ?? null, chunk);
    },
    flush: (done) => done(refuseEnd?.() ?? null),
  });
  return { stream, bytes: () => bytes, content: () => content };
}

function unpackZstd(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpack = loadAddon().createUnzstd();
  if (unpack === null) throw new Error('libzstd is not installed');
  return unpackStream(stored, unpack);
}

/** Prepends bytes that were read ahead to the rest of a stream. */
export function withHead(head: Uint8Array, rest: Readable): Readable {
  async function* readChunks(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    yield* rest;
  }
  return Readable.from(readChunks(), { objectMode: false });
}
