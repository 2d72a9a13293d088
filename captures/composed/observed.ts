// Observed time: captures that are cut, merged, paused, or of several sensors. A verdict and a statement are possible only
// where a sensor that sees the scope was on, and then always.
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import type { CaseMaterial, Family, Workshop } from './case.ts';
import { byTime, type Machine, MORNING_US } from './scene.ts';

const HOURS = 3;
const UNTIL_US = MORNING_US + HOURS * 3600e6;
/** Seconds between two packets of a network by day, and by night. */
const STEPS = [2, 9, 31] as const;
const BUSY_STEP = 0.25;
/** RFC 5905, section 7.3: version 4, from a client and from a server. */
const NTP_CLIENT = 0x23;
const NTP_SERVER = 0x24;
const NTP_BYTES = 48;
const SERVER = Buffer.from([203, 0, 113, 123]);

const policyOf = (network: string): string => `version: 1
name: composed
timezone: UTC
groups:
  all: { cidr: [${network}] }
rules:
  - id: BAN
    title: banned
    match: { tools: [claude-code] }
    scope: { groups: [all] }
    action: deny
    effective: 2026-07-01
`;

const SITE_A = '10.20.0.0/16';
const SITE_B = '10.30.0.0/16';
const SITES = `sensors:
  - { name: a, networks: [${SITE_A}] }
  - { name: b, networks: [${SITE_B}] }
`;
const BOTH_OF_A = `sensors:
  - { name: a, networks: [${SITE_A}] }
  - { name: b, networks: [10.0.0.0/8] }
`;

interface Network {
  readonly random: Random;
  readonly step: number;
  readonly machines: readonly Machine[];
  readonly frames: readonly Frame[];
}

/** Machines that ask for the time, one after the other. */
function network(
  { random, scene }: Workshop,
  index: number,
  prefix = 20,
  step: number = STEPS[index % STEPS.length] ?? 2,
): Network {
  const machines = Array.from({ length: 2 + random.below(3) }, () => onNetwork(scene.machine(), prefix));
  const frames: Frame[] = [];
  for (let timeUs = MORNING_US; timeUs < UNTIL_US; timeUs += step * 1e6) {
    const machine = machines[Math.round((timeUs - MORNING_US) / (step * 1e6)) % machines.length];
    if (machine === undefined) break;
    const port = machine.nextPort();
    for (const isUp of [true, false]) {
      const bytes = askForTime(machine, port, isUp);
      frames.push({
        timeUs: timeUs + random.below(200_000) + (isUp ? 0 : 250_000),
        bytes,
        wireLength: bytes.length,
      });
    }
  }
  return { random, step, machines, frames: byTime(frames) };
}

function onNetwork(machine: Machine, prefix: number): Machine {
  const address = Buffer.from(machine.address);
  address.writeUInt8(prefix, 1);
  return { ...machine, address, text: [...address].join('.') };
}

/** Ethernet, IPv4 (RFC 791), UDP (RFC 768) without a checksum, NTP. */
export function askForTime(machine: Machine, port: number, isUp: boolean): Buffer {
  const bytes = Buffer.alloc(14 + 20 + 8 + NTP_BYTES);
  const [from, to] = isUp ? [machine.mac, machine.gatewayMac] : [machine.gatewayMac, machine.mac];
  to.copy(bytes, 0);
  from.copy(bytes, 6);
  bytes.writeUInt16BE(0x0800, 12);
  bytes.writeUInt8(0x45, 14);
  bytes.writeUInt16BE(28 + NTP_BYTES, 16);
  bytes.writeUInt8(64, 22);
  bytes.writeUInt8(17, 23);
  const ends = [machine.address, SERVER];
  Buffer.concat(isUp ? ends : ends.reverse()).copy(bytes, 26);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  bytes.writeUInt16BE(~sum & 0xffff, 24);
  bytes.writeUInt16BE(isUp ? port : 123, 34);
  bytes.writeUInt16BE(isUp ? 123 : port, 36);
  bytes.writeUInt16BE(8 + NTP_BYTES, 38);
  bytes.writeUInt8(isUp ? NTP_CLIENT : NTP_SERVER, 42);
  return bytes;
}

