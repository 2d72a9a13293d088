// Blanks what recordings hold inside TLS: the bodies of application-data records become zeros, and everything that a
// traffic analyser reads (headers, handshakes, record lengths, times) stays. Nobody can read those bodies anyway, and
// zeros compress to a tenth of the size.
import { addresses, type IpFrame, repairChecksums, viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';

interface Segment {
  readonly frame: IpFrame;
  /** Of the first payload byte, counted from the first byte of the stream. */
  readonly offset: number;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const FLAG_SYN = 0x02;
const TYPE_APPLICATION_DATA = 23; // RFC 8446 §5.1
const RECORD_HEADER_BYTES = 5;

/** Changes the frames in place. */
export function blankApplicationData(frames: readonly Frame[]): void {
  for (const segments of streamsOf(frames).values()) {
    const ranges = applicationDataRanges(assemble(segments));
    for (const segment of segments) blankSegment(segment, ranges);
  }
}

function streamsOf(frames: readonly Frame[]): Map<string, Segment[]> {
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
function assemble(segments: readonly Segment[]): Buffer {
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

function applicationDataRanges(stream: Buffer): Range[] {
  const ranges: Range[] = [];
  let at = endOfProxyHeader(stream);
  while (at + RECORD_HEADER_BYTES <= stream.length) {
    const type = stream.readUInt8(at);
    const length = stream.readUInt16BE(at + 3);
    if (type < 20 || type > 24 || stream.readUInt8(at + 1) !== 3) break;
    const to = at + RECORD_HEADER_BYTES + length;
    if (type === TYPE_APPLICATION_DATA) ranges.push({ from: at + RECORD_HEADER_BYTES, to });
    at = to;
  }
  return ranges;
}

/** TLS behind a proxy starts after the header of CONNECT or of its answer (RFC 9110 §9.3.6). */
function endOfProxyHeader(stream: Buffer): number {
  const start = stream.toString('latin1', 0, 8);
  if (!start.startsWith('CONNECT ') && !start.startsWith('HTTP/1.')) return 0;
  const end = stream.indexOf('\r\n\r\n');
  return end < 0 ? 0 : end + 4;
}

function blankSegment({ frame, offset }: Segment, ranges: readonly Range[]): void {
  const end = Math.min(frame.endAt, frame.bytes.length);
  const last = offset + end - frame.payloadAt;
  let changed = false;
  for (const range of ranges) {
    if (range.from >= last) break;
    if (range.to <= offset) continue;
    const from = frame.payloadAt + Math.max(range.from, offset) - offset;
    frame.bytes.fill(0, from, frame.payloadAt + Math.min(range.to, last) - offset);
    changed = true;
  }
  if (changed) repairChecksums(frame);
}
