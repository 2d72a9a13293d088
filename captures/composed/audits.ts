// Audits in which a verdict is easily too good: rules about an API or its vendor, nights in a session, tunnels.
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import { type CaseMaterial, exactly, type Family, type PolicyTruth, pick, type Workshop } from './case.ts';
import { type Machine, MORNING_US, truthOf } from './scene.ts';

const RULE = 'BAN';
const OWN_KEY = /^(opencode|cline|kilocode)-.*(anthropic|prompt|multiturn)/;

const policyOf = (match: string): string => `version: 1
name: composed
timezone: UTC
rules:
  - { id: ${RULE}, title: banned, match: { ${match} }, action: deny, effective: 2026-07-01 }
`;

type Play = (workshop: Workshop) => CaseMaterial;

/** A tool of another vendor works on the API. */
const onApi =
  (match: string): Play =>
  ({ library, random, scene }) => {
    const clients = library.all.filter(
      ({ name, serverNames, requests, tools }) =>
        OWN_KEY.test(name) && serverNames.includes('api.anthropic.com') && requests > 0 && tools.length === 1,
    );
    const recording = pick(random, clients);
    const machine = scene.machine();
    const requests = { min: 1, max: recording.requests };
    const violations = [{ host: machine.text, tool: recording.tools[0] ?? '', requests }];
    return {
      about: `${recording.name}, a ban of ${match}`,
      captures: [scene.play(recording, machine, 0)],
      machines: [truthOf(machine, [recording])],
      policy: { text: policyOf(match), verdicts: { [RULE]: 'notKept' }, violations },
    };
  };

/** The second half of a session comes hours later, over the connections of the first. */
const night =
  (hours: number): Play =>
  ({ library, random, scene }) => {
    const recording = pick(
      random,
      library.timed().filter(({ name }) => /-(rt-session|rt-short|tty-session)$/.test(name)),
    );
    const machine = scene.machine();
    const times = recording.modelTimes ?? [];
    const middle = MORNING_US + (((times[0] ?? 0) + (times.at(-1) ?? 0)) / 2) * 1e6;
    const frames = scene
      .play(recording, machine, 0)
      .map((frame) => (frame.timeUs < middle ? frame : { ...frame, timeUs: frame.timeUs + hours * 3600e6 }));
    const tool = recording.tools[0] ?? '';
    const violations = [{ host: machine.text, tool, requests: exactly(recording.requests) }];
    return {
      about: `${recording.name}, ${hours} hours of sleep in its midst`,
      captures: [frames],
      machines: [truthOf(machine, [recording])],
      policy: { text: policyOf(`tools: [${tool}]`), verdicts: { [RULE]: 'notKept' }, violations },
    };
  };

/** All that a machine does for half an hour goes through a tunnel. */
const tunnel =
  (about: string, port: number, payload: (random: Random, index: number) => Buffer): Play =>
  ({ random, scene }) => {
    const machine = scene.machine();
    const frames: Frame[] = [];
    for (let second = 0; second < 1800; second++) {
      for (const isUp of [true, false]) {
        const timeUs = MORNING_US + second * 1e6 + (isUp ? 0 : 40_000);
        frames.push(
          frameOf(timeUs, datagram(machine, port, payload(random, 2 * second + (isUp ? 0 : 1)), isUp)),
        );
      }
    }
    const policy: PolicyTruth = {
      text: policyOf('tools: [claude-code]'),
      verdicts: { [RULE]: 'cannotSay' },
      violations: [],
    };
    const machines = [{ addresses: [machine.text, machine.text6], uses: [] }];
    return { about, captures: [frames], machines, policy };
  };

const noise = (random: Random, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  random.fillFresh(bytes, 0, length);
  return bytes;
};

/** WireGuard whitepaper, section 5.4: handshakes at the first two places where there are any, then data. */
const wireguard =
  (hasHandshake: boolean) =>
  (random: Random, index: number): Buffer => {
    const isHandshake = hasHandshake && index < 2;
    const bytes = noise(random, isHandshake ? ([148, 92][index] ?? 148) : 32 + 16 * random.below(70));
    bytes.writeUInt32LE(isHandshake ? index + 1 : 4, 0);
    if (!isHandshake) bytes.writeBigUInt64LE(BigInt(5000 + index), 8);
    return bytes;
  };

const SERVER = [203, 0, 113, 77];

/** Ethernet, IPv4 (RFC 791) and UDP (RFC 768) without a checksum. */
function datagram(machine: Machine, port: number, payload: Buffer, isUp: boolean): Buffer {
  const head = Buffer.alloc(14 + 20 + 8);
  const [from, to] = isUp ? [machine.mac, machine.gatewayMac] : [machine.gatewayMac, machine.mac];
  to.copy(head, 0);
  from.copy(head, 6);
  head.writeUInt16BE(0x0800, 12);
  head.writeUInt8(0x45, 14);
  head.writeUInt16BE(28 + payload.length, 16);
  head.writeUInt8(64, 22);
  head.writeUInt8(17, 23);
  const ends = [machine.address, Buffer.from(SERVER)];
  Buffer.concat(isUp ? ends : ends.reverse()).copy(head, 26);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += head.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  head.writeUInt16BE(~sum & 0xffff, 24);
  head.writeUInt16BE(isUp ? 50_123 : port, 34);
  head.writeUInt16BE(isUp ? port : 50_123, 36);
  head.writeUInt16BE(8 + payload.length, 38);
  return Buffer.concat([head, payload]);
}

const frameOf = (timeUs: number, bytes: Buffer): Frame => ({ timeUs, bytes, wireLength: bytes.length });

const PLAYS: readonly Play[] = [
  onApi('tools: [anthropic-api]'),
  onApi('vendors: [Anthropic]'),
  night(9),
  night(15),
  tunnel('WireGuard on UDP 443', 443, wireguard(true)),
  tunnel('WireGuard joined midway', 4999, wireguard(false)),
  tunnel('unknown UDP', 4999, (random) => noise(random, 60 + random.below(1100))),
];

export const AUDITS: Family = {
  name: 'audits',
  kinds: PLAYS.length,
  make(workshop, index) {
    const play = PLAYS[index % PLAYS.length] ?? pick(workshop.random, PLAYS);
    return play(workshop);
  },
};
