// Splits IPv4 packets into fragments (RFC 791 §3.2).
import { internetChecksum, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { frameOf } from './packets.ts';

const MORE_FRAGMENTS = 0x2000;

/** `bytesEach` is a multiple of 8. */
export function inFragments(frame: Frame, id: number, bytesEach: number): Frame[] {
  const view = viewIpFrame(frame.bytes);
  if (view === null || view.version !== 4) return [frame];
  const datagram = frame.bytes.subarray(view.transportAt, view.endAt);
  const fragments: Frame[] = [];
  for (let at = 0; at < datagram.length; at += bytesEach) {
    const part = datagram.subarray(at, at + bytesEach);
    const head = Buffer.from(frame.bytes.subarray(0, view.transportAt));
    const isLast = at + bytesEach >= datagram.length;
    head.writeUInt16BE(view.transportAt - view.ipAt + part.length, view.ipAt + 2);
    head.writeUInt16BE(id, view.ipAt + 4);
    head.writeUInt16BE((isLast ? 0 : MORE_FRAGMENTS) | (at / 8), view.ipAt + 6);
    head.writeUInt16BE(0, view.ipAt + 10);
    head.writeUInt16BE(internetChecksum(head.subarray(view.ipAt)), view.ipAt + 10);
    fragments.push(frameOf(frame.timeUs, Buffer.concat([head, part])));
  }
  return fragments;
}
