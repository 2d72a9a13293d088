// Decompression of gzip and zstd captures.

import { PassThrough, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { loadAddon } from '../../native/addon.ts';
import type { Compression } from './compression.ts';
import { CHUNK_BYTES, refusalOf, unpackStream } from './unpack-stream.ts';

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

function unzstd(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpack = loadAddon().createUnzstd();
  if (unpack === null) throw new Error('libzstd is not installed');
  return unpackStream(stored, unpack);
}

/** Prepends bytes that were read ahead to the rest of a stream. */
export function withHead(head: Uint8Array, rest: Readable): Readable {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    yield* rest;
  }
  return Readable.from(chunks(), { objectMode: false });
}
