// The query log of AdGuard Home: one JSON object a line, with the answer as a DNS message in base64.

import { addDnsRow } from '../dns-row.ts';
import { FieldNames, Fields } from '../fields.ts';
import { JsonLine } from '../json-line.ts';
import { DNS_REVIEW, type LogFormat } from '../records.ts';
import { timeOf } from '../values.ts';

const FIELDS = new FieldNames([['T'], ['QH'], ['QT'], ['IP'], ['Answer'], ['Result.IsFiltered']]);
const [TIME, NAME, TYPE, CLIENT, ANSWER, FILTERED] = [0, 1, 2, 3, 4, 5];
const HEADER_BYTES = 12;
/** RFC 1035 §4.1.4: the upper two bits of a length mark a pointer. */
const POINTER = 0xc0;
const [A, AAAA] = [1, 28];
/** Records of an answer that are read. */
const MAX_RECORDS = 64;

/** Addresses and the code of a DNS message (RFC 1035 §4); of a damaged one, what stands before the damage. */
export function answerOf(message: Buffer): { readonly addresses: readonly string[]; readonly rcode: number } {
  const addresses: string[] = [];
  if (message.length < HEADER_BYTES) return { addresses, rcode: 0 };
  const rcode = message.readUInt8(3) & 15;
  const questions = message.readUInt16BE(4);
  const records = Math.min(message.readUInt16BE(6), MAX_RECORDS);
  let at = HEADER_BYTES;
  for (let i = 0; i < Math.min(questions, MAX_RECORDS); i++) at = behindName(message, at) + 4;
  for (let i = 0; i < records; i++) {
    at = behindName(message, at);
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

function behindName(message: Buffer, from: number): number {
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
  reader: (records) => {
    const fields = new Fields(FIELDS.count);
    const json = new JsonLine(FIELDS, fields);
    const time = (): number =>
      fields.has(TIME) ? timeOf(fields.bytes, fields.start(TIME), fields.end(TIME)) : Number.NaN;
    return {
      describe: ({ lines }) => {
        const first = Buffer.from(lines[0] ?? '');
        const us = json.read(first, 0, first.length) === null ? time() : Number.NaN;
        return { kind: 'queries', rank: 0, ...(us > 0 ? { firstUs: us } : {}) };
      },
      open: () => ({
        line(bytes, start, end) {
          if (start === end) return null;
          const fault = json.read(bytes, start, end);
          if (fault !== null) return fault;
          const us = time();
          if (!(us > 0)) return 'no time';
          const client = fields.text(CLIENT);
          if (client === null || !fields.has(NAME)) return 'no question';
          const isFiltered = fields.is(FILTERED, 'true');
          const written = isFiltered || !fields.has(ANSWER) ? null : fields.text(ANSWER);
          const answer =
            written === null ? { addresses: [], rcode: 0 } : answerOf(Buffer.from(written, 'base64'));
          const asked = { us, client, name: fields.text(NAME) ?? '', type: fields.text(TYPE) ?? '' };
          return addDnsRow(records, { ...asked, answer });
        },
      }),
      finish: () => [],
    };
  },
  review: DNS_REVIEW,
};
