// A machine whose packets show that the sensor ran all the time.
import type { Frame } from '../pcap.ts';
import { MORNING_US } from './scene.ts';

export const CLOCK_SECONDS = 900;

/** NTP questions and answers of one machine, every two seconds: the sensor ran all the time. */
export function clock(): Frame[] {
  const frames: Frame[] = [];
  for (let second = 0; second <= CLOCK_SECONDS; second += 2) {
    for (const isUp of [true, false]) {
      const bytes = Buffer.alloc(14 + 20 + 8 + 48);
      bytes.write('02440a14fafa', isUp ? 6 : 0, 'hex');
      bytes.write('02574c000001', isUp ? 0 : 6, 'hex');
      bytes.writeUInt16BE(0x0800, 12);
      bytes.writeUInt8(0x45, 14);
      bytes.writeUInt16BE(76, 16);
      bytes.writeUInt8(64, 22);
      bytes.writeUInt8(17, 23);
      Buffer.from([10, 20, 250, 250]).copy(bytes, isUp ? 26 : 30);
      Buffer.from([203, 0, 113, 123]).copy(bytes, isUp ? 30 : 26);
      let sum = 0;
      for (let at = 14; at < 34; at += 2) sum += bytes.readUInt16BE(at);
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
      bytes.writeUInt16BE(~sum & 0xffff, 24);
      bytes.writeUInt16BE(isUp ? 40_123 : 123, 34);
      bytes.writeUInt16BE(isUp ? 123 : 40_123, 36);
      bytes.writeUInt16BE(56, 38);
      bytes.writeUInt8(0x23, 42);
      const timeUs =
        Math.min(MORNING_US + second * 1e6, MORNING_US + CLOCK_SECONDS * 1e6 - 1) + (isUp ? -2 : -1);
      frames.push({ timeUs: Math.max(MORNING_US, timeUs), bytes, wireLength: bytes.length });
    }
  }
  return frames;
}
