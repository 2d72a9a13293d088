// Makes captures of one client, with the packets and times of a real stack: lookups, TLS connections, losses and outages.
// As at a span port near the client: what it sends is always captured, what is lost on the way to it is not.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helloTemplate, inRecord, makeHello } from '../../../bench/hello.ts';
import { Random } from '../../../bench/random.ts';
import {
  type End,
  FLAGS,
  frameOf,
  ipPacket,
  mangled,
  udpPacket,
  withTtl,
} from '../../../captures/composed/forged/packets.ts';
import { internetChecksum } from '../../../captures/ip-frame.ts';
import { type Frame, writePcap } from '../../../captures/pcap.ts';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { buildDiagnosis, namesToDiagnose } from '../../../src/query/diagnosis.ts';
import { openSource } from '../../../src/query/source.ts';
import { temporaryFolder } from '../../temporary.ts';

const AT_MS = 1_790_000_000_000;
const TCP = 6;
const UDP = 17;
const MSS = 1448;
const FAR_TTL = 52;
const SYN_REPEATED_MS = 1000;
const RTO_MS = 220;
const ICMP = 1;

export async function diagnosesOf(made: MadeCapture): Promise<readonly Diagnosis[]> {
  const file = join(temporaryFolder('made-capture'), 'made.pcap');
  writeFileSync(file, made.file());
  const source = await openSource([file], namesToDiagnose());
  return buildDiagnosis(await source.read(), {}).diagnoses;
}

/** Sizes of equal records. */
export const many = (count: number, bytes = 180): number[] => Array<number>(count).fill(bytes);

export const CLIENT = '10.1.0.5';
export const RESOLVER = '10.1.0.1';
export const SECOND_RESOLVER = '10.1.0.2';
export const PROXY = '10.1.0.3';
export const ROUTER = '10.1.0.254';
export const MODEL = { name: 'api.anthropic.com', server: '160.79.104.10' } as const;
export const OTHER = { name: 'chatgpt.com', server: '104.18.32.47' } as const;

type Way = 'up' | 'down';

export interface Line {
  /** Round trip to servers outside. */
  readonly rttMs?: number;
  /** `index`: number of the packet. */
  readonly isLost?: (way: Way, ms: number, index: number) => boolean;
}

const bytesOf = (address: string): Buffer =>
  address.includes(':') ? ip6Bytes(address) : Buffer.from(address.split('.').map(Number));
function ip6Bytes(address: string): Buffer {
  const [front = '', back = ''] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((one) => Number.parseInt(one, 16));
  const [head, tail] = [groups(front), groups(back)];
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}
const endAt = (address: string, port: number): End => ({
  mac: Buffer.from([2, 0, 0, 0, 0, address.startsWith(CLIENT) ? 1 : 2]),
  address: bytesOf(address),
  port,
});
const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.alloc(1),
  ]);
/** Builds a TLS record of type application_data. `bytes`: length of its fragment. */
const dataRecord = (bytes: number): Buffer => {
  const record = Buffer.alloc(5 + bytes);
  record.writeUInt8(23, 0);
  record.writeUInt16BE(0x0303, 1);
  record.writeUInt16BE(bytes, 3);
  return record;
};
const inRecords = (bytes: number): Buffer[] => {
  const records: Buffer[] = [];
  for (let left = bytes; left > 0; left -= 16_384) records.push(dataRecord(Math.min(left, 16_384) + 17));
  return records;
};

export interface Lookup {
  readonly resolver?: string;
  readonly type?: number;
  readonly rcode?: number;
  /** Addresses of the answer; empty: none. */
  readonly addresses?: readonly string[];
  /** Null: no answer. */
  readonly afterMs?: number | null;
  /** The answer is an alias alone. */
  readonly alias?: string;
  readonly isTruncated?: boolean;
  /** A device answers with an ICMP message of this type and code. */
  readonly icmp?: readonly [from: string, type: number, code: number];
}

export interface Connecting {
  readonly server: string;
  readonly name: string;
  readonly port?: number;
  readonly proxy?: string;
  /** Of this connection. */
  readonly rttMs?: number;
  readonly ttl?: number;
  readonly client?: string;
}

export class MadeCapture {
  readonly frames: Frame[] = [];
  readonly template = helloTemplate('claude-code-2.1.328-prompt');
  readonly random = new Random(7);
  readonly serverHello = this.template.answer.subarray(0, 5 + this.template.answer.readUInt16BE(3));
  readonly line: Required<Line>;
  #port = 40_000;
  #index = 0;

  constructor(line: Line = {}) {
    this.line = { rttMs: 37, isLost: () => false, ...line };
  }

  get nextPort(): number {
    return ++this.#port;
  }

