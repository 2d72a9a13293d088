// Moves some connections of an IPv4 recording to IPv6, as a machine with both does, and has answers for AAAA.
import { addresses, type IpFrame, repairChecksums, viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';
import { withPayload } from './splice-streams.ts';

const LAB_CLIENT = Buffer.from([10, 77, 0, 2]);
const LAB_CLIENT6 = Buffer.from('fd770000000000000000000000000002', 'hex');
const LAB_SERVERS6 = Buffer.from('fd7700000000000000010000', 'hex');
const ETHERTYPE_IPV6 = 0x86dd;
const PORT_DNS = 53;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const DNS_HEADER_BYTES = 12;
const TCP = 6;
const AAAA_LATER_US = 20;

/** New frames; `moves` is called once for each client port of a TCP connection. */
export function toIpv6(frames: readonly Frame[], moves: (port: number) => boolean): Frame[] {
  const decided = new Map<number, boolean>();
  return frames.flatMap((frame) => {
    const view = viewIpFrame(frame.bytes);
    if (view === null || view.version !== 4 || view.endAt > frame.bytes.length) return [frame];
    if (view.protocol === 'udp') return answered(frame, view);
    const isUp = addresses(view).source.equals(LAB_CLIENT);
    const port = frame.bytes.readUInt16BE(view.transportAt + (isUp ? 0 : 2));
    const isMoved = decided.get(port) ?? moves(port);
    decided.set(port, isMoved);
    return [isMoved ? moved(frame, view, isUp) : frame];
  });
}

function server6(server: Buffer): Buffer {
  return Buffer.concat([LAB_SERVERS6, server]);
}

function moved(frame: Frame, view: IpFrame, isUp: boolean): Frame {
  const { source, destination } = addresses(view);
  const header = Buffer.alloc(54);
  frame.bytes.copy(header, 0, 0, 12);
  header.writeUInt16BE(ETHERTYPE_IPV6, 12);
  header.writeUInt8(0x60, 14);
  header.writeUInt16BE(view.endAt - view.transportAt, 18);
  header.writeUInt8(TCP, 20);
  header.writeUInt8(64, 21);
  (isUp ? LAB_CLIENT6 : server6(source)).copy(header, 22);
  (isUp ? server6(destination) : LAB_CLIENT6).copy(header, 38);
  const bytes = Buffer.concat([header, frame.bytes.subarray(view.transportAt, view.endAt)]);
  const changed = viewIpFrame(bytes);
  if (changed !== null) repairChecksums(changed);
  return { timeUs: frame.timeUs, wireLength: bytes.length, bytes };
}

/** Each answer for A is followed by one for AAAA, as if both had been queried. */
function answered(frame: Frame, view: IpFrame): Frame[] {
  if (frame.bytes.readUInt16BE(view.transportAt) !== PORT_DNS) return [frame];
  const message = frame.bytes.subarray(view.payloadAt, view.endAt);
  const at = message.indexOf(0, DNS_HEADER_BYTES) + 5;
  if (message.readUInt16BE(at - 4) !== TYPE_A || message.readUInt16BE(6) === 0) return [frame];
  const record = Buffer.from([0xc0, DNS_HEADER_BYTES, 0, TYPE_AAAA, 0, 1, 0, 0, 0, 60, 0, 16]);
  const reply = Buffer.concat([message.subarray(0, at), record, server6(message.subarray(at + 12, at + 16))]);
  reply.writeUInt16BE(1, 6);
  reply.writeUInt16BE(TYPE_AAAA, at - 4);
  const bytes = withPayload(view, reply);
  const changed = viewIpFrame(bytes);
  if (changed !== null) repairChecksums(changed);
  return [frame, { timeUs: frame.timeUs + AAAA_LATER_US, wireLength: bytes.length, bytes }];
}
