// Builds IP packets for variants: TCP segments in IPv4 or IPv6, and fragments of them. UDP has no checksum. RFC 791,
// 8200, 9293.
import { internetChecksum } from '../../../captures/ip-frame.ts';

export interface Address {
  readonly version: 4 | 6;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/** One TCP segment of a conversation, before its IP header. */
export interface Segment {
  readonly isUp: boolean;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly payload: Buffer;
}

export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const SYN = 0x02;
export const ACK = 0x10;
export const PSH = 0x08;

export function address4(text: string): Address {
  return { version: 4, bytes: Buffer.from(text.split('.').map(Number)), text };
}

/** A prefix of two groups ("fd00:20"), and a host part below 65536, as RFC 5952 writes it. */
export function address6(prefix: string, host: number): Address {
  const groups = prefix.split(':').map((group) => Number.parseInt(group, 16));
  const bytes = Buffer.alloc(16);
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(group, index * 2);
  bytes.writeUInt16BE(host, 14);
  return { version: 6, bytes, text: `${prefix}::${host.toString(16)}` };
}

export function tcpSegment(client: Endpoint, server: Endpoint, segment: Segment): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(segment.isUp ? client.port : server.port, 0);
  header.writeUInt16BE(segment.isUp ? server.port : client.port, 2);
  header.writeUInt32BE(segment.sequence >>> 0, 4);
  header.writeUInt32BE(segment.acknowledged >>> 0, 8);
  header.writeUInt16BE(0x5000 | segment.flags, 12);
  header.writeUInt16BE(0xfaf0, 14);
  const bytes = Buffer.concat([header, segment.payload]);
  bytes.writeUInt16BE(
    internetChecksum(Buffer.concat([pseudoHeader(client, server, bytes.length), bytes])),
    16,
  );
  return bytes;
}

/** RFC 9293 §3.1. The sum is the same in both directions. */
function pseudoHeader({ address: a }: Endpoint, { address: b }: Endpoint, length: number): Buffer {
  const rest = Buffer.alloc(4);
  rest.writeUInt16BE(PROTOCOL_TCP, 0);
  rest.writeUInt16BE(length, 2);
  return Buffer.concat([a.bytes, b.bytes, rest]);
}

export function udpDatagram(sourcePort: number, destinationPort: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

export function ipPacket(source: Address, destination: Address, protocol: number, payload: Buffer): Buffer {
  return source.version === 4
    ? ipv4Packet(source, destination, protocol, payload, { identification: 1, offset: 0, hasMore: false })
    : Buffer.concat([ipv6Header(source, destination, protocol, payload.length), payload]);
}

interface FragmentPlace {
  readonly identification: number;
  /** In bytes, a multiple of eight. */
  readonly offset: number;
  readonly hasMore: boolean;
}

function ipv4Packet(
  source: Address,
  destination: Address,
  protocol: number,
  payload: Buffer,
  place: FragmentPlace,
): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x4500, 0);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(place.identification, 4);
  header.writeUInt16BE((place.hasMore ? 0x2000 : 0) | (place.offset / 8), 6);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  source.bytes.copy(header, 12);
  destination.bytes.copy(header, 16);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += header.readUInt16BE(at);
  sum = (sum & 0xffff) + (sum >>> 16);
  header.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 10);
  return Buffer.concat([header, payload]);
}

function ipv6Header(source: Address, destination: Address, nextHeader: number, payloadBytes: number): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(payloadBytes, 4);
  header.writeUInt8(nextHeader, 6);
  header.writeUInt8(64, 7);
  source.bytes.copy(header, 8);
  destination.bytes.copy(header, 24);
  return header;
}

const FRAGMENT_HEADER = 44;

/** Cuts the payload at the given offsets (multiples of eight), in order of their place. */
export function ipFragments(
  source: Address,
  destination: Address,
  protocol: number,
  payload: Buffer,
  cuts: readonly number[],
  identification: number,
): Buffer[] {
  const borders = [0, ...cuts, payload.length];
  return borders.slice(0, -1).map((offset, index) => {
    const part = payload.subarray(offset, borders[index + 1]);
    const place = { identification, offset, hasMore: index < cuts.length };
    if (source.version === 4) return ipv4Packet(source, destination, protocol, part, place);
    const extension = Buffer.alloc(8);
    extension.writeUInt8(protocol, 0);
    extension.writeUInt16BE(offset | (place.hasMore ? 1 : 0), 2);
    extension.writeUInt32BE(identification, 4);
    return Buffer.concat([
      ipv6Header(source, destination, FRAGMENT_HEADER, 8 + part.length),
      extension,
      part,
    ]);
  });
}
