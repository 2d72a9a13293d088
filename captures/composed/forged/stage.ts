// Common parts of cases with forged packets: the banned tool, other machines, link types.
import type { Frame } from '../../pcap.ts';
import { toIpv6 } from '../../to-ipv6.ts';
import { type CaseMaterial, type Family, type MachineTruth, pick, type Workshop } from '../case.ts';
import { type Recording, usesProxy } from '../library.ts';
import { greetingOf, MadeTalk } from '../made-talk.ts';
import { byTime, type Machine, truthOf } from '../scene.ts';
import { banned } from './ban.ts';
import { tagged, withoutLink } from './packets.ts';

export type LinkKind = 'ethernet' | 'vlan' | 'raw';

export interface Stage extends Workshop {
  readonly recording: Recording;
  readonly tool: string;
  readonly isIp6: boolean;
}

export interface Variant {
  readonly about: string;
  /** Without `about` it does what the variant is about. */
  make(stage: Stage): Omit<CaseMaterial, 'about'> & Partial<Pick<CaseMaterial, 'about'>>;
  /** The case needs Ethernet headers. */
  readonly needsMacs?: true;
  /** The only version of IP that the variant supports. */
  readonly ip?: 4 | 6;
  /** Recordings to choose from; default: `tellable`. */
  readonly recordings?: (workshop: Workshop) => readonly Recording[];
  /** Condition on the recording. */
  readonly fits?: (recording: Recording) => boolean;
}

/** True if a complete TLS 1.3 handshake was recorded. */
export function hasGreeting(recording: Recording): boolean {
  return recording.serverNames.some((name) => greetingOf(recording, name) !== null);
}

/** Browsers on chat sites over QUIC. */
export function overQuic({ library }: Pick<Workshop, 'library'>): Recording[] {
  return library.all.filter(({ name }) => name.startsWith('base-chromium-quic-'));
}

/** Recordings of one tool with model requests, without proxy and relay. */
export function tellable({ library }: Pick<Workshop, 'library'>): Recording[] {
  return library.working().filter((one) => !usesProxy(one) && !/ipv6|relay/.test(one.name));
}

/** The index walks through the variants. Tool, link, IP version, addresses and times are random. */
export function familyOf(name: string, variants: readonly Variant[]): Family {
  return {
    name,
    kinds: variants.length,
    make(workshop, index) {
      const { random } = workshop;
      const variant = variants[index % variants.length] ?? pick(random, variants);
      const recording = fitting(workshop, variant);
      const isChanceIp6 = random.below(4) === 0;
      const isIp6 = variant.ip === undefined ? isChanceIp6 : variant.ip === 6;
      const link = pick<LinkKind>(
        random,
        variant.needsMacs === true ? ['ethernet', 'vlan'] : ['ethernet', 'ethernet', 'vlan', 'raw'],
      );
      const stage = { ...workshop, recording, tool: recording.tools[0] ?? '', isIp6 };
      const made = variant.make(stage);
      const about = `${recording.name}: ${made.about || variant.about} (IPv${isIp6 ? 6 : 4}, ${link})`;
      return onLink({ ...made, about }, link, 2 + random.below(4000));
    },
  };
}

function fitting(workshop: Workshop, { recordings = tellable, fits = () => true }: Variant): Recording {
  const list = [...recordings(workshop)];
  while (list.length > 0) {
    const [recording] = list.splice(workshop.random.below(list.length), 1);
    if (recording !== undefined && fits(recording)) return recording;
  }
  throw new Error('no recording fits');
}

function onLink(made: CaseMaterial, link: LinkKind, vlan: number): CaseMaterial {
  if (link === 'ethernet') return made;
  const change = (frames: readonly Frame[]): Frame[] =>
    link === 'vlan' ? tagged(frames, vlan) : withoutLink(frames);
  return {
    ...made,
    captures: made.captures.map(change),
    ...(made.honest === undefined ? {} : { honest: made.honest.map(change) }),
    link: link === 'raw' ? 'raw' : 'ethernet',
  };
}

