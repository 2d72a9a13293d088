// TCP and UDP packets out of a classic capture: pcap-parser for the file, RFC 791, 8200, 9293 and 768 for the headers. No
// tunnels, no IP fragments: those packets are passed over.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type CapturedPacket, type GlobalHeader, parse } from 'pcap-parser';
import { attempt, ByteReader } from './byte-reader.ts';

export interface OraclePacket {
  readonly tsUs: number;
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** TCP: sequence number of the first payload byte. */
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly payload: Uint8Array;
}

type Endpoints = Pick<OraclePacket, 'source' | 'destination'> & { protocol: number; body: Uint8Array };

/** Why a capture cannot be read by its first 24 bytes; null when it can. */
export function whyUnreadable(header: Uint8Array): string | null {
  const magic = Buffer.from(header.subarray(0, 4)).toString('hex');
  if (header.length < 24) return 'it has no whole header';
  if (magic !== 'd4c3b2a1' && magic !== 'a1b2c3d4') return `pcap-parser does not read format ${magic}`;
  const at = magic === 'd4c3b2a1' ? 20 : 22;
  const [first, second] = [header[at] ?? 0, header[at + 1] ?? 0];
  const linkType = magic === 'd4c3b2a1' ? first + 256 * second : 256 * first + second;
  return linkHeaders.has(linkType) ? null : `link type ${linkType} is not read`;
}

/** All packets of a capture in order; gzip by the file's name. Rejects what pcap-parser cannot read. */
export function readPackets(file: string): Promise<OraclePacket[]> {
  return new Promise((resolve, reject) => {
    const raw = createReadStream(file);
    const parser = parse(file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw);
    const packets: OraclePacket[] = [];
    let linkType = -1;
    parser.on('globalHeader', (header: GlobalHeader) => {
      linkType = header.linkLayerType & 0xffff;
      if (!linkHeaders.has(linkType)) reject(new Error(`link type ${linkType} is not read`));
    });
    parser.on('packet', (packet: CapturedPacket) => {
      const tsUs = packet.header.timestampSeconds * 1e6 + packet.header.timestampMicroseconds;
      const decoded = attempt(() => readFrame(linkType, packet.data, tsUs));
      if (decoded !== null) packets.push(decoded);
    });
    parser.on('error', reject);
    parser.on('end', () => resolve(packets));
  });
}

/** Bytes before the ether type, by link type: Ethernet, Linux SLL and SLL2. The others have none: see bytesBeforeIp. */
const linkHeaders = new Map([
  [0, -1],
  [1, 12],
  [12, -1],
  [14, -1],
  [101, -1],
  [113, 14],
  [228, -1],
  [229, -1],
  [276, 0],
]);

/** Bytes of a tag in front of the next ether type: 802.1Q, 802.1ad, Cisco metadata. */
const tagBytes = new Map([
  [0x8100, 2],
  [0x88a8, 2],
  [0x8909, 6],
]);

/** NULL has an address family in front; raw IP has nothing. */
function bytesBeforeIp(linkType: number): number {
  return linkType === 0 ? 4 : 0;
}

function readFrame(linkType: number, data: Uint8Array, tsUs: number): OraclePacket | null {
  const frame = new ByteReader(data);
  const before = linkHeaders.get(linkType) ?? -1;
  let etherType = 0;
  if (before < 0) {
    frame.take(bytesBeforeIp(linkType));
    etherType = (data[frame.offset] ?? 0) >> 4 === 4 ? 0x0800 : 0x86dd;
  } else {
    frame.take(before);
    etherType = frame.number(2);
    for (let tag = tagBytes.get(etherType); tag !== undefined; tag = tagBytes.get(etherType)) {
      frame.take(tag);
      etherType = frame.number(2);
    }
    if (linkType === 276) frame.take(18);
  }
  const rest = frame.take(frame.left);
  const ends = etherType === 0x0800 ? readIp4(rest) : etherType === 0x86dd ? readIp6(rest) : null;
  if (ends === null) return null;
  if (ends.protocol === 6) return readTcp(ends, tsUs);
  return ends.protocol === 17 ? readUdp(ends, tsUs) : null;
}

function readIp4(bytes: Uint8Array): Endpoints | null {
  const header = new ByteReader(bytes);
  const first = header.number(1);
  header.take(1);
  const total = header.number(2);
  header.take(2);
  const fragment = header.number(2) & 0x3fff;
  header.take(1);
  const protocol = header.number(1);
  header.take(2);
  const source = [...header.take(4)].join('.');
  const destination = [...header.take(4)].join('.');
  header.take((first & 15) * 4 - 20);
  if (first >> 4 !== 4 || fragment !== 0) return null;
  // Segmentation offload leaves the total length empty.
  const length = total === 0 ? header.left : total - header.offset;
  return { source, destination, protocol, body: header.take(Math.min(length, header.left)) };
}

/** RFC 5952. */
export function ip6Text(bytes: Uint8Array): string {
  const reader = new ByteReader(bytes);
  const groups = Array.from({ length: 8 }, () => reader.number(2).toString(16));
  const runs = [...groups.join(':').matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)].map((match) => match[0]);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups.join(':');
  return groups.join(':').replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}

function readIp6(bytes: Uint8Array): Endpoints | null {
  const header = new ByteReader(bytes);
  if (header.number(1) >> 4 !== 6) return null;
  header.take(3);
  const length = header.number(2);
  let protocol = header.number(1);
  header.take(1);
  const source = ip6Text(header.take(16));
  const destination = ip6Text(header.take(16));
  const payload = new ByteReader(header.take(Math.min(length === 0 ? header.left : length, header.left)));
  while (protocol === 0 || protocol === 43 || protocol === 60) {
    protocol = payload.number(1);
    payload.take(payload.number(1) * 8 + 6);
  }
  return { source, destination, protocol, body: payload.take(payload.left) };
}

function readTcp({ source, destination, body }: Endpoints, tsUs: number): OraclePacket {
  const header = new ByteReader(body);
  const sourcePort = header.number(2);
  const destinationPort = header.number(2);
  const sequence = header.number(4);
  header.take(4);
  const words = header.number(1) >> 4;
  const isSyn = (header.number(1) & 2) !== 0;
  header.take(6);
  header.take(words * 4 - 20);
  const payload = header.take(header.left);
  const first = isSyn ? (sequence + 1) >>> 0 : sequence;
  return {
    tsUs,
    protocol: 'tcp',
    source,
    destination,
    sourcePort,
    destinationPort,
    sequence: first,
    isSyn,
    payload,
  };
}

function readUdp({ source, destination, body }: Endpoints, tsUs: number): OraclePacket {
  const header = new ByteReader(body);
  const sourcePort = header.number(2);
  const destinationPort = header.number(2);
  const length = header.number(2);
  header.take(2);
  const payload = header.take(Math.min(header.left, length === 0 ? header.left : length - 8));
  return {
    tsUs,
    protocol: 'udp',
    source,
    destination,
    sourcePort,
    destinationPort,
    sequence: 0,
    isSyn: false,
    payload,
  };
}
