// Edits TCP streams inside captured frames: a write at an offset of the stream changes every segment that
// contains it, including retransmissions, and checksums are recomputed.
import { addresses, type IpFrame, repairChecksums, viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';

/** Bytes to write at a place, counted from the first byte of the stream. */
export interface Edit {
  readonly at: number;
  readonly bytes: Buffer;
}

export interface Segment {
  readonly frame: IpFrame;
  /** Of the first payload byte, counted from the first byte of the stream. */
  readonly offset: number;
}

const FLAG_SYN = 0x02;

/** Changes the frames in place. `edits` sees each direction of each connection up to its first hole; in order of place. */
export function editStreams(frames: readonly Frame[], edits: (stream: Buffer) => readonly Edit[]): void {
  for (const segments of streamsOf(frames).values()) {
    const wanted = edits(assemble(segments));
    for (const segment of segments) editSegment(segment, wanted);
  }
}

/** Segments with payload of each direction of each connection, by addresses, ports and first sequence number. */
export function streamsOf(frames: readonly Frame[]): Map<string, Segment[]> {
  const streams = new Map<string, Segment[]>();
  const startOf = new Map<string, number>();
  for (const { bytes } of frames) {
    const frame = viewIpFrame(bytes);
    if (frame === null || frame.protocol !== 'tcp') continue;
    const { source, destination } = addresses(frame);
    const ports = bytes.toString('hex', frame.transportAt, frame.transportAt + 4);
    const tuple = `${source.toString('hex')} ${destination.toString('hex')} ${ports}`;
    const sequence = bytes.readUInt32BE(frame.transportAt + 4);
    const isSyn = (bytes.readUInt8(frame.transportAt + 13) & FLAG_SYN) !== 0;
    if (isSyn) startOf.set(tuple, (sequence + 1) >>> 0);
    const start = startOf.get(tuple);
    if (start === undefined || isSyn || frame.endAt <= frame.payloadAt) continue;
    const key = `${tuple} ${start}`;
    const segments = streams.get(key) ?? [];
    streams.set(key, segments);
    segments.push({ frame, offset: (sequence - start) >>> 0 });
  }
  return streams;
}

/** The stream up to its first hole. */
export function assemble(segments: readonly Segment[]): Buffer {
  const inOrder = [...segments].sort((a, b) => a.offset - b.offset);
  const parts: Buffer[] = [];
  let length = 0;
  for (const { frame, offset } of inOrder) {
    const payload = frame.bytes.subarray(frame.payloadAt, Math.min(frame.endAt, frame.bytes.length));
    if (offset > length) break;
    if (offset + payload.length <= length) continue;
    parts.push(payload.subarray(length - offset));
    length = offset + payload.length;
  }
  return Buffer.concat(parts);
}

function editSegment({ frame, offset }: Segment, edits: readonly Edit[]): void {
  const end = offset + Math.min(frame.endAt, frame.bytes.length) - frame.payloadAt;
  let changed = false;
  for (const { at, bytes } of edits) {
    if (at >= end) break;
    if (at + bytes.length <= offset) continue;
    const from = Math.max(at, offset);
    bytes.copy(
      frame.bytes,
      frame.payloadAt + from - offset,
      from - at,
      Math.min(at + bytes.length, end) - at,
    );
    changed = true;
  }
  if (changed) repairChecksums(frame);
}
