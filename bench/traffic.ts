// The generated captures: content of each, written packet by packet to a file.
import type { Frame } from '../captures/pcap.ts';
import {
  CaptureWriter,
  type Endpoints,
  TCP_ACK,
  TCP_FIN_ACK,
  TCP_PSH_ACK,
  TCP_RST,
  TCP_SYN,
} from './capture-writer.ts';
import { type HelloTemplate, helloTemplate, inRecord, makeHello, quicTemplate } from './hello.ts';
import { CRYPTO_ROOM_BYTES, makeInitialKeys, sealInitial } from './quic-seal.ts';
import { Random } from './random.ts';

export const START_SECONDS = Date.UTC(2026, 6, 8, 1) / 1000;
const SEGMENT_BYTES = 1448;
/** As on an office network: browsers and command line programs, and now and then the runtime of an AI tool. */
const CLASSICAL = [
  'base-curl-http1.1',
  'base-go1.19',
  'base-gnutls-cli',
  'base-py-requests',
  'base-wget-gnutls',
  'base-py-urllib',
];
const CLASSICAL_RUNTIMES = ['base-bun1.4.0-https', 'base-node20-https'];
const POST_QUANTUM = ['base-chromium-tcp-example.test', 'base-chromium-tcp-claude.ai'];
const POST_QUANTUM_RUNTIMES = ['base-bun1.4.4-https', 'base-node24-fetch'];
/** One flow of this many goes to a name of the catalogue, and one comes from an AI runtime. */
const ONE_AI_FLOW_IN = 20;
/** In an office fewer do. */
const ONE_AI_FLOW_OF_OFFICE_IN = 100;
const AI_NAMES = [
  'api.anthropic.com',
  'chatgpt.com',
  'dashscope.aliyuncs.com',
  'generativelanguage.googleapis.com',
];

interface HelloMaker {
  readonly random: Random;
  readonly oneAiFlowIn: number;
  readonly classical: readonly HelloTemplate[];
  readonly classicalRuntimes: readonly HelloTemplate[];
  readonly postQuantum: readonly HelloTemplate[];
  readonly postQuantumRuntimes: readonly HelloTemplate[];
}

interface TlsStart {
  readonly hello: Buffer;
  readonly answer: Buffer;
}

function makeHelloMaker(random: Random, oneAiFlowIn: number = ONE_AI_FLOW_IN): HelloMaker {
  return {
    random,
    oneAiFlowIn,
    classical: CLASSICAL.map(helloTemplate),
    classicalRuntimes: CLASSICAL_RUNTIMES.map(helloTemplate),
    postQuantum: POST_QUANTUM.map(helloTemplate),
    postQuantumRuntimes: POST_QUANTUM_RUNTIMES.map(helloTemplate),
  };
}

function startTls(maker: HelloMaker, isPostQuantum: boolean, name?: string): TlsStart {
  const { random, oneAiFlowIn } = maker;
  const isRuntime = random.below(oneAiFlowIn) === 0;
  const classical = isRuntime ? maker.classicalRuntimes : maker.classical;
  const postQuantum = isRuntime ? maker.postQuantumRuntimes : maker.postQuantum;
  const choice = isPostQuantum ? postQuantum : classical;
  const template = choice[random.below(choice.length)];
  if (template === undefined) throw new Error('no template');
  const hello = inRecord(makeHello(template, name ?? makeName(maker), random));
  return { hello, answer: answerTo(hello, template.answer) };
}

function makeName({ random, oneAiFlowIn }: Pick<HelloMaker, 'random' | 'oneAiFlowIn'>): string {
  if (random.below(oneAiFlowIn) === 0) return AI_NAMES[random.below(AI_NAMES.length)] ?? '';
  return `www${random.below(5000)}.site${random.below(50)}.example`;
}

const CLIENTS = 2003;
/** 10.20.0.0; the others follow. */
export const FIRST_CLIENT = 0x0a140000;
const TLS_PORT = 443;

/** Clients in 10.20.0.0/16, servers in 198.18.0.0/15 (RFC 2544); `index` makes the 5-tuple unique. */
function endpoints(index: number, serverPort: number, clients: number = CLIENTS): Endpoints {
  return {
    client: (FIRST_CLIENT + (index % clients)) >>> 0,
    server: (0xc6120000 + (index % 65_521)) >>> 0,
    clientPort: 20_000 + (Math.floor(index / clients) % 40_000),
    serverPort,
  };
}

