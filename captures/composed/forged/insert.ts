// Inserts packets at hellos, and changes packets so that a receiver discards them.
import { repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { renameHello } from '../../rename-servers.ts';
import { type HelloSeen, hellosIn, payloadOf, segmentOf, withBytes } from './flows.ts';
import { FLAGS, type Mangle } from './packets.ts';

/** Inserts decoys before (or after) the first segment of each hello. */
export function aroundHellos(
  frames: readonly Frame[],
  decoysOf: (seen: HelloSeen) => readonly Frame[],
  isBehind = false,
): Frame[] {
  const around = new Map<Frame, readonly Frame[]>();
  for (const seen of hellosIn(frames)) around.set(seen.frame, decoysOf(seen));
  return frames.flatMap((frame) => {
    const decoys = (around.get(frame) ?? []).map((decoy) => ({ ...decoy, timeUs: frame.timeUs }));
    return isBehind ? [frame, ...decoys] : [...decoys, frame];
  });
}

/** The segments of the hello with another server name of the same length. */
export function otherName(seen: HelloSeen, rename: (name: string) => string): Frame[] {
  const parts = [seen.frame, ...seen.rest];
  const whole = Buffer.concat(parts.map((part) => dataOf(part)));
  const record = 5 + whole.readUInt16BE(3);
  const changed = Buffer.concat([renameHello(whole.subarray(0, record), rename), whole.subarray(record)]);
  let at = 0;
  return parts.map((part) => {
    const length = dataOf(part).length;
    at += length;
    return withBytes(part, changed.subarray(at - length, at));
  });
}

export function dataOf(frame: Frame): Buffer {
  const view = segmentOf(frame);
  return view === null ? Buffer.alloc(0) : payloadOf(view);
}

/** Changes the TCP header and repairs the checksums. */
function inTcp(change: (bytes: Buffer, at: number) => void): Mangle {
  return (bytes) => {
    const view = viewIpFrame(bytes);
    if (view === null) return;
    change(bytes, view.transportAt);
    repairChecksums(view);
  };
}

export const outOfWindow = inTcp((bytes, at) =>
  bytes.writeUInt32BE((bytes.readUInt32BE(at + 4) + 2 ** 30) >>> 0, at + 4),
);
export const withoutAck = inTcp((bytes, at) => bytes.writeUInt8(FLAGS.push, at + 13));
export const ackOfFuture = inTcp((bytes, at) =>
  bytes.writeUInt32BE((bytes.readUInt32BE(at + 8) + 2 ** 29) >>> 0, at + 8),
);
export const longHeader = inTcp((bytes, at) => bytes.writeUInt8(0xf0, at + 12));
