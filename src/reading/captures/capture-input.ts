// Opens capture files and standard input, orders them by time, and feeds them to a decoder.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { loadAddon, type NativeDecoder } from '../../native/addon.ts';
import { type Drain, feedPieces, type ReadableInput } from './capture-reading.ts';
import { type Compression, headCompression } from './compression.ts';
import { decompress, requireUnpacker, withHead } from './decompress.ts';
import { CaptureStart, findFirstPacket, HEAD_BYTES } from './first-packet.ts';
import { damagedPacking, unreadable } from './input-error.ts';
import { CHUNK_BYTES, EARLY_END, FREE_BYTES, MAX_EXPANSION, PackingError, REFUSED } from './unpack-stream.ts';

/** Enough bytes to detect the compression. Waiting for more from a stream could block. */
const STREAM_HEAD_BYTES = 24;

/** A capture file, standard input or a pipe. */
export interface CaptureInput extends ReadableInput {
  /** The name from the caller. */
  readonly name: string;
  /** Bytes as stored; null for a stream. */
  readonly size: number | null;
  /** Null if the first bytes do not contain it. */
  readonly firstPacketUs: number | null;
  /** Standard input or a pipe, whose first bytes have been read. */
  readonly stream: Readable | null;
}

export const sha1 = (bytes: Uint8Array): string => loadAddon().sha1(bytes);

/** Throws INPUT_UNREADABLE. Waits for a silent stream until `signal` is aborted. */
export async function openInput(
  name: string,
  fileIndex: number,
  signal?: AbortSignal,
): Promise<CaptureInput> {
  try {
    if (name === '-') return await openStream(name, fileIndex, process.stdin, signal);
    const handle = await open(name, 'r');
    let stats: Awaited<ReturnType<typeof handle.stat>>;
    let head: Uint8Array;
    try {
      stats = await handle.stat();
      if (!stats.isFile() && !stats.isDirectory()) {
        return await openStream(name, fileIndex, createReadStream(name), signal);
      }
      head = (await handle.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0)).buffer;
      head = head.subarray(0, Math.min(stats.size, HEAD_BYTES));
    } finally {
      await handle.close();
    }
    const compression = headCompression(head);
    requireUnpacker(compression);
    const captureStart = new CaptureStart(sha1);
    if (compression === 'none') captureStart.add(head);
    // The core reads zstd, so that its bytes do not pass through here again.
    const seen = compression === 'zstd' ? captureStart : null;
    const inside = compression === 'none' ? head : await peekInside(name, compression, seen);
    return {
      name,
      fileIndex,
      size: stats.size,
      compression,
      firstPacketUs: findFirstUs(inside),
      captureStart,
      stream: null,
    };
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function openStream(
  name: string,
  fileIndex: number,
  stream: Readable,
  signal: AbortSignal | undefined,
): Promise<CaptureInput> {
  const release = destroyOnAbort(stream, signal);
  const head = await readHead(stream, STREAM_HEAD_BYTES).finally(release);
  const compression = headCompression(head);
  requireUnpacker(compression);
  return {
    name,
    fileIndex,
    size: null,
    compression,
    firstPacketUs: compression === 'none' ? findFirstUs(head) : null,
    captureStart: new CaptureStart(sha1),
    stream: withHead(head, stream),
  };
}

/** Ends a stream that may stall without limit. Returns a function that removes the listener. */
function destroyOnAbort(stream: Readable, signal: AbortSignal | undefined): () => void {
  const destroy = (): void => {
    stream.destroy();
  };
  if (signal?.aborted === true) destroy();
  signal?.addEventListener('abort', destroy);
  return () => signal?.removeEventListener('abort', destroy);
}

async function readHead(
  stream: Readable,
  enough: number,
  captureStart: CaptureStart | null = null,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.iterator({ destroyOnReturn: false });
  while (length < enough) {
    const next = await reader.next();
    if (next.done === true) break;
    const chunk: unknown = next.value;
    if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream gives no bytes');
    captureStart?.add(chunk);
    chunks.push(chunk);
    length += chunk.length;
  }
  await reader.return?.();
  return Buffer.concat(chunks);
}

const findFirstUs = (head: Uint8Array): number | null => findFirstPacket(head)?.us ?? null;

/** Returns the first bytes; none for damaged data, in which `captureStart` reads the bytes before the damage. */
async function peekInside(
  name: string,
  compression: Compression,
  captureStart: CaptureStart | null,
): Promise<Uint8Array> {
  const stored = createReadStream(name, { highWaterMark: HEAD_BYTES });
  const inside = decompress(stored, compression);
  try {
    return await readHead(inside, HEAD_BYTES, captureStart);
  } catch {
    return new Uint8Array(0); // The decoder reports the damage.
  } finally {
    stored.destroy();
    inside.destroy();
  }
}

/** The functions of native code that read captures. */
export type CaptureConsumer = Pick<
  NativeDecoder,
  'openFile' | 'openStream' | 'openPacked' | 'packedState' | 'push'
>;

/**
 * Feeds one input to a decoder and drains it. Throws INPUT_UNREADABLE for failures below the capture format: missing
 * file, disk error, damaged compression. Records before the failure remain valid.
 */
export async function feedInput(
  decoder: CaptureConsumer,
  input: CaptureInput,
  drain: Drain,
  onStored: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  try {
    if (input.stream === null && input.compression === 'none') {
      decoder.openFile(input.name, input.fileIndex);
      await drain();
      return;
    }
    if (input.stream === null && input.compression === 'zstd') {
      await feedZstd(decoder, input, drain, onStored, signal);
      return;
    }
    await feedStream(decoder, input, drain, onStored, signal);
  } catch (error) {
    throw error instanceof PackingError
      ? damagedPacking(input.name, input.compression, error)
      : unreadable(input.name, error);
  }
}

/** The core decompresses the pieces, so that they stay in the cache and are not copied. */
async function feedZstd(
  decoder: CaptureConsumer,
  input: CaptureInput,
  drain: Drain,
  onStored: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stored = createReadStream(input.name, { highWaterMark: CHUNK_BYTES });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    let storedBytes = 0;
    for await (const piece of stored as AsyncIterable<Uint8Array>) {
      storedBytes += piece.length;
      onStored(piece.length);
      yield piece;
      const { error, isRefused } = decoder.packedState();
      const reason = isRefused ? REFUSED : error;
      if (reason !== null) throw new PackingError(storedBytes, reason);
    }
    if (!decoder.packedState().mayEnd) throw new PackingError(storedBytes, EARLY_END);
  }
  decoder.openPacked(input.fileIndex, FREE_BYTES, MAX_EXPANSION);
  const release = destroyOnAbort(stored, signal);
  try {
    const failure = await feedPieces(
      pieces(),
      null,
      (piece, isEnd) => pushChunk(decoder, piece, isEnd),
      drain,
    );
    if (failure !== null && signal?.aborted !== true) throw failure.error;
  } finally {
    release();
    stored.destroy();
  }
}

