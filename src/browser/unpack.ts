// Yields the bytes of a capture in pieces, decompressed with the core.

import type { Compression } from '../reading/captures/compression.ts';
import { unpackStream } from '../reading/captures/unpack-stream.ts';
import { buildByteReader } from './byte-reader.ts';
import type { BrowserCore } from './core.ts';

/** The command line uses the same size, so that both discard the same output of a damaged piece. */
const PIECE_BYTES = 1 << 20;

/**
 * Decompresses a stream. Damaged data end it with an error; the bytes before the damage remain valid. A piece is valid until
 * the next one is requested.
 */
export async function* unpack(
  stored: ReadableStream<Uint8Array>,
  compression: Compression,
  core: BrowserCore,
  onStored: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const pieces = countPieces(stored, onStored);
  if (compression === 'none') return yield* pieces;
  const unpacker = core.createUnpacker(compression);
  try {
    yield* unpackStream(pieces, unpacker.unpack);
  } finally {
    unpacker.close();
  }
}

/**
 * Yields the stored bytes. One piece is read while the previous one is processed. A piece is valid until the next one is
 * asked for.
 */
export async function* countPieces(
  stored: ReadableStream<Uint8Array>,
  onStored: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const reader = buildByteReader(stored);
  try {
    let spare = new ArrayBuffer(PIECE_BYTES);
    let piece = await reader.fill(new ArrayBuffer(PIECE_BYTES));
    while (piece.length === PIECE_BYTES) {
      const next = reader.fill(spare);
      next.catch(() => undefined); // thrown where it is awaited
      onStored(piece.length);
      yield piece;
      spare = piece.buffer;
      piece = await next;
    }
    onStored(piece.length);
    if (piece.length > 0) yield piece;
  } finally {
    await reader.cancel();
  }
}
