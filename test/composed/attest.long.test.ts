// Statements of non-use on 500 composed cases: none where the tool ran or could not have been seen, and nine of ten otherwise.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../bench/random.ts';
import { type CaseMaterial, pick, type Workshop } from '../../captures/composed/case.ts';
import { clock } from '../../captures/composed/clock.ts';
import { greeting, playTalk, streamed } from '../../captures/composed/controls.ts';
import { UNFORGED } from '../../captures/composed/families.ts';
import { type Recording, RecordingLibrary, usesProxy } from '../../captures/composed/library.ts';
import type { MadeExchange } from '../../captures/composed/made-talk.ts';
import { PROVIDER_NAMES } from '../../captures/composed/names.ts';
import { byTime, type Machine, MORNING_US, Scene } from '../../captures/composed/scene.ts';
import { internetChecksum } from '../../captures/ip-frame.ts';
import { type Frame, writePcap } from '../../captures/pcap.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { Statement } from '../../src/model/statement.ts';
import type { HostAccount } from '../../src/model/usage.ts';
import { attest } from '../../src/query/attest.ts';
import { openSource, type SourceRead } from '../../src/query/source.ts';
import { temporaryFolder } from '../temporary.ts';

const library = new RecordingLibrary(['captures']);
const catalogue = await loadCatalogue([]);
const folder = temporaryFolder('attest');

const SINCE = MORNING_US / 1e6;
const PERIOD_SECONDS = 900;
const UNTIL = SINCE + PERIOD_SECONDS;

interface Case {
  readonly about: string;
  readonly tool: string;
  readonly captures: readonly (readonly Frame[])[];
  readonly cutBytes?: number;
  readonly change?: (read: SourceRead) => SourceRead;
}

const uses = (): Recording[] => library.working().filter((one) => one.requests > 0);

function ordinary(workshop: Workshop, count: number): Frame[][] {
  return Array.from({ length: count }, () =>
    workshop.scene.play(
      pick(workshop.random, library.ordinary()),
      workshop.scene.machine(),
      10 + workshop.random.below(200),
    ),
  );
}

/** The tool on a machine, ordinary programs on others. */
function used(
  workshop: Workshop,
  recording: Recording,
  change: (frames: Frame[]) => Frame[] = (all) => all,
): Case {
  const machine: Machine = workshop.scene.machine();
  const own = change(workshop.scene.play(recording, machine, 20 + workshop.random.below(300)));
  return {
    about: recording.name,
    tool: recording.tools[0] ?? '',
    captures: [byTime(own, clock(), ...ordinary(workshop, workshop.random.below(3)))],
  };
}

const HIDDEN_FAMILIES = [
  'gateway-bun',
  'gateway-node',
  'gateway-rustls',
  'gateway-native-tls',
  'dual-stack',
  'tool-and-script',
];

function ofFamily(workshop: Workshop, name: string, index: number): Case {
  const family = UNFORGED.find((one) => one.name === name);
  if (family === undefined) throw new Error(`no family ${name}`);
  const material: CaseMaterial = family.make(workshop, index);
  const tool = material.machines.flatMap((machine) => machine.uses)[0]?.tool ?? 'claude-code';
  const [first = [], ...others] = material.captures;
  return { about: `${name}: ${material.about}`, tool, captures: [byTime(first, clock()), ...others] };
}

const RELAYS = ['gateway-bun', 'gateway-node', 'gateway-rustls', 'gateway-native-tls'];

type Play = (workshop: Workshop, index: number) => Case;

/** In each the tool ran, or was hidden. */
const USED: Readonly<Record<string, Play>> = {
  plain: (workshop) => used(workshop, pick(workshop.random, uses())),
  proxied: (workshop) => used(workshop, pick(workshop.random, library.working().filter(usesProxy))),
  gap: (workshop) => {
    const one = used(workshop, pick(workshop.random, uses()));
    // The sensor did not run while the tool did.
    const inGap = ({ timeUs }: Frame): boolean =>
      timeUs > MORNING_US + 19e6 && timeUs < MORNING_US + (860 + workshop.random.below(20)) * 1e6;
    const [frames = []] = one.captures;
    const left = frames.filter((frame) => !inGap(frame));
    const isBefore = ({ timeUs }: Frame): boolean => timeUs <= MORNING_US + 19e6;
    return { ...one, captures: [left.filter(isBefore), left.filter((frame) => !isBefore(frame))] };
  },
  loss: (workshop) =>
    used(workshop, pick(workshop.random, uses()), (all) => all.filter(() => workshop.random.below(4) > 0)),
  joined: (workshop) =>
    used(workshop, pick(workshop.random, uses()), (all) => all.slice(Math.floor(all.length * 0.3))),
  cut: (workshop) => ({
    ...used(workshop, pick(workshop.random, uses())),
    cutBytes: 7 + workshop.random.below(40),
  }),
  interrupted: (workshop) => ({
    ...used(workshop, pick(workshop.random, uses())),
    change: (read) => ({ ...read, interrupted: true, windows: read.windows.slice(0, 1) }),
  }),
  ech: (workshop) => {
    const machine = { about: 'hidden name', tool: 'claude-code' };
    return {
      ...machine,
      captures: [byTime(clock(), ...ordinary(workshop, 1))],
      change: (read) => ({
        ...read,
        windows: read.windows.map((window, i) =>
          i > 0 ? window : { ...window, account: (window.account ?? []).map(withHiddenName) },
        ),
      }),
    };
  },
  // The sensor hears a mirror whose encapsulation it does not know.
  mirror: (workshop) => {
    const { captures, ...one } = used(workshop, pick(workshop.random, uses()));
    return { ...one, captures: captures.map((frames) => frames.map(mirrored)) };
  },
  family: (workshop, index) =>
    ofFamily(workshop, HIDDEN_FAMILIES[index % HIDDEN_FAMILIES.length] ?? 'gateway-bun', 2 * index),
  // All of its traffic goes to one unlisted name.
  relay: (workshop, index) =>
    ofFamily(workshop, RELAYS[index % RELAYS.length] ?? 'gateway-bun', 2 * index + 1),
  // The tool takes the address of any provider, and its runtime is all that shows.
  provider: (workshop, index) => {
    const name = PROVIDER_NAMES[index % PROVIDER_NAMES.length] ?? '';
    const machine = workshop.scene.machine();
    const own = playTalk(workshop, machine, name, (talk, address) =>
      talk.connect(greeting(workshop, 'base-bun1.4.4-https'), address, 5, loop(workshop)),
    );
    return {
      about: `a loop at ${name}`,
      tool: 'claude-code',
      captures: [byTime(own, clock(), ...ordinary(workshop, workshop.random.below(3)))],
    };
  },
};

