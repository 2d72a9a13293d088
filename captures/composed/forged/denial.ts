// A user adds packets that make real use look forged: false server hellos, a second MAC, resets, copies.
import type { Frame } from '../../pcap.ts';
import type { Family } from '../case.ts';
import { comesFrom } from '../damage.ts';
import { byTime, type Machine } from '../scene.ts';
import { arpFrame } from './discovery.ts';
import {
  endsOf,
  helloBytes,
  hellosIn,
  isHello,
  payloadOf,
  segmentOf,
  sequenceOf,
  tupleOf,
  withBytes,
} from './flows.ts';
import {
  FLAGS,
  frameOf,
  type Mangle,
  mangled,
  tcpPacket,
  withTtl,
  wrongTransportChecksum,
} from './packets.ts';
import { familyOf, forgedUse, ordinaryWork, played, type Stage, type Variant } from './stage.ts';
import { ForgedTalk } from './talk.ts';
import { applicationData, freshHello, otherSessionId, uploadOf } from './tls.ts';

type Deny = (frames: readonly Frame[], user: Machine, stage: Stage) => Frame[];

function denied(about: string, deny: Deny, more: Partial<Variant> = {}): Variant {
  return {
    about,
    ...more,
    make(stage) {
      const { random, recording, scene } = stage;
      const user = scene.machine();
      const real = byTime(played(stage, recording, user, 10 + random.below(100)), ordinaryWork(stage, user));
      return forgedUse(stage, user, real, () => deny(real, user, stage));
    },
  };
}

/** Inserts a server hello with another session id before each real one. */
function decoyAnswers(...mangles: readonly Mangle[]): Deny {
  return (frames, _, { random }) =>
    frames.flatMap((frame) => {
      const view = segmentOf(frame);
      if (view === null || !isHello(payloadOf(view), 'server')) return [frame];
      const decoy = withBytes(frame, otherSessionId(payloadOf(view), random));
      return [mangled(decoy, ...mangles), frame];
    });
}

/** Half of the connections use a second MAC. */
const otherMac: Deny = (frames, user, { random }) => {
  const mac = Buffer.from(user.mac);
  random.fillFresh(mac, 2, 6);
  const moved = new Map<number, boolean>();
  const isUp = comesFrom(user.address, user.address6);
  return frames.map((frame) => {
    const view = segmentOf(frame);
    if (view === null) return frame;
    const { from, to } = endsOf(view);
    const port = isUp(frame) ? from.port : to.port;
    const isMoved = moved.get(port) ?? random.below(2) === 0;
    moved.set(port, isMoved);
    return isMoved ? mangled(frame, (bytes) => mac.copy(bytes, isUp(frame) ? 6 : 0)) : frame;
  });
};

/** Adds one-sided connections of the same kind with another MAC. */
const forgedToo: Deny = (frames, user, { random, isIp6 }) => {
  const mac = Buffer.from([2, 0x66, 0, 0, 0, 1]);
  const made = hellosIn(frames).flatMap((seen) => {
    const address = isIp6 && seen.client.address.length === 16 ? user.address6 : user.address;
    const client = { mac, address, port: user.nextPort() };
    const sequences = { up: random.next32(), down: random.next32() };
    const talk = new ForgedTalk({ client, server: seen.server }, seen.timeUs + 1000, sequences);
    return talk
      .send(true, freshHello(helloBytes(seen), random))
      .send(true, applicationData(53))
      .pass(300_000)
      .send(true, uploadOf(random, true)).frames;
  });
  return byTime(frames, made);
};

/** Another MAC claims the address by ARP every 5 s. */
const claimed: Deny = (frames, user) => {
  const mac = Buffer.from([2, 0x66, 0, 0, 0, 1]);
  const start = frames[0]?.timeUs ?? 0;
  const claims = Array.from({ length: 20 }, (_, i) =>
    arpFrame(mac, { mac, address: user.address }, user.gateway, start + i * 5e6),
  );
  return byTime(frames, claims);
};

/** Inserts an RST of the client, which the server discards, after each server hello. */
function resets(...mangles: readonly Mangle[]): Deny {
  return (frames) => {
    const done = new Set<string>();
    return frames.flatMap((frame) => {
      const view = segmentOf(frame);
      if (view === null || !isHello(payloadOf(view), 'server') || done.has(tupleOf(view))) return [frame];
      done.add(tupleOf(view));
      const { from, to } = endsOf(view);
      const sequence = frame.bytes.readUInt32BE(view.transportAt + 8);
      const reset = { flags: FLAGS.rst, sequence, acknowledgement: sequenceOf(view) };
      return [frame, mangled(frameOf(frame.timeUs, tcpPacket(to, from, reset)), ...mangles)];
    });
  };
}

export const HIDDEN_DENIAL: Family = familyOf('hidden-denial', [
  denied('server hellos with another session id: wrong TCP checksum', decoyAnswers(wrongTransportChecksum)),
  denied('server hellos with another session id: TTL expires', decoyAnswers(withTtl(1))),
  denied('half of the connections with a second MAC', otherMac, { needsMacs: true }),
  denied('additional forged one-sided connections', forgedToo),
  denied('another MAC claims the address by ARP', claimed, { needsMacs: true, ip: 4 }),
  denied('RST of the client after the server hello: wrong TCP checksum', resets(wrongTransportChecksum)),
  denied('RST of the client after the server hello: TTL expires', resets(withTtl(1))),
]);