type Truth = Pick<CaseMaterial, 'machines' | 'policy' | 'ban' | 'statement'>;

/** What may be said of the three hours. */
function truthOf(machines: readonly Machine[], isObserved: boolean, network = SITE_A): Truth {
  const text = policyOf(network);
  return {
    machines: machines.map((machine) => ({ addresses: [machine.text, machine.text6], uses: [] })),
    ...(isObserved
      ? { policy: { text, verdicts: { BAN: 'compliant' }, violations: [] } }
      : { ban: { text, users: [], mayBeKept: false } }),
    statement: {
      tool: 'claude-code',
      scope: [network],
      since: new Date(MORNING_US / 1000 + 60_000).toISOString(),
      until: new Date(UNTIL_US / 1000 - 60_000).toISOString(),
      isPossible: isObserved,
    },
  };
}

/** Longer than what is usual in the network, and more than a twentieth of the time. */
function pause({ random, step }: Network): { readonly fromUs: number; readonly untilUs: number } {
  const seconds = Math.max(900, 22 * step) + random.below(3600);
  const fromUs = MORNING_US + (600 + random.below(HOURS * 3600 - seconds - 1200)) * 1e6;
  return { fromUs, untilUs: fromUs + seconds * 1e6 };
}

const without = (frames: readonly Frame[], { fromUs, untilUs }: ReturnType<typeof pause>): Frame[] =>
  frames.filter(({ timeUs }) => timeUs < fromUs || timeUs >= untilUs);

/** Parts that follow each other, in any order. */
function cut(frames: readonly Frame[], random: Random): Frame[][] {
  const cuts = Array.from(
    { length: 1 + random.below(3) },
    () => MORNING_US + random.below(HOURS * 3600) * 1e6,
  );
  const ends = [...cuts.sort((a, b) => a - b), Number.POSITIVE_INFINITY];
  const parts = ends.map((end, i) =>
    frames.filter(({ timeUs }) => timeUs < end && timeUs >= (ends[i - 1] ?? Number.NEGATIVE_INFINITY)),
  );
  const filled = parts.filter((part) => part.length > 0);
  return random.below(2) === 0 ? filled : filled.reverse();
}

/** Files on both sides of a pause, and parts of these. */
function split(frames: readonly Frame[], at: ReturnType<typeof pause>, random: Random): Frame[][] {
  const left = without(frames, at);
  const halves = [
    left.filter(({ timeUs }) => timeUs < at.fromUs),
    left.filter(({ timeUs }) => timeUs >= at.fromUs),
  ];
  return random.below(2) === 0 ? halves : halves.reverse();
}

type Play = (workshop: Workshop, index: number) => CaseMaterial;

const named = (captures: readonly (readonly Frame[])[], name: string | null, file?: string) => ({
  captures,
  sensors: { names: captures.map(() => name), ...(file === undefined ? {} : { file }) },
});

