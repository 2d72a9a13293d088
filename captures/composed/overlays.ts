// Several programs on one client address: concurrent, consecutive, behind one NAT.
import { type CaseMaterial, type Family, pick, type Workshop } from './case.ts';
import type { Recording } from './library.ts';
import { byTime, type Machine, truthOf } from './scene.ts';

/** Starts are within this time, so that most programs run concurrently. */
const APART_SECONDS = 240;

function overlay({ random, scene }: Workshop, parts: readonly Recording[], machine: Machine): CaseMaterial {
  const frames = parts.map((part) => scene.play(part, machine, random.below(APART_SECONDS)));
  return {
    about: parts.map(({ name }) => name).join(' + '),
    captures: [byTime(...frames)],
    machines: [truthOf(machine, parts)],
  };
}

function picked(workshop: Workshop, list: readonly Recording[], count: number): Recording[] {
  return Array.from({ length: count }, () => pick(workshop.random, list));
}

function ofTools(name: string, count: number): Family {
  return {
    name,
    make: (workshop) =>
      overlay(workshop, picked(workshop, workshop.library.single(), count), workshop.scene.machine()),
  };
}

export const OVERLAYS: readonly Family[] = [
  ofTools('two-tools', 2),
  ofTools('three-tools', 3),
  ofTools('six-tools-behind-nat', 6),
  {
    name: 'tool-and-ordinary',
    make(workshop, index) {
      const { library } = workshop;
      const parts = [
        pick(workshop.random, library.single()),
        ...picked(workshop, library.ordinary(), 1 + (index % 3)),
      ];
      return overlay(workshop, parts, workshop.scene.machine());
    },
  },
  {
    name: 'same-tool-twice',
    make(workshop) {
      const first = pick(workshop.random, workshop.library.working());
      const same = workshop.library.working().filter(({ tools }) => tools[0] === first.tools[0]);
      return overlay(workshop, [first, pick(workshop.random, same)], workshop.scene.machine());
    },
  },
];
