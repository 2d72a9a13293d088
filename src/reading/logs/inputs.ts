// Opens files, pipes and standard input as logs: their beginning, and their decompressed bytes.

import { createReadStream, fstatSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { WiretallyError } from '../../model/errors.ts';
import { type Compression, headCompression } from '../captures/compression.ts';
import { decompress, requireUnpacker, withHead } from '../captures/decompress.ts';
import { damagedPacking, unreadable } from '../captures/input-error.ts';
import { PackingError } from '../captures/unpack-stream.ts';
import { joinRecords } from './quoted-lines.ts';
import type { LogSample } from './records.ts';
import type { Shared } from './shared-log.ts';

/** Bytes at the beginning of a file that contain its header and some rows. */
const SAMPLE_BYTES = 64 << 10;
const MAX_SAMPLE_LINES = 50;
/** With fewer lines in these bytes, one is long: the beginning is then as long as these bytes, to have lines behind it. */
const FEW_LINES = 3;
const LONG_BEGINNING_BYTES = 4 << 20;
const NEWLINE = 0x0a;
const CHUNK_BYTES = 1 << 20;

export interface LogInput {
  readonly name: string;
  readonly fileIndex: number;
  readonly compression: Compression;
  /** Its beginning could not be decompressed completely. */
  readonly isDamaged: boolean;
  /** Bytes as stored; null for a stream. */
  readonly size: number | null;
  readonly sample: LogSample;
  /** First bytes of the decompressed content. */
  readonly head: Buffer;
  /** Standard input or a pipe, whose first bytes have been read. */
  readonly stream: Readable | null;
}

/** Throws INPUT_UNREADABLE. */
export async function openLog(name: string, fileIndex: number): Promise<LogInput> {
  try {
    const stats = name === '-' ? fstatSync(0) : await stat(name);
    if (name === '-' || !stats.isFile()) return await openStream(name, fileIndex);
    const { stored, size } = await readStored(name, stats.size);
    const compression = headCompression(stored);
    requireUnpacker(compression);
    const { head, damage } =
      compression === 'none'
        ? { head: stored, damage: null }
        : await readStoredBeginning(createReadStream(name), compression);
    const sample = buildSample(name, head, stats.mtimeMs * 1000);
    const isDamaged = damage !== null;
    return { name, fileIndex, compression, isDamaged, size, sample, head, stream: null };
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** Reads the first bytes of a file. Its writer may empty it at any moment, so that its size is also read again. */
async function readStored(name: string, knownSize: number): Promise<{ stored: Buffer; size: number }> {
  const handle = await open(name, 'r');
  try {
    const read = async (bytes: number): Promise<Buffer> => {
      const first = Buffer.alloc(Math.min(bytes, knownSize));
      const { bytesRead } = await handle.read(first, 0, first.length, 0);
      return first.subarray(0, bytesRead);
    };
    const first = await read(SAMPLE_BYTES);
    const isLong = headCompression(first) === 'none' && countLines(first) < FEW_LINES;
    const stored = isLong ? await read(LONG_BEGINNING_BYTES) : first;
    const { size } = await handle.stat();
    return { stored, size: Math.min(knownSize, size) };
  } finally {
    await handle.close();
  }
}

async function openStream(name: string, fileIndex: number): Promise<LogInput> {
  const stored = name === '-' ? process.stdin : createReadStream(name);
  const first = await firstBytes(stored, 1);
  const compression = headCompression(first);
  requireUnpacker(compression);
  let storedBytes = first.length;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stored) {
      if (chunk instanceof Uint8Array) storedBytes += chunk.length;
      yield chunk;
    }
  }
  const rest = Readable.from(counted(), { objectMode: false });
  const inside = decompress(withHead(first, compression === 'none' ? stored : rest), compression);
  const { head, damage } = await readBeginning(inside, false);
  const sample = buildSample(name, head, Date.now() * 1000);
  async function* unpacked(): AsyncGenerator<Uint8Array> {
    try {
      yield head;
      if (damage !== null) throw damage;
      yield* inside;
    } catch (error) {
      throw damagedPacking(name, compression, new PackingError(storedBytes, error));
    }
  }
  const stream =
    compression === 'none' ? withHead(head, inside) : Readable.from(unpacked(), { objectMode: false });
  const isDamaged = damage !== null;
  return { name, fileIndex, compression: 'none', isDamaged, size: null, sample, head, stream };
}

async function readStoredBeginning(stored: Readable, compression: Compression): Promise<Beginning> {
  const inside = decompress(stored, compression);
  try {
    return await readBeginning(inside, true);
  } finally {
    stored.destroy();
    inside.destroy();
  }
}

interface Beginning {
  readonly head: Buffer;
  /** The reason why the data end there; null: they continue, or are complete. */
  readonly damage: unknown;
}

/** `isLast`: nothing more is read from the stream. */
async function readBeginning(stream: Readable, isLast: boolean, enough = SAMPLE_BYTES): Promise<Beginning> {
  const chunks: Buffer[] = [];
  let length = 0;
  let lines = 0;
  let damage: unknown = null;
  const reader = stream.iterator({ destroyOnReturn: isLast });
  const isEnough = (): boolean =>
    length >= LONG_BEGINNING_BYTES || (length >= enough && (enough < SAMPLE_BYTES || lines >= FEW_LINES));
  while (!isEnough()) {
    const next = await reader.next().catch((error: unknown) => {
      damage = error;
      return null;
    });
    if (next === null || next.done === true) break;
    if (!(next.value instanceof Uint8Array)) throw new TypeError('the stream gives no bytes');
    chunks.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
    length += next.value.length;
    lines += countLines(next.value);
  }
  await reader.return?.();
  return { head: Buffer.concat(chunks), damage };
}

/** Throws the error that ends the stream earlier. */
export async function firstBytes(stream: Readable, enough: number): Promise<Buffer> {
  const { head, damage } = await readBeginning(stream, false, enough);
  if (damage !== null) throw damage;
  return head;
}

export function buildSample(file: string, head: Buffer, modifiedUs: number): LogSample {
  const text = withoutLongLine(head)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const lines = text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '');
  return { file, lines: joinRecords(lines.slice(0, MAX_SAMPLE_LINES)), modifiedUs };
}

