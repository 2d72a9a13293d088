// TCP packets with the address of a machine that did not send them: one direction, or two directions with faults.
import { viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { type Family, pick } from '../case.ts';
import { comesFrom } from '../damage.ts';
import type { Recording } from '../library.ts';
import { type Greeting, greetingOf } from '../made-talk.ts';
import { byTime, type Machine, MORNING_US, truthOf } from '../scene.ts';
import { banned } from './ban.ts';
import { dnsAnswer } from './dns.ts';
import {
  FLAGS,
  type Mangle,
  mangled,
  withMacs,
  withTtl,
  wrongIpChecksum,
  wrongTransportChecksum,
} from './packets.ts';
import {
  addressOf,
  familyOf,
  hasGreeting,
  nothingOn,
  ordinaryWork,
  played,
  type Stage,
  type Variant,
} from './stage.ts';
import { ForgedTalk } from './talk.ts';
import { applicationData, freshHello, otherSessionId, uploadOf } from './tls.ts';

const HTTPS = 443;

/** One attack on one victim. */
export interface Framing {
  readonly stage: Stage;
  readonly victim: Machine;
  /** MAC of the client in forged frames: that of the forger or that of the victim. */
  readonly mac: Buffer;
  readonly names: readonly { readonly name: string; readonly greeting: Greeting }[];
}

type Forge = (framing: Framing) => Frame[];

function namesOf(stage: Stage): Framing['names'] {
  return stage.recording.serverNames.flatMap((name) => {
    const greeting = greetingOf(stage.recording, name);
    return greeting === null ? [] : [{ name, greeting }];
  });
}

export function framed(about: string, forge: Forge, more: Partial<Variant> = {}): Variant {
  return {
    about,
    fits: hasGreeting,
    ...more,
    make(stage) {
      const { random, scene } = stage;
      const [victim, forger, user] = [scene.machine(), scene.machine(), scene.machine()];
      const mac = pick(random, [victim.mac, forger.mac]);
      const forged = forge({ stage, victim, mac, names: namesOf(stage) });
      const hasUser = random.below(2) === 0;
      const real = hasUser ? played(stage, stage.recording, user, 20 + random.below(200)) : [];
      const machines = [nothingOn(victim), nothingOn(forger)];
      if (hasUser) machines.push({ ...truthOf(user, [stage.recording]) });
      return {
        captures: [byTime(ordinaryWork(stage, victim, 4), ordinaryWork(stage, forger, 1), real, forged)],
        machines,
        ban: banned({ tool: stage.tool }, hasUser ? [user] : [], !hasUser),
      };
    },
  };
}

function talkWith(
  { stage, victim, mac }: Framing,
  name: string,
  atUs: number,
  ...mangles: Mangle[]
): ForgedTalk {
  const { random, scene } = stage;
  const client = { mac, address: addressOf(stage, victim), port: victim.nextPort() };
  const server = {
    mac: victim.gatewayMac,
    address: scene.serverOf(name, client.address.length),
    port: HTTPS,
  };
  const sequences = { up: random.next32(), down: random.next32() };
  return new ForgedTalk({ client, server }, atUs, sequences, ...mangles);
}

/** Start of the n-th forged connection. */
function startUs({ stage: { random } }: Framing, index = 0): number {
  return MORNING_US + (5 + random.below(60) + index * 2) * 1e6;
}

const FINISHED = (): Buffer => Buffer.concat([Buffer.from([20, 3, 3, 0, 1, 1]), applicationData(53)]);

/** Client packets alone: hello, Finished, uploads. */
function oneWay(framing: Framing, withSyn: boolean, uploads: number, ...mangles: Mangle[]): Frame[] {
  return framing.names.flatMap(({ name, greeting }, i) => {
    const talk = talkWith(framing, name, startUs(framing, i), ...mangles);
    if (withSyn) talk.syn().pass(20_000);
    talk.send(true, freshHello(greeting.client, framing.stage.random)).pass(20_000);
    talk.send(true, FINISHED());
    for (let left = uploads; left > 0; left--)
      talk.pass(600_000).send(true, uploadOf(framing.stage.random, left === uploads));
    return talk.frames;
  });
}

/** One connection to one name of the tool. */
function few(framing: Framing, withSyn: boolean, ...mangles: Mangle[]): Frame[] {
  const one = pick(framing.stage.random, framing.names);
  return oneWay({ ...framing, names: [one] }, withSyn, 1, ...mangles);
}

function upwards({ stage, victim }: Framing): Frame[] {
  const all = played(stage, stage.recording, victim, 5 + stage.random.below(30));
  return all.filter(comesFrom(victim.address, victim.address6));
}

function withAnswers(framing: Framing): Frame[] {
  const { stage, victim } = framing;
  const answers = framing.names.map(({ name }, i) =>
    dnsAnswer(victim, name, stage.scene.serverOf(name), MORNING_US + 3e6 + i * 1000),
  );
  return [...answers, ...oneWay(framing, false, 2)];
}

export const ONE_WAY = familyOf('forged-one-way', [
  framed('one hello and one upload, no SYN', (framing) => few(framing, false)),
  framed('one hello and one upload, unanswered SYN', (framing) => few(framing, true)),
  framed('hellos and uploads to all names, wrong TCP checksums', (framing) =>
    oneWay(framing, true, 2, wrongTransportChecksum),
  ),
  framed(
    'hellos and uploads to all names, wrong IP checksums',
    (framing) => oneWay(framing, true, 2, wrongIpChecksum),
    { ip: 4 },
  ),
  framed('hellos and uploads to all names, TTL 1', (framing) => oneWay(framing, true, 2, withTtl(1))),
  framed('hellos and five uploads to all names, no SYN', (framing) => oneWay(framing, false, 5)),
  framed('client direction of a recorded session', upwards),
  framed('forged DNS answers, hellos and uploads', withAnswers),
  framed('hellos and uploads to all names, repeated for an hour', (framing) =>
    Array.from({ length: 6 }, (_, i) =>
      oneWay(framing, i % 2 === 0, 1).map((frame) => ({ ...frame, timeUs: frame.timeUs + i * 600e6 })),
    ).flat(),
  ),
]);

interface Answering {
  readonly server: (greeting: Greeting, framing: Framing) => Buffer;
  /** `frozen`: acknowledgement numbers never advance. */
  readonly acknowledges: 'all' | 'frozen';
  /** Sequence numbers jump between packets. */
  readonly jumps?: boolean;
  /** The real ends send RST, after the TCP handshake or after the server hello. */
  readonly resets?: readonly ('client' | 'server')[];
  readonly resetsAfter?: 'tcp' | 'tls';
}

/** Both directions, written by the forger. */
function bothWays(framing: Framing, answering: Answering): Frame[] {
  const { random } = framing.stage;
  return framing.names.flatMap(({ name, greeting }, i) => {
    const talk = talkWith(framing, name, startUs(framing, i));
    const { resets = [], resetsAfter = 'tcp' } = answering;
    const acknowledges = answering.acknowledges === 'all';
    const reset = (): void => {
      for (const end of resets) talk.reset(end === 'client', framing.victim.mac);
    };
    talk.syn().pass(18_000).synAck().ack(true);
    if (!acknowledges) talk.freeze();
    if (resetsAfter === 'tcp') reset();
    talk.send(true, freshHello(greeting.client, random), acknowledges).pass(18_000);
    if (answering.jumps === true) talk.jump(0, 1 + random.below(2 ** 28));
    talk.send(false, answering.server(greeting, framing), acknowledges);
    if (resetsAfter === 'tls') reset();
    talk.send(true, FINISHED(), acknowledges);
    for (let turn = 0; turn < 3; turn++) {
      talk
        .pass(700_000)
        .send(true, uploadOf(random, turn === 0), acknowledges)
        .pass(400_000);
      if (answering.jumps === true) talk.jump(random.below(2 ** 24), random.below(2 ** 24));
      for (let part = 0; part < 6; part++)
        talk.pass(60_000).send(false, applicationData(80 + random.below(300)), acknowledges);
    }
    return talk.frames;
  });
}

const echoed = ({ server }: Greeting): Buffer => server;

const noise = ({ server }: Greeting, { stage }: Framing): Buffer => {
  const bytes = Buffer.alloc(server.length);
  stage.random.fillFresh(bytes, 0, bytes.length);
  return bytes;
};

export const TWO_WAY = familyOf('forged-two-way', [
  framed('server hellos with another session id', (framing) =>
    bothWays(framing, {
      server: ({ server }) => otherSessionId(server, framing.stage.random),
      acknowledges: 'all',
    }),
  ),
  framed('random bytes in place of server hellos', (framing) =>
    bothWays(framing, { server: noise, acknowledges: 'all' }),
  ),
  framed('no data is acknowledged', (framing) =>
    bothWays(framing, { server: echoed, acknowledges: 'frozen' }),
  ),
  framed('inconsistent sequence numbers', (framing) =>
    bothWays(framing, { server: echoed, acknowledges: 'all', jumps: true }),
  ),
  framed('TCP handshake without a server hello', (framing) =>
    bothWays(framing, { server: () => Buffer.alloc(0), acknowledges: 'all' }),
  ),
  framed('RST of the victim after the TCP handshake', (framing) =>
    bothWays(framing, { server: echoed, acknowledges: 'all', resets: ['client'] }),
  ),
  framed('RST of both real ends after the TCP handshake', (framing) =>
    bothWays(framing, { server: echoed, acknowledges: 'all', resets: ['client', 'server'] }),
  ),
  framed('RST of the victim after the server hello', (framing) =>
    bothWays(framing, { server: echoed, acknowledges: 'all', resets: ['client'], resetsAfter: 'tls' }),
  ),
  framed('RST of the server after the TCP handshake', (framing) =>
    bothWays(framing, { server: echoed, acknowledges: 'all', resets: ['server'] }),
  ),
]);

/** A recorded session of another machine, in both directions, with the addresses and MACs of the victim. */
const whole =
  (...mangles: Mangle[]): Forge =>
  ({ stage, victim }) =>
    played(stage, stage.recording, victim, SESSION_SECONDS).map((frame) => mangled(frame, ...mangles));

/** The victim works before and after it. */
const SESSION_SECONDS = 200;

const flagsOf = ({ bytes }: Frame): number => {
  const view = viewIpFrame(bytes);
  return view?.protocol === 'tcp' ? (bytes[view.transportAt + 13] ?? 0) : 0;
};

const isSyn = (frame: Frame): boolean => (flagsOf(frame) & FLAGS.syn) !== 0;

const isAnswerToSyn = (frame: Frame): boolean => isSyn(frame) && (flagsOf(frame) & FLAGS.ack) !== 0;

// A capture that lost packets can have lost a handshake.
const hasWholeGreeting = (recording: Recording): boolean =>
  hasGreeting(recording) && !recording.name.includes('lossy');

const isOfVictim = ({ victim: { address, address6 } }: Framing): ((frame: Frame) => boolean) =>
  comesFrom(address, address6);

/** The client has another MAC in each connection. */
function withMacPerPort(
  frame: Frame,
  { victim: { address, address6 }, stage }: Framing,
  macs: Map<number, Buffer>,
): Frame {
  const view = viewIpFrame(frame.bytes);
  if (view === null) return frame;
  const isUp = comesFrom(address, address6)(frame);
  const port = frame.bytes.readUInt16BE(view.transportAt + (isUp ? 0 : 2));
  const mac = macs.get(port) ?? stage.scene.machine().mac;
  macs.set(port, mac);
  return withMacs(frame, (end) => (end.equals(address) || end.equals(address6) ? mac : null));
}

export const WHOLE = familyOf('forged-whole', [
  framed('whole sessions, wrong TCP checksums', whole(wrongTransportChecksum)),
  framed('whole sessions, wrong IP checksums', whole(wrongIpChecksum), { ip: 4 }),
  framed('whole sessions, TTL 1', whole(withTtl(1))),
  framed('whole sessions, TTL of a host 27 hops away', whole(withTtl(37))),
  framed('whole sessions, answers with TTL 1', (framing) =>
    whole()(framing).map((frame) => (isOfVictim(framing)(frame) ? frame : mangled(frame, withTtl(1)))),
  ),
  framed('whole sessions, TTL 1 after the SYN', (framing) =>
    whole()(framing).map((frame) =>
      isSyn(frame) || !isOfVictim(framing)(frame) ? frame : mangled(frame, withTtl(1)),
    ),
  ),
  framed('whole sessions, answers with wrong TCP checksums', (framing) =>
    whole()(framing).map((frame) =>
      isOfVictim(framing)(frame) ? frame : mangled(frame, wrongTransportChecksum),
    ),
  ),
  framed(
    'whole sessions, another MAC in each connection',
    (framing) => {
      const macs = new Map<number, Buffer>();
      return whole()(framing).map((frame) => withMacPerPort(frame, framing, macs));
    },
    { needsMacs: true },
  ),
  framed(
    'whole sessions without their handshakes',
    (framing) => whole()(framing).filter((frame) => !isSyn(frame)),
    { fits: hasWholeGreeting },
  ),
  framed(
    'whole sessions without the SYN packets of the client',
    (framing) => whole()(framing).filter((frame) => !isSyn(frame) || isAnswerToSyn(frame)),
    { fits: hasWholeGreeting },
  ),
]);

export const FRAMING: readonly Family[] = [ONE_WAY, TWO_WAY, WHOLE];