  /** Whether a packet that leaves now is lost. */
  loses(way: Way, ms: number): boolean {
    return this.line.isLost(way, ms, ++this.#index);
  }

  add(ms: number, bytes: Buffer, ttl: number | null = null): void {
    const frame = frameOf((AT_MS + ms) * 1000, bytes);
    this.frames.push(ttl === null ? frame : mangled(frame, withTtl(ttl)));
  }

  /** Returns the time of the answer, or of the question without one. */
  lookup(ms: number, name: string, lookup: Lookup = {}): number {
    const {
      resolver = RESOLVER,
      type = 1,
      rcode = 0,
      addresses = [MODEL.server],
      afterMs = 3,
      alias,
      isTruncated = false,
    } = lookup;
    const [client, server] = [endAt(CLIENT, this.nextPort), endAt(resolver, 53)];
    const id = this.nextPort;
    const question = Buffer.concat([nameBytes(name), Buffer.from([0, type, 0, 1])]);
    const header = (flags: number, answers: number): Buffer => {
      const bytes = Buffer.alloc(12);
      for (const [i, value] of [id, flags, 1, answers].entries()) bytes.writeUInt16BE(value, i * 2);
      return bytes;
    };
    this.add(ms, udpPacket(client, server, Buffer.concat([header(0x0100, 0), question])));
    if (lookup.icmp !== undefined) {
      const [from, ...message] = lookup.icmp;
      this.icmp(ms + 1, from, message, { from: client, to: server, protocol: UDP, rest: Buffer.alloc(4) });
      return ms;
    }
    if (afterMs === null) return ms;
    const record = (of: number, data: Buffer): Buffer =>
      Buffer.concat([
        Buffer.from([0xc0, 12, 0, of, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255]),
        data,
      ]);
    const answers = [
      ...(alias === undefined ? [] : [record(5, nameBytes(alias))]),
      ...(rcode !== 0 || isTruncated || alias !== undefined
        ? []
        : addresses.map((address) => record(type, bytesOf(address)))),
    ];
    const flags = 0x8180 | rcode | (isTruncated ? 0x0200 : 0);
    this.add(
      ms + afterMs,
      udpPacket(server, client, Buffer.concat([header(flags, answers.length), question, ...answers])),
      64,
    );
    return ms + afterMs;
  }

  /** An ICMP message that quotes a packet by its header, its ports and the four bytes behind them. */
  icmp(
    ms: number,
    from: string,
    [type, code]: readonly [number, number],
    quote: { readonly from: End; readonly to: End; readonly protocol: number; readonly rest: Buffer },
  ): void {
    const quoted = Buffer.alloc(28);
    quoted.writeUInt8(0x45, 0);
    quoted.writeUInt16BE(60, 2);
    quoted.writeUInt8(1, 8);
    quoted.writeUInt8(quote.protocol, 9);
    quote.from.address.copy(quoted, 12);
    quote.to.address.copy(quoted, 16);
    quoted.writeUInt16BE(quote.from.port, 20);
    quoted.writeUInt16BE(quote.to.port, 22);
    quote.rest.copy(quoted, 24);
    const message = Buffer.concat([Buffer.from([type, code, 0, 0, 0, 0, 0, 0]), quoted]);
    message.writeUInt16BE(internetChecksum(message), 2);
    this.add(ms, ipPacket(endAt(from, 0), quote.from, ICMP, message), 63);
  }

  datagram(ms: number, from: string, to: string, ports: readonly [number, number], bytes: number): void {
    const payload = Buffer.alloc(bytes, 7);
    payload.writeUInt8(0xc0, 0);
    payload.writeUInt32BE(1, 1);
    this.add(ms, udpPacket(endAt(from, ports[0]), endAt(to, ports[1]), payload));
  }

  connect(ms: number, to: Connecting): MadeConnection {
    return new MadeConnection(this, ms, to);
  }

  /** A connection with a request and its streamed answer, closed by the client. Returns the time of its end. */
  prompt(ms: number, to: Connecting, { up = 30_000, waitMs = 900, records = 40, gapMs = 60 } = {}): number {
    return this.connect(ms, to)
      .open()
      .handshake()
      .request(up)
      .answer(Array<number>(records).fill(180), { waitMs, gapMs })
      .close().ms;
  }

  file(): Buffer {
    return writePcap([...this.frames].sort((a, b) => a.timeUs - b.timeUs));
  }
}

export class MadeConnection {
  readonly #capture: MadeCapture;
  readonly #to: Connecting;
  readonly #client: End;
  readonly #server: End;
  readonly #rttMs: number;
  readonly #ttl: number;
  #clientNext = 1001;
  #serverNext = 900_001;
  ms: number;

