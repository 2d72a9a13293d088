// Traffic that one capture point sees twice, and out of order: both sides of a NAT or of a proxy, two mirrors of one port,
// reordered packets. Built from frames of recordings, whose client is always the same.

import { addresses, repairChecksums, viewIpFrame } from '../../captures/ip-frame.ts';
import type { Frame } from '../../captures/pcap.ts';

const LAB_CLIENT = Buffer.from([10, 77, 0, 2]);
const FLAG_SYN = 0x02;
const PROXY_PORT = 3128;

/** Whole numbers below `limit`, the same ones for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * limit);
  };
}

export function byTime(frames: readonly Frame[]): Frame[] {
  return [...frames].sort((a, b) => a.timeUs - b.timeUs);
}

export interface ClientEnd {
  readonly address: Buffer;
  readonly portShift: number;
}

/** The frames of the client as another one; `delayUs` later upward, and sooner downward: they pass it on the way. */
export function asClient(frames: readonly Frame[], client: ClientEnd, delayUs = 0): Frame[] {
  return frames.flatMap((frame) => {
    const bytes = Buffer.from(frame.bytes);
    const view = viewIpFrame(bytes);
    if (view?.version !== 4) return [];
    const { source, destination } = addresses(view);
    const isUp = source.equals(LAB_CLIENT);
    if (!isUp && !destination.equals(LAB_CLIENT)) return [];
    client.address.copy(isUp ? source : destination);
    // A separate machine with its own MAC.
    client.address.copy(bytes, isUp ? 8 : 2);
    const portAt = view.transportAt + (isUp ? 0 : 2);
    bytes.writeUInt16BE((bytes.readUInt16BE(portAt) + client.portShift) & 0xffff, portAt);
    repairChecksums(view);
    return [{ ...frame, timeUs: frame.timeUs + (isUp ? delayUs : -delayUs), bytes }];
  });
}

/**
 * The flows to the proxy as they continue after it: to a separate server, without the request and the answer that
 * opened them. Clear text of a flow counts as its opening.
 */
export function behindProxy(frames: readonly Frame[], proxy: Buffer, delayUs: number): Frame[] {
  const openings = new Map<number, { up: number; down: number }>();
  return frames.flatMap((frame) => {
    const bytes = Buffer.from(frame.bytes);
    const view = viewIpFrame(bytes);
    if (view?.version !== 4 || view.protocol !== 'tcp') return [];
    const isUp = bytes.readUInt16BE(view.transportAt + 2) === PROXY_PORT;
    if (!isUp && bytes.readUInt16BE(view.transportAt) !== PROXY_PORT) return [];
    const port = bytes.readUInt16BE(view.transportAt + (isUp ? 0 : 2));
    const isSyn = (bytes.readUInt8(view.transportAt + 13) & FLAG_SYN) !== 0;
    const opening = isSyn && isUp ? { up: 0, down: 0 } : (openings.get(port) ?? { up: 0, down: 0 });
    openings.set(port, opening);
    const text = bytes.toString('latin1', view.payloadAt, view.payloadAt + 8);
    if (text.startsWith('CONNECT ') || text.startsWith('HTTP/1.')) {
      opening[isUp ? 'up' : 'down'] += view.endAt - view.payloadAt;
      return [];
    }
    if (!isSyn)
      moveSequences(bytes, view.transportAt, isUp ? opening : { up: opening.down, down: opening.up });
    const { source, destination } = addresses(view);
    proxy.copy(isUp ? source : destination);
    proxy.copy(bytes, isUp ? 8 : 2);
    Buffer.from([198, 51, 100, 2]).copy(isUp ? destination : source);
    bytes.writeUInt16BE(443, view.transportAt + (isUp ? 2 : 0));
    repairChecksums(view);
    return [{ ...frame, timeUs: frame.timeUs + (isUp ? delayUs : -delayUs), bytes }];
  });
}

function moveSequences(bytes: Buffer, transportAt: number, gone: { up: number; down: number }): void {
  bytes.writeUInt32BE((bytes.readUInt32BE(transportAt + 4) - gone.up) >>> 0, transportAt + 4);
  bytes.writeUInt32BE((bytes.readUInt32BE(transportAt + 8) - gone.down) >>> 0, transportAt + 8);
}

/** Every packet twice, the second one shortly after the first. */
export function twice(frames: readonly Frame[], withinUs: number, seed: number): Frame[] {
  const next = numbers(seed);
  return byTime(frames.flatMap((frame) => [frame, { ...frame, timeUs: frame.timeUs + next(withinUs) }]));
}

/** Packets are written up to `withinUs` late, with their original times. */
export function writtenLate(frames: readonly Frame[], withinUs: number, seed: number): Frame[] {
  const next = numbers(seed);
  return frames
    .map((frame) => ({ frame, writtenUs: frame.timeUs + next(withinUs) }))
    .sort((a, b) => a.writtenUs - b.writtenUs)
    .map(({ frame }) => frame);
}
