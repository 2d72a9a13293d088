// Reads and writes the capture format of the recordings: classic pcap, little-endian, microseconds,
// Ethernet; also writes packets without link headers. For generated captures only: the product reads captures in native code.

/** One captured frame. `bytes` may be shorter than `wireLength` when the capture was cut. */
export interface Frame {
  readonly timeUs: number;
  readonly wireLength: number;
  readonly bytes: Buffer;
}

const MAGIC_US = 0xa1b2c3d4;
const FILE_HEADER_BYTES = 24;
const FRAME_HEADER_BYTES = 16;
const LINKTYPE_ETHERNET = 1;
const LINKTYPES = { ethernet: LINKTYPE_ETHERNET, raw: 101 } as const;
const SNAPLEN = 262_144;

export function readPcap(file: Buffer): Frame[] {
  if (
    file.length < FILE_HEADER_BYTES ||
    file.readUInt32LE(0) !== MAGIC_US ||
    file.readUInt32LE(20) !== LINKTYPE_ETHERNET
  ) {
    throw new Error('not a little-endian microsecond pcap of Ethernet frames');
  }
  const frames: Frame[] = [];
  let at = FILE_HEADER_BYTES;
  while (at + FRAME_HEADER_BYTES <= file.length) {
    const captured = file.readUInt32LE(at + 8);
    const start = at + FRAME_HEADER_BYTES;
    frames.push({
      timeUs: file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4),
      wireLength: file.readUInt32LE(at + 12),
      bytes: Buffer.from(file.subarray(start, start + captured)),
    });
    at = start + captured;
  }
  return frames;
}

/** Link header of each packet; raw: none. */
export type Link = keyof typeof LINKTYPES;

export function writePcap(frames: readonly Frame[], link: Link = 'ethernet'): Buffer {
  const parts: Buffer[] = [fileHeader(link)];
  for (const frame of frames) {
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    header.writeUInt32LE(Math.floor(frame.timeUs / 1e6), 0);
    header.writeUInt32LE(frame.timeUs % 1e6, 4);
    header.writeUInt32LE(frame.bytes.length, 8);
    header.writeUInt32LE(frame.wireLength, 12);
    parts.push(header, frame.bytes);
  }
  return Buffer.concat(parts);
}

/** One interface, and its statistics at the end: packets that it dropped (section 4.6 of the pcapng draft). */
export function writePcapng(frames: readonly Frame[], dropped: number): Buffer {
  const words = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * i);
    return bytes;
  };
  const block = (type: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const length = 12 + padded.length;
    return Buffer.concat([words(type, length), padded, words(length)]);
  };
  const timeWords = (timeUs: number): [number, number] => [Math.floor(timeUs / 2 ** 32), timeUs % 2 ** 32];
  const counter = (code: number, count: number): Buffer =>
    Buffer.concat([words(code | (8 << 16)), words(count, 0)]);
  return Buffer.concat([
    block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)),
    block(1, words(LINKTYPE_ETHERNET, SNAPLEN)),
    ...frames.map(({ timeUs, bytes, wireLength }) =>
      block(6, Buffer.concat([words(0, ...timeWords(timeUs), bytes.length, wireLength), bytes])),
    ),
    block(
      5,
      Buffer.concat([
        words(0, ...timeWords(frames.at(-1)?.timeUs ?? 0)),
        counter(4, frames.length + dropped),
        counter(5, dropped),
        words(0),
      ]),
    ),
  ]);
}

function fileHeader(link: Link): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.writeUInt32LE(MAGIC_US, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPLEN, 16);
  header.writeUInt32LE(LINKTYPES[link], 20);
  return header;
}
