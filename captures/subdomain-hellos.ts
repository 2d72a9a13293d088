// Forged hellos to many names below one of the catalogue: one packet each, without a handshake before and an answer behind.

import { helloTemplate, inRecord, makeHello } from '../bench/hello.ts';
import { Random } from '../bench/random.ts';
import { repairChecksums, viewIpFrame } from './ip-frame.ts';

const CLIENT = [198, 18, 7, 7];
const SERVER = [198, 18, 99, 9];
const FIRST_PORT = 1024;
const PORTS = 60_000;
const PSH_ACK = 0x18;

/** Frames of hellos of a recorded tool to `a0.SUFFIX`, `a1.SUFFIX` and so on. */
export function subdomainHellos(count: number, suffix: string, recording: string): Buffer[] {
  const template = helloTemplate(recording);
  const random = new Random(7);
  return Array.from({ length: count }, (_, i) =>
    frameOf(i, inRecord(makeHello(template, `a${i}.${suffix}`, random))),
  );
}

/** The same ports recur with another server. */
function frameOf(number: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(54 + payload.length);
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0]);
  bytes.writeUInt16BE(40 + payload.length, 16);
  bytes.set([64, 6], 22);
  const [a = 0, b = 0, c = 0, d = 0] = SERVER;
  bytes.set([...CLIENT, a, b, c, d + Math.floor(number / PORTS)], 26);
  bytes.writeUInt16BE(FIRST_PORT + (number % PORTS), 34);
  bytes.writeUInt16BE(443, 36);
  bytes.writeUInt32BE(1000, 38);
  bytes.writeUInt32BE(2000, 42);
  bytes.set([0x50, PSH_ACK, 0xff, 0xff], 46);
  bytes.set(payload, 54);
  const frame = viewIpFrame(bytes);
  if (frame === null) throw new Error('no frame was made');
  repairChecksums(frame);
  return bytes;
}
