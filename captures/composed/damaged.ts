// One tool whose packets reached the file damaged: lost, cut, doubled, out of step.

import type { Frame } from '../pcap.ts';
import { type CaseMaterial, type Family, pick, type Workshop } from './case.ts';
import {
  behindNat,
  between,
  clockStep,
  comesFrom,
  cutSnaplen,
  doubled,
  lateSynAcks,
  lose,
  loseBursts,
  sentAgain,
  skewed,
} from './damage.ts';
import type { Recording } from './library.ts';
import { type Machine, MORNING_US, truthOf } from './scene.ts';

type Damage = (frames: readonly Frame[], machine: Machine, workshop: Workshop) => Frame[];

type Kind = readonly [string, Damage];

const kind = (about: string, damage: Damage): Kind => [about, damage];

/** The range must hold whatever happened; and the tool be named, unless its hellos may be cut. */
function damaged(name: string, kinds: readonly Kind[], mustName = true): Family {
  return {
    name,
    make(workshop, index) {
      const recording = pick(workshop.random, workshop.library.working());
      const [about, damage] = kinds[index % kinds.length] ?? pick(workshop.random, kinds);
      const machine = workshop.scene.machine();
      const frames = damage(workshop.scene.play(recording, machine, 0), machine, workshop);
      const truth = truthOf(machine, [recording]);
      const uses = truth.uses.map((use) => ({ ...use, mustName }));
      return { about: `${recording.name}, ${about}`, captures: [frames], machines: [{ ...truth, uses }] };
    },
  };
}

const LOSSES = [0.0005, 0.002, 0.005, 0.01, 0.02, 0.05];
const BURSTS = [5, 20, 60];
const SKEWS_MS = [0.5, 1, 2, 5, 10, 20, -0.5, -2, -5, -20];

function percent(share: number): string {
  return `${100 * share} %`;
}

/** Seen up to some second only; requests begun then may or may not show. */
function partOf(
  recording: Recording,
  machine: Machine,
  from: number,
  until: number,
): CaseMaterial['machines'] {
  const truth = truthOf(machine, [recording]);
  const times = recording.modelTimes;
  const surely = times?.filter((at) => at > from + 1 && at < until - LONGEST_ANSWER_SECONDS).length ?? 0;
  const atMost = times?.filter((at) => at > from - LONGEST_ANSWER_SECONDS && at < until + 1).length;
  const requests = { min: surely, max: atMost ?? recording.requests };
  // The evidence that names a tool may be in the part that was not captured.
  return [{ ...truth, uses: truth.uses.map((use) => ({ ...use, mustName: false, requests })) }];
}

const LONGEST_ANSWER_SECONDS = 20;

function lengthOf(frames: readonly Frame[]): number {
  return ((frames.at(-1)?.timeUs ?? 0) - (frames[0]?.timeUs ?? 0)) / 1e6;
}

const skew =
  (ms: number): Damage =>
  (frames, machine) =>
    skewed(frames, comesFrom(machine.address, machine.address6), ms * 1000);

