// What happens to packets between the wire and the file: losses, cuts, copies, skewed clocks, a NAT in between.
import type { Random } from '../../bench/random.ts';
import { addresses, repairChecksums, viewIpFrame } from '../ip-frame.ts';
import type { Frame } from '../pcap.ts';

const FLAG_SYN_ACK = 0x12;

export function lose(frames: readonly Frame[], share: number, random: Random): Frame[] {
  return frames.filter(() => random.next32() / 2 ** 32 >= share);
}

/** Loses `share` of the packets in runs of `length`. */
export function loseBursts(frames: readonly Frame[], share: number, length: number, random: Random): Frame[] {
  let left = 0;
  return frames.filter(() => {
    if (left > 0) {
      left--;
      return false;
    }
    if (random.next32() / 2 ** 32 >= share / length) return true;
    left = length - 1;
    return false;
  });
}

/**
 * The network loses `share` of the packets with data, half of them before the capture: each comes again at the end of its
 * burst, and all that follows on the connection is later by the time that passed.
 */
export function sentAgain(
  frames: readonly Frame[],
  isUp: (frame: Frame) => boolean,
  share: number,
  random: Random,
): Frame[] {
  const flows = new Map<string, SentAgain>();
  const out: Frame[] = [];
  for (const frame of frames) {
    const view = viewIpFrame(frame.bytes);
    if (view?.protocol !== 'tcp') {
      out.push(frame);
      continue;
    }
    const { source, destination } = addresses(view);
    const ports = [0, 2].map((at) => frame.bytes.readUInt16BE(view.transportAt + at));
    const ends = [`${source.toString('hex')} ${ports[0]}`, `${destination.toString('hex')} ${ports[1]}`];
    const key = ends.sort().join(' ');
    const flow = flows.get(key) ?? { isUp: true, lastUs: 0, laterUs: 0, lost: [] };
    flows.set(key, flow);
    const hasData = view.payloadAt < view.endAt;
    const up = isUp(frame);
    if (hasData && up !== flow.isUp) out.push(...comeAgain(flow));
    if (hasData) flow.isUp = up;
    flow.lastUs = frame.timeUs;
    const isLost = hasData && random.next32() / 2 ** 32 < share;
    if (isLost) flow.lost.push(frame);
    if (!isLost || random.below(2) === 0) out.push({ ...frame, timeUs: frame.timeUs + flow.laterUs });
  }
  for (const flow of flows.values()) out.push(...comeAgain(flow));
  return out.sort((a, b) => a.timeUs - b.timeUs);
}

/** One connection: what of the burst under way was lost, and by how much it is late. */
interface SentAgain {
  isUp: boolean;
  lastUs: number;
  laterUs: number;
  lost: Frame[];
}

const RETRANSMISSION_US = 200_000;
const ROUND_TRIP_US = 20_000;

function comeAgain(flow: SentAgain): Frame[] {
  const again = flow.lost.map((frame) => {
    flow.laterUs += RETRANSMISSION_US;
    return { ...frame, timeUs: flow.lastUs + flow.laterUs };
  });
  if (again.length > 0) flow.laterUs += ROUND_TRIP_US;
  flow.lost = [];
  return again;
}

export function cutSnaplen(frames: readonly Frame[], snaplen: number): Frame[] {
  return frames.map(({ timeUs, wireLength, bytes }) => ({
    timeUs,
    wireLength,
    bytes: bytes.subarray(0, Math.min(bytes.length, snaplen)),
  }));
}

export function between(frames: readonly Frame[], fromUs: number, untilUs: number): Frame[] {
  return frames.filter(({ timeUs }) => timeUs >= fromUs && timeUs < untilUs);
}

/** Every packet twice, the copy a little later, as two mirror ports of one switch give it. */
export function doubled(frames: readonly Frame[], laterUs: number): Frame[] {
  const copies = frames.map((frame) => ({ ...frame, timeUs: frame.timeUs + laterUs }));
  return [...frames, ...copies].sort((a, b) => a.timeUs - b.timeUs);
}

/** Two taps, one for each direction, whose clocks differ: what goes up is stamped later (or earlier) by `skewUs`. */
export function skewed(frames: readonly Frame[], isUp: (frame: Frame) => boolean, skewUs: number): Frame[] {
  return frames
    .map((frame) => (isUp(frame) ? { ...frame, timeUs: frame.timeUs + skewUs } : frame))
    .sort((a, b) => a.timeUs - b.timeUs);
}

/** From `fromUs` on the clock runs apart by `stepUs`; the order in the file stays. */
export function clockStep(frames: readonly Frame[], fromUs: number, stepUs: number): Frame[] {
  return frames.map((frame) =>
    frame.timeUs < fromUs ? frame : { ...frame, timeUs: Math.max(0, frame.timeUs + stepUs) },
  );
}

/** Each SYN-ACK comes again after `laterUs`, as one that was held up on the way. */
export function lateSynAcks(frames: readonly Frame[], laterUs: number): Frame[] {
  const late = frames.filter(({ bytes }) => {
    const view = viewIpFrame(bytes);
    return (
      view?.protocol === 'tcp' && (bytes.readUInt8(view.transportAt + 13) & FLAG_SYN_ACK) === FLAG_SYN_ACK
    );
  });
  const copies = late.map((frame) => ({ ...frame, timeUs: frame.timeUs + laterUs }));
  return [...frames, ...copies].sort((a, b) => a.timeUs - b.timeUs);
}

/** The same IPv4 packets as seen behind a NAT: the clients' address is `outside`, ports are new, a little later. */
export function behindNat(
  frames: readonly Frame[],
  client: Buffer,
  outside: Buffer,
  laterUs: number,
): Frame[] {
  const ports = new Map<number, number>();
  return frames.flatMap((frame) => {
    const bytes = Buffer.from(frame.bytes);
    const view = viewIpFrame(bytes);
    if (view === null || view.version !== 4) return [];
    const { source, destination } = addresses(view);
    const isUp = source.equals(client);
    if (!isUp && !destination.equals(client)) return [];
    outside.copy(isUp ? source : destination);
    const portAt = view.transportAt + (isUp ? 0 : 2);
    const inside = bytes.readUInt16BE(portAt);
    const port = ports.get(inside) ?? 20_000 + ports.size;
    ports.set(inside, port);
    bytes.writeUInt16BE(port, portAt);
    repairChecksums(view);
    return [{ ...frame, timeUs: frame.timeUs + laterUs, bytes }];
  });
}

export function comesFrom(client: Buffer, client6: Buffer): (frame: Frame) => boolean {
  return ({ bytes }) => {
    const view = viewIpFrame(bytes);
    if (view === null) return false;
    return addresses(view).source.equals(view.version === 4 ? client : client6);
  };
}
