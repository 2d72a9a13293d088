// Finds the first packet in the first bytes of a capture. Its time orders rotated captures, and its hash identifies a
// capture. Native code reads and checks the whole capture.

import { US } from '../../time/units.ts';
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  IF_TSOFFSET,
  IF_TSRESOL,
  INTERFACE_DESCRIPTION,
  OBSOLETE_PACKET,
  SECTION_HEADER,
} from './pcapng-blocks.ts';

/** Number of bytes that contain the headers and the first packet of any usual capture. */
export const HEAD_BYTES = 65_536;

/** The latest time that native code reports: 2^62 ns. */
const LATEST_US = Math.floor(2 ** 62 / 1000);

export interface FirstPacket {
  /** Microseconds since 1970, clamped to the range of native code. */
  readonly us: number;
  /** Offset of the captured bytes. They may end after the head. */
  readonly from: number;
  readonly to: number;
}

/**
 * Returns null if the head contains no packet: the file is no capture, has no packet, or its first packet begins later.
 */
export function findFirstPacket(head: Uint8Array): FirstPacket | null {
  if (head.length < 24) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const magic = view.getUint32(0, true);
  if (magic === SECTION_HEADER) return findPcapngPacket(view);
  for (const isLittle of [true, false]) {
    const number = view.getUint32(0, isLittle);
    if (number === 0xa1b2c3d4 || number === 0xa1b2cd34) return findPcapPacket(view, isLittle, 1);
    if (number === 0xa1b23c4d) return findPcapPacket(view, isLittle, 1000);
  }
  return null;
}

function findPcapPacket(view: DataView, isLittle: boolean, unitsPerMicro: number): FirstPacket | null {
  if (view.byteLength < 40) return null;
  const fraction = Math.floor(view.getUint32(28, isLittle) / unitsPerMicro);
  const us = view.getUint32(24, isLittle) * US + fraction;
  return { us, from: 40, to: 40 + view.getUint32(32, isLittle) };
}

interface Clock {
  readonly unitsPerSecond: number;
  readonly offsetSeconds: number;
}

function findPcapngPacket(view: DataView): FirstPacket | null {
  let isLittle = true;
  let clocks: Clock[] = [];
  for (let at = 0; at + 12 <= view.byteLength; ) {
    const type = view.getUint32(at, isLittle);
    if (type === SECTION_HEADER) {
      isLittle = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
      clocks = [];
    }
    const length = view.getUint32(at + 4, isLittle);
    if (length < 12) return null;
    const end = Math.min(at + length - 4, view.byteLength);
    if (type === INTERFACE_DESCRIPTION) clocks.push(readClock(view, at + 16, end, isLittle));
    const isPacket = type === ENHANCED_PACKET || type === OBSOLETE_PACKET;
    if (isPacket && at + 28 <= view.byteLength) {
      const number =
        type === ENHANCED_PACKET ? view.getUint32(at + 8, isLittle) : view.getUint16(at + 8, isLittle);
      const units = view.getUint32(at + 12, isLittle) * 2 ** 32 + view.getUint32(at + 16, isLittle);
      const clock = clocks[number];
      if (clock === undefined) return null;
      const us = Math.floor((units / clock.unitsPerSecond) * US) + clock.offsetSeconds * US;
      return {
        us: Math.min(Math.max(us, 0), LATEST_US),
        from: at + 28,
        to: at + 28 + view.getUint32(at + 20, isLittle),
      };
    }
    at = findBlockEnd(view, at, length, isLittle);
  }
  return null;
}

/**
 * Some writers pad a block to four bytes, but do not count the padding in its length. The second length field then
 * follows the padding.
 */
function findBlockEnd(view: DataView, at: number, length: number, isLittle: boolean): number {
  const end = at + length;
  const padded = at + Math.ceil(length / 4) * 4;
  const isPadded = padded <= view.byteLength && view.getUint32(end - 4, isLittle) !== length;
  return isPadded ? padded : end;
}

/** Reads options if_tsresol and if_tsoffset of an Interface Description Block (draft-ietf-opsawg-pcapng §4.2). */
function readClock(view: DataView, from: number, end: number, isLittle: boolean): Clock {
  let unitsPerSecond = US;
  let offsetSeconds = 0;
  for (let at = from; at + 4 <= end; ) {
    const code = view.getUint16(at, isLittle);
    const length = view.getUint16(at + 2, isLittle);
    if (code === 0 || at + 4 + length > end) break;
    if (code === IF_TSRESOL && length === 1) {
      const exponent = view.getUint8(at + 4);
      unitsPerSecond = exponent & 128 ? 2 ** (exponent & 127) : 10 ** exponent;
    }
    if (code === IF_TSOFFSET && length === 8) offsetSeconds = Number(view.getBigInt64(at + 4, isLittle));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { unitsPerSecond, offsetSeconds };
}

/** Orders inputs by the time of their first packet. An input without one stays after its predecessor. */
export function orderByTime<T extends { readonly firstPacketUs: number | null; readonly fileIndex: number }>(
  inputs: readonly T[],
): T[] {
  let lastUs = Number.NEGATIVE_INFINITY;
  const keyed = inputs.map((input) => {
    lastUs = input.firstPacketUs ?? lastUs;
    return { input, us: lastUs };
  });
  return keyed.sort((a, b) => a.us - b.us || a.input.fileIndex - b.input.fileIndex).map(({ input }) => input);
}

/** SHA-1 in hex. */
export type Sha1 = (bytes: Uint8Array) => string;

/** Collects the first bytes of a capture until they contain its first packet. */
export class CaptureStart {
  readonly #sha1: Sha1;
  #head: Uint8Array = new Uint8Array(0);
  #isDone = false;
  /** SHA-1 of the first packet's captured bytes, independent of the file format; null while unknown. */
  digest: string | null = null;

  constructor(sha1: Sha1) {
    this.#sha1 = sha1;
  }

  /** Adds bytes. Ignores them once the first packet is known or cannot follow. */
  add(bytes: Uint8Array): void {
    if (this.#isDone) return;
    this.#head = this.#head.length === 0 ? bytes : concatBytes(this.#head, bytes);
    const first = findFirstPacket(this.#head);
    const isComplete = first !== null && first.to <= this.#head.length;
    if (isComplete) this.digest = this.#sha1(this.#head.subarray(first.from, first.to));
    else if (this.#head.length < HEAD_BYTES) return;
    this.#isDone = true;
    this.#head = new Uint8Array(0);
  }
}

function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