export const DAMAGED: readonly Family[] = [
  damaged('loss', [
    ...LOSSES.map((share) =>
      kind(`${percent(share)} lost`, (frames, _, { random }) => lose(frames, share, random)),
    ),
    ...BURSTS.map((length) =>
      kind(`1 % lost in runs of ${length}`, (frames, _, { random }) =>
        loseBursts(frames, 0.01, length, random),
      ),
    ),
  ]),
  damaged(
    'sent-again',
    [0.01, 0.05, 0.1].map((share) =>
      kind(`${percent(share)} lost on the way and sent again`, (frames, machine, { random }) =>
        sentAgain(frames, comesFrom(machine.address, machine.address6), share, random),
      ),
    ),
  ),
  damaged(
    'two-taps-skew',
    SKEWS_MS.map((ms) => kind(`directions ${ms} ms apart`, skew(ms))),
  ),
  damaged('two-taps-copies', [
    ['every packet twice, same time', (frames) => doubled(frames, 0)],
    ['every packet twice, 40 µs later', (frames) => doubled(frames, 40)],
    ['every packet twice, 3 ms later', (frames) => doubled(frames, 3000)],
    ['SYN-ACKs again after 30 ms', (frames) => lateSynAcks(frames, 30_000)],
    ['SYN-ACKs again after 1.2 s', (frames) => lateSynAcks(frames, 1_200_000)],
  ]),
  damaged(
    'snaplen',
    [1500, 600, 256].map((bytes) => kind(`cut at ${bytes} B`, (frames) => cutSnaplen(frames, bytes))),
    false,
  ),
  {
    name: 'clock-step',
    make({ library, random, scene }, index) {
      const recording = pick(random, library.working());
      const machine = scene.machine();
      const frames = scene.play(recording, machine, 0);
      const atUs = MORNING_US + (0.2 + random.below(60) / 100) * lengthOf(frames) * 1e6;
      const step = [-3600, 3600, -60, 60, -2, 2][index % 6] ?? 0;
      return {
        about: `${recording.name}, clock set by ${step} s`,
        captures: [clockStep(frames, atUs, step * 1e6)],
        machines: [truthOf(machine, [recording])],
      };
    },
  },
  {
    name: 'nat-both-sides',
    make({ library, random, scene }, index) {
      const parts = Array.from({ length: 1 + (index % 3) }, () => pick(random, library.working()));
      const machine = scene.machine();
      const router = scene.machine();
      const inside = parts
        .flatMap((part, i) => scene.play(part, machine, i * 100))
        .sort((a, b) => a.timeUs - b.timeUs);
      const outside = behindNat(inside, machine.address, router.address, 60);
      const truth = truthOf(machine, parts);
      return {
        about: `${parts.map(({ name }) => name).join(' + ')}, before and behind a NAT`,
        captures: [[...inside, ...outside].sort((a, b) => a.timeUs - b.timeUs)],
        machines: [{ ...truth, addresses: [...truth.addresses, router.text] }],
      };
    },
  },
  {
    name: 'cut-short',
    make({ library, random, scene }, index) {
      const recording = pick(random, index % 2 === 0 ? library.timed() : library.working());
      const machine = scene.machine();
      const whole = scene.play(recording, machine, 0);
      const kind = index % 3;
      const length = lengthOf(whole);
      const cut = (0.3 + random.below(60) / 100) * length;
      const at = MORNING_US + cut * 1e6;
      if (kind === 0) {
        return {
          about: `${recording.name}, file ends after ${cut.toFixed(1)} s, last record cut`,
          captures: [between(whole, 0, at)],
          cutBytes: 1 + random.below(60),
          machines: partOf(recording, machine, -60, cut),
        };
      }
      if (kind === 1) {
        return {
          about: `${recording.name}, seen after ${cut.toFixed(1)} s only`,
          captures: [between(whole, at, Number.POSITIVE_INFINITY)],
          machines: partOf(recording, machine, cut, length + 60),
        };
      }
      const gapSeconds = Math.min(length / 4, 10);
      const truth = truthOf(machine, [recording]);
      const lostAtMost = recording.modelTimes?.filter(
        (t) => t > cut - LONGEST_ANSWER_SECONDS && t < cut + gapSeconds,
      );
      return {
        about: `${recording.name}, nothing from ${cut.toFixed(1)} s for ${gapSeconds.toFixed(1)} s`,
        captures: [
          [...between(whole, 0, at), ...between(whole, at + gapSeconds * 1e6, Number.POSITIVE_INFINITY)],
        ],
        machines: [
          {
            ...truth,
            uses: truth.uses.map((use) => ({
              ...use,
              mustName: false,
              requests: {
                min: recording.requests - (lostAtMost?.length ?? recording.requests),
                max: recording.requests,
              },
            })),
          },
        ],
      };
    },
  },
  {
    name: 'splits',
    make({ library, random, scene }, index) {
      const recording = pick(random, library.timed());
      const machine = scene.machine();
      const whole = scene.play(recording, machine, 0);
      const kind = index % 4;
      const parts = 2 + random.below(3);
      const length = (lengthOf(whole) + 1) * 1e6;
      const overlapUs = kind === 2 ? 2e6 : 0;
      const captures = Array.from({ length: parts }, (_, i) =>
        between(
          whole,
          MORNING_US + (i * length) / parts - overlapUs,
          i === parts - 1 ? Number.POSITIVE_INFINITY : MORNING_US + ((i + 1) * length) / parts,
        ),
      );
      const reading = kind === 1 || kind === 3 ? 'apart' : 'together';
      if (kind === 3) captures.reverse();
      const truth = truthOf(machine, [recording]);
      return {
        about: `${recording.name} in ${parts} parts, ${['read together', 'read apart', 'overlapping, read together', 'read apart, last first'][kind]}`,
        captures,
        reading,
        machines: [truth],
      };
    },
  },
];
