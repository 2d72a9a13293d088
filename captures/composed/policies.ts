// Bans and what they meet: midnight in the middle of a session, grace, exceptions, captures that say too little.
import type { Frame } from '../pcap.ts';
import {
  type Bounds,
  type CaseMaterial,
  type Family,
  type MachineTruth,
  type PolicyTruth,
  pick,
  type Workshop,
} from './case.ts';
import { between } from './damage.ts';
import type { Recording } from './library.ts';
import { byTime, type Machine, MORNING_US, truthOf } from './scene.ts';

const RULE = 'BAN';
const QUARTER_SECONDS = 900;
/** An answer that is still under way when the rule begins may count on either side. */
const LONGEST_ANSWER_SECONDS = 20;

type Verdict = 'compliant' | 'violated' | 'inconclusive';

interface Ban {
  readonly tool: string;
  /** Seconds after the morning. */
  readonly effective: number;
  readonly graceUntil?: number;
  readonly network?: string;
  readonly exceptFor?: string;
}

function instant(seconds: number): string {
  return new Date(MORNING_US / 1000 + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function policyText({ tool, effective, graceUntil, network, exceptFor }: Ban): string {
  const grace =
    graceUntil === undefined ? '' : `\n    grace: { until: ${instant(graceUntil)}, severity: info }`;
  const exception =
    exceptFor === undefined
      ? ''
      : `exceptions:\n  - { id: EX, rule: ${RULE}, scope: { cidr: [${exceptFor}/32] }, until: ${instant(QUARTER_SECONDS * 96)}, reason: research }\n`;
  return `version: 1
name: composed
timezone: UTC
evidence:
  use: { confidence: likely, roles: [inference, mcp], minRequests: 1 }
rules:
  - id: ${RULE}
    title: ${tool} is banned
    match: { tools: [${tool}] }
    scope: { cidr: [${network ?? '10.20.0.0/16, "fd00:20::/32"'}] }
    action: deny
    effective: ${instant(effective)}${grace}
    severity: high
    evidence: use
${exception}`;
}

function expected(ban: Ban, verdict: Verdict, violations: PolicyTruth['violations'] = []): PolicyTruth {
  return { text: policyText(ban), verdicts: { [RULE]: verdict }, violations };
}

function requestsAfter(recording: Recording, seconds: number): Bounds {
  const times = recording.modelTimes ?? [];
  return {
    min: times.filter((at) => at > seconds + 1).length,
    max: times.filter((at) => at > seconds - LONGEST_ANSWER_SECONDS).length,
  };
}

/** Seconds from the start, between the first and the last request. */
function halfTime({ modelTimes }: Recording): number {
  return ((modelTimes?.[0] ?? 0) + (modelTimes?.at(-1) ?? 0)) / 2;
}

/** The recording with its times drawn apart: connections live as long as the longest day at work. */
function stretched(recording: Recording, factor: number): Recording {
  const first = recording.frames()[0]?.timeUs ?? 0;
  const frames = recording
    .frames()
    .map((frame) => ({ ...frame, timeUs: Math.round(first + (frame.timeUs - first) * factor) }));
  return {
    ...recording,
    modelTimes: recording.modelTimes?.map((at) => at * factor) ?? null,
    frames: () => frames,
  };
}

interface Stage {
  readonly workshop: Workshop;
  readonly user: Machine;
  readonly other: Machine;
  readonly recording: Recording;
  readonly tool: string;
  /** What the other machine does all the while, none of it about AI. */
  readonly ordinary: readonly Frame[];
}

type Play = (stage: Stage) => CaseMaterial;

function shown(stage: Stage, about: string, frames: readonly Frame[], policy: PolicyTruth): CaseMaterial {
  const others: MachineTruth = { addresses: [stage.other.text, stage.other.text6], uses: [] };
  return {
    about: `${stage.recording.name}, ${about}`,
    captures: [byTime(frames, stage.ordinary)],
    machines: [truthOf(stage.user, [stage.recording]), others],
    policy,
  };
}

function used(stage: Stage, requests: Bounds): PolicyTruth['violations'] {
  return [{ host: stage.user.text, tool: stage.tool, requests }];
}

const untilEnd = { min: 1, max: Number.POSITIVE_INFINITY };

const PLAYS: readonly Play[] = [
  (stage) => {
    const frames = stage.workshop.scene.play(stage.recording, stage.user, 60);
    const ban = { tool: stage.tool, effective: -QUARTER_SECONDS * 40 };
    const { requests } = stage.recording;
    return shown(
      stage,
      'used after the ban',
      frames,
      expected(ban, 'violated', used(stage, { min: requests, max: requests })),
    );
  },
  (stage) => {
    const half = halfTime(stage.recording);
    const frames = stage.workshop.scene.play(stage.recording, stage.user, QUARTER_SECONDS - half);
    const ban = { tool: stage.tool, effective: QUARTER_SECONDS };
    const policy = expected(ban, 'violated', used(stage, requestsAfter(stage.recording, half)));
    return shown(stage, `the ban begins after ${half.toFixed(0)} s`, frames, policy);
  },
  (stage) => {
    // Half of the requests are made when the ban begins.
    const long = stretched(stage.recording, (QUARTER_SECONDS - 10) / halfTime(stage.recording));
    const frames = stage.workshop.scene.play(long, stage.user, 10);
    const ban = { tool: stage.tool, effective: QUARTER_SECONDS };
    const policy = expected(ban, 'violated', used(stage, requestsAfter(long, QUARTER_SECONDS - 10)));
    return shown(stage, 'drawn apart, the ban begins in its midst', frames, policy);
  },
  (stage) => {
    const frames = stage.workshop.scene.play(stage.recording, stage.user, 10);
    const policy = expected({ tool: stage.tool, effective: QUARTER_SECONDS * 2 }, 'compliant');
    return shown(stage, 'used before the ban, ordinary work after it', frames, policy);
  },
  (stage) => {
    const frames = stage.workshop.scene.play(stage.recording, stage.user, QUARTER_SECONDS * 2 + 60);
    const ban = { tool: stage.tool, effective: QUARTER_SECONDS, graceUntil: QUARTER_SECONDS * 96 };
    return shown(stage, 'the capture ends in the grace period', frames, expected(ban, 'inconclusive'));
  },
  (stage) => {
    const frames = stage.workshop.scene.play(stage.recording, stage.user, 60);
    const policy = expected({ tool: stage.tool, effective: QUARTER_SECONDS * 96 }, 'inconclusive');
    return shown(stage, 'the ban begins tomorrow', frames, policy);
  },
  (stage) => {
    const frames = stage.workshop.scene.play(stage.recording, stage.user, 60);
    const ban = { tool: stage.tool, effective: -QUARTER_SECONDS, exceptFor: stage.user.text };
    return shown(stage, 'an exception covers it', frames, expected(ban, 'compliant'));
  },
  (stage) => {
    const frames = stage.workshop.scene.play(stage.recording, stage.user, 60);
    const ban = { tool: stage.tool, effective: -QUARTER_SECONDS, network: `${stage.other.text}/32` };
    return shown(stage, 'used outside the scope', frames, expected(ban, 'compliant'));
  },
  (stage) => {
    const frames = stage.workshop.scene.play(stage.recording, stage.user, 60);
    const ban = { tool: stage.tool, effective: -QUARTER_SECONDS };
    const policy = expected(ban, 'violated', used(stage, untilEnd));
    const whole = shown(stage, 'used after the ban, file cut', frames, policy);
    return { ...whole, cutBytes: 7 };
  },
  (stage) => {
    const policy = expected({ tool: stage.tool, effective: -QUARTER_SECONDS }, 'inconclusive');
    const whole = shown(stage, 'not used, file cut', [], policy);
    return { ...whole, machines: whole.machines.slice(1), cutBytes: 7 };
  },
  (stage) => {
    const policy = expected({ tool: stage.tool, effective: -QUARTER_SECONDS }, 'inconclusive');
    const whole = shown(stage, 'not used, an hour missing between two files', [], policy);
    const [frames = []] = whole.captures;
    const middle = MORNING_US + QUARTER_SECONDS * 1e6;
    const later = between(frames, middle, Number.POSITIVE_INFINITY).map((frame) => ({
      ...frame,
      timeUs: frame.timeUs + 3600e6,
    }));
    return { ...whole, machines: whole.machines.slice(1), captures: [between(frames, 0, middle), later] };
  },
];

export const POLICIES: Family = {
  name: 'policies',
  make(workshop, index) {
    const { library, random, scene } = workshop;
    const recording = pick(
      random,
      library.timed().filter(({ name }) => !/relay/.test(name)),
    );
    const [user, other] = [scene.machine(), scene.machine()];
    const ordinary = Array.from({ length: 12 }, (_, i) =>
      scene.play(pick(random, library.ordinary()), other, 5 + i * 200),
    );
    const stage = {
      workshop,
      user,
      other,
      recording,
      tool: recording.tools[0] ?? '',
      ordinary: byTime(...ordinary),
    };
    const play = PLAYS[index % PLAYS.length] ?? pick(random, PLAYS);
    return play(stage);
  },
};