/** Concurrent flows: each call of `step` writes the next packet of one of them. */
interface MadeFlow {
  readonly ends: Endpoints;
  tls: TlsStart | null;
  stage: number;
  up: number;
  down: number;
}

const STAGE_OPEN = 6;

function makeFlow(
  index: number,
  tls: TlsStart | null,
  random: Random,
  serverPort: number = tls === null ? 8080 : TLS_PORT,
): MadeFlow {
  return {
    ends: endpoints(index, serverPort),
    tls,
    stage: 0,
    up: random.next32(),
    down: random.next32(),
  };
}

/** Behind the headers of record and message, the version and the random (RFC 8446 §4.1.2 and §4.1.3). */
const SESSION_ID_AT = 5 + 4 + 2 + 32;

/** A ServerHello echoes the session id of the hello (RFC 8446 §4.1.3): without it the two contradict each other. */
function answerTo(hello: Buffer, answer: Buffer): Buffer {
  const end = SESSION_ID_AT + 1 + hello.readUInt8(SESSION_ID_AT);
  if (answer.readUInt8(SESSION_ID_AT) !== hello.readUInt8(SESSION_ID_AT)) return answer;
  const echo = Buffer.from(answer);
  hello.copy(echo, SESSION_ID_AT, SESSION_ID_AT, end);
  return echo;
}

/** SYN, SYN-ACK, ACK, then the hello in one or two segments and the answer; true while the handshake lasts. */
function stepHandshake(writer: CaptureWriter, flow: MadeFlow): boolean {
  const hello = flow.tls?.hello ?? null;
  switch (flow.stage++) {
    case 0:
      writer.tcp(flow.ends, true, TCP_SYN, flow.up++, 0, 0);
      return true;
    case 1:
      writer.tcp(flow.ends, false, TCP_SYN | TCP_ACK, flow.down++, flow.up, 0);
      return true;
    case 2:
      writer.tcp(flow.ends, true, TCP_ACK, flow.up, flow.down, 0);
      return true;
    case 3:
      if (hello !== null) sendUp(writer, flow, hello.subarray(0, SEGMENT_BYTES));
      if (hello === null || hello.length <= SEGMENT_BYTES) flow.stage = 5;
      return hello !== null;
    case 4:
      if (hello !== null) sendUp(writer, flow, hello.subarray(SEGMENT_BYTES));
      return true;
    case 5:
      if (flow.tls !== null) sendDown(writer, flow, flow.tls.answer);
      flow.tls = null;
      return true;
    default:
      return false;
  }
}

/** The next packets of a flow that works: the whole handshake, or a request with its answer, or a single packet. */
function stepFlow(writer: CaptureWriter, flow: MadeFlow, random: Random, stepUs: number): void {
  const isNew = flow.stage < STAGE_OPEN;
  while (flow.stage < STAGE_OPEN && stepHandshake(writer, flow)) writer.advance(stepUs);
  const { up } = flow;
  if (isNew) sendRecord(writer, flow, true, 60 + random.below(400), random);
  else sendMixed(writer, flow, random);
  if (flow.up === up) return;
  for (let i = 0; i < ANSWER_SEGMENTS; i++) {
    writer.advance(stepUs);
    sendRecord(writer, flow, false, SEGMENT_BYTES, random);
  }
}

const ANSWER_SEGMENTS = 2;

function sendUp(writer: CaptureWriter, flow: MadeFlow, payload: Buffer): void {
  payload.copy(writer.buffer, writer.tcp(flow.ends, true, TCP_PSH_ACK, flow.up, flow.down, payload.length));
  flow.up += payload.length;
}

function sendDown(writer: CaptureWriter, flow: MadeFlow, payload: Buffer): void {
  payload.copy(writer.buffer, writer.tcp(flow.ends, false, TCP_PSH_ACK, flow.down, flow.up, payload.length));
  flow.down += payload.length;
}

