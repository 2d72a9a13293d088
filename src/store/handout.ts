// A hand-out: the policy, hosts file and catalogue entries that sensors are to evaluate by, in one sealed package. It is
// one file, so that whoever replaces it replaces all of it.

import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import { matchesGlob } from '../text/glob.ts';
import { MAX_TEXT_BYTES } from '../text/text-size.ts';
import { contentRefused, openSealed, type SealKind, seal, sealSum } from './sealed.ts';

/** Ceiling of a package: a message of a broker is no larger, and hosts files of large companies have a few MiB. */
export const MAX_HANDOUT_BYTES = 8 << 20;
const MAX_ENTRIES = 500;
const MAX_AUDIENCES = 256;
export const HANDOUT_SEAL: SealKind = {
  word: 'wiretally-handout',
  format: '1',
  mostBytes: MAX_HANDOUT_BYTES,
};

const handoutSchema = z.strictObject({
  /** Of the packages for a sensor the one with the highest revision is in force. */
  revision: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  made: z.iso.datetime(),
  /** Sensors that it is for: patterns in which "*" stands for any text. */
  sensors: z.array(z.string().min(1).max(256)).min(1).max(MAX_AUDIENCES),
  policy: z.string().max(MAX_TEXT_BYTES).nullable(),
  hosts: z.string().nullable(),
  /** Text of a sensors file; absent: none. `sensors` is who the package is for. */
  sensorNetworks: z.string().max(MAX_TEXT_BYTES).optional(),
  /** Own entries. The name is for messages alone: nothing is written under it. */
  catalogue: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w][\w.-]{0,127}$/),
        text: z.string().max(MAX_TEXT_BYTES),
      }),
    )
    .max(MAX_ENTRIES),
  /** Days that a spool keeps what was delivered; null: as its own machine says. */
  keepDays: z.number().int().min(0).max(36_500).nullable(),
});
export type Handout = z.infer<typeof handoutSchema>;

/** A hand-out as it was signed. */
export interface SignedHandout {
  readonly handout: Handout;
  readonly bytes: Uint8Array;
  /** Of all its bytes: two packages with one revision are told apart by it. */
  readonly sha256: string;
}

/** Same content and key, same bytes. Throws USAGE for one that is too large. */
export function signHandout(handout: Handout, key: KeyObject): SignedHandout {
  if (!handoutSchema.safeParse(handout).success)
    throw new WiretallyError('USAGE', 'no package is made of this: a part of it is empty or too large');
  const bytes = seal(HANDOUT_SEAL, handout, key);
  if (bytes.length > MAX_HANDOUT_BYTES) {
    throw new WiretallyError(
      'USAGE',
      `the package has ${bytes.length} bytes, and sensors take ${MAX_HANDOUT_BYTES} at most`,
      { next: 'hand out a smaller hosts file, or fewer entries of the catalogue' },
    );
  }
  return { handout, bytes, sha256: sealSum(bytes) };
}

/** Throws SealRefused. */
export function readHandout(bytes: Uint8Array, keys: readonly KeyObject[]): SignedHandout {
  const content = handoutSchema.safeParse(openSealed(HANDOUT_SEAL, bytes, keys));
  if (!content.success) throw contentRefused();
  return { handout: content.data, bytes, sha256: sealSum(bytes) };
}

export function isFor(handout: Handout, sensor: string): boolean {
  return handout.sensors.some((pattern) => matchesGlob(pattern, sensor, 0));
}
