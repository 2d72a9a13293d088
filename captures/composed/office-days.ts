// What a day in an office does to one tool's packets: leases that move, laptops that sleep, runners that start it again and
// again, scripts on the same API, mirrors that copy, and captures that see one direction or rotate with losses.

import type { Frame } from '../pcap.ts';
import { type CaseMaterial, type Family, pick, type Workshop } from './case.ts';
import { between, comesFrom, lose } from './damage.ts';
import { type Recording, usesProxy } from './library.ts';
import { byTime, MORNING_US, truthOf } from './scene.ts';

const HOUR_SECONDS = 3600;
const MACS_BYTES = 12;
const VLAN_TAG = Buffer.from([0x81, 0x00, 0x00, 0x2a]);
const VENDOR_API = 'api.anthropic.com';

function tagged({ timeUs, wireLength, bytes }: Frame, laterUs: number): Frame {
  return {
    timeUs: timeUs + laterUs,
    wireLength: wireLength + VLAN_TAG.length,
    bytes: Buffer.concat([bytes.subarray(0, MACS_BYTES), VLAN_TAG, bytes.subarray(MACS_BYTES)]),
  };
}

const asksVendor = ({ serverNames }: Recording): boolean => serverNames.includes(VENDOR_API);

function ownKeyAgents({ library, random, scene }: Workshop, versions: number): CaseMaterial {
  const machine = scene.machine();
  const asking = library.working().filter(asksVendor);
  const vendors = asking.filter(({ tools }) => tools[0] === 'claude-code');
  const parts = Array.from({ length: versions }, () => pick(random, vendors));
  parts.push(
    pick(
      random,
      asking.filter(({ tools }) => tools[0] !== 'claude-code'),
    ),
  );
  return {
    about: parts.map(({ name }) => name).join(' + '),
    captures: [byTime(...parts.map((part) => scene.play(part, machine, random.below(240))))],
    machines: [truthOf(machine, parts)],
  };
}

export const OFFICE_DAYS: readonly Family[] = [
  { name: 'own-key-agents', make: (workshop, index) => ownKeyAgents(workshop, 1 + (index % 3)) },
  {
    name: 'leases-move',
    make({ library, random, scene }, index) {
      const [first, second] = [scene.machine(), scene.machine()];
      const parts = Array.from({ length: 3 }, () => pick(random, library.working()));
      const [before, after, taken] = parts as [Recording, Recording, Recording];
      // A lease ends at noon: the address goes to another machine, soon or hours later.
      const seconds = (1 + (index % 6)) * HOUR_SECONDS;
      const moved = { ...second, mac: first.mac };
      const heir = { ...first, mac: second.mac };
      return {
        about: `${before.name}, ${seconds / HOUR_SECONDS} h later ${taken.name} on its address and ${after.name} on another`,
        captures: [
          byTime(
            scene.play(before, first, 0),
            scene.play(taken, heir, seconds),
            scene.play(after, moved, seconds + 20),
          ),
        ],
        machines: [truthOf(first, [before, taken]), truthOf(second, [after])],
      };
    },
  },
  {
    name: 'sleeps',
    make({ library, random, scene }, index) {
      const machine = scene.machine();
      const before = pick(random, library.working());
      const after = pick(
        random,
        library.working().filter(({ tools }) => tools[0] === before.tools[0]),
      );
      const hours = [1, 5, 9, 16][index % 4] ?? 1;
      return {
        about: `${before.name}, ${hours} h of sleep, ${after.name}`,
        captures: [byTime(scene.play(before, machine, 0), scene.play(after, machine, hours * HOUR_SECONDS))],
        machines: [truthOf(machine, [before, after])],
      };
    },
  },
  {
    name: 'runners',
    make({ library, random, scene }, index) {
      const machine = scene.machine();
      const recording = pick(random, library.working());
      const runs = Array.from({ length: 2 + (index % 4) }, () => recording);
      const apart = pick(random, [5, 60, 600]);
      return {
        about: `${runs.length} runs of ${recording.name}, one every ${apart} s`,
        captures: [byTime(...runs.map((one, i) => scene.play(one, machine, i * apart)))],
        machines: [truthOf(machine, runs)],
      };
    },
  },
  {
    name: 'tool-and-script',
    make({ library, random, scene }) {
      const machine = scene.machine();
      const recording = pick(random, library.working());
      const scripts = library.all.filter(
        ({ tools, possible, provider }) => tools.length + possible.length === 0 && provider !== null,
      );
      const script = pick(random, scripts);
      const frames = [recording, script].map((one) => scene.play(one, machine, random.below(120)));
      return {
        about: `${recording.name} and the script of ${script.name}`,
        captures: [byTime(...frames)],
        machines: [truthOf(machine, [recording])],
      };
    },
  },
  {
    name: 'mirrored-with-vlan',
    make({ library, random, scene }, index) {
      const machine = scene.machine();
      const recording = pick(random, library.working());
      const frames = scene.play(recording, machine, 0);
      const laterUs = [0, 30, 800, 4000][index % 4] ?? 0;
      const isBoth = index % 8 < 4;
      const copies = frames.map((frame) => tagged(frame, laterUs));
      return {
        about: `${recording.name}, ${isBoth ? `again in a VLAN ${laterUs} µs later` : 'in a VLAN'}`,
        captures: [isBoth ? byTime(frames, copies) : copies],
        machines: [truthOf(machine, [recording])],
      };
    },
  },
  {
    name: 'one-direction',
    make({ library, random, scene }, index) {
      const machine = scene.machine();
      const recording = pick(random, library.working());
      const isUp = comesFrom(machine.address, machine.address6);
      const frames = scene.play(recording, machine, 0).filter((frame) => isUp(frame) === (index % 2 === 0));
      const truth = truthOf(machine, [recording]);
      // Traffic without a recorded answer identifies no tool.
      const uses = truth.uses.map((use) => ({ ...use, mustName: false }));
      return {
        about: `${recording.name}, ${index % 2 === 0 ? 'what the client sends' : 'what the servers send'} alone`,
        captures: [frames],
        machines: [{ ...truth, uses }],
      };
    },
  },
  {
    name: 'rotated-with-losses',
    make({ library, random, scene }, index) {
      const machine = scene.machine();
      const recording = pick(
        random,
        library.timed().filter((one) => !usesProxy(one)),
      );
      const whole = scene.play(recording, machine, 0);
      const length = (whole.at(-1)?.timeUs ?? MORNING_US) - MORNING_US + 1;
      const parts = 2 + (index % 3);
      const share = [0.0005, 0.002, 0.005][index % 3] ?? 0;
      const captures = Array.from({ length: parts }, (_, i) =>
        lose(
          between(whole, MORNING_US + (i * length) / parts, MORNING_US + ((i + 1) * length) / parts),
          share,
          random,
        ),
      );
      const truth = truthOf(machine, [recording]);
      // The packet that names the tool may be lost.
      const uses = truth.uses.map((use) => ({ ...use, mustName: false }));
      return {
        about: `${recording.name} in ${parts} files, ${100 * share} % lost`,
        captures,
        machines: [{ ...truth, uses }],
      };
    },
  },
];
