// A view of one Ethernet frame with IPv4 or IPv6 and TCP or UDP inside (RFC 791, 8200, 9293, 768), and its checksums.

export interface IpFrame {
  readonly bytes: Buffer;
  readonly version: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  /** Offsets of the IP header, the TCP or UDP header and its payload. */
  readonly ipAt: number;
  readonly transportAt: number;
  readonly payloadAt: number;
  /** End of the datagram by the IP header; beyond `bytes` when the capture was cut. */
  readonly endAt: number;
}

const ETHERNET_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const TCP = 6;
const UDP = 17;

/** null for anything but TCP and UDP over IP without extension headers. */
export function viewIpFrame(bytes: Buffer): IpFrame | null {
  if (bytes.length < ETHERNET_BYTES + 28) return null;
  const ipAt = ETHERNET_BYTES;
  const etherType = bytes.readUInt16BE(12);
  if (etherType === ETHERTYPE_IPV4) {
    const transportAt = ipAt + (bytes.readUInt8(ipAt) & 15) * 4;
    return viewTransport(
      bytes,
      4,
      bytes.readUInt8(ipAt + 9),
      transportAt,
      ipAt + bytes.readUInt16BE(ipAt + 2),
    );
  }
  if (etherType === ETHERTYPE_IPV6 && bytes.length >= ipAt + 48) {
    const transportAt = ipAt + 40;
    return viewTransport(
      bytes,
      6,
      bytes.readUInt8(ipAt + 6),
      transportAt,
      transportAt + bytes.readUInt16BE(ipAt + 4),
    );
  }
  return null;
}

function viewTransport(
  bytes: Buffer,
  version: 4 | 6,
  protocol: number,
  transportAt: number,
  endAt: number,
): IpFrame | null {
  const base = { bytes, version, ipAt: ETHERNET_BYTES, transportAt, endAt };
  if (protocol === UDP) return { ...base, protocol: 'udp', payloadAt: transportAt + 8 };
  if (protocol !== TCP) return null;
  return { ...base, protocol: 'tcp', payloadAt: transportAt + (bytes.readUInt8(transportAt + 12) >> 4) * 4 };
}

/** Bytes of the source address, then of the destination address. */
export function addresses(frame: IpFrame): { source: Buffer; destination: Buffer } {
  const length = frame.version === 4 ? 4 : 16;
  const at = frame.ipAt + (frame.version === 4 ? 12 : 8);
  return {
    source: frame.bytes.subarray(at, at + length),
    destination: frame.bytes.subarray(at + length, at + 2 * length),
  };
}

/** Recomputes the IP and transport checksums; a cut packet keeps its transport checksum, which cannot be computed. */
export function repairChecksums(frame: IpFrame): void {
  const { bytes, ipAt, transportAt, endAt } = frame;
  if (frame.version === 4) {
    bytes.writeUInt16BE(0, ipAt + 10);
    bytes.writeUInt16BE(fold(sum(bytes, ipAt, transportAt)), ipAt + 10);
  }
  if (endAt > bytes.length) return;
  const checksumAt = transportAt + (frame.protocol === 'tcp' ? 16 : 6);
  bytes.writeUInt16BE(0, checksumAt);
  const { source, destination } = addresses(frame);
  const pseudo = sum(source, 0, source.length) + sum(destination, 0, destination.length);
  const protocol = frame.protocol === 'tcp' ? TCP : UDP;
  const total = fold(pseudo + protocol + (endAt - transportAt) + sum(bytes, transportAt, endAt));
  bytes.writeUInt16BE(total === 0 && frame.protocol === 'udp' ? 0xffff : total, checksumAt);
}

/** Of whole messages with a zero checksum field: the pseudo-header followed by the rest. */
export function internetChecksum(bytes: Buffer): number {
  return fold(sum(bytes, 0, bytes.length));
}

function sum(bytes: Buffer, from: number, to: number): number {
  let total = 0;
  let at = from;
  for (; at + 1 < to; at += 2) total += bytes.readUInt16BE(at);
  return at < to ? total + bytes.readUInt8(at) * 256 : total;
}

function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
