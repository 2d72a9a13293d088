// Attempts that the network stops, together with real use: an attempt is no use, and use is no attempt.
import type { Frame } from '../pcap.ts';
import {
  ATTEMPTS_FAMILY,
  type CaseMaterial,
  exactly,
  type Family,
  type MachineTruth,
  pick,
  type Workshop,
} from './case.ts';
import { between, comesFrom, doubled, lose, loseBursts, sentAgain } from './damage.ts';
import { type FaultRecording, type Recording, usesProxy } from './library.ts';
import { byTime, type Machine, truthOf } from './scene.ts';

/** Longer than any recording. */
const APART_SECONDS = 1200;
const HOUR_SECONDS = 3600;

/** What is done to the packets of a whole case, as files that are read together. */
type Transform = (
  frames: readonly Frame[],
  isUp: (frame: Frame) => boolean,
  workshop: Workshop,
) => (readonly Frame[])[];

export const TRANSFORMS: readonly (readonly [string, Transform])[] = [
  ['whole', (frames) => [frames]],
  ['0.2 % lost', (frames, _, { random }) => [lose(frames, 0.002, random)]],
  ['1 % lost in runs of 5', (frames, _, { random }) => [loseBursts(frames, 0.01, 5, random)]],
  [
    '1 % lost on the way and sent again',
    (frames, isUp, { random }) => [sentAgain(frames, isUp, 0.01, random)],
  ],
  ['every packet twice', (frames) => [doubled(frames, 40)]],
  ['in two files', (frames) => inTwo(frames)],
];

function inTwo(frames: readonly Frame[]): (readonly Frame[])[] {
  const middle = frames[Math.floor(frames.length / 2)]?.timeUs ?? 0;
  return [between(frames, 0, middle), between(frames, middle, Number.POSITIVE_INFINITY)];
}

/** Tools whose names differ from those that are stopped. */
function others({ library }: Workshop, fault: FaultRecording): Recording[] {
  const stopped = new Set([...fault.affected, ...fault.tried]);
  return direct(library.working()).filter(
    ({ tools, serverNames }) => !tools.includes(fault.tool) && !serverNames.some((name) => stopped.has(name)),
  );
}

const direct = (list: readonly Recording[]): Recording[] =>
  list.filter((one) => !usesProxy(one) && !/ipv6|relay|lossy/.test(one.name));

function sameTool({ library }: Workshop, { tool, affected }: FaultRecording): Recording[] {
  return direct(library.working()).filter(
    ({ tools, serverNames }) => tools[0] === tool && serverNames.some((name) => affected.includes(name)),
  );
}

/** What is known of a machine with the fault and these recordings. */
function truthWith(machine: Machine, fault: FaultRecording, used: readonly Recording[]): MachineTruth {
  const truth = truthOf(machine, used);
  const isUsed = truth.uses.some(({ tool }) => tool === fault.tool);
  const { results, legs, affected, tried, passed } = fault;
  return {
    ...truth,
    // Its other names passed: the program ran, and made no request to a model.
    uses:
      passed && !isUsed
        ? [...truth.uses, { tool: fault.tool, mustName: false, requests: exactly(0) }]
        : truth.uses,
    ...(passed || isUsed ? {} : { onlyTried: [fault.tool], isOnlyTried: used.length === 0 }),
    attempts: { must: affected.map((name) => ({ name, results, legs })), may: tried },
  };
}

const banOf = (tool: string): string => `version: 1
name: attempts
timezone: UTC
rules:
  - { id: BAN, title: stopped by the network, match: { tools: [${tool}] }, action: deny }
`;

/** One machine with the fault; `used`: what it really uses, and from which second on. */
function withUse(
  workshop: Workshop,
  fault: FaultRecording,
  about: string,
  used: readonly (readonly [Recording, number])[],
  faultAt: number,
): {
  readonly about: string;
  readonly frames: Frame[];
  readonly truth: MachineTruth;
  readonly machine: Machine;
} {
  const { scene } = workshop;
  const machine = scene.machine();
  const frames = byTime(
    scene.playFrames(fault.frames(), machine, faultAt),
    ...used.map(([recording, at]) => scene.play(recording, machine, at)),
  );
  const names = used.map(([{ name }]) => name);
  return {
    about: [fault.name, about, ...names].join(' '),
    frames,
    machine,
    truth: truthWith(
      machine,
      fault,
      used.map(([recording]) => recording),
    ),
  };
}

const KINDS = [
  (workshop: Workshop, fault: FaultRecording) => withUse(workshop, fault, 'alone', [], 5),
  (workshop: Workshop, fault: FaultRecording) =>
    withUse(workshop, fault, 'next to', [[pick(workshop.random, others(workshop, fault)), 20]], 5),
  (workshop: Workshop, fault: FaultRecording) =>
    withUse(
      workshop,
      fault,
      'after',
      [[pick(workshop.random, sameTool(workshop, fault)), 0]],
      pick(workshop.random, [APART_SECONDS, HOUR_SECONDS, 6 * HOUR_SECONDS]),
    ),
  (workshop: Workshop, fault: FaultRecording) =>
    withUse(
      workshop,
      fault,
      'before',
      [
        [
          pick(workshop.random, sameTool(workshop, fault)),
          pick(workshop.random, [APART_SECONDS, HOUR_SECONDS, 6 * HOUR_SECONDS]),
        ],
      ],
      0,
    ),
];

function attemptsCase(workshop: Workshop, index: number): CaseMaterial {
  const { library, random, scene } = workshop;
  const fault = pick(random, library.faults);
  const make = KINDS[index % KINDS.length] ?? pick(random, KINDS);
  const [change, transform] =
    TRANSFORMS[Math.floor(index / KINDS.length) % TRANSFORMS.length] ?? pick(random, TRANSFORMS);
  const { about, frames, truth, machine } = make(workshop, fault);
  const neighbour = scene.machine();
  const other = pick(random, others(workshop, fault));
  const everything = byTime(frames, scene.play(other, neighbour, random.below(60)));
  const clients = [machine, neighbour].map(({ address, address6 }) => comesFrom(address, address6));
  const isUp = (frame: Frame): boolean => clients.some((isFrom) => isFrom(frame));
  const used = truth.uses.find(({ tool, mustName }) => tool === fault.tool && mustName);
  return {
    about: `${about}; ${other.name} on another host; ${change}`,
    captures: transform(everything, isUp, workshop),
    machines: [truth, truthOf(neighbour, [other])],
    policy: {
      text: banOf(fault.tool),
      verdicts: {},
      violations:
        used === undefined
          ? []
          : [{ host: machine.text, tool: used.tool, requests: used.requests ?? { min: 0, max: 1e6 } }],
    },
  };
}

export const ATTEMPTS: Family = {
  name: ATTEMPTS_FAMILY,
  kinds: KINDS.length * TRANSFORMS.length,
  make: attemptsCase,
};
