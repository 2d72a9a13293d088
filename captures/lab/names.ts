// The lab's DNS: every name has its own address, and all of them belong to the lab server. RFC 1035.
import { createSocket, type Socket } from 'node:dgram';
import { createServer, isIP, type Server } from 'node:net';
import type { NameRule } from './faults.ts';
import { ALL_NAMES_6 } from './network.ts';

const HEADER_BYTES = 12;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const ANSWER_FLAGS = 0x8180;
const TRUNCATED = 0x0200;
const TTL_SECONDS = 300;
/** 198.18.0.0/15 is for tests of networks: RFC 2544. */
const FIRST = (198 << 24) | (18 << 16);

export class LabNames {
  readonly #addresses = new Map<string, number>();
  readonly #hasIp6: boolean;

  constructor(hasIp6 = false) {
    this.#hasIp6 = hasIp6;
  }

  /** The answer to a query; null for other messages. */
  answer(query: Buffer, rule: Partial<NameRule> = {}): Buffer | null {
    const { rcode = 0, isEmpty = false, isTruncated = false } = rule;
    const end = endOfQuestion(query);
    if (end === null) return null;
    const question = query.subarray(HEADER_BYTES, end);
    const type = query.readUInt16BE(end - 4);
    const number = this.#numberOf(nameOf(question));
    const data = rcode > 0 || isEmpty || isTruncated ? null : this.#addressOf(type, number, rule);
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(ANSWER_FLAGS | rcode | (isTruncated ? TRUNCATED : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(data === null ? 0 : 1, 6);
    if (data === null) return Buffer.concat([header, question]);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // the name of the question
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(TTL_SECONDS, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([header, question, record, data]);
  }

  /** As text, for the proxy of the lab. */
  addressOf(name: string): string {
    return ip4(this.#numberOf(name)).join('.');
  }

  #addressOf(type: number, number: number, { address: fixed, address6 }: Partial<NameRule>): Buffer | null {
    if (type === TYPE_A)
      return fixed === undefined
        ? ip4(number)
        : Buffer.from(isIP(fixed) === 4 ? fixed.split('.').map(Number) : []);
    if (type !== TYPE_AAAA || !this.#hasIp6 || fixed !== undefined) return null;
    const [first = 0, second = 0, third = 0] = ALL_NAMES_6.split(':').map((part) =>
      Number.parseInt(part, 16),
    );
    const data = Buffer.alloc(16);
    for (const [i, part] of [first, second, third].entries()) data.writeUInt16BE(part, i * 2);
    const own = address6?.split(':').at(-1);
    data.writeInt32BE(own === undefined ? number : Number.parseInt(own, 16), 12);
    return data;
  }

  #numberOf(name: string): number {
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    const number = FIRST + 10 + this.#addresses.size;
    this.#addresses.set(name, number);
    return number;
  }
}

function ip4(number: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeInt32BE(number, 0);
  return data;
}

function endOfQuestion(query: Buffer): number | null {
  if (query.length < HEADER_BYTES || query.readUInt16BE(4) !== 1) return null;
  let at = HEADER_BYTES;
  for (let length = query[at]; length !== undefined && length !== 0; length = query[at]) at += length + 1;
  return at + 5 <= query.length ? at + 5 : null;
}

/** The name of a question, in lower case and with dots. */
function nameOf(question: Buffer): string {
  const labels: string[] = [];
  for (let at = 0, length = question[0] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return labels.join('.').toLowerCase();
}

/** `rules`: the first one whose pattern fits a name decides. */
export function serveNames(
  names: LabNames,
  {
    port,
    address,
    rules = [],
  }: { readonly port: number; readonly address: string; readonly rules?: readonly NameRule[] },
): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const end = endOfQuestion(query);
    if (end === null) return;
    const name = nameOf(query.subarray(HEADER_BYTES, end));
    const type = query.readUInt16BE(end - 4);
    const rule = rules.find(
      (one) =>
        new RegExp(one.name).test(name) &&
        (one.resolver === undefined || one.resolver === address) &&
        (one.type === undefined || one.type === type),
    );
    const answer = names.answer(query, rule);
    if (answer === null || rule?.isSilent === true) return;
    setTimeout(() => socket.send(answer, from.port, from.address), rule?.delayMs ?? 0);
  });
  return new Promise((resolve) => socket.bind(port, address, () => resolve(socket)));
}

/** The same names over TCP, without rules (RFC 1035 §4.2.2). */
export function serveNamesOverTcp(
  names: LabNames,
  { port, address }: { readonly port: number; readonly address: string },
): Promise<Server> {
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    let held = Buffer.alloc(0);
    client.on('data', (data: Buffer) => {
      held = Buffer.concat([held, data]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        const answer = names.answer(held.subarray(2, end));
        held = held.subarray(end);
        if (answer === null) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length, 0);
        client.write(Buffer.concat([length, answer]));
      }
    });
  });
  return new Promise((resolve) => server.listen(port, address, () => resolve(server)));
}
