// Reads the addresses in DNS answers and writes others in their place (RFC 1035 §4.1, AAAA: RFC 3596).
import type { Directory } from './directory.ts';

const TYPE_A = 1;
const TYPE_AAAA = 28;
const HEADER_BYTES = 12;

export interface AddressAnswer {
  /** The query name, independent of CNAMEs. */
  readonly name: string;
  /** A view into the message: writing to it changes the answer. */
  readonly address: Buffer;
}

export function addressAnswers(message: Buffer): AddressAnswer[] {
  if (message.length < HEADER_BYTES || message.readUInt16BE(4) !== 1) return [];
  const answers: AddressAnswer[] = [];
  const { name, end } = readQuestionName(message);
  let at = end + 4;
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    at = skipName(message, at);
    const type = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 8);
    at += 10;
    if (type === TYPE_A || type === TYPE_AAAA)
      answers.push({ name, address: message.subarray(at, at + length) });
    at += length;
  }
  return answers;
}

export function rewriteDnsAddresses(message: Buffer, directory: Directory): void {
  for (const { name, address } of addressAnswers(message)) directory.answerFor(name, address).copy(address);
}

function readQuestionName(message: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message.readUInt8(at); length !== 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function skipName(message: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
}
