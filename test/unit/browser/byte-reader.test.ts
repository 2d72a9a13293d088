// Bytes of streams in buffers of a chosen size, whatever chunks the stream gives.

import { expect, it } from 'vitest';
import { buildByteReader } from '../../../src/browser/byte-reader.ts';

const BYTES = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);

/** A stream that is not one of bytes, as those of fetch through a transformation. */
function chunksOf(size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < BYTES.length; at += size) controller.enqueue(BYTES.slice(at, at + size));
      controller.close();
    },
  });
}

const kinds: [name: string, open: () => ReadableStream<Uint8Array>][] = [
  ['a file', () => new Blob([BYTES]).stream()],
  ['chunks of 1 byte', () => chunksOf(1)],
  ['chunks of 64 bytes', () => chunksOf(64)],
  ['one chunk', () => chunksOf(1000)],
];

it.each(kinds.flatMap(([name, open]) => [1, 7, 64, 1000, 4096].map((size) => ({ name, open, size }))))(
  '$name fills buffers of $size bytes, the last with what is left',
  async ({ open, size }) => {
    const reader = buildByteReader(open());
    const pieces: Uint8Array[] = [];
    for (let piece = await reader.fill(new ArrayBuffer(size)); piece.length > 0; ) {
      pieces.push(piece);
      piece = await reader.fill(new ArrayBuffer(size));
    }
    await reader.cancel();
    expect(Buffer.concat(pieces).equals(BYTES)).toBe(true);
    expect(pieces.slice(0, -1).every(({ length }) => length === size)).toBe(true);
  },
);

const fails = (controller: { error(reason: Error): void }): void => {
  controller.error(new Error('the disk reports an error'));
};

it.each([
  { name: 'a stream of bytes', stream: new ReadableStream({ type: 'bytes', pull: fails }) },
  { name: 'another stream', stream: new ReadableStream<Uint8Array>({ pull: fails }) },
])('throws what $name fails with', async ({ stream }) => {
  const reader = buildByteReader(stream);
  await expect(reader.fill(new ArrayBuffer(10))).rejects.toThrow('the disk reports an error');
  await reader.cancel();
});

it('gives nothing once it is cancelled', async () => {
  for (const [, open] of kinds) {
    const reader = buildByteReader(open());
    await reader.cancel();
    expect(await reader.fill(new ArrayBuffer(10))).toHaveLength(0);
  }
});
