// Writes packets as pcapng (draft-ietf-opsawg-pcapng), with one interface per link type and nanoseconds.

import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  IF_TSRESOL,
  INTERFACE_DESCRIPTION,
  SECTION_HEADER,
} from './pcapng-blocks.ts';

/** One packet. `time`: the low and high 32 bits of Unix nanoseconds. */
export interface WrittenPacket {
  readonly linkType: number;
  readonly time: readonly [low: number, high: number];
  readonly wireBytes: number;
  readonly bytes: Uint8Array;
}

const BLOCK_FRAME_BYTES = 12;
const NANOSECONDS = 9;

export class PcapngWriter {
  readonly #interfaces = new Map<number, number>();

  start(): Uint8Array {
    const body = new Uint8Array(16);
    const view = new DataView(body.buffer);
    view.setUint32(0, BYTE_ORDER_MAGIC, true);
    view.setUint16(4, 1, true);
    // The length of the section is not specified.
    view.setUint32(8, 0xffff_ffff, true);
    view.setUint32(12, 0xffff_ffff, true);
    return wrap(SECTION_HEADER, body);
  }

  /** Returns the blocks of a packet, with that of its interface before the first packet. */
  packet({ linkType, time: [low, high], wireBytes, bytes }: WrittenPacket): Uint8Array[] {
    const existing = this.#interfaces.get(linkType);
    const number = existing ?? this.#interfaces.size;
    this.#interfaces.set(linkType, number);
    const body = new Uint8Array(20 + padLength(bytes.length));
    const view = new DataView(body.buffer);
    view.setUint32(0, number, true);
    view.setUint32(4, high, true);
    view.setUint32(8, low, true);
    view.setUint32(12, bytes.length, true);
    view.setUint32(16, wireBytes, true);
    body.set(bytes, 20);
    return [...(existing === undefined ? [describe(linkType)] : []), wrap(ENHANCED_PACKET, body)];
  }
}

const padLength = (length: number): number => Math.ceil(length / 4) * 4;

function describe(linkType: number): Uint8Array {
  const body = new Uint8Array(20);
  const view = new DataView(body.buffer);
  view.setUint16(0, linkType, true);
  // The interface has no snap length, because packets are truncated by content. The option of the time resolution and
  // the end of options follow.
  view.setUint16(8, IF_TSRESOL, true);
  view.setUint16(10, 1, true);
  body[12] = NANOSECONDS;
  return wrap(INTERFACE_DESCRIPTION, body);
}

function wrap(type: number, body: Uint8Array): Uint8Array {
  const length = BLOCK_FRAME_BYTES + body.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  view.setUint32(length - 4, length, true);
  return bytes;
}