/** Each data segment of TLS is one whole record, so that a scanner of record headers finds every one of them. */
function sendRecord(
  writer: CaptureWriter,
  flow: MadeFlow,
  isUp: boolean,
  bytes: number,
  random: Random,
): void {
  const sequence = isUp ? flow.up : flow.down;
  const at = writer.tcp(flow.ends, isUp, TCP_PSH_ACK, sequence, isUp ? flow.down : flow.up, bytes);
  random.fill(writer.buffer, at, at + bytes);
  if (flow.ends.serverPort === TLS_PORT) {
    writer.buffer.writeUIntBE(0x170303, at, 3);
    writer.buffer.writeUInt16BE(bytes - 5, at + 3);
  }
  if (isUp) flow.up += bytes;
  else flow.down += bytes;
}

/** Data down, small records either way, or a bare acknowledgement: about 700 bytes a packet. */
function sendMixed(writer: CaptureWriter, flow: MadeFlow, random: Random): void {
  const dice = random.below(100);
  if (dice < 44) sendRecord(writer, flow, false, SEGMENT_BYTES, random);
  else if (dice < 62) sendRecord(writer, flow, random.below(2) === 0, 60 + random.below(400), random);
  else {
    const isUp = dice % 2 === 0;
    writer.tcp(flow.ends, isUp, TCP_ACK, isUp ? flow.up : flow.down, isUp ? flow.down : flow.up, 0);
  }
}

/** Packets of about 700 bytes, all flows side by side, half of the flows with a hello, half of these post-quantum. */
export function writeMix(path: string, packets: number, flowCount: number, seed = 1): void {
  const random = new Random(seed);
  const maker = makeHelloMaker(random);
  const writer = new CaptureWriter(path, START_SECONDS);
  const flows = Array.from({ length: flowCount }, (_, index) =>
    makeFlow(index, index % 2 === 0 ? startTls(maker, index % 4 === 0) : null, random),
  );
  while (writer.packets < packets) {
    writer.advance(2);
    const flow = flows[random.below(flowCount)];
    if (flow === undefined || (flow.stage < STAGE_OPEN && stepHandshake(writer, flow))) continue;
    sendMixed(writer, flow, random);
  }
  writer.close();
}

export const OFFICE_PACKETS_AN_HOUR = 375_000;
const OFFICE_FLOWS_SIDE_BY_SIDE = 500;
/** Packets of one flow behind its handshake, at most. */
const OFFICE_FLOW_PACKETS = 80;

/**
 * An office: packets as in the mix, but each flow has a hello, ends after about forty packets and is replaced by
 * another, so that hours add windows, flows and rows. A shorter capture is a prefix of a longer one.
 */
export function writeOffice(path: string, hours: number): void {
  const random = new Random(5);
  const maker = makeHelloMaker(random, ONE_AI_FLOW_OF_OFFICE_IN);
  const writer = new CaptureWriter(path, START_SECONDS);
  let begun = 0;
  const begin = (): { readonly flow: MadeFlow; left: number } => {
    const flow = makeFlow(begun, startTls(maker, begun % 2 === 0), random);
    begun++;
    return { flow, left: 1 + random.below(OFFICE_FLOW_PACKETS) };
  };
  const open = Array.from({ length: OFFICE_FLOWS_SIDE_BY_SIDE }, begin);
  while (writer.packets < hours * OFFICE_PACKETS_AN_HOUR) {
    const stepUs = 3600e6 / OFFICE_PACKETS_AN_HOUR;
    writer.advance(stepUs);
    const index = random.below(OFFICE_FLOWS_SIDE_BY_SIDE);
    const one = open[index];
    if (one === undefined) throw new Error('no flow');
    const { flow } = one;
    if (flow.stage < STAGE_OPEN || one.left-- > 0) stepFlow(writer, flow, random, stepUs);
    else {
      writer.tcp(flow.ends, true, TCP_FIN_ACK, flow.up, flow.down, 0);
      open[index] = begin();
    }
  }
  writer.close();
}

