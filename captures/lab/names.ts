// The lab's DNS: every name has its own address, and all of them belong to the lab server. RFC 1035.
import { createSocket, type Socket } from 'node:dgram';

const HEADER_BYTES = 12;
const TYPE_A = 1;
const ANSWER_FLAGS = 0x8180;
const TTL_SECONDS = 300;
/** 198.18.0.0/15 is for tests of networks: RFC 2544. */
const FIRST = (198 << 24) | (18 << 16);

export class LabNames {
  readonly #addresses = new Map<string, number>();

  /** The answer to a query; null for other messages. */
  answer(query: Buffer): Buffer | null {
    const end = endOfQuestion(query);
    if (end === null) return null;
    const question = query.subarray(HEADER_BYTES, end);
    const isA = query.readUInt16BE(end - 4) === TYPE_A;
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(ANSWER_FLAGS, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(isA ? 1 : 0, 6);
    if (!isA) return Buffer.concat([header, question]);
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // the name of the question
    record.writeUInt16BE(TYPE_A, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(TTL_SECONDS, 6);
    record.writeUInt16BE(4, 10);
    record.writeInt32BE(this.#addressOf(question.toString('latin1').toLowerCase()), 12);
    return Buffer.concat([header, question, record]);
  }

  #addressOf(name: string): number {
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    const address = FIRST + 10 + this.#addresses.size;
    this.#addresses.set(name, address);
    return address;
  }
}

function endOfQuestion(query: Buffer): number | null {
  if (query.length < HEADER_BYTES || query.readUInt16BE(4) !== 1) return null;
  let at = HEADER_BYTES;
  for (let length = query[at]; length !== undefined && length !== 0; length = query[at]) at += length + 1;
  return at + 5 <= query.length ? at + 5 : null;
}

export function serveNames(names: LabNames, port: number, address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const answer = names.answer(query);
    if (answer !== null) socket.send(answer, from.port, from.address);
  });
  return new Promise((resolve) => socket.bind(port, address, () => resolve(socket)));
}
