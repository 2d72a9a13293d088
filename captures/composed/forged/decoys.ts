// Decoys in the connections of real use: packets that the receiver discards and an analyzer may accept.
import { repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { withPayload } from '../../splice-streams.ts';
import { type Family, pick } from '../case.ts';
import { comesFrom } from '../damage.ts';
import { byTime, type Machine } from '../scene.ts';
import {
  endsOf,
  type HelloSeen,
  hellosIn,
  isHello,
  nameOfLength,
  payloadOf,
  segmentOf,
  sequenceOf,
  synAcksIn,
  tupleOf,
  withBytes,
} from './flows.ts';
import { inFragments } from './fragments.ts';
import {
  ackOfFuture,
  aroundHellos,
  dataOf,
  longHeader,
  otherName,
  outOfWindow,
  withoutAck,
} from './insert.ts';
import {
  FLAGS,
  frameOf,
  type Mangle,
  mangled,
  tcpPacket,
  withTtl,
  wrongIpChecksum,
  wrongTransportChecksum,
} from './packets.ts';
import { isQuic } from './quic.ts';
import { familyOf, forgedUse, overQuic, type Stage, session, type Variant } from './stage.ts';

const INNOCENT = ['www.example.com', 'api.deepseek.com', 'intranet.corp.example'] as const;

/** Changes the frames of a real session. */
type Attack = (frames: readonly Frame[], stage: Stage, user: Machine) => Frame[];

function attacked(about: string, attack: Attack, more: Partial<Variant> = {}): Variant {
  return {
    about,
    ...more,
    make(stage) {
      const user = stage.scene.machine();
      const real = session(stage, more, user, 10 + stage.random.below(200));
      return forgedUse(stage, user, real, () => attack(real, stage, user));
    },
  };
}

function innocentNamed(seen: HelloSeen, { random }: Stage): Frame[] {
  const name = pick(random, INNOCENT);
  return otherName(seen, ({ length }) => nameOfLength(name, length));
}

function decoyHellos(...mangles: readonly Mangle[]): Attack {
  return (frames, stage) =>
    aroundHellos(frames, (seen) => innocentNamed(seen, stage).map((frame) => mangled(frame, ...mangles)));
}

const behind =
  (...mangles: readonly Mangle[]): Attack =>
  (frames, stage) =>
    aroundHellos(
      frames,
      (seen) => innocentNamed(seen, stage).map((frame) => mangled(frame, ...mangles)),
      true,
    );

/** RST or FIN of the client before its hello. */
function ended(flags: number, move: number, ...mangles: readonly Mangle[]): Attack {
  return (frames) =>
    aroundHellos(frames, ({ client, server, sequence, acknowledgement, timeUs }) => [
      mangled(
        frameOf(timeUs, tcpPacket(client, server, { flags, sequence: sequence + move, acknowledgement })),
        ...mangles,
      ),
    ]);
}

/** RST or FIN of the server before its hello. */
function endedByServer(flags: number, move: number, ...mangles: readonly Mangle[]): Attack {
  return (frames) => {
    const done = new Set<string>();
    return frames.flatMap((frame) => {
      const view = segmentOf(frame);
      if (view === null || !isHello(payloadOf(view), 'server') || done.has(tupleOf(view))) return [frame];
      done.add(tupleOf(view));
      const { from, to } = endsOf(view);
      const acknowledgement = frame.bytes.readUInt32BE(view.transportAt + 8);
      const sequence = sequenceOf(view) + move;
      const decoy = frameOf(frame.timeUs, tcpPacket(from, to, { flags, sequence, acknowledgement }));
      return [mangled(decoy, ...mangles), frame];
    });
  };
}

/** A second SYN with another sequence number and a wrong checksum. */
const otherSyn: Attack = (frames, { random }) => {
  const decoys = synAcksIn(frames).map(({ frame, view }) => {
    const { from, to } = endsOf(view);
    const part = { flags: FLAGS.syn, sequence: random.next32(), acknowledgement: 0 };
    return mangled(frameOf(frame.timeUs, tcpPacket(to, from, part)), wrongTransportChecksum);
  });
  return byTime(frames, decoys);
};

/** The hello in two segments, and a segment with other bytes that overlaps them. */
function overlapped(isDecoyFirst: boolean): Attack {
  return (frames, stage) => {
    const split = new Map<Frame, Frame[]>();
    for (const seen of hellosIn(frames)) {
      const decoy = innocentNamed(seen, stage)[0] ?? seen.frame;
      const cut = 30 + stage.random.below(Math.max(1, dataOf(seen.frame).length - 60));
      const [start, end] = [part(seen.frame, 0, cut), part(seen.frame, cut)];
      const overlapping = part(decoy, Math.max(0, cut - stage.random.below(30)));
      split.set(seen.frame, isDecoyFirst ? [overlapping, start, end] : [end, overlapping, start]);
    }
    return frames.flatMap((frame) =>
      (split.get(frame) ?? [frame]).map((one) => ({ ...one, timeUs: frame.timeUs })),
    );
  };
}

/** A part of a segment as a separate segment. */
function part(frame: Frame, from: number, to?: number): Frame {
  const view = segmentOf(frame);
  if (view === null) return frame;
  const bytes = withPayload(view, payloadOf(view).subarray(from, to));
  bytes.writeUInt32BE((sequenceOf(view) + from) >>> 0, view.transportAt + 4);
  const changed = viewIpFrame(bytes);
  if (changed !== null) repairChecksums(changed);
  return frameOf(frame.timeUs, bytes);
}

/** Inserts a segment with other bytes before each data segment of the client. */
function decoyUploads(...mangles: readonly Mangle[]): Attack {
  return (frames, _, user) => {
    const isUp = comesFrom(user.address, user.address6);
    return frames.flatMap((frame) => {
      if (!isUp(frame) || segmentOf(frame) === null) return [frame];
      const junk = Buffer.alloc(dataOf(frame).length, 0x17);
      return [mangled(withBytes(frame, junk), ...mangles), frame];
    });
  };
}

/** The hello in IP fragments, and fragments with other bytes at the same offsets. */
function fragmented(order: 'decoy first' | 'decoy last' | 'decoy between'): Attack {
  return (frames, stage) => {
    const split = new Map<Frame, Frame[]>();
    for (const seen of hellosIn(frames)) {
      const decoy = innocentNamed(seen, stage)[0] ?? seen.frame;
      const id = stage.random.below(0x10000);
      const real = inFragments(seen.frame, id, 200);
      const wrong = inFragments(decoy, id, 200).slice(1, -1);
      const [first, ...others] = real;
      if (first === undefined || others.length < 2) continue;
      if (order === 'decoy first') split.set(seen.frame, [...wrong, ...real]);
      else if (order === 'decoy last')
        split.set(seen.frame, [first, ...others.slice(0, -1), ...wrong, ...others.slice(-1)]);
      else split.set(seen.frame, [first, ...wrong, ...others]);
    }
    return frames.flatMap((frame) =>
      (split.get(frame) ?? [frame]).map((one) => ({ ...one, timeUs: frame.timeUs })),
    );
  };
}

/** Inserts a datagram with other bytes, or the Initial of another site, before each QUIC connection. */
function decoyDatagrams(other: boolean, ...mangles: readonly Mangle[]): Attack {
  return (frames, stage) => {
    const foreign = overQuic(stage)
      .filter(({ name }) => name !== stage.recording.name)
      .flatMap((recording) => recording.frames().filter(isQuic).slice(0, 1))[0];
    const done = new Set<string>();
    return frames.flatMap((frame) => {
      const view = isQuic(frame) ? viewIpFrame(frame.bytes) : null;
      if (view === null || done.has(tupleOf(view))) return [frame];
      const first = payloadOf(view)[0] ?? 0;
      if (first < 0xc0 || frame.bytes.readUInt16BE(view.transportAt + 2) !== 443) return [frame];
      done.add(tupleOf(view));
      const foreignView = foreign === undefined ? null : viewIpFrame(foreign.bytes);
      const bytes =
        other && foreignView !== null ? payloadOf(foreignView) : Buffer.alloc(payloadOf(view).length, first);
      const decoy = withPayload(view, Buffer.from(bytes));
      const changed = viewIpFrame(decoy);
      if (changed !== null) repairChecksums(changed);
      return [mangled(frameOf(frame.timeUs, decoy), ...mangles), frame];
    });
  };
}

const quicOnly = { recordings: overQuic, ip: 4 } as const;

export const HIDDEN_DECOY: Family = familyOf('hidden-decoy', [
  attacked('decoy before each hello: wrong IP checksum', decoyHellos(wrongIpChecksum), {
    ip: 4,
  }),
  attacked('decoy before each hello: wrong TCP checksum', decoyHellos(wrongTransportChecksum)),
  attacked('decoy before each hello: TTL expires', decoyHellos(withTtl(1))),
  attacked('decoy after each hello: TTL expires', behind(withTtl(2))),
  attacked('decoy before each hello: outside the window', decoyHellos(outOfWindow)),
  attacked('decoy before each hello: no ACK flag', decoyHellos(withoutAck)),
  attacked('decoy before each hello: acknowledges unsent data', decoyHellos(ackOfFuture)),
  attacked('decoy before each hello: TCP header longer than the packet', decoyHellos(longHeader)),
  attacked('hello in two segments, overlapping decoy first', overlapped(true)),
  attacked('hello in two segments in reverse order, overlapping decoy between them', overlapped(false)),
  attacked('decoy before each data segment: wrong TCP checksum', decoyUploads(wrongTransportChecksum)),
  attacked('decoy before each data segment: wrong IP checksum', decoyUploads(wrongIpChecksum), { ip: 4 }),
  attacked('decoy before each data segment: TTL expires', decoyUploads(withTtl(1))),
  attacked('hello in IP fragments, decoy fragments first', fragmented('decoy first'), { ip: 4 }),
  attacked('hello in IP fragments, decoy fragments last', fragmented('decoy last'), { ip: 4 }),
  attacked('hello in IP fragments, decoy fragments in between', fragmented('decoy between'), { ip: 4 }),
  attacked(
    'Initial of another site before each QUIC connection: wrong UDP checksum',
    decoyDatagrams(true, wrongTransportChecksum),
    quicOnly,
  ),
  attacked(
    'invalid Initial before each QUIC connection: wrong UDP checksum',
    decoyDatagrams(false, wrongTransportChecksum),
    quicOnly,
  ),
  attacked(
    'Initial of another site before each QUIC connection: TTL expires',
    decoyDatagrams(true, withTtl(1)),
    quicOnly,
  ),
]);

const RST_ACK = FLAGS.rst | FLAGS.ack;
const FIN_ACK = FLAGS.fin | FLAGS.ack;

/** RST, FIN and SYN packets that no receiver accepts, in the connections of real use. */
export const HIDDEN_END: Family = familyOf('hidden-end', [
  attacked('RST with a wrong TCP checksum before each hello', ended(RST_ACK, 0, wrongTransportChecksum)),
  attacked('RST with a wrong IP checksum before each hello', ended(RST_ACK, 0, wrongIpChecksum), {
    ip: 4,
  }),
  attacked('RST with an expiring TTL before each hello', ended(RST_ACK, 0, withTtl(1))),
  attacked('RST outside the window before each hello', ended(RST_ACK, 2 ** 30)),
  attacked('FIN with a wrong TCP checksum before each hello', ended(FIN_ACK, 0, wrongTransportChecksum)),
  attacked('FIN outside the window before each hello', ended(FIN_ACK, 2 ** 30)),
  attacked('RST of the server with a wrong TCP checksum', endedByServer(RST_ACK, 0, wrongTransportChecksum)),
  attacked('RST of the server with an expiring TTL', endedByServer(RST_ACK, 0, withTtl(1))),
  attacked('RST of the server outside the window', endedByServer(RST_ACK, 2 ** 30)),
  attacked('a second SYN with a wrong checksum', otherSyn),
]);