const PLAYS: readonly Play[] = [
  (workshop, index) => {
    const one = network(workshop, index);
    return { about: 'one capture', captures: [one.frames], ...truthOf(one.machines, true) };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    return {
      about: 'cut, read together',
      captures: cut(one.frames, one.random),
      ...truthOf(one.machines, true),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const parts = named(cut(one.frames, one.random), null);
    return { about: 'cut, each part read alone', ...parts, ...truthOf(one.machines, true) };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const parts = [0, 1, 2].map((hour) => {
      const fromUs = MORNING_US + hour * 3600e6;
      return one.frames.filter(({ timeUs }) => timeUs >= fromUs && timeUs < fromUs + 3600e6);
    });
    return { about: 'hours of one sensor', ...named(parts, 'a'), ...truthOf(one.machines, true) };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const seconds = Math.min(58, 18 * one.step);
    const fromUs = MORNING_US + (600 + one.random.below(9000)) * 1e6;
    const captures = split(one.frames, { fromUs, untilUs: fromUs + seconds * 1e6 }, one.random);
    return { about: 'a rotation', captures, ...truthOf(one.machines, true) };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const at = pause(one);
    const captures = split(one.frames, at, one.random);
    const isNear = ({ timeUs }: Frame): boolean => timeUs >= at.fromUs - 60e6 && timeUs < at.untilUs + 60e6;
    return {
      about: 'two sensors of one network, one of which paused',
      captures: [...captures, one.frames.filter(isNear)],
      sensors: { names: ['a', 'a', 'b'], ...(index % 2 === 0 ? { file: BOTH_OF_A } : {}) },
      ...truthOf(one.machines, true),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const [laptop] = one.machines;
    const at = pause(one);
    const address = laptop?.address ?? Buffer.alloc(4);
    const isOfLaptop = ({ bytes, timeUs }: Frame): boolean =>
      timeUs >= at.fromUs &&
      timeUs < at.untilUs &&
      (bytes.includes(address, 26) || bytes.includes(address, 30));
    const others = network({ ...workshop }, index);
    return {
      about: 'a laptop that sleeps',
      captures: [
        byTime(
          one.frames.filter((frame) => !isOfLaptop(frame)),
          others.frames,
        ),
      ],
      ...truthOf([...one.machines, ...others.machines], true),
      ...withScope(truthOf(one.machines, true), `${laptop?.text}/32`),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const parts = named(cut(one.frames, one.random), 'a');
    return { about: 'captures of one sensor that share windows', ...parts, ...truthOf(one.machines, true) };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const atUs = MORNING_US + (1800 + one.random.below(7200)) * 1e6;
    const parts = [
      one.frames.filter(({ timeUs }) => timeUs < atUs + 600e6),
      one.frames.filter(({ timeUs }) => timeUs >= atUs),
    ];
    return {
      about: 'captures that overlap',
      ...named(index % 2 === 0 ? parts : parts.reverse(), index % 3 === 0 ? 'a' : null),
      ...truthOf(one.machines, true),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    return {
      about: 'one capture twice',
      ...named([one.frames, one.frames], index % 2 === 0 ? 'a' : null),
      ...truthOf(one.machines, true),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const late = one.frames.filter(({ timeUs }) => timeUs >= MORNING_US + 1800e6);
    const { statement, ...truth } = truthOf(one.machines, true);
    return {
      about: 'a sensor that starts after the period begins',
      captures: [late],
      ...truth,
      ...(statement === undefined ? {} : { statement: { ...statement, isPossible: false } }),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const captures = [without(one.frames, pause(one))];
    return { about: 'a pause in one capture', captures, ...truthOf(one.machines, false) };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const captures = split(one.frames, pause(one), one.random);
    return { about: 'a pause between two captures', captures, ...truthOf(one.machines, false) };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    const parts = named(split(one.frames, pause(one), one.random), index % 2 === 0 ? 'a' : null);
    return {
      about: 'a pause between two captures that are read alone',
      ...parts,
      ...truthOf(one.machines, false),
    };
  },
  (workshop, index) => {
    const [a, b] = [network(workshop, index), network(workshop, index + 1, 30)];
    const halves = split(a.frames, pause(a), a.random);
    const file = index % 2 === 0 ? { file: SITES } : {};
    return {
      about: 'a site that paused while another one ran',
      captures: [...halves, b.frames],
      sensors: { names: ['a', 'a', 'b'], ...file },
      ...truthOf([...a.machines, ...b.machines], false),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index, 20, BUSY_STEP);
    const period = 600 + 60 * (index % 5);
    const isIn = ({ timeUs }: Frame): boolean => ((timeUs - MORNING_US) / 1e6) % period < 60;
    return {
      about: 'one minute in ten',
      captures: [one.frames.filter(isIn)],
      ...truthOf(one.machines, false),
    };
  },
  (workshop, index) => {
    const one = network(workshop, index);
    return {
      about: 'an address that is not there',
      captures: [one.frames],
      ...truthOf(one.machines, true),
      ...withScope(truthOf(one.machines, false), '10.20.250.9/32', SITE_A),
    };
  },
];

/** The statement alone is about another scope. */
const withScope = ({ statement }: Truth, ...scope: string[]): Pick<Truth, 'statement'> =>
  statement === undefined ? {} : { statement: { ...statement, scope } };

export const OBSERVED: Family = {
  name: 'observed',
  kinds: PLAYS.length,
  make(workshop, index) {
    const play = PLAYS[index % PLAYS.length];
    if (play === undefined) throw new Error('there are plays');
    return play(workshop, Math.floor(index / PLAYS.length));
  },
};
