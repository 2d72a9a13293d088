// All families of composed cases, and the making of one case from its seed.
import { Random } from '../../bench/random.ts';
import { ACCOUNT } from './account.ts';
import { ATTEMPTS } from './attempts.ts';
import { AUDITS } from './audits.ts';
import type { ComposedCase, Family } from './case.ts';
import { CLAUDE_RUNTIMES } from './claude-runtimes.ts';
import { CONTROLS } from './controls.ts';
import { DAMAGED } from './damaged.ts';
import { DUAL_STACK } from './dual-stack.ts';
import { FETCHED_PAGES } from './fetched-pages.ts';
import { FORGED } from './forged/families.ts';
import { GATEWAY_FAMILIES } from './gateways.ts';
import { HONEST_OFFICES } from './honest-offices.ts';
import type { RecordingLibrary } from './library.ts';
import { OBSERVED } from './observed.ts';
import { OFFICE_DAYS } from './office-days.ts';
import { OVERLAYS } from './overlays.ts';
import { POLICIES } from './policies.ts';
import { Scene, truthOf } from './scene.ts';
import { SERVICES } from './services.ts';
import { WEB_PAGE } from './web-page.ts';

/** Each recording alone, as it was recorded. */
const RECORDINGS: Family = {
  name: 'recordings',
  make({ library, scene }, index) {
    const recording = library.all[index % library.all.length];
    if (recording === undefined) throw new Error('there are no recordings');
    const machine = scene.machine();
    const truth = truthOf(machine, [recording]);
    return { about: recording.name, captures: [scene.play(recording, machine, 0)], machines: [truth] };
  },
};

/** Families without forged packets. */
export const UNFORGED: readonly Family[] = [
  RECORDINGS,
  ...OVERLAYS,
  ...OFFICE_DAYS,
  ...CONTROLS,
  ...FETCHED_PAGES,
  ...CLAUDE_RUNTIMES,
  ...GATEWAY_FAMILIES,
  DUAL_STACK,
  ...DAMAGED,
  POLICIES,
  AUDITS,
  OBSERVED,
  ACCOUNT,
  HONEST_OFFICES,
  ATTEMPTS,
  SERVICES,
  WEB_PAGE,
];

export const FAMILIES: readonly Family[] = [...UNFORGED, ...FORGED];

/** The same seed, family and index give the same case, whatever else is made. */
export function makeCase(
  family: Family,
  index: number,
  seed: number,
  library: RecordingLibrary,
): ComposedCase {
  const random = new Random(mixed(`${seed} ${family.name} ${index}`));
  const material = family.make({ library, random, scene: new Scene(random) }, index);
  return { ...material, family: family.name, index };
}

/** FNV-1a, 32 bits. */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}
