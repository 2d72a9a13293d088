// Decoy hellos with the client random of real use.

import { viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { renameHello } from '../../rename-servers.ts';
import { type CaseMaterial, type Family, type MachineTruth, pick } from '../case.ts';
import { byTime, type Machine } from '../scene.ts';
import { banned } from './ban.ts';
import { endsOf, type HelloSeen, helloBytes, hellosIn, payloadOf } from './flows.ts';
import { frameOf, udpPacket } from './packets.ts';
import { isQuic } from './quic.ts';
import {
  crowd,
  familyOf,
  keptUse,
  nothingOn,
  ordinaryWork,
  overQuic,
  played,
  type Stage,
  type Variant,
} from './stage.ts';
import { ForgedTalk } from './talk.ts';
import { applicationData, otherSessionId } from './tls.ts';

/** Names that are not banned: of no AI tool, and of AI providers that any program may use. */
const INNOCENT = ['www.example.com', 'api.deepseek.com', 'api.mistral.ai', 'api.groq.com'] as const;

interface Decoy {
  /** Machine whose address the decoy has. */
  readonly by: 'colleague' | 'second machine' | 'self';
  /** The same bytes, or another server name. */
  readonly hello: 'same' | 'renamed';
  readonly server: 'same' | 'other';
  /** A server of the attacker answers. */
  readonly isAnswered: boolean;
  /** The decoy comes after the real hello. */
  readonly isLater?: boolean;
}

/** Less than the 10 s in which two hellos with one random count as duplicates. */
function beforeUs({ random }: Stage, isLater = false): number {
  const us = pick(random, [
    0,
    1 + random.below(1000),
    1000 + random.below(900_000),
    1e6 + random.below(8_900_000),
  ]);
  return isLater ? -us - 1 : us;
}

function decoyOf(stage: Stage, seen: HelloSeen, from: Machine, decoy: Decoy): Frame[] {
  const { random } = stage;
  const innocent = pick(random, INNOCENT);
  const hello = decoy.hello === 'same' ? helloBytes(seen) : renameHello(helloBytes(seen), () => innocent);
  const isIp4 = seen.client.address.length === 4;
  const address = isIp4 ? from.address : from.address6;
  const elsewhere = stage.scene.serverOf(innocent, address.length);
  const client = { mac: from.mac, address, port: from.nextPort() };
  const server = { ...seen.server, address: decoy.server === 'same' ? seen.server.address : elsewhere };
  const sequences = { up: random.next32(), down: random.next32() };
  const opening = 3 * 400;
  const start = seen.timeUs - beforeUs(stage, decoy.isLater) - opening;
  const talk = new ForgedTalk({ client, server }, start, sequences);
  talk.syn();
  if (decoy.isAnswered) talk.synAck().ack(true);
  else talk.pass(800);
  talk.send(true, hello, decoy.isAnswered);
  if (decoy.isAnswered)
    talk
      .pass(9000)
      .send(false, otherSessionId(serverHelloLike(hello), random), true)
      .send(true, applicationData(53), true)
      .pass(2000)
      .fin(true)
      .fin(false);
  return talk.frames;
}

/** The server hello and encrypted handshake of a server of the attacker. */
function serverHelloLike(hello: Buffer): Buffer {
  const body = Buffer.alloc(122);
  body.writeUInt8(22, 0);
  body.writeUInt16BE(0x0303, 1);
  body.writeUInt16BE(117, 3);
  body.writeUInt8(2, 5);
  body.writeUIntBE(113, 6, 3);
  body.writeUInt16BE(0x0303, 9);
  const length = hello.readUInt8(43);
  hello.copy(body, 43, 43, 44 + length);
  body.writeUInt16BE(0x1301, 44 + length);
  return Buffer.concat([body, Buffer.from([20, 3, 3, 0, 1, 1]), applicationData(2800)]);
}

function hiding(about: string, decoy: Decoy, more: Partial<Variant> = {}): Variant {
  return {
    about,
    ...more,
    make: (stage) => {
      const real = (user: Machine, after: number): Frame[] => played(stage, stage.recording, user, after);
      return hidden(stage, real, decoy.by, (frames, from) =>
        hellosIn(frames).flatMap((seen) => decoyOf(stage, seen, from, decoy)),
      );
    },
  };
}

function hidden(
  stage: Stage,
  real: (user: Machine, after: number) => Frame[],
  by: Decoy['by'],
  decoysOf: (frames: readonly Frame[], from: Machine) => Frame[],
): CaseMaterial {
  const { random, scene } = stage;
  const [user, colleague, second] = [scene.machine(), scene.machine(), scene.machine()];
  const frames = real(user, 30 + random.below(200));
  const from = { self: user, colleague, 'second machine': second }[by];
  const innocents = crowd(stage, frames);
  const others = byTime(innocents.frames, ordinaryWork(stage, colleague), ordinaryWork(stage, second, 1));
  const decoys = decoysOf(frames, from);
  // A row for the attacker's second machine is not an error.
  const own: MachineTruth = {
    ...nothingOn(second),
    uses: stage.recording.tools.map((tool) => ({ tool, mustName: false, requests: null })),
  };
  return {
    about: '',
    captures: [byTime(decoys, others, frames)],
    honest: [byTime(others, frames)],
    machines: [keptUse(user, [stage.recording]), nothingOn(colleague), own, ...innocents.machines],
    ban: banned({ tool: stage.tool }, [user], false, [second]),
  };
}

/** Copies of the client's QUIC Initials, sent earlier from another address. */
const initials: Variant = {
  about: 'QUIC Initials from the address of a colleague',
  recordings: overQuic,
  ip: 4,
  make: (stage) =>
    hidden(
      stage,
      (user, after) => stage.scene.playFrames(stage.recording.frames(), user, after),
      'colleague',
      (frames, from) => {
        const up = frames.filter(isQuic).filter((frame) => isLongFrom(frame));
        return up.flatMap((frame) => {
          const view = viewIpFrame(frame.bytes);
          if (view === null) return [];
          const { to } = endsOf(view);
          const client = { mac: from.mac, address: from.address, port: from.nextPort() };
          return [
            frameOf(frame.timeUs - 1 - stage.random.below(3e6), udpPacket(client, to, payloadOf(view))),
          ];
        });
      },
    ),
};

/** True for a long-header packet of a client (RFC 9000 §17.2). */
function isLongFrom({ bytes }: Frame): boolean {
  const view = viewIpFrame(bytes);
  if (view === null) return false;
  return bytes.readUInt16BE(view.transportAt + 2) === 443 && (payloadOf(view)[0] ?? 0) >= 0xc0;
}

export const HIDDEN_SAME_HELLO: Family = familyOf('hidden-same-hello', [
  hiding('another machine, another name, unanswered', {
    by: 'second machine',
    hello: 'renamed',
    server: 'other',
    isAnswered: false,
  }),
  hiding('address of a colleague, same hello, unanswered', {
    by: 'colleague',
    hello: 'same',
    server: 'same',
    isAnswered: false,
  }),
  hiding('address of a colleague, same hello, another server, unanswered', {
    by: 'colleague',
    hello: 'same',
    server: 'other',
    isAnswered: false,
  }),
  hiding('another machine, another name, answered', {
    by: 'second machine',
    hello: 'renamed',
    server: 'other',
    isAnswered: true,
  }),
  hiding('another machine, same hello, another server, answered', {
    by: 'second machine',
    hello: 'same',
    server: 'other',
    isAnswered: true,
  }),
  hiding('the user, another name, unanswered', {
    by: 'self',
    hello: 'renamed',
    server: 'other',
    isAnswered: false,
  }),
  hiding('the user, another name, answered', {
    by: 'self',
    hello: 'renamed',
    server: 'other',
    isAnswered: true,
  }),
  hiding('the user, same hello, same server, unanswered', {
    by: 'self',
    hello: 'same',
    server: 'same',
    isAnswered: false,
  }),
  hiding('address of a colleague, same hello, after the real one', {
    by: 'colleague',
    hello: 'same',
    server: 'same',
    isAnswered: false,
    isLater: true,
  }),
  initials,
]);
