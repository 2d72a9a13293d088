// Writes single packets, with any field value.
import { addresses, repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';

/** MAC, address and port of one end of a connection. */
export interface End {
  readonly mac: Buffer;
  readonly address: Buffer;
  readonly port: number;
}

export interface TcpPart {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payload?: Buffer;
}

/** TCP flags (RFC 9293 §3.1). */
export const FLAGS = { fin: 0x01, syn: 0x02, rst: 0x04, push: 0x08, ack: 0x10 } as const;

const ETHERNET_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_VLAN = 0x8100;
const TCP = 6;
const UDP = 17;
const TTL = 64;

export function tcpPacket(from: End, to: End, part: TcpPart): Buffer {
  const { flags, sequence, acknowledgement, payload = Buffer.alloc(0) } = part;
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  header.writeUInt32BE(acknowledgement >>> 0, 8);
  header.writeUInt8(5 << 4, 12);
  header.writeUInt8(flags, 13);
  header.writeUInt16BE(64_000, 14);
  return ipPacket(from, to, TCP, Buffer.concat([header, payload]));
}

export function udpPacket(from: End, to: End, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return ipPacket(from, to, UDP, Buffer.concat([header, payload]));
}

export function ipPacket(from: End, to: End, protocol: number, datagram: Buffer): Buffer {
  const isIp4 = from.address.length === 4;
  const ip = isIp4 ? ip4Header(protocol, datagram.length) : ip6Header(protocol, datagram.length);
  const at = isIp4 ? 12 : 8;
  from.address.copy(ip, at);
  to.address.copy(ip, at + from.address.length);
  const type = isIp4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  const bytes = ethernetFrame(from, to, type, Buffer.concat([ip, datagram]));
  repaired(bytes);
  return bytes;
}

export function ethernetFrame(from: End, to: End, type: number, content: Buffer): Buffer {
  const header = Buffer.alloc(ETHERNET_BYTES);
  to.mac.copy(header, 0);
  from.mac.copy(header, 6);
  header.writeUInt16BE(type, 12);
  return Buffer.concat([header, content]);
}

function ip4Header(protocol: number, bytes: number): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + bytes, 2);
  header.writeUInt8(TTL, 8);
  header.writeUInt8(protocol, 9);
  return header;
}

function ip6Header(protocol: number, bytes: number): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(bytes, 4);
  header.writeUInt8(protocol, 6);
  header.writeUInt8(TTL, 7);
  return header;
}

export function frameOf(timeUs: number, bytes: Buffer): Frame {
  return { timeUs: Math.round(timeUs), wireLength: bytes.length, bytes };
}

function repaired(bytes: Buffer): void {
  const view = viewIpFrame(bytes);
  if (view !== null) repairChecksums(view);
}

/** Changes a copy of a frame's bytes. */
export type Mangle = (bytes: Buffer) => void;

export function mangled(frame: Frame, ...mangles: readonly Mangle[]): Frame {
  const bytes = Buffer.from(frame.bytes);
  for (const mangle of mangles) mangle(bytes);
  return { ...frame, bytes };
}

export const wrongTransportChecksum: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view === null) return;
  const at = view.transportAt + (view.protocol === 'tcp' ? 16 : 6);
  // A UDP checksum of zero means no checksum (RFC 768).
  bytes.writeUInt16BE(bytes.readUInt16BE(at) ^ 0x2a51 || 1, at);
};

/** IPv6 headers have no checksum. */
export const wrongIpChecksum: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view?.version === 4) bytes.writeUInt16BE(bytes.readUInt16BE(view.ipAt + 10) ^ 0x1357, view.ipAt + 10);
};

/** The remaining hops when the packet passes the sensor. */
export function withTtl(ttl: number): Mangle {
  return (bytes) => {
    const view = viewIpFrame(bytes);
    if (view === null) return;
    bytes.writeUInt8(ttl, view.ipAt + (view.version === 4 ? 8 : 7));
    repaired(bytes);
  };
}

/** Replaces the MACs of the addresses for which `macOf` has one. */
export function withMacs(frame: Frame, macOf: (address: Buffer) => Buffer | null): Frame {
  const view = viewIpFrame(frame.bytes);
  if (view === null) return frame;
  const { source, destination } = addresses(view);
  return mangled(frame, (bytes) => {
    macOf(destination)?.copy(bytes, 0);
    macOf(source)?.copy(bytes, 6);
  });
}

/** Adds an IEEE 802.1Q tag. */
export function tagged(frames: readonly Frame[], vlan: number): Frame[] {
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE(ETHERTYPE_VLAN, 0);
  tag.writeUInt16BE(vlan, 2);
  return frames.map(({ timeUs, wireLength, bytes }) => ({
    timeUs,
    wireLength: wireLength + tag.length,
    bytes: Buffer.concat([bytes.subarray(0, 12), tag, bytes.subarray(12)]),
  }));
}

/** Removes link headers, and frames that are not IP. */
export function withoutLink(frames: readonly Frame[]): Frame[] {
  return frames.flatMap(({ timeUs, wireLength, bytes }) => {
    const type = bytes.readUInt16BE(12);
    if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return [];
    return [{ timeUs, wireLength: wireLength - ETHERNET_BYTES, bytes: bytes.subarray(ETHERNET_BYTES) }];
  });
}