/** Plays the recording on a machine, over the IP version of the case. */
export function played(
  { scene, isIp6 }: Stage,
  recording: Recording,
  machine: Machine,
  after: number,
): Frame[] {
  const frames = recording.frames();
  return scene.playFrames(isIp6 ? toIpv6(frames, () => true) : frames, machine, after);
}

/** The recording of the stage on a new machine. */
export function playedAnew(stage: Stage): { machine: Machine; real: Frame[] } {
  const { recording, random, scene } = stage;
  const machine = scene.machine();
  return { machine, real: played(stage, recording, machine, 10 + random.below(100)) };
}

/** The session of a variant: of its own recordings as they are, else of the stage. */
export function session(
  stage: Stage,
  { recordings }: Partial<Variant>,
  machine: Machine,
  after: number,
): Frame[] {
  const { recording, scene } = stage;
  return recordings === undefined
    ? played(stage, recording, machine, after)
    : scene.playFrames(recording.frames(), machine, after);
}

/** Real use of a banned tool that is made to look forged: without the forgery the case is honest. */
export function forgedUse(
  stage: Stage,
  user: Machine,
  real: readonly Frame[],
  forge: () => readonly Frame[],
): ReturnType<Variant['make']> {
  const others = crowd(stage, real);
  return {
    captures: [byTime(others.frames, forge())],
    honest: [byTime(others.frames, real)],
    machines: [keptUse(user, [stage.recording]), ...others.machines],
    ban: banned({ tool: stage.tool }, [user], false),
  };
}

/** Traffic of a machine that is not about AI, over both IP versions in an IPv6 case. */
export function ordinaryWork(stage: Stage, machine: Machine, count = 2): Frame[] {
  const { random, library } = stage;
  return byTime(
    ...Array.from({ length: count }, (_, i) => {
      const isIp6 = stage.isIp6 && i % 2 === 0;
      return played(
        { ...stage, isIp6 },
        pick(random, library.ordinary()),
        machine,
        1 + i * 70 + random.below(60),
      );
    }),
  );
}

const DOWNLOAD = {
  runtime: 'base-curl-http1.1',
  name: 'downloads.example.net',
  place: Buffer.from([198, 51, 100, 1]),
};

/**
 * Four machines without AI tools and with more traffic than `real`. Hidden bytes stay below the share above which a
 * verdict is `inconclusive` (`dark`).
 */
export function crowd(
  stage: Stage,
  real: readonly Frame[],
): {
  frames: Frame[];
  machines: MachineTruth[];
  hosts: Machine[];
} {
  const { scene, library } = stage;
  const machines = Array.from({ length: 4 }, () => scene.machine());
  const [loader] = machines;
  const greeting = greetingOf(library.get(DOWNLOAD.runtime));
  if (loader === undefined || greeting === null) throw new Error(`${DOWNLOAD.runtime} shows no handshake`);
  const bytes = real.reduce((sum, { wireLength }) => sum + wireLength, 0);
  const talk = new MadeTalk();
  talk.ask(DOWNLOAD.name, DOWNLOAD.place, 0);
  talk.connect(greeting, DOWNLOAD.place, 5, [
    { afterMs: 10, up: 200, down: [Math.round(1.2 * bytes)], everyMs: 0 },
  ]);
  const download = scene.playFrames(scene.named(talk.frames(), DOWNLOAD.name), loader, 3);
  const work = machines.map((machine) => ordinaryWork(stage, machine));
  return { frames: byTime(download, ...work), machines: machines.map(nothingOn), hosts: machines };
}

export const nothingOn = ({ text, text6 }: Machine): MachineTruth => ({ addresses: [text, text6], uses: [] });

/** Use that keeps its degree; its number of requests is not checked. */
export function keptUse(machine: Machine, recordings: readonly Recording[]): MachineTruth {
  const truth = truthOf(machine, recordings);
  const uses = truth.uses.map((use) => ({ ...use, mustName: false, requests: null, mustKeep: use.mustName }));
  return { ...truth, uses };
}

export const addressOf = ({ isIp6 }: Stage, { address, address6 }: Machine): Buffer =>
  isIp6 ? address6 : address;
