// The time of a capture's first packet, from its first bytes: rotated captures are read in the order of time. Only the
// order hangs on it; the reading proper, with every check, is native code's.

const MICROS = 1_000_000;
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const OBSOLETE_PACKET = 2;
const ENHANCED_PACKET = 6;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;

/** Bytes that hold the headers and the first packet of any capture that is not odd. */
export const HEAD_BYTES = 65_536;

/** Null when the head tells no time: no capture, no packet, or a first packet beyond the head. */
export function firstPacketUs(head: Uint8Array): number | null {
  if (head.length < 24) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const magic = view.getUint32(0, true);
  if (magic === SECTION_HEADER) return firstOfPcapng(view);
  for (const isLittle of [true, false]) {
    const number = view.getUint32(0, isLittle);
    if (number === 0xa1b2c3d4 || number === 0xa1b2cd34) return firstOfPcap(view, isLittle, 1);
    if (number === 0xa1b23c4d) return firstOfPcap(view, isLittle, 1000);
  }
  return null;
}

function firstOfPcap(view: DataView, isLittle: boolean, unitsPerMicro: number): number | null {
  if (view.byteLength < 32) return null;
  return view.getUint32(24, isLittle) * MICROS + Math.floor(view.getUint32(28, isLittle) / unitsPerMicro);
}

interface Clock {
  readonly unitsPerSecond: number;
  readonly offsetSeconds: number;
}

function firstOfPcapng(view: DataView): number | null {
  let isLittle = true;
  let clocks: Clock[] = [];
  for (let at = 0; at + 12 <= view.byteLength; ) {
    const type = view.getUint32(at, isLittle);
    if (type === SECTION_HEADER) {
      isLittle = view.getUint32(at + 8, true) === 0x1a2b3c4d;
      clocks = [];
    }
    const length = view.getUint32(at + 4, isLittle);
    if (length < 12) return null;
    const end = Math.min(at + length - 4, view.byteLength);
    if (type === INTERFACE_DESCRIPTION) clocks.push(readClock(view, at + 16, end, isLittle));
    const isPacket = type === ENHANCED_PACKET || type === OBSOLETE_PACKET;
    if (isPacket && at + 20 <= view.byteLength) {
      const number =
        type === ENHANCED_PACKET ? view.getUint32(at + 8, isLittle) : view.getUint16(at + 8, isLittle);
      const units = view.getUint32(at + 12, isLittle) * 2 ** 32 + view.getUint32(at + 16, isLittle);
      const clock = clocks[number];
      return clock === undefined
        ? null
        : Math.floor((units / clock.unitsPerSecond) * MICROS) + clock.offsetSeconds * MICROS;
    }
    at += length;
  }
  return null;
}

/** Options if_tsresol and if_tsoffset of an Interface Description Block (draft-ietf-opsawg-pcapng §4.2). */
function readClock(view: DataView, from: number, end: number, isLittle: boolean): Clock {
  let unitsPerSecond = MICROS;
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
