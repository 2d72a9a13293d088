// Makes conversations that were never recorded: the hello and the server's answer of a recorded runtime, and behind them
// exchanges of any size. Addresses are the lab's, so that they are played like recordings.
import { repairChecksums, viewIpFrame } from '../ip-frame.ts';
import type { Frame } from '../pcap.ts';
import { dnsName } from '../rename-servers.ts';
import { assemble, streamsOf } from '../tcp-streams.ts';
import { TYPE_APPLICATION_DATA, TYPE_HANDSHAKE, tlsRecords } from '../tls-records.ts';
import type { Recording } from './library.ts';

/** What a runtime says before it sends data. */
export interface Greeting {
  readonly client: Buffer;
  readonly server: Buffer;
}

/** One upload, and the records of its answer. */
export interface MadeExchange {
  readonly afterMs: number;
  readonly up: number;
  readonly down: readonly number[];
  /** Between the records of the answer. */
  readonly everyMs: number;
}

const CLIENT = Buffer.from([10, 77, 0, 2]);
const DNS_SERVER = Buffer.from([10, 77, 0, 1]);
const SEGMENT_BYTES = 1460;
const RECORD_BYTES = 16_384;
const RTT_US = 18_000;
/** Behind the record header, and RFC 8446 §4.1.2: type, length, legacy version. */
const RANDOM_AT = 5 + 6;
const FINISHED_BYTES = 53;
const TICKET_BYTES = 255;
const FIN_ACK = 0x11;
const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const PSH_ACK = 0x18;

/** Of the first whole TLS 1.3 connection (to this server) without a retried hello; null when there is none. */
export function greetingOf(recording: Recording, server = ''): Greeting | null {
  const streams = [...streamsOf(recording.frames())].map(([key, segments]) => ({
    key,
    stream: assemble(segments),
  }));
  for (const { key, stream } of streams) {
    const records = tlsRecords(stream);
    const first = records[0];
    if (first?.type !== TYPE_HANDSHAKE || stream[first.bodyAt] !== 1 || !stream.includes(server)) continue;
    const [source, destination, ports = ''] = key.split(' ');
    const reverse = `${destination} ${source} ${ports.slice(4)}${ports.slice(0, 4)} `;
    const answer = streams.find((one) => one.key.startsWith(reverse))?.stream;
    if (answer === undefined) continue;
    const isRetried = records.filter(({ type }) => type === TYPE_HANDSHAKE).length > 1;
    if (isRetried) continue;
    const client = beforeData(stream, 0);
    // The encrypted part of a server's handshake: four messages, in one record or four.
    const answered = beforeData(answer, 4);
    if (answered.length > client.length) return { client, server: answered };
  }
  return null;
}

/** Everything up to the first record of application data, and `more` of these records. */
function beforeData(stream: Buffer, more: number): Buffer {
  let left = more;
  let end = 0;
  for (const { type, bodyAt, bodyBytes } of tlsRecords(stream)) {
    if (type === TYPE_APPLICATION_DATA && left-- <= 0) break;
    end = bodyAt + bodyBytes;
  }
  return stream.subarray(0, end);
}

export class MadeTalk {
  readonly #frames: Frame[] = [];
  #port = 40_000;
  #transaction = 1;

