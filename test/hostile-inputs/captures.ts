// Captures of at most 1 MB that are made to cost memory or time once they are read.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CaptureWriter, type Endpoints, TCP_ACK, TCP_PSH_ACK, TCP_SYN } from '../../bench/capture-writer.ts';
import { helloTemplate, inRecord, makeHello } from '../../bench/hello.ts';
import { Random } from '../../bench/random.ts';
import { MAX_EXPANSION } from '../../src/reading/captures/unpack-stream.ts';
import { type Kind, MEGABYTE } from './kind.ts';

const START_SECONDS = 1_782_000_000;
const DAY_US = 86_400_000_000;
const SERVER = 0xc633_6401; // 198.51.100.1
const HEADER_BYTES = 24;
/** A record header and a frame of TCP without payload. */
const SYN_BYTES = 16 + 54;
const AI_NAMES = [
  'api.anthropic.com',
  'api.openai.com',
  'api2.cursor.sh',
  'api.individual.githubcopilot.com',
];

type Write = (writer: CaptureWriter, n: number, random: Random) => void;

/** The maximum number of writer steps that fit. */
function capture(most: number, eachBytes: number, write: Write): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-hostile-'));
  try {
    const path = join(folder, 'c.pcap');
    const writer = new CaptureWriter(path, START_SECONDS);
    const random = new Random(11);
    for (let n = 0; HEADER_BYTES + (n + 1) * eachBytes <= most; n++) write(writer, n, random);
    writer.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const endsOf = (n: number, serverPort = 443): Endpoints => ({
  client: 0x0a80_0000 + (n & 0x7f_ffff),
  server: SERVER,
  clientPort: 1024 + (n % 60_000),
  serverPort,
});

const syn =
  (stepUs: number): Write =>
  (writer, n) => {
    writer.tcp(endsOf(n), true, TCP_SYN, n, 0, 0);
    writer.advance(stepUs);
  };

/** An answered flow, with a hello for a name of the catalogue. */
function greeting(stepUs: number): { bytes: number; write: Write } {
  const template = helloTemplate('claude-code-2.1.252-prompt');
  const hellos = AI_NAMES.map((name) => inRecord(makeHello(template, name, new Random(3))));
  const longest = Math.max(...hellos.map(({ length }) => length));
  const answer = template.answer.subarray(0, 100);
  return {
    bytes: 4 * SYN_BYTES + longest + answer.length,
    write(writer, n) {
      const hello = hellos[n % hellos.length] ?? Buffer.alloc(0);
      const ends = endsOf(n);
      writer.tcp(ends, true, TCP_SYN, 1000, 0, 0);
      writer.tcp(ends, false, TCP_SYN | TCP_ACK, 5000, 1001, 0);
      writer.buffer.set(hello, writer.tcp(ends, true, TCP_PSH_ACK, 1001, 5001, hello.length));
      writer.buffer.set(
        answer,
        writer.tcp(ends, false, TCP_PSH_ACK, 5001, 1001 + hello.length, answer.length),
      );
      writer.advance(stepUs);
    },
  };
}

/** RFC 1035 §4.1: an answer of one address for a name of the catalogue, each for another host. */
function dnsAnswer(): { bytes: number; write: Write } {
  const name = Buffer.concat([
    ...'api.anthropic.com'.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ]);
  const message = Buffer.concat([
    Buffer.from('123481800001000100000000', 'hex'),
    name,
    Buffer.from('00010001c00c000100010000003c0004', 'hex'),
    Buffer.from([198, 51, 100, 1]),
  ]);
  return {
    bytes: 16 + 42 + message.length,
    write(writer, n) {
      const at = writer.udp(endsOf(n, 53), false, message.length);
      writer.buffer.set(message, at);
      writer.buffer.writeUInt32BE(SERVER + (n & 0xffff), at + message.length - 4);
      writer.advance(100);
    },
  };
}

const emptyRecords = (bytes: number): Buffer => {
  const out = Buffer.alloc(bytes - (bytes % 16) + 8);
  Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex').copy(out);
  return out;
};

/** pcapng, RFC draft §4.1 to §4.3: a section, then blocks of one kind. */
function pcapng(block: Buffer, count: number): Buffer {
  const section = Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex');
  return Buffer.concat([section, ...new Array<Buffer>(Math.floor(count)).fill(block)]);
}
const SECTION = Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex');
const INTERFACE = Buffer.from('010000001400000001000000000000001400000000', 'hex').subarray(0, 20);

/** Repeats the frames of a capture up to a size. */
function repeated(pcap: Buffer, bytes: number): Buffer {
  const body = pcap.subarray(HEADER_BYTES);
  const times = Math.max(1, Math.floor((bytes - HEADER_BYTES) / body.length));
  return Buffer.concat([pcap.subarray(0, HEADER_BYTES), ...new Array<Buffer>(times).fill(body)]);
}

/** The part of a capture that compresses to a megabyte and stays within the permitted ratio. */
function packed(pack: (bytes: Buffer) => Buffer, make: (bytes: number) => Buffer): Buffer {
  const whole = make(MEGABYTE * (MAX_EXPANSION - 5));
  const stored = pack(whole);
  if (stored.length <= MEGABYTE) return stored;
  const share = (MEGABYTE * 0.97) / stored.length;
  return pack(whole.subarray(0, Math.floor(whole.length * share)));
}

const gzip = (bytes: Buffer): Buffer => gzipSync(bytes, { level: 9 });
const zstd = (bytes: Buffer): Buffer =>
  execFileSync('zstd', ['-q', '-9', '--long=23', '-c'], { input: bytes, maxBuffer: 1 << 28 });

/** Frames that the cost test makes, as captures in a folder, or none. */
function costly(name: string, folder: string | undefined): Buffer | null {
  return folder === undefined ? null : readFileSync(join(folder, `${name}.pcap`));
}

const inside = (gz: string): Buffer => gunzipSync(readFileSync(`captures/recordings/${gz}.pcap.gz`));

export function captureKinds(costlyFolder: string | undefined): Kind[] {
  const plain = (name: string, make: () => Buffer, ending = 'pcap'): Kind => ({
    name,
    of: 'capture',
    file: `${name.replaceAll(' ', '-')}.${ending}`,
    write: (path) => writeFileSync(path, make()),
  });
  const hello = greeting(1000);
  const helloADay = greeting(DAY_US);
  const answers = dnsAnswer();
  const kinds: Kind[] = [
    plain('empty records', () => emptyRecords(MEGABYTE)),
    plain('a host a packet', () => capture(MEGABYTE, SYN_BYTES, syn(100))),
    plain('a host and an hour a packet', () => capture(MEGABYTE, SYN_BYTES, syn(DAY_US / 24))),
    plain('a host and a day a packet', () => capture(MEGABYTE, SYN_BYTES, syn(DAY_US))),
    plain('an AI host a flow', () => capture(MEGABYTE, hello.bytes, hello.write)),
    plain('an AI host a day', () => capture(MEGABYTE, helloADay.bytes, helloADay.write)),
    plain('an AI answer a host', () => capture(MEGABYTE, answers.bytes, answers.write)),
    plain('first and last second of the format', () => ends()),
    plain('time back and forth', () =>
      capture(MEGABYTE, SYN_BYTES, (writer, n) => {
        writer.tcp(endsOf(0), true, TCP_SYN, n, 0, 0);
        writer.advance(n % 2 === 0 ? 50 * 366 * DAY_US : -50 * 366 * DAY_US + 1);
      }),
    ),
    plain('sections', () => pcapng(SECTION, MEGABYTE / SECTION.length - 1), 'pcapng'),
    plain('interfaces', () => pcapng(INTERFACE, MEGABYTE / INTERFACE.length - 2), 'pcapng'),
    plain('zeros', () => Buffer.alloc(MEGABYTE)),
    plain('noise', () => noise()),
  ];
  const bombs: [string, (bytes: number) => Buffer | null][] = [
    ['empty records', emptyRecords],
    ['a host a packet', (bytes) => capture(bytes, SYN_BYTES, syn(100))],
    ['a host and an hour a packet', (bytes) => capture(bytes, SYN_BYTES, syn(DAY_US / 24))],
    ['AI hosts', (bytes) => capture(bytes, hello.bytes, hello.write)],
    ['AI hosts a day', (bytes) => capture(bytes, helloADay.bytes, helloADay.write)],
    ['AI answers', (bytes) => capture(bytes, answers.bytes, answers.write)],
    ['a recording again and again', (bytes) => repeated(inside('claude-code-2.1.328-prompt'), bytes)],
    ...[
      'dns-pointer-chain',
      'mdns-long-names',
      'records-out-of-step',
      'fragments-with-gaps',
      'hello-in-tiny-records',
      'request-byte-by-byte',
      'hello-byte-by-byte-backwards',
    ].map((name): [string, (bytes: number) => Buffer | null] => [
      name.replaceAll('-', ' '),
      (bytes) => {
        const one = costly(name, costlyFolder);
        return one === null ? null : repeated(one, bytes);
      },
    ]),
  ];
  for (const [name, make] of bombs) {
    for (const [ending, pack] of [
      ['gz', gzip],
      ['zst', zstd],
    ] as const) {
      if (costlyFolder === undefined && make(1000) === null) continue;
      kinds.push(
        plain(
          `${name} in ${ending}`,
          () => packed(pack, (bytes) => make(bytes) ?? Buffer.alloc(0)),
          `pcap.${ending}`,
        ),
      );
    }
  }
  return kinds;
}

function ends(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-hostile-'));
  const path = join(folder, 'c.pcap');
  const writer = new CaptureWriter(path, 0);
  const { write } = greeting(0);
  write(writer, 1, new Random(1));
  writer.advance((2 ** 32 - 1) * 1e6);
  write(writer, 2, new Random(1));
  writer.close();
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

function noise(): Buffer {
  const bytes = Buffer.alloc(MEGABYTE);
  new Random(5).fillFresh(bytes, 0, bytes.length);
  return bytes;
}
