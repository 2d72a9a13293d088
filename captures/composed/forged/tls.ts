// Writes TLS records and hellos (RFC 8446 §4.1 and §5.1).
import type { Random } from '../../../bench/random.ts';
import { TYPE_APPLICATION_DATA } from '../../tls-records.ts';

/** Record header (5), message type, length and legacy version (6). */
const RANDOM_AT = 5 + 6;
const SESSION_ID_AT = RANDOM_AT + 32;
const RECORD_BYTES = 16_384;

export function applicationData(bodyBytes: number): Buffer {
  const record = Buffer.alloc(5 + bodyBytes);
  record.writeUInt8(TYPE_APPLICATION_DATA, 0);
  record.writeUInt16BE(0x0303, 1);
  record.writeUInt16BE(bodyBytes, 3);
  return record;
}

/** The hello with a new random. The session id stays, and the recorded server hello echoes it. */
export function freshHello(client: Buffer, random: Random): Buffer {
  const fresh = Buffer.from(client);
  random.fillFresh(fresh, RANDOM_AT, RANDOM_AT + 32);
  return fresh;
}

/** The server hello with another session id. */
export function otherSessionId(server: Buffer, random: Random): Buffer {
  const other = Buffer.from(server);
  const length = other.readUInt8(SESSION_ID_AT);
  if (length === 0) random.fillFresh(other, RANDOM_AT, RANDOM_AT + 32);
  else random.fillFresh(other, SESSION_ID_AT + 1, SESSION_ID_AT + 1 + length);
  return other;
}

/** Application data of one request. */
export function uploadOf(random: Random, isLarge: boolean): Buffer {
  const bytes = isLarge ? 4200 + random.below(20_000) : 700 + random.below(4000);
  const records: Buffer[] = [];
  for (let left = bytes; left > 0; left -= RECORD_BYTES)
    records.push(applicationData(Math.min(left, RECORD_BYTES) + 17));
  return Buffer.concat(records);
}