  frames(): Frame[] {
    return [...this.#frames].sort((a, b) => a.timeUs - b.timeUs);
  }

  /** A question and its answer. */
  ask(name: string, address: Buffer, atMs: number): void {
    const header = Buffer.from([0, this.#transaction++ & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const question = Buffer.concat([dnsName(name), Buffer.from([0, 1, 0, 1])]);
    const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]);
    const reply = Buffer.from(header);
    reply.writeUInt16BE(0x8180, 2);
    reply.writeUInt16BE(1, 6);
    const port = this.#port++;
    this.#push(atMs * 1000, udp(true, port, Buffer.concat([header, question])));
    this.#push(atMs * 1000 + 400, udp(false, port, Buffer.concat([reply, question, answer])));
  }

  /** One connection over TLS 1.3. Ends with FIN unless it stays open. */
  connect(greeting: Greeting, address: Buffer, atMs: number, exchanges: readonly MadeExchange[]): void {
    const line = new Line(address, this.#port++, atMs * 1000, (timeUs, bytes) => this.#push(timeUs, bytes));
    line.open();
    line.send(true, withFreshRandom(greeting.client, this.#port));
    line.send(false, greeting.server);
    line.send(true, Buffer.concat([changeCipher(), applicationData(FINISHED_BYTES)]));
    line.send(false, Buffer.concat([applicationData(TICKET_BYTES), applicationData(TICKET_BYTES)]));
    for (const { afterMs, up, down, everyMs } of exchanges) {
      line.pass(afterMs * 1000);
      line.send(true, inRecords(up));
      line.pass(RTT_US);
      for (const bytes of down) {
        line.pass(everyMs * 1000);
        line.send(false, inRecords(bytes));
      }
    }
    line.close();
  }

  /** A connection whose bytes are what its two sides give, in turns: no TLS unless these are. */
  talk(address: Buffer, port: number, atMs: number, turns: readonly { up: Buffer; down: Buffer }[]): void {
    const push = (timeUs: number, bytes: Buffer): void => this.#push(timeUs, bytes);
    const line = new Line(address, this.#port++, atMs * 1000, push, port);
    line.open();
    for (const { up, down } of turns) {
      line.pass(1_000_000);
      line.send(true, up);
      line.pass(RTT_US);
      line.send(false, down);
    }
    line.close();
  }

  /** The middle of a connection whose beginning is not in the capture. */
  goOn(address: Buffer, atMs: number, exchanges: readonly MadeExchange[]): void {
    const line = new Line(address, this.#port++, atMs * 1000, (timeUs, bytes) => this.#push(timeUs, bytes));
    for (const { afterMs, up, down } of exchanges) {
      line.pass(afterMs * 1000);
      line.send(true, inRecords(up));
      for (const bytes of down) line.send(false, inRecords(bytes));
    }
    line.close();
  }

  #push(timeUs: number, bytes: Buffer): void {
    this.#frames.push({ timeUs: Math.round(timeUs), wireLength: bytes.length, bytes });
  }
}

/** One TCP connection as it goes over the wire. */
class Line {
  readonly #server: Buffer;
  readonly #port: number;
  readonly #serverPort: number;
  readonly #push: (timeUs: number, bytes: Buffer) => void;
  #timeUs: number;
  #next = { up: 0x1000_0000, down: 0x2000_0000 };

  constructor(
    server: Buffer,
    port: number,
    timeUs: number,
    push: (timeUs: number, bytes: Buffer) => void,
    serverPort = 443,
  ) {
    this.#serverPort = serverPort;
    this.#server = server;
    this.#port = port;
    this.#timeUs = timeUs;
    this.#push = push;
  }

  pass(us: number): void {
    this.#timeUs += us;
  }

  open(): void {
    this.#emit(true, SYN);
    this.#next.up++;
    this.pass(RTT_US);
    this.#emit(false, SYN_ACK);
    this.#next.down++;
    this.#emit(true, ACK);
  }

  send(isUp: boolean, data: Buffer): void {
    for (let at = 0; at < data.length; at += SEGMENT_BYTES) {
      const part = data.subarray(at, at + SEGMENT_BYTES);
      this.pass(60);
      this.#emit(isUp, PSH_ACK, part);
      if (isUp) this.#next.up += part.length;
      else this.#next.down += part.length;
    }
    this.pass(200);
    this.#emit(!isUp, ACK);
  }

  close(): void {
    this.pass(1000);
    this.#emit(true, FIN_ACK);
    this.#next.up++;
    this.#emit(false, FIN_ACK);
    this.#next.down++;
    this.#emit(true, ACK);
  }

  #emit(isUp: boolean, flags: number, payload: Buffer = Buffer.alloc(0)): void {
    const { up, down } = this.#next;
    const header = Buffer.alloc(20);
    header.writeUInt16BE(isUp ? this.#port : this.#serverPort, 0);
    header.writeUInt16BE(isUp ? this.#serverPort : this.#port, 2);
    header.writeUInt32BE(isUp ? up : down, 4);
    if ((flags & ACK) !== 0) header.writeUInt32BE(isUp ? down : up, 8);
    header.writeUInt8(5 << 4, 12);
    header.writeUInt8(flags, 13);
    header.writeUInt16BE(64_000, 14);
    this.#push(this.#timeUs, inIp(isUp, this.#server, 6, Buffer.concat([header, payload])));
  }
}

function udp(isUp: boolean, port: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(isUp ? port : 53, 0);
  header.writeUInt16BE(isUp ? 53 : port, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return inIp(isUp, DNS_SERVER, 17, Buffer.concat([header, payload]));
}

function inIp(isUp: boolean, server: Buffer, protocol: number, datagram: Buffer): Buffer {
  const header = Buffer.alloc(34);
  header.writeUInt16BE(0x0800, 12);
  header.writeUInt8(0x45, 14);
  header.writeUInt16BE(20 + datagram.length, 16);
  header.writeUInt8(64, 22);
  header.writeUInt8(protocol, 23);
  (isUp ? CLIENT : server).copy(header, 26);
  (isUp ? server : CLIENT).copy(header, 30);
  const bytes = Buffer.concat([header, datagram]);
  const view = viewIpFrame(bytes);
  if (view !== null) repairChecksums(view);
  return bytes;
}

/** The same random twice is one connection seen twice. */
function withFreshRandom(client: Buffer, number: number): Buffer {
  const fresh = Buffer.from(client);
  fresh.writeUInt32BE(number, RANDOM_AT);
  return fresh;
}

function changeCipher(): Buffer {
  return Buffer.from([20, 3, 3, 0, 1, 1]);
}

function applicationData(bodyBytes: number): Buffer {
  const record = Buffer.alloc(5 + bodyBytes);
  record.writeUInt8(TYPE_APPLICATION_DATA, 0);
  record.writeUInt16BE(0x0303, 1);
  record.writeUInt16BE(bodyBytes, 3);
  return record;
}

/** So many bytes inside TLS, in records of at most 16 kB with their tags. */
function inRecords(bytes: number): Buffer {
  const records: Buffer[] = [];
  for (let left = bytes; left > 0; left -= RECORD_BYTES)
    records.push(applicationData(Math.min(left, RECORD_BYTES) + 17));
  return Buffer.concat(records);
}
