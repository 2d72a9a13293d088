// Content of compressed captures: complete, up to truncation or damage, and no further
// than the limit.

import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Compression } from '../../../../src/reading/captures/compression.ts';
import { decompress } from '../../../../src/reading/captures/decompress.ts';
import { MAX_EXPANSION } from '../../../../src/reading/captures/unpack-stream.ts';

const ZSTD = readFileSync('test/unit/reading/captures/base-bun1.4.4-https.pcap.zst');

interface Way {
  readonly name: string;
  readonly compression: Compression;
  readonly stored: Uint8Array;
}

async function unpacked({ compression }: Way, stored: readonly Uint8Array[]) {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of decompress(Readable.from(stored), compression))
      chunks.push(Uint8Array.from(chunk as Uint8Array));
    return { bytes: Buffer.concat(chunks), error: null };
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error: error instanceof Error ? error.message : 'thrown' };
  }
}

const zstd: Way = { name: 'zstd', compression: 'zstd', stored: ZSTD };
const inside = (await unpacked(zstd, [ZSTD])).bytes;
const ways: readonly Way[] = [zstd, { name: 'gzip', compression: 'gzip', stored: gzipSync(inside) }];
const names = ways.map(({ name }) => name);

function wayOf(name: string): Way {
  const way = ways.find((each) => each.name === name);
  if (way === undefined) throw new Error(`no way is called ${name}`);
  return way;
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

describe.each(names)('%s', (name) => {
  it.each([1 << 20, 1000, 1])('unpacks all, stored in pieces of %i bytes', async (size) => {
    const way = wayOf(name);
    const { bytes, error } = await unpacked(way, cut(way.stored.subarray(), size));
    expect(error).toBeNull();
    expect(bytes.equals(inside)).toBe(true);
  });

  it.each([1, 5, 100, 400])('says that %i bytes are missing at the end', async (missing) => {
    const way = wayOf(name);
    const { bytes, error } = await unpacked(way, [way.stored.subarray(0, -missing)]);
    expect(error).toMatch(/unexpected (end of file|EOF)/i);
    expect(inside.subarray(0, bytes.length).equals(bytes)).toBe(true);
  });

  it('says that data are damaged', async () => {
    const way = wayOf(name);
    const damaged = Uint8Array.from(way.stored).fill(0xff, 20, 60);
    expect((await unpacked(way, [damaged])).error).not.toBeNull();
  });
});

/** A frame of raw and run-length blocks (RFC 8878 §3.1.1.2): each of 4 bytes represents 128 KiB. */
function zstdBomb(blocks: number): Uint8Array {
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
  const block = (isLast: boolean): number[] => {
    const word = (131_072 << 3) | (1 << 1) | Number(isLast);
    return [word & 255, (word >> 8) & 255, word >> 16, 0];
  };
  const bodies = Array.from({ length: blocks }, (_, i) => block(i === blocks - 1));
  return Uint8Array.from([header, ...bodies].flat());
}

describe('what is made to fill memory', () => {
  it.each(names)('ends: %s', async (name) => {
    const way = wayOf(name);
    const bomb = way.compression === 'gzip' ? gzipSync(new Uint8Array(200 << 20)) : zstdBomb(1600);
    let length = 0;
    const end = (async () => {
      for await (const chunk of decompress(Readable.from([bomb]), way.compression))
        length += (chunk as Uint8Array).length;
    })();
    await expect(end).rejects.toThrow(`more than ${MAX_EXPANSION} bytes come out of each that is stored`);
    expect(length).toBeLessThanOrEqual(64 << 20);
  });
});