/**
 * Returns the bytes of the sample: without a long line behind the first, but with those behind it. The first may be a
 * document.
 */
function withoutLongLine(head: Buffer): Buffer {
  const first = head.subarray(0, SAMPLE_BYTES);
  const start = first.lastIndexOf(NEWLINE) + 1;
  if (head.length <= SAMPLE_BYTES || start === 0 || countLines(first) >= FEW_LINES) return first;
  const end = head.indexOf(NEWLINE, SAMPLE_BYTES);
  const behind = end < 0 ? head.length : end + 1;
  return Buffer.concat([first.subarray(0, start), head.subarray(behind, behind + SAMPLE_BYTES)]);
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && lines < FEW_LINES; at = bytes.indexOf(NEWLINE, at + 1))
    lines++;
  return lines;
}

/**
 * Passes on the decompressed bytes of a log, chunk by chunk. Throws INPUT_UNREADABLE or INPUT_DAMAGED; bytes before the
 * error remain valid.
 */
export async function feedLog(
  input: LogInput,
  onBytes: (chunk: Buffer) => void,
  onStored: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { name, compression } = input;
  if (compression === 'none' && input.stream === null) {
    await feedFile(name, onBytes, onStored, signal);
    return;
  }
  let storedBytes = 0;
  const stored = input.stream ?? createReadStream(name, { highWaterMark: CHUNK_BYTES });
  const inside = compression === 'none' ? stored : decompress(stored, compression);
  const stop = (): void => {
    stored.destroy();
    inside.destroy();
  };
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop);
  if (compression !== 'none')
    stored.on('data', (chunk: Uint8Array) => {
      storedBytes += chunk.length;
      onStored(chunk.length);
    });
  try {
    for await (const chunk of inside) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream gives no bytes');
      if (compression === 'none') onStored(chunk.length);
      onBytes(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
  } catch (error) {
    if (signal?.aborted === true) return;
    if (error instanceof WiretallyError) throw error;
    throw compression === 'none'
      ? unreadable(name, error)
      : damagedPacking(name, compression, new PackingError(storedBytes, error));
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

export interface RecognizedLog extends Shared {
  readonly input: LogInput;
}

/** One buffer serves the whole file, because readers keep none of its bytes. */
async function feedFile(
  name: string,
  onBytes: (chunk: Buffer) => void,
  onStored: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const handle = await open(name, 'r');
    try {
      const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      while (signal?.aborted !== true) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) return;
        onStored(bytesRead);
        onBytes(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(name, error);
  }
}
