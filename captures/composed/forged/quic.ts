// Recorded QUIC datagrams with the address of a machine that did not send them.
import { repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import type { Family } from '../case.ts';
import { comesFrom } from '../damage.ts';
import { byTime, type Machine, truthOf } from '../scene.ts';
import { banned } from './ban.ts';
import { type Mangle, mangled, withMacs, withTtl, wrongTransportChecksum } from './packets.ts';
import { familyOf, nothingOn, ordinaryWork, overQuic, type Stage, type Variant } from './stage.ts';

const PORT_HTTPS = 443;
/** Offset in a long header (RFC 9000 §17.2): flags, version, length of the id. */
const CONNECTION_ID_AT = 6;
const LONG_HEADER = 0x80;

export const isQuic = ({ bytes }: Frame): boolean => {
  const view = viewIpFrame(bytes);
  if (view?.protocol !== 'udp') return false;
  return [0, 2].some((at) => bytes.readUInt16BE(view.transportAt + at) === PORT_HTTPS);
};

/** Replaces the destination connection id in each server packet. */
export function foreignConnectionIds(frames: readonly Frame[], isUp: (frame: Frame) => boolean): Frame[] {
  return frames.map((frame) => (isUp(frame) || !isQuic(frame) ? frame : mangled(frame, foreignId)));
}

const foreignId: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view === null) return;
  const isLong = (bytes.readUInt8(view.payloadAt) & LONG_HEADER) !== 0;
  const from = view.payloadAt + (isLong ? CONNECTION_ID_AT : 1);
  const length = isLong ? bytes.readUInt8(view.payloadAt + CONNECTION_ID_AT - 1) : 8;
  // A client may use an empty id. Then the source id of the server is replaced.
  const at = length === 0 && isLong ? from + 1 : from;
  const bytesOfId = length === 0 && isLong ? bytes.readUInt8(from) : length;
  for (let i = at; i < Math.min(at + bytesOfId, view.endAt); i++)
    bytes.writeUInt8(bytes.readUInt8(i) ^ 0x5c, i);
  repairChecksums(view);
};

/** Replaces the payload with a byte pattern. */
const meaningless: Mangle = (bytes) => {
  const view = viewIpFrame(bytes);
  if (view === null) return;
  for (let i = view.payloadAt; i < view.endAt; i++) bytes.writeUInt8((i * 151 + 89) & 255, i);
  repairChecksums(view);
};

type Change = (quic: readonly Frame[], isUp: (frame: Frame) => boolean, stage: Stage) => Frame[];

function visited(about: string, change: Change, withQuestions = false): Variant {
  return {
    about,
    make(stage) {
      const { random, recording, scene } = stage;
      const [victim, forger, user] = [scene.machine(), scene.machine(), scene.machine()];
      const frames = (machine: Machine, after: number): Frame[] =>
        scene.playFrames(recording.frames(), machine, after);
      const isUp = comesFrom(victim.address, victim.address6);
      const all = frames(victim, 5 + random.below(100));
      const quic = change(all.filter(isQuic), isUp, stage);
      const questions = withQuestions ? all.filter((frame) => !isQuic(frame) && isUdp(frame)) : [];
      const mac = random.below(2) === 0 ? victim.mac : forger.mac;
      const forged = quic.map((frame) =>
        withMacs(frame, (address) => (address.equals(victim.address) ? mac : null)),
      );
      const hasUser = random.below(2) === 0;
      const machines = [nothingOn(victim), nothingOn(forger)];
      if (hasUser) machines.push(truthOf(user, [recording]));
      return {
        captures: [byTime(ordinaryWork(stage, victim), forged, questions, hasUser ? frames(user, 90) : [])],
        machines,
        ban: banned({ tool: stage.tool }, hasUser ? [user] : [], !hasUser),
      };
    },
  };
}

const isUdp = ({ bytes }: Frame): boolean => viewIpFrame(bytes)?.protocol === 'udp';

export const FORGED_QUIC: Family = familyOf(
  'forged-quic',
  [
    visited('first three client datagrams', (quic, isUp) => quic.filter(isUp).slice(0, 3)),
    visited('all client datagrams', (quic, isUp) => quic.filter(isUp)),
    visited('server datagrams with a foreign connection id', foreignConnectionIds),
    visited('server datagrams with invalid payload', (quic, isUp) =>
      quic.map((frame) => (isUp(frame) ? frame : mangled(frame, meaningless))),
    ),
    visited('all client datagrams, wrong UDP checksums', (quic, isUp) =>
      quic.filter(isUp).map((frame) => mangled(frame, wrongTransportChecksum)),
    ),
    visited(
      'all client datagrams, TTL 1, real DNS queries',
      (quic, isUp) => quic.filter(isUp).map((frame) => mangled(frame, withTtl(1))),
      true,
    ),
  ].map((variant): Variant => ({ ...variant, ip: 4, recordings: overQuic })),
);
