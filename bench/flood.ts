// Floods: traffic that is made to fill every table. Each is a capture that the sender repeats with other client ports.
import { CaptureWriter, TCP_ACK, TCP_PSH_ACK, TCP_SYN } from './capture-writer.ts';
import { Random } from './random.ts';

export interface Flood {
  readonly name: string;
  readonly about: string;
  readonly write: (path: string) => void;
}

const START_SECONDS = 1_782_000_000;
const SERVER = 0xc6120001; // 198.18.0.1, RFC 2544
const PACKETS = 100_000;

const client = (n: number): number => 0x0a000000 + (n % 60_000);
const port = (n: number): number => 1024 + ((n * 7919) % 60_000);

export const FLOODS: readonly Flood[] = [
  { name: 'syn', about: 'SYNs, every one a flow of its own', write: (path) => writeSyns(path) },
  { name: 'hello', about: 'hellos that say 16 000 bytes and never end', write: (path) => writeHellos(path) },
  { name: 'quic', about: 'QUIC Initials that decrypt to nothing', write: (path) => writeInitials(path) },
  {
    name: 'fragments',
    about: 'first fragments of datagrams that never get whole',
    write: (path) => writeFragments(path),
  },
];

function writeAll(path: string, packets: number, one: (writer: CaptureWriter, n: number) => void): void {
  const writer = new CaptureWriter(path, START_SECONDS);
  for (let n = 0; n < packets; n++) one(writer, n);
  writer.close();
}

function writeSyns(path: string): void {
  writeAll(path, PACKETS, (writer, n) => {
    writer.tcp(
      { client: client(n), server: SERVER + (n % 251), clientPort: port(n), serverPort: 443 },
      true,
      TCP_SYN,
      n,
      0,
      0,
    );
  });
}

/** RFC 8446 §5.1: a record of type 22; §4: a message of type 1 that is longer than what ever comes. */
function writeHellos(path: string): void {
  const payloadBytes = 400;
  writeAll(path, PACKETS / 4, (writer, n) => {
    const ends = { client: client(n), server: SERVER, clientPort: port(n), serverPort: 443 };
    writer.tcp(ends, true, TCP_SYN, 1000, 0, 0);
    writer.tcp(ends, false, TCP_SYN | TCP_ACK, 5000, 1001, 0);
    const at = writer.tcp(ends, true, TCP_PSH_ACK, 1001, 5001, payloadBytes);
    writer.buffer.fill(0, at, at + payloadBytes);
    writer.buffer.set([0x16, 3, 1, 0x3e, 0x80, 1, 0, 0x3e, 0x7c, 3, 3], at);
  });
}

/** RFC 9000 §17.2.2: a long header of version 1 with noise behind it. */
function writeInitials(path: string): void {
  const random = new Random(7);
  const payloadBytes = 1200;
  writeAll(path, PACKETS / 4, (writer, n) => {
    const ends = { client: client(n), server: SERVER, clientPort: port(n), serverPort: 443 };
    const at = writer.udp(ends, true, payloadBytes);
    for (let i = at; i < at + payloadBytes; i += 4) writer.buffer.writeUInt32LE(random.below(0x7fffffff), i);
    writer.buffer.set([0xc3, 0, 0, 0, 1, 8], at);
    writer.buffer.set([0, 0, 0x44, 0x90], at + 14);
  });
}

/** RFC 791 §3.1: "more fragments" is bit 13 of the word at byte 6. */
function writeFragments(path: string): void {
  const ipHeaderBytes = 20;
  const udpHeaderBytes = 8;
  writeAll(path, PACKETS, (writer, n) => {
    const ends = { client: client(n), server: SERVER + (n % 251), clientPort: port(n), serverPort: 4500 };
    const at = writer.udp(ends, true, 64);
    const header = at - udpHeaderBytes - ipHeaderBytes;
    writer.buffer.writeUInt16BE(n & 0xffff, header + 4);
    writer.buffer.writeUInt16BE(0x2000, header + 6);
  });
}
