// A handcrafted window in stored and wire form: deflated, with a valid checksum and given parts.

import { deflateRawSync } from 'node:zlib';
import protobuf from 'protobufjs/minimal.js';
import { crc32 } from '../../../src/window/crc32.ts';

/** A window of one minute with these parts of a message. */
export function packedWindow(
  [sensor, version]: readonly [string, string],
  startSeconds: number,
  parts: Uint8Array,
): Buffer {
  const head = protobuf.Writer.create();
  for (const text of [sensor, version]) head.uint32((1 << 3) | 2).string(text);
  head.uint32(2 << 3).uint32(1);
  head.uint32(3 << 3).uint32(startSeconds);
  head.uint32(5 << 3).uint32(60);
  const content = Buffer.concat([head.finish(), parts]);
  const end = protobuf.Writer.create()
    .uint32((15 << 3) | 5)
    .fixed32(crc32(content))
    .finish();
  const length = protobuf.Writer.create()
    .uint32(content.length + end.length)
    .finish();
  return deflateRawSync(Buffer.concat([length, content, end]), { level: 9 });
}

/** Hosts of two bytes each. */
export const emptyHosts = (count: number): Buffer => Buffer.alloc(2 * count, Buffer.from([(7 << 3) | 2, 0]));
