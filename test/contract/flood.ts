// Floods: traffic that fills every table, on its own or around a recording whose figures must not change.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { CaptureWriter, TCP_ACK, TCP_PSH_ACK, TCP_SYN } from '../../bench/capture-writer.ts';
import { Random } from '../../bench/random.ts';
import { internetChecksum } from '../../captures/ip-frame.ts';

interface Flood {
  readonly name: string;
  readonly about: string;
  /** Writes packet `n`, or the packets of flow `n`. */
  readonly write: (writer: CaptureWriter, n: number, random: Random) => void;
  readonly packetsEach: number;
  /** Counts of the report that show the flood: one of them must be above zero. */
  readonly toldBy: readonly string[];
}

const SERVER = 0xc6120001; // 198.18.0.1, RFC 2544
const US = 1_000_000;

/** Forged local addresses: half of 10.0.0.0/8, away from those of the recordings. */
const forged = (random: Random): number => 0x0a80_0000 + random.below(0x80_0000);
const port = (random: Random): number => 1024 + random.below(64_000);

export const FLOODS: readonly Flood[] = [
  {
    name: 'syn',
    about: 'SYNs of forged hosts, every one a flow of its own',
    toldBy: ['evictedFlows', 'overflow.hosts'],
    packetsEach: 1,
    write: (writer, n, random) => {
      const server = SERVER + random.below(251);
      const ends = { client: forged(random), server, clientPort: port(random), serverPort: 443 };
      writer.tcp(ends, true, TCP_SYN, n, 0, 0);
    },
  },
  {
    name: 'collide',
    about: 'SYNs whose keys differ in few bits, for a table that hashes them by adding or by exclusive or',
    toldBy: ['evictedFlows', 'overflow.hosts'],
    packetsEach: 1,
    write: (writer, n) => {
      // The same sum and the same exclusive or of addresses and ports, again and again.
      const low = n & 0x7f_ffff;
      const clientPort = 1024 + ((n >> 23) & 0x3fff);
      const ends = { client: 0x0a80_0000 + low, server: SERVER + low, clientPort, serverPort: clientPort };
      writer.tcp(ends, true, TCP_SYN, n, 0, 0);
    },
  },
  {
    name: 'hello',
    about: 'hellos that say 16 000 bytes and never end',
    toldBy: ['clientHellos.incomplete'],
    packetsEach: 3,
    write: writeEndlessHello,
  },
  {
    name: 'quic',
    about: 'QUIC Initials that decrypt to nothing',
    toldBy: ['malformed.quic.decrypt'],
    packetsEach: 1,
    write: writeNoiseInitial,
  },
  {
    name: 'fragments',
    about: 'first fragments of datagrams that never get whole',
    toldBy: ['malformed.fragment.table_full', 'malformed.fragment.timeout'],
    packetsEach: 1,
    write: writeLoneFragment,
  },
];

/** RFC 8446 §5.1: a record of type 22; §4: a message of type 1 that is longer than the sent data. */
function writeEndlessHello(writer: CaptureWriter, _n: number, random: Random): void {
  const payloadBytes = 400;
  const ends = { client: forged(random), server: SERVER, clientPort: port(random), serverPort: 443 };
  writer.tcp(ends, true, TCP_SYN, 1000, 0, 0);
  writer.tcp(ends, false, TCP_SYN | TCP_ACK, 5000, 1001, 0);
  const at = writer.tcp(ends, true, TCP_PSH_ACK, 1001, 5001, payloadBytes);
  writer.buffer.fill(0, at, at + payloadBytes);
  writer.buffer.set([0x16, 3, 1, 0x3e, 0x80, 1, 0, 0x3e, 0x7c, 3, 3], at);
}

/** RFC 9000 §17.2.2: a long header of version 1 with noise behind it. */
function writeNoiseInitial(writer: CaptureWriter, _n: number, random: Random): void {
  const payloadBytes = 1200;
  const ends = { client: forged(random), server: SERVER, clientPort: port(random), serverPort: 443 };
  const at = writer.udp(ends, true, payloadBytes);
  random.fillFresh(writer.buffer, at, at + payloadBytes);
  writer.buffer.set([0xc3, 0, 0, 0, 1, 8], at);
  writer.buffer.set([0, 0, 0x44, 0x90], at + 14);
}

/** RFC 791 §3.1: "more fragments" is bit 13 of the word at byte 6. */
function writeLoneFragment(writer: CaptureWriter, n: number, random: Random): void {
  const ipHeaderBytes = 20;
  const udpHeaderBytes = 8;
  const ends = { client: forged(random), server: SERVER, clientPort: port(random), serverPort: 4500 };
  const at = writer.udp(ends, true, 64);
  const header = at - udpHeaderBytes - ipHeaderBytes;
  writer.buffer.writeUInt16BE(n & 0xffff, header + 4);
  writer.buffer.writeUInt16BE(0x2000, header + 6);
  writer.buffer.writeUInt16BE(0, header + 10);
  const sum = internetChecksum(writer.buffer.subarray(header, header + ipHeaderBytes));
  writer.buffer.writeUInt16BE(sum, header + 10);
}

interface Recorded {
  readonly us: number;
  readonly bytes: Uint8Array;
}

/** Packets of a gzipped classic pcap with times in microseconds, as the recordings are. */
function readRecording(path: string): Recorded[] {
  const bytes = gunzipSync(readFileSync(path));
  if (bytes.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error(`${path}: no pcap with times in microseconds`);
  const packets: Recorded[] = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    const us = bytes.readUInt32LE(at) * US + bytes.readUInt32LE(at + 4);
    packets.push({ us, bytes: bytes.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return packets;
}

/**
 * Some packets of a flood, spread evenly from a second before a recording until a second after it. Writes only the
 * recording when the flood is null, as the reference.
 */
export function writeMixed(path: string, recording: string, flood: Flood | null, packets: number): void {
  const recorded = readRecording(recording);
  const beginUs = Math.floor((recorded[0]?.us ?? 0) / US) * US - US;
  const spanUs = (recorded.at(-1)?.us ?? 0) + US - beginUs;
  const writer = new CaptureWriter(path, beginUs / US);
  const random = new Random(7);
  let nowUs = beginUs;
  const goTo = (us: number): void => {
    writer.advance(us - nowUs);
    nowUs = us;
  };
  const floods = flood === null ? 0 : Math.ceil(packets / flood.packetsEach);
  let next = 0;
  for (let n = 0; n <= floods; n++) {
    const us = n === floods ? beginUs + spanUs : beginUs + Math.floor((spanUs * n) / floods);
    for (let packet = recorded[next]; packet !== undefined && packet.us <= us; packet = recorded[++next]) {
      goTo(packet.us);
      writer.frame(packet.bytes);
    }
    goTo(us);
    if (n < floods) flood?.write(writer, n, random);
  }
  writer.close();
}