/** Shares of a hundred. */
export interface Life {
  readonly seed: number;
  readonly hours: number;
  readonly packetsAnHour: number;
  /** Of the flows: to a name of the catalogue; as many come from an AI runtime. */
  readonly ai: number;
  /** Of the flows: behind a query for their name. */
  readonly dns: number;
  /** Of the flows: over QUIC. */
  readonly quic: number;
  /** Of the servers over TCP: TLS 1.2, with a session id of their own. */
  readonly tls12: number;
  /** Of the others: they do not echo the session id of the hello, as no server of TLS 1.3 does but many made captures do. */
  readonly unechoed: number;
  readonly clients: number;
}

export const DEFAULT_LIFE: Life = {
  seed: 6,
  hours: 4,
  packetsAnHour: OFFICE_PACKETS_AN_HOUR,
  ai: 1,
  dns: 90,
  quic: 30,
  tls12: 15,
  unechoed: 0,
  clients: CLIENTS,
};

interface LiveFlow {
  readonly flow: MadeFlow;
  /** Datagrams that open a connection over QUIC; none over TCP. */
  readonly opening: { readonly isUp: boolean; readonly payload: Buffer }[];
  readonly isQuic: boolean;
  left: number;
}

/** As an office, and names are queried first, some connections use QUIC, and servers differ; `sessions` lie over it. */
export function writeLife(path: string, life: Life, sessions: readonly Frame[] = []): void {
  const random = new Random(life.seed);
  const maker = makeHelloMaker(random, life.ai === 0 ? Number.MAX_SAFE_INTEGER : 100 / life.ai);
  const quic = quicTemplate(helloTemplate('base-chromium-tcp-example.test'), true);
  const serverHello = helloTemplate('base-go1.19').answer.subarray(5, 127);
  const writer = new CaptureWriter(path, START_SECONDS, sessions);
  const isOneOf = (share: number): boolean => random.below(100) < share;
  let begun = 0;
  const begin = (): LiveFlow => {
    const left = 1 + random.below(OFFICE_FLOW_PACKETS);
    const name = makeName(maker);
    const ends = endpoints(begun, TLS_PORT, life.clients);
    if (isOneOf(life.dns)) writeQuery(writer, ends, name, random);
    if (isOneOf(life.quic)) {
      const keys = makeInitialKeys(random);
      const hello = makeHello(quic, name, random);
      const opening: LiveFlow['opening'] = [];
      for (let offset = 0; offset < hello.length; offset += CRYPTO_ROOM_BYTES) {
        const part = hello.subarray(offset, offset + CRYPTO_ROOM_BYTES);
        opening.push({ isUp: true, payload: sealInitial(keys, true, opening.length, offset, part) });
      }
      opening.push({ isUp: false, payload: sealInitial(keys, false, 0, 0, serverHello) });
      return { flow: { ...makeFlow(begun++, null, random), ends }, opening, isQuic: true, left };
    }
    const tls = startTls(maker, begun % 2 === 0, name);
    const answer = isOneOf(life.tls12)
      ? answerOfTls12(random)
      : isOneOf(life.unechoed)
        ? withOtherSession(tls.answer, random)
        : tls.answer;
    const flow = { ...makeFlow(begun++, { ...tls, answer }, random), ends };
    return { flow, opening: [], isQuic: false, left };
  };
  const open = Array.from({ length: OFFICE_FLOWS_SIDE_BY_SIDE }, begin);
  while (writer.packets < life.hours * life.packetsAnHour) {
    const stepUs = 3600e6 / life.packetsAnHour;
    writer.advance(stepUs);
    const index = random.below(OFFICE_FLOWS_SIDE_BY_SIDE);
    const one = open[index];
    if (one === undefined) throw new Error('no flow');
    const { flow, opening } = one;
    const datagram = opening.shift();
    if (datagram !== undefined) {
      datagram.payload.copy(writer.buffer, writer.udp(flow.ends, datagram.isUp, datagram.payload.length));
      continue;
    }
    if ((!one.isQuic && flow.stage < STAGE_OPEN) || one.left-- > 0) {
      if (one.isQuic) stepDatagrams(writer, flow, random, stepUs);
      else stepFlow(writer, flow, random, stepUs);
    } else {
      if (!one.isQuic) writer.tcp(flow.ends, true, TCP_FIN_ACK, flow.up, flow.down, 0);
      open[index] = begin();
    }
  }
  writer.close();
}

