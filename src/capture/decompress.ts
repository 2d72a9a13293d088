// Compressed captures as the bytes inside: gzip and zstd, told by their first bytes and never by the file's name.

import { PassThrough, Readable, Transform, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

export type Compression = 'none' | 'gzip' | 'zstd';

/** RFC 1952 §2.3.1, RFC 8878 §3.1.1 and §3.1.2 (skippable frames may come first). */
export function compressionOf(head: Uint8Array): Compression {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/** The bytes inside, as a stream that ends with an error where they are damaged; what came before stands. */
export function decompress(input: Readable, compression: Compression): Readable {
  const inside = transformFor(compression);
  input.once('error', (error) => inside.destroy(error));
  return input.pipe(inside);
}

function transformFor(compression: Compression): Transform {
  if (compression === 'gzip') return createGunzip();
  if (compression === 'zstd') return unzstd();
  return new PassThrough();
}

function unzstd(): Transform {
  const chunks: Uint8Array[] = [];
  const decompressor = new Decompress((chunk) => {
    if (chunk.length > 0) chunks.push(chunk.slice());
  });
  function run(transform: Transform, chunk: Uint8Array, isLast: boolean, done: TransformCallback): void {
    let failure: Error | null = null;
    try {
      decompressor.push(chunk, isLast);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    for (const part of chunks.splice(0)) transform.push(part);
    done(failure);
  }
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      run(this, chunk, false, done);
    },
    flush(done) {
      run(this, new Uint8Array(0), true, done);
    },
  });
}

/** Puts bytes that were read ahead back before the rest of a stream. */
export function withHead(head: Uint8Array, rest: Readable): Readable {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    yield* rest;
  }
  return Readable.from(chunks(), { objectMode: false });
}