  constructor(capture: MadeCapture, ms: number, to: Connecting) {
    this.#capture = capture;
    this.#to = to;
    const {
      proxy,
      server,
      port = proxy === undefined ? 443 : 3128,
      client = server.includes(':') ? '2001:db8:2::5' : CLIENT,
    } = to;
    this.#client = endAt(client, capture.nextPort);
    this.#server = endAt(proxy ?? server, port);
    this.#rttMs = to.rttMs ?? (proxy === undefined ? capture.line.rttMs : 1);
    this.#ttl = to.ttl ?? (proxy === undefined ? FAR_TTL : 64);
    this.ms = ms;
  }

  #tcp(
    way: Way,
    flags: number,
    payload: Buffer = Buffer.alloc(0),
    more: {
      ms?: number;
      sequence?: number;
      acknowledgement?: number;
      sack?: readonly [number, number];
      ttl?: number;
    } = {},
  ): void {
    const { ms = this.ms, sack } = more;
    const isUp = way === 'up';
    const [from, to] = isUp ? [this.#client, this.#server] : [this.#server, this.#client];
    const stamp = Buffer.alloc(12);
    stamp.writeUInt32BE(0x0101080a, 0);
    stamp.writeUInt32BE(Math.round(ms) + (isUp ? 5_000 : 900_000), 4);
    stamp.writeUInt32BE(1, 8);
    const options = [stamp];
    if (sack !== undefined) {
      const block = Buffer.alloc(12);
      block.writeUInt32BE(0x0101050a, 0);
      block.writeUInt32BE(sack[0], 4);
      block.writeUInt32BE(sack[1], 8);
      options.push(block);
    }
    const header = Buffer.alloc(20);
    header.writeUInt16BE(from.port, 0);
    header.writeUInt16BE(to.port, 2);
    header.writeUInt32BE((more.sequence ?? (isUp ? this.#clientNext : this.#serverNext)) >>> 0, 4);
    header.writeUInt32BE(
      flags === FLAGS.syn ? 0 : (more.acknowledgement ?? (isUp ? this.#serverNext : this.#clientNext)) >>> 0,
      8,
    );
    header.writeUInt8((5 + options.reduce((sum, { length }) => sum + length, 0) / 4) << 4, 12);
    header.writeUInt8(flags, 13);
    header.writeUInt16BE(64_000, 14);
    this.#capture.add(
      ms,
      ipPacket(from, to, TCP, Buffer.concat([header, ...options, payload])),
      isUp ? 64 : (more.ttl ?? this.#ttl),
    );
  }

  /** Repeats the SYN after 1, 3, 7 s. */
  open({ attempts = 6 } = {}): this {
    for (let i = 0, pauseMs = SYN_REPEATED_MS; i < attempts; i++, pauseMs *= 2) {
      this.#tcp('up', FLAGS.syn, undefined, { sequence: 1000 });
      const isLost = this.#capture.loses('up', this.ms) || this.#capture.loses('down', this.ms);
      if (!isLost) {
        this.ms += this.#rttMs;
        this.#tcp('down', FLAGS.syn | FLAGS.ack, undefined, { sequence: 900_000, acknowledgement: 1001 });
        this.ms += 0.1;
        this.#tcp('up', FLAGS.ack);
        if (this.#to.proxy !== undefined) this.#connectThrough();
        return this;
      }
      this.ms += pauseMs;
    }
    return this;
  }

  #connectThrough(): void {
    const target = `${this.#to.name}:443`;
    this.send('up', Buffer.from(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
    this.ms += this.#capture.line.rttMs;
    this.send('down', Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n'));
  }

  /** Sends bytes in full segments until all are acknowledged, and waits a half round trip for them. */
  send(way: Way, bytes: Buffer, { maxTries = 8 } = {}): this {
    const isUp = way === 'up';
    const first = isUp ? this.#clientNext : this.#serverNext;
    const parts: { at: number; bytes: Buffer; isDone: boolean }[] = [];
    for (let at = 0; at < bytes.length; at += MSS)
      parts.push({ at: first + at, bytes: bytes.subarray(at, at + MSS), isDone: false });
    const end = first + bytes.length;
    let waitMs = Math.max(RTO_MS, this.#rttMs * 1.5);
    for (let i = 0; i < maxTries && parts.some(({ isDone }) => !isDone); i++) {
      const open = parts.filter(({ isDone }) => !isDone);
      // Acknowledgements of later segments bring the repetition after a round trip (RFC 6675). Otherwise a timer does, first
      // of one segment (RFC 6298 §5.4).
      const isFast = i === 1 && parts.some(({ isDone }) => isDone) && parts.at(-1)?.isDone === true;
      if (i > 0) this.ms += isFast ? this.#rttMs : waitMs;
      if (i > 0 && !isFast) {
        waitMs *= 2;
        const isHeard =
          !this.#capture.line.isLost('up', this.ms, 0) && !this.#capture.line.isLost('down', this.ms, 0);
        if (!isHeard && isUp)
          this.#tcp(way, FLAGS.ack | FLAGS.push, open[0]?.bytes, { sequence: open[0]?.at ?? 0 });
        if (!isHeard) continue;
      }
      for (const part of open) {
        this.ms += 0.12;
        const isLost = this.#capture.loses(way, this.ms);
        if (isUp || !isLost) this.#tcp(way, FLAGS.ack | FLAGS.push, part.bytes, { sequence: part.at });
        if (isLost) continue;
        part.isDone = true;
        const heard = parts.find(({ isDone }) => !isDone)?.at ?? end;
        const behind = parts.filter(({ isDone, at }) => isDone && at > heard);
        const last = behind.at(-1);
        const sack =
          last === undefined ? {} : { sack: [behind[0]?.at ?? 0, last.at + last.bytes.length] as const };
        const isAckLost = isUp && part !== parts.at(-1) && this.#capture.loses('down', this.ms);
        if (!isAckLost)
          this.#tcp(isUp ? 'down' : 'up', FLAGS.ack, undefined, {
            ms: this.ms + (isUp ? this.#rttMs : 0.05),
            acknowledgement: heard,
            ...sack,
          });
      }
    }
    if (isUp) this.#clientNext = end;
    else this.#serverNext = end;
    if (isUp) this.ms += this.#rttMs;
    return this;
  }

  hello(): this {
    const { template, random } = this.#capture;
    return this.send('up', inRecord(makeHello(template, this.#to.name, random)));
  }

  handshake({ tickets = 2 } = {}): this {
    this.hello();
    this.send(
      'down',
      Buffer.concat([this.#capture.serverHello, Buffer.from([20, 3, 3, 0, 1, 1]), dataRecord(2_800)]),
    );
    this.send('up', Buffer.concat([Buffer.from([20, 3, 3, 0, 1, 1]), dataRecord(53)]));
    return tickets === 0
      ? this
      : this.send('down', Buffer.concat(Array<Buffer>(tickets).fill(dataRecord(250))));
  }

  request(bytes: number): this {
    return this.send('up', Buffer.concat(inRecords(bytes)));
  }

  /** One record after another, each in its own segment. */
  answer(records: readonly number[], { waitMs = 900, gapMs = 60 } = {}): this {
    for (const [i, bytes] of records.entries()) {
      this.ms += i === 0 ? waitMs : gapMs;
      this.send('down', dataRecord(bytes + 17));
    }
    return this;
  }

  wait(ms: number): this {
    this.ms += ms;
    return this;
  }

  /** Ends TLS and TCP in order. */
  close(by: 'client' | 'server' = 'client', { hasFarewell = true } = {}): this {
    const [way, back] = by === 'client' ? (['up', 'down'] as const) : (['down', 'up'] as const);
    if (hasFarewell) this.send(way, dataRecord(19));
    this.#tcp(way, FLAGS.fin | FLAGS.ack);
    if (by === 'client') this.#clientNext++;
    else this.#serverNext++;
    this.ms += by === 'client' ? this.#rttMs : 0.2;
    this.#tcp(back, FLAGS.fin | FLAGS.ack);
    if (by === 'client') this.#serverNext++;
    else this.#clientNext++;
    this.ms += by === 'client' ? 0.1 : this.#rttMs;
    this.#tcp(way, FLAGS.ack);
    return this;
  }

  reset(by: 'client' | 'server', { ttl = this.#ttl } = {}): this {
    this.#tcp(by === 'client' ? 'up' : 'down', FLAGS.rst | FLAGS.ack, undefined, { ttl });
    return this;
  }

  /** A FIN without an answer, then resets to the data that still comes. */
  abort(late = 3): this {
    this.#tcp('up', FLAGS.fin | FLAGS.ack);
    this.#clientNext++;
    for (let i = 0; i < late; i++) {
      this.ms += 15;
      const record = dataRecord(197);
      this.#tcp('down', FLAGS.ack | FLAGS.push, record, { acknowledgement: this.#clientNext - 1 });
      this.#serverNext += record.length;
      this.#tcp('up', FLAGS.rst, undefined, { ms: this.ms + 0.1 });
    }
    return this;
  }

  keepAlive(): this {
    this.#tcp('up', FLAGS.ack, undefined, { sequence: this.#clientNext - 1 });
    this.ms += this.#rttMs;
    this.#tcp('down', FLAGS.ack);
    return this;
  }

  /** A router answers the last SYN with an ICMP message. */
  icmp(from: string, type: number, code: number): this {
    const sequence = Buffer.alloc(4);
    sequence.writeUInt32BE(1000);
    this.ms += 2;
    this.#capture.icmp(this.ms, from, [type, code], {
      from: this.#client,
      to: this.#server,
      protocol: TCP,
      rest: sequence,
    });
    return this;
  }
}