/** One packet of four is of the client, and answered at once. */
function stepDatagrams(writer: CaptureWriter, flow: MadeFlow, random: Random, stepUs: number): void {
  if (random.below(4) === 0) {
    sendDatagram(writer, flow, true, random);
    writer.advance(stepUs);
  }
  sendDatagram(writer, flow, false, random);
}

/** A packet of QUIC with a short header (RFC 9000 §17.3). */
function sendDatagram(writer: CaptureWriter, flow: MadeFlow, isUp: boolean, random: Random): void {
  const bytes = isUp ? 40 + random.below(100) : 1250;
  const at = writer.udp(flow.ends, isUp, bytes);
  random.fill(writer.buffer, at, at + bytes);
  writer.buffer.writeUInt8(0x40 | (random.next32() & 0x3f), at);
}

const RESOLVER = 0x0a14fffe; // 10.20.255.254
const DNS_PORT = 53;
const QUERY_A = 1;
const QUERY_AAAA = 28;

/** A query for the address of IPv4, and one for that of IPv6, which the name does not have; both with their answers. */
function writeQuery(writer: CaptureWriter, ends: Endpoints, name: string, random: Random): void {
  const asking = {
    client: ends.client,
    server: RESOLVER,
    clientPort: 10_000 + random.below(10_000),
    serverPort: DNS_PORT,
  };
  for (const type of [QUERY_A, QUERY_AAAA]) {
    const id = random.below(0x10000);
    const question = Buffer.concat([
      ...name
        .split('.')
        .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
      Buffer.from([0, 0, type, 0, 1]),
    ]);
    const address = Buffer.alloc(type === QUERY_A ? 16 : 0);
    if (type === QUERY_A) {
      // RFC 1035 §4.1.4: the name at offset 12, type, class, TTL and length.
      Buffer.from('c00c000100010000012c0004', 'hex').copy(address);
      address.writeUInt32BE(ends.server, 12);
    }
    const answers = address.length === 0 ? 0 : 1;
    writeMessage(writer, asking, true, [id, 0x0100, 1, 0, 0, 0], question);
    writer.advance(900);
    writeMessage(writer, asking, false, [id, 0x8180, 1, answers, 0, 0], Buffer.concat([question, address]));
    writer.advance(50);
  }
}

function writeMessage(
  writer: CaptureWriter,
  ends: Endpoints,
  isUp: boolean,
  header: readonly number[],
  body: Buffer,
): void {
  const at = writer.udp(ends, isUp, 2 * header.length + body.length);
  for (const [i, field] of header.entries()) writer.buffer.writeUInt16BE(field, at + 2 * i);
  body.copy(writer.buffer, at + 2 * header.length);
}

/** RFC 5246 §7.4.1.3: a ServerHello with a session id of its own and without extensions. */
function answerOfTls12(random: Random): Buffer {
  const header = '160303004a02000046';
  const answer = Buffer.from(`${header}0303${'00'.repeat(32)}20${'00'.repeat(32)}c02f00`, 'hex');
  random.fillFresh(answer, SESSION_ID_AT - 32, SESSION_ID_AT);
  random.fillFresh(answer, SESSION_ID_AT + 1, SESSION_ID_AT + 33);
  return answer;
}

function withOtherSession(answer: Buffer, random: Random): Buffer {
  const other = Buffer.from(answer);
  random.fillFresh(other, SESSION_ID_AT + 1, SESSION_ID_AT + 1 + other.readUInt8(SESSION_ID_AT));
  return other;
}

/** Frames of 64 bytes, four of five TCP, one UDP; every packet belongs to a random flow. */
export function writeSmall(path: string, packets: number, flowCount: number, seed = 2): void {
  const random = new Random(seed);
  const writer = new CaptureWriter(path, START_SECONDS);
  const sequences = new Uint32Array(flowCount * 2);
  while (writer.packets < packets) {
    if (writer.packets % 2 === 0) writer.advance(1);
    const index = random.below(flowCount);
    const isUp = (random.next32() & 1) === 0;
    if (index % 5 === 0) {
      const at = writer.udp(endpoints(index, 5004), isUp, 22);
      random.fill(writer.buffer, at, at + 22);
      continue;
    }
    const ends = endpoints(index, 8080);
    const own = index * 2 + (isUp ? 0 : 1);
    const isFirst = sequences[index * 2] === 0;
    if (isFirst) sequences[index * 2] = random.next32() | 1;
    const at = writer.tcp(
      ends,
      isUp || isFirst,
      isFirst ? TCP_SYN : TCP_PSH_ACK,
      sequences[own] ?? 0,
      sequences[own ^ 1] ?? 0,
      10,
    );
    random.fill(writer.buffer, at, at + 10);
    sequences[own] = (sequences[own] ?? 0) + (isFirst ? 1 : 10);
  }
  writer.close();
}

