// Replaces bytes of TCP streams by more or fewer bytes: segments grow or shrink, and all sequence and acknowledgement
// numbers behind the place move with it.
import { addresses, type IpFrame, repairChecksums, viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';
import { assemble, streamsOf } from './tcp-streams.ts';

/** Puts `bytes` in the place of `remove` bytes, counted from the first byte of the stream. */
export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly bytes: Buffer;
}

interface Plan {
  readonly splices: readonly Splice[];
  readonly stream: Buffer;
}

const FLAG_SYN = 0x02;
const FLAG_ACK = 0x10;

/** New frames. `splices` sees each direction of each connection up to its first hole; in order of place, not overlapping. */
export function spliceStreams(
  frames: readonly Frame[],
  splices: (stream: Buffer) => readonly Splice[],
): Frame[] {
  const plans = new Map<string, Plan>();
  for (const [key, segments] of streamsOf(frames)) {
    const stream = assemble(segments);
    const wanted = splices(stream);
    if (wanted.length > 0) plans.set(key, { splices: wanted, stream: splice(stream, wanted) });
  }
  if (plans.size === 0) return [...frames];
  const startOf = new Map<string, number>();
  return frames.map((frame) => moved(frame, plans, startOf));
}

function moved(frame: Frame, plans: ReadonlyMap<string, Plan>, startOf: Map<string, number>): Frame {
  const view = viewIpFrame(frame.bytes);
  if (view === null || view.protocol !== 'tcp' || view.endAt > frame.bytes.length) return frame;
  const { source, destination } = addresses(view);
  const ports = frame.bytes.subarray(view.transportAt, view.transportAt + 4);
  const swapped = Buffer.concat([ports.subarray(2), ports.subarray(0, 2)]);
  const own = tuple(source, destination, ports);
  const other = tuple(destination, source, swapped);
  const sequence = frame.bytes.readUInt32BE(view.transportAt + 4);
  const flags = frame.bytes.readUInt8(view.transportAt + 13);
  if ((flags & FLAG_SYN) !== 0) startOf.set(own, (sequence + 1) >>> 0);
  const start = startOf.get(own);
  const acknowledged = startOf.get(other);
  const sent = start === undefined ? undefined : plans.get(`${own} ${start}`);
  const received = acknowledged === undefined ? undefined : plans.get(`${other} ${acknowledged}`);
  let bytes: Buffer = frame.bytes;
  if (sent !== undefined && start !== undefined && (flags & FLAG_SYN) === 0)
    bytes = withNewPayload(view, sent, start);
  if (received !== undefined && acknowledged !== undefined && (flags & FLAG_ACK) !== 0) {
    if (bytes === frame.bytes) bytes = Buffer.from(bytes);
    const at = view.transportAt + 8;
    const offset = (bytes.readUInt32BE(at) - acknowledged) >>> 0;
    bytes.writeUInt32BE((acknowledged + newPlace(offset, received.splices)) >>> 0, at);
  }
  if (bytes === frame.bytes) return frame;
  const changed = viewIpFrame(bytes);
  if (changed !== null) repairChecksums(changed);
  return { timeUs: frame.timeUs, wireLength: bytes.length, bytes };
}

function tuple(source: Buffer, destination: Buffer, ports: Buffer): string {
  return `${source.toString('hex')} ${destination.toString('hex')} ${ports.toString('hex')}`;
}

function withNewPayload(view: IpFrame, { splices, stream }: Plan, start: number): Buffer {
  const { bytes, transportAt, payloadAt, endAt } = view;
  const offset = (bytes.readUInt32BE(transportAt + 4) - start) >>> 0;
  const from = newPlace(offset, splices);
  const to = newPlace(offset + endAt - payloadAt, splices);
  const last = splices.at(-1);
  const isBehind = last === undefined || offset >= last.at + last.remove || to > stream.length;
  const payload = isBehind ? bytes.subarray(payloadAt, endAt) : stream.subarray(from, to);
  const changed = withPayload(view, payload);
  changed.writeUInt32BE((start + from) >>> 0, transportAt + 4);
  return changed;
}

/** The frame with another payload and the lengths of its IP and UDP headers; checksums are left as they were. */
export function withPayload(view: IpFrame, payload: Buffer): Buffer {
  const bytes = Buffer.concat([view.bytes.subarray(0, view.payloadAt), payload]);
  const { ipAt, transportAt } = view;
  if (view.version === 4) bytes.writeUInt16BE(bytes.length - ipAt, ipAt + 2);
  else bytes.writeUInt16BE(bytes.length - transportAt, ipAt + 4);
  if (view.protocol === 'udp') bytes.writeUInt16BE(bytes.length - transportAt, transportAt + 4);
  return bytes;
}

/** Applies the splices. */
export function splice(stream: Buffer, splices: readonly Splice[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const one of splices) {
    parts.push(stream.subarray(at, one.at), one.bytes);
    at = one.at + one.remove;
  }
  parts.push(stream.subarray(at));
  return Buffer.concat(parts);
}

/** Offset in the new stream for an offset in the old one. */
function newPlace(place: number, splices: readonly Splice[]): number {
  let shift = 0;
  for (const { at, remove, bytes } of splices) {
    if (place <= at) break;
    if (place < at + remove) return at + shift + Math.min(place - at, bytes.length);
    shift += bytes.length - remove;
  }
  return place + shift;
}