/** In UDP between two local addresses. */
function mirrored({ bytes, wireLength, ...frame }: Frame): Frame {
  const outer = Buffer.from(`${'02'.repeat(12)}08004500${'0000'.repeat(3)}401100000a0000010a000002`, 'hex');
  const udp = Buffer.from('15b3270f00000000', 'hex');
  outer.writeUInt16BE(28 + bytes.length, 16);
  outer.writeUInt16BE(internetChecksum(outer.subarray(14)), 24);
  udp.writeUInt16BE(8 + bytes.length, 4);
  return { ...frame, wireLength: 42 + wireLength, bytes: Buffer.concat([outer, udp, bytes]) };
}

/** Requests that grow, each soon after a streamed answer. */
function loop({ random }: Workshop): MadeExchange[] {
  const first = 6000 + random.below(9000);
  return Array.from({ length: 4 }, (_, turn) =>
    streamed(random, 2000, first + turn * (800 + random.below(900))),
  );
}

const withHiddenName = (account: HostAccount): HostAccount => ({
  ...account,
  hidden: [{ kind: 'ech', hint: 'tls', flows: 3, bytes: 60_000, firstUs: 0, lastUs: 0 }],
});

/** The tool was not used, and nothing is hidden. */
const HONEST: Readonly<Record<string, Play>> = {
  ordinary: (workshop) => ({
    about: 'ordinary programs',
    tool: pick(workshop.random, uses()).tools[0] ?? '',
    captures: [byTime(clock(), ...ordinary(workshop, 1 + workshop.random.below(4)))],
  }),
  quiet: (workshop) => ({
    about: 'a quiet network',
    tool: pick(workshop.random, uses()).tools[0] ?? '',
    captures: [clock()],
  }),
};

async function stated(one: Case, name: string): Promise<Statement> {
  const files = one.captures.map((frames, part) => {
    const file = join(folder, `${name}-${part}.pcap`);
    const bytes = writePcap([...frames]);
    const isLast = part === one.captures.length - 1;
    writeFileSync(file, isLast ? bytes.subarray(0, bytes.length - (one.cutBytes ?? 0)) : bytes);
    return file;
  });
  const read = await (await openSource(files, { loadedCatalogue: catalogue, workers: 1 })).read();
  const tool = catalogue.tool(one.tool);
  if (tool === undefined) throw new Error(`no tool ${one.tool}`);
  return attest(one.change?.(read) ?? read, {
    ...{
      tool,
      scope: [],
      sinceSeconds: SINCE,
      untilSeconds: UNTIL,
      via: [],
      policy: null,
      command: 'attest',
      timezone: 'UTC',
    },
  }).statement;
}

const EACH = Number(process.env.EACH ?? 46);
const workshopOf = (seed: number): Workshop => {
  const random = new Random(seed);
  return { library, random, scene: new Scene(random) };
};

describe('no statement', () => {
  it.each(Object.entries(USED))(
    '%s: where the tool ran or was hidden',
    { timeout: 900_000 },
    async (name, play) => {
      const wrong: string[] = [];
      for (let index = 0; index < EACH; index++) {
        const one = play(workshopOf(1000 + index), index);
        const { result, sentence } = await stated(one, name);
        if (result !== 'noStatement') wrong.push(`${index}: ${one.about} (${one.tool}): ${sentence}`);
      }
      expect(wrong.length, wrong.join('\n')).toBe(0);
    },
  );
});

describe('a statement', () => {
  it.each(Object.entries(HONEST))(
    '%s: in nine of ten honest cases',
    { timeout: 900_000 },
    async (name, play) => {
      const refused: string[] = [];
      for (let index = 0; index < EACH; index++) {
        const one = play(workshopOf(5000 + index), index);
        const { result, sentence } = await stated(one, name);
        if (result !== 'notObserved') refused.push(`${index}: ${one.about} (${one.tool}): ${sentence}`);
      }
      expect(refused.length, refused.join('\n')).toBeLessThanOrEqual(Math.floor(EACH / 10));
    },
  );
});
