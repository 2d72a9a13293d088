// Reads the query log of AdGuard Home: one JSON object per line, with the answer as a DNS message in base64.

import { jsonQueryLog } from '../dns-row.ts';
import { numberFields } from '../fields.ts';
import { type LogFormat, OF_QUESTIONS } from '../records.ts';

const { numbers: F, fields: FIELDS } = numberFields({
  time: ['T'],
  name: ['QH'],
  type: ['QT'],
  client: ['IP'],
  answer: ['Answer'],
  filtered: ['Result.IsFiltered'],
});
const HEADER_BYTES = 12;
/** Follows RFC 1035 §4.1.4: the upper two bits of a length mark a pointer. */
const POINTER = 0xc0;
const [A, AAAA] = [1, 28];
/** Maximum records of an answer. */
const MAX_RECORDS = 64;

/** Reads addresses and the code of a DNS message (RFC 1035 §4); of a damaged one, the part before the damage. */
export function parseAnswer(message: Buffer): {
  readonly addresses: readonly string[];
  readonly rcode: number;
} {
  const addresses: string[] = [];
  if (message.length < HEADER_BYTES) return { addresses, rcode: 0 };
  const rcode = message.readUInt8(3) & 15;
  const questions = message.readUInt16BE(4);
  const records = Math.min(message.readUInt16BE(6), MAX_RECORDS);
  let at = HEADER_BYTES;
  for (let i = 0; i < Math.min(questions, MAX_RECORDS); i++) at = skipName(message, at) + 4;
  for (let i = 0; i < records; i++) {
    at = skipName(message, at);
    if (at + 10 > message.length) break;
    const type = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 8);
    const data = message.subarray(at + 10, at + 10 + length);
    at += 10 + length;
    if (data.length < length) break;
    if (type === A && length === 4) addresses.push(data.join('.'));
    if (type === AAAA && length === 16) {
      const groups = Array.from({ length: 8 }, (_, group) => data.readUInt16BE(group * 2).toString(16));
      addresses.push(groups.join(':'));
    }
  }
  return { addresses, rcode };
}

function skipName(message: Buffer, from: number): number {
  let at = from;
  while (at < message.length) {
    const length = message[at] ?? 0;
    if (length === 0) return at + 1;
    if ((length & POINTER) === POINTER) return at + 2;
    at += length + 1;
  }
  return at;
}

export const ADGUARD: LogFormat = {
  id: 'adguard',
  title: 'AdGuard Home query log',
  recognizes: ({ lines }) =>
    lines.some((line) => line.startsWith('{') && /"QH"\s*:/.test(line) && /"IP"\s*:/.test(line)),
  reader: (records) =>
    jsonQueryLog(records, FIELDS, F, (fields) => {
      const isFiltered = fields.is(F.filtered, 'true');
      const written = isFiltered || !fields.has(F.answer) ? null : fields.text(F.answer);
      return written === null
        ? { addresses: [], rcode: 0, isBlocked: isFiltered }
        : parseAnswer(Buffer.from(written, 'base64'));
    }),
  ...OF_QUESTIONS,
};
