// Honest captures with wrong checksums: the network card computes checksums after the capture point (checksum offload),
// or joins segments before it (GRO, TSO).
import { addresses, type IpFrame, repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { withPayload } from '../../splice-streams.ts';
import type { Family } from '../case.ts';
import { comesFrom } from '../damage.ts';
import { byTime, truthOf } from '../scene.ts';
import { banned } from './ban.ts';
import { payloadOf, segmentOf, sequenceOf, tupleOf } from './flows.ts';
import { FLAGS, frameOf, type Mangle, mangled } from './packets.ts';
import { crowd, familyOf, playedAnew, type Stage, type Variant } from './stage.ts';

type Change = (frames: readonly Frame[], isUp: (frame: Frame) => boolean, stage: Stage) => Frame[];

function seen(about: string, change: Change, more: Partial<Variant> = {}): Variant {
  return {
    about,
    ...more,
    make(stage) {
      const { machine, real } = playedAnew(stage);
      const others = crowd(stage, real);
      const changed = change(real, comesFrom(machine.address, machine.address6), stage);
      return {
        captures: [byTime(others.frames, changed)],
        machines: [truthOf(machine, [stage.recording]), ...others.machines],
        ban: banned({ tool: stage.tool }, [machine]),
      };
    },
  };
}

const checksumAt = ({ transportAt, protocol }: IpFrame): number =>
  transportAt + (protocol === 'tcp' ? 16 : 6);

const zero: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view !== null) bytes.writeUInt16BE(0, checksumAt(view));
};

/** Linux writes the sum of the pseudo-header, and the network card completes it. */
const partial: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view === null) return;
  const { source, destination } = addresses(view);
  let sum = (view.protocol === 'tcp' ? 6 : 17) + view.endAt - view.transportAt;
  for (const part of [source, destination])
    for (let at = 0; at < part.length; at += 2) sum += part.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  bytes.writeUInt16BE(sum, checksumAt(view));
};

const stale: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view !== null)
    bytes.writeUInt16BE((bytes.readUInt16BE(checksumAt(view)) + 0x0301) & 0xffff || 1, checksumAt(view));
};

const zeroOfIp: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view?.version === 4) bytes.writeUInt16BE(0, view.ipAt + 10);
};

const sent =
  (...mangles: readonly Mangle[]): Change =>
  (frames, isUp) =>
    frames.map((frame) => (isUp(frame) ? mangled(frame, ...mangles) : frame));

const MAX_DATAGRAM = 65_535;

/** Joins consecutive segments of one flow into one packet, as GRO and TSO do. */
function joined(
  frames: readonly Frame[],
  wanted: (frame: Frame) => boolean,
  ...mangles: readonly Mangle[]
): Frame[] {
  const result: Frame[] = [];
  for (const frame of frames) {
    const last = result.at(-1);
    const both = last !== undefined && wanted(frame) ? together(last, frame) : null;
    if (both === null) result.push(frame);
    else result[result.length - 1] = both;
  }
  return result.map((frame) => (frame.bytes.length > 1600 ? mangled(frame, ...mangles) : frame));
}

function together(first: Frame, second: Frame): Frame | null {
  const [a, b] = [segmentOf(first), segmentOf(second)];
  if (a === null || b === null || tupleOf(a) !== tupleOf(b)) return null;
  const [before, after] = [payloadOf(a), payloadOf(b)];
  if ((sequenceOf(a) + before.length) >>> 0 !== sequenceOf(b)) return null;
  if (
    before.length + after.length + 80 > MAX_DATAGRAM ||
    a.endAt > a.bytes.length ||
    b.endAt > b.bytes.length
  )
    return null;
  if (a.payloadAt - a.transportAt !== b.payloadAt - b.transportAt) return null;
  const bytes = withPayload(a, Buffer.concat([before, after]));
  // The acknowledgement number of the last segment is valid for the joined one.
  b.bytes.copy(bytes, a.transportAt + 8, b.transportAt + 8, b.transportAt + 12);
  bytes.writeUInt8(
    (a.bytes.readUInt8(a.transportAt + 13) | b.bytes.readUInt8(b.transportAt + 13)) & ~FLAGS.fin,
    a.transportAt + 13,
  );
  const view = viewIpFrame(bytes);
  if (view !== null) repairChecksums(view);
  return frameOf(first.timeUs, bytes);
}

/** The length field is zero where the packet is longer than 65535 bytes. */
const withoutLength: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view === null) return;
  bytes.writeUInt16BE(0, view.ipAt + (view.version === 4 ? 2 : 4));
};

export const HONEST_CHECKSUMS: Family = familyOf('honest-checksums', [
  seen('transmit checksums are zero', sent(zero)),
  seen('transmit checksums hold the pseudo-header sum', sent(partial)),
  seen('transmit checksums are wrong', sent(stale)),
  seen('transmit checksums are zero, IP header included', sent(zero, zeroOfIp), { ip: 4 }),
  seen('checksums of both directions are zero', (frames) => frames.map((frame) => mangled(frame, zero))),
  seen('GRO on receive', (frames, isUp) => joined(frames, (frame) => !isUp(frame))),
  seen('GRO on receive with wrong checksums', (frames, isUp) =>
    joined(frames, (frame) => !isUp(frame), stale),
  ),
  seen('TSO on transmit with pseudo-header sums', (frames, isUp) =>
    joined(frames, isUp).map((frame) => (isUp(frame) ? mangled(frame, partial) : frame)),
  ),
  seen('GRO and TSO with length fields of zero', (frames) => joined(frames, () => true, withoutLength), {
    ip: 4,
  }),
]);
