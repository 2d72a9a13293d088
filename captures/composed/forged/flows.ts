// Finds hellos and segments in frames.
import { addresses, type IpFrame, repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { type End, FLAGS, mangled } from './packets.ts';

/** A segment of a client that begins with a ClientHello. */
export interface HelloSeen {
  readonly timeUs: number;
  readonly client: End;
  readonly server: End;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly frame: Frame;
  readonly view: IpFrame;
  /** Later segments of the same hello. */
  readonly rest: readonly Frame[];
}

const RECORD_HEADER_BYTES = 5;
const TYPE_HANDSHAKE = 22;
const HELLO = { client: 1, server: 2 } as const;

export function payloadOf({ bytes, payloadAt, endAt }: IpFrame): Buffer {
  return bytes.subarray(payloadAt, Math.min(endAt, bytes.length));
}

/** The view of a TCP segment with data, else null. */
export function segmentOf({ bytes }: Frame): IpFrame | null {
  const view = viewIpFrame(bytes);
  return view?.protocol === 'tcp' && view.endAt > view.payloadAt ? view : null;
}

export function isHello(payload: Buffer, of: keyof typeof HELLO): boolean {
  return (
    payload.length > RECORD_HEADER_BYTES + 40 &&
    payload[0] === TYPE_HANDSHAKE &&
    payload[RECORD_HEADER_BYTES] === HELLO[of]
  );
}

export function sequenceOf({ bytes, transportAt }: IpFrame): number {
  return bytes.readUInt32BE(transportAt + 4);
}

export function endsOf(view: IpFrame): { readonly from: End; readonly to: End } {
  const { source, destination } = addresses(view);
  const { bytes, transportAt } = view;
  return {
    from: { mac: bytes.subarray(6, 12), address: source, port: bytes.readUInt16BE(transportAt) },
    to: { mac: bytes.subarray(0, 6), address: destination, port: bytes.readUInt16BE(transportAt + 2) },
  };
}

/** Key of one direction of a connection. */
export function tupleOf(view: IpFrame): string {
  const { source, destination } = addresses(view);
  const ports = view.bytes.toString('hex', view.transportAt, view.transportAt + 4);
  return `${source.toString('hex')} ${destination.toString('hex')} ${ports}`;
}

/** The first hello of each connection. */
export function hellosIn(frames: readonly Frame[]): HelloSeen[] {
  const seen = new Set<string>();
  return frames.flatMap((frame, i) => {
    const view = segmentOf(frame);
    if (view === null || !isHello(payloadOf(view), 'client')) return [];
    const tuple = tupleOf(view);
    if (seen.has(tuple)) return [];
    seen.add(tuple);
    const { from, to } = endsOf(view);
    const sequence = sequenceOf(view);
    const acknowledgement = view.bytes.readUInt32BE(view.transportAt + 8);
    const base = { timeUs: frame.timeUs, client: from, server: to, sequence, acknowledgement, frame, view };
    return [{ ...base, rest: restOf(frames, i, view) }];
  });
}

function restOf(frames: readonly Frame[], index: number, first: IpFrame): Frame[] {
  const record = RECORD_HEADER_BYTES + payloadOf(first).readUInt16BE(3);
  const [tuple, start] = [tupleOf(first), sequenceOf(first)];
  return frames.slice(index + 1, index + 40).filter((frame) => {
    const view = segmentOf(frame);
    if (view === null || tupleOf(view) !== tuple) return false;
    const offset = (sequenceOf(view) - start) >>> 0;
    return offset > 0 && offset < record;
  });
}

/** The record of the hello, joined from its segments. */
export function helloBytes({ view, sequence, rest }: HelloSeen): Buffer {
  const parts = [payloadOf(view)];
  let length = payloadOf(view).length;
  for (const frame of rest) {
    const next = segmentOf(frame);
    if (next === null || (sequenceOf(next) - sequence) >>> 0 !== length) continue;
    parts.push(payloadOf(next));
    length += payloadOf(next).length;
  }
  const bytes = Buffer.concat(parts);
  return bytes.subarray(0, RECORD_HEADER_BYTES + bytes.readUInt16BE(3));
}

/** The name cut or padded in front to the length; never with an empty first label. */
export function nameOfLength(name: string, length: number): string {
  return name.slice(-length).replace(/^\./, 'w').padStart(length, 'w');
}

/** The frame with another payload of the same length and repaired checksums. */
export function withBytes(frame: Frame, payload: Buffer): Frame {
  return mangled(frame, (bytes) => {
    const view = viewIpFrame(bytes);
    if (view === null) return;
    payload.copy(bytes, view.payloadAt, 0, view.endAt - view.payloadAt);
    repairChecksums(view);
  });
}

/** SYN-ACK frames. */
export function synAcksIn(frames: readonly Frame[]): { readonly frame: Frame; readonly view: IpFrame }[] {
  return frames.flatMap((frame) => {
    const view = viewIpFrame(frame.bytes);
    if (view?.protocol !== 'tcp') return [];
    const flags = frame.bytes.readUInt8(view.transportAt + 13);
    return (flags & 0x3f) === (FLAGS.syn | FLAGS.ack) ? [{ frame, view }] : [];
  });
}