const HANDSHAKES_SIDE_BY_SIDE = 1000;

/**
 * Handshakes of six packets (seven when post-quantum), a thousand side by side, and nothing else. Stopped ones end after
 * the ServerHello instead of the client's next record: by FIN or RST of the client, RST of the server, or in silence.
 */
export function writeHandshakes(
  path: string,
  count: number,
  { seed = 3, isStopped = false }: { readonly seed?: number; readonly isStopped?: boolean } = {},
): void {
  const random = new Random(seed);
  const maker = makeHelloMaker(random);
  const writer = new CaptureWriter(path, START_SECONDS);
  const flows: MadeFlow[] = [];
  let started = 0;
  while (started < count || flows.length > 0) {
    writer.advance(3);
    while (flows.length < HANDSHAKES_SIDE_BY_SIDE && started < count) {
      flows.push(makeFlow(started, startTls(maker, started % 2 === 0), random));
      started++;
    }
    const index = random.below(flows.length);
    const flow = flows[index];
    if (flow === undefined) throw new Error('no flow');
    if (flow.stage < STAGE_OPEN) {
      stepHandshake(writer, flow);
      continue;
    }
    if (isStopped) sendEnd(writer, flow, random.below(4));
    else sendRecord(writer, flow, true, 74, random);
    const last = flows.pop();
    if (last !== undefined && last !== flow) flows[index] = last;
  }
  writer.close();
}

function sendEnd(writer: CaptureWriter, { ends, up, down }: MadeFlow, way: number): void {
  if (way === 0) writer.tcp(ends, true, TCP_FIN_ACK, up, down, 0);
  if (way === 1) writer.tcp(ends, true, TCP_RST, up, down, 0);
  if (way === 2) writer.tcp(ends, false, TCP_RST, down, up, 0);
}

/** QUIC connections of four or five packets: one hello in one datagram, the next over two, in either order. */
export function writeQuic(path: string, connections: number): void {
  const random = new Random(4);
  const base = helloTemplate('base-chromium-tcp-example.test');
  const one = quicTemplate(base, false);
  const two = quicTemplate(base, true);
  const serverHello = helloTemplate('base-go1.19').answer.subarray(5, 127);
  const writer = new CaptureWriter(path, START_SECONDS);
  for (let index = 0; index < connections; index++) {
    const ends = endpoints(index, 443);
    const keys = makeInitialKeys(random);
    const hello = makeHello(
      index % 2 === 0 ? one : two,
      makeName({ random, oneAiFlowIn: ONE_AI_FLOW_IN }),
      random,
    );
    const datagrams: Buffer[] = [];
    for (let offset = 0; offset < hello.length; offset += CRYPTO_ROOM_BYTES) {
      datagrams.push(
        sealInitial(keys, true, datagrams.length, offset, hello.subarray(offset, offset + CRYPTO_ROOM_BYTES)),
      );
    }
    if (index % 4 === 1) datagrams.reverse();
    for (const datagram of datagrams) {
      writer.advance(2);
      datagram.copy(writer.buffer, writer.udp(ends, true, datagram.length));
    }
    writeQuicRest(writer, ends, sealInitial(keys, false, 0, 0, serverHello), random);
  }
  writer.close();
}

/** The server's Initial and two packets of data. */
function writeQuicRest(writer: CaptureWriter, ends: Endpoints, initial: Buffer, random: Random): void {
  writer.advance(5);
  initial.copy(writer.buffer, writer.udp(ends, false, initial.length));
  for (const isUp of [true, false]) {
    const data = writer.udp(ends, isUp, 80);
    random.fill(writer.buffer, data, data + 80);
    writer.buffer.writeUInt8(0x41, data);
  }
}