/** Passes bytes through and reports progress. */
function countStored(stored: Readable, onStored: (bytes: number) => void): Readable {
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onStored(chunk.length);
      done(null, chunk);
    },
  });
  stored.once('error', (error) => counter.destroy(error));
  return stored.pipe(counter);
}

async function feedStream(
  decoder: CaptureConsumer,
  input: CaptureInput,
  drain: Drain,
  onStored: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stored = input.stream ?? createReadStream(input.name, { highWaterMark: 1 << 20 });
  let storedBytes = 0;
  const passing = countStored(stored, (bytes) => {
    storedBytes += bytes;
    onStored(bytes);
  });
  const inside = decompress(passing, input.compression);
  decoder.openStream(input.fileIndex);
  const release = destroyOnAbort(inside, signal);
  try {
    const failure = await feedPieces(
      inside,
      input.captureStart,
      (piece, isEnd) => pushChunk(decoder, piece, isEnd),
      drain,
    );
    // A stop by the user is not a failure of the input.
    if (failure === null || signal?.aborted === true) return;
    const { error } = failure;
    throw input.compression === 'none' || error instanceof PackingError
      ? error
      : new PackingError(storedBytes, error);
  } finally {
    release();
    stored.destroy();
    inside.destroy();
  }
}

/** Returns false if the decoder has already rejected the input; its CaptureRecord contains the reason. */
function pushChunk(decoder: CaptureConsumer, chunk: Uint8Array, isEnd: boolean): boolean {
  try {
    decoder.push(chunk, isEnd);
    return true;
  } catch (error) {
    if (error instanceof Error && error.message === 'no stream is open') return false;
    throw error;
  }
}
