// A hand-out: the policy, hosts file and catalogue entries that sensors are to evaluate by, in one signed package. It is
// one file, so that whoever replaces it replaces all of it, and its signature (Ed25519, RFC 8032) covers every byte.

import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import { matchesGlob } from '../text/glob.ts';
import { MAX_TEXT_BYTES } from '../text/text-size.ts';

/** Ceiling of a package: a message of a broker is no larger, and hosts files of large companies have a few MiB. */
export const MAX_HANDOUT_BYTES = 8 << 20;
const MAX_ENTRIES = 500;
const MAX_AUDIENCES = 256;
/** Raised when a reader of today could not read what is written. */
const FORMAT = '1';
const WORD = 'wiretally-handout';
const HEAD = /^wiretally-handout (\d{1,4}) ([A-Za-z0-9+/]{86}==)\n/;
/** Longer than any first line. */
export const HANDOUT_HEAD_BYTES = 128;

const handoutSchema = z.strictObject({
  /** Of the packages for a sensor the one with the highest revision is in force. */
  revision: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  made: z.iso.datetime(),
  /** Sensors that it is for: patterns in which "*" stands for any text. */
  sensors: z.array(z.string().min(1).max(256)).min(1).max(MAX_AUDIENCES),
  policy: z.string().max(MAX_TEXT_BYTES).nullable(),
  hosts: z.string().nullable(),
  /** Own entries. The name is for messages alone: nothing is written under it. */
  catalogue: z
    .array(
      z.strictObject({ name: z.string().regex(/^[\w][\w.-]{0,127}$/), text: z.string().max(MAX_TEXT_BYTES) }),
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

/** Why a package is none that may be used, in words. */
export class HandoutRefused extends Error {}

/** What the signature is made over: bytes that were signed as something else pass for nothing here. */
function signedBytes(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${WORD} ${FORMAT}\n`), body]);
}

/** Same content and key, same bytes. Throws USAGE for one that is too large. */
export function signHandout(handout: Handout, key: KeyObject): SignedHandout {
  const { success } = handoutSchema.safeParse(handout);
  if (!success)
    throw new WiretallyError('USAGE', 'no package is made of this: a part of it is empty or too large');
  const body = Buffer.from(`${JSON.stringify(handout, null, 2)}\n`);
  const signature = sign(null, signedBytes(body), key).toString('base64');
  const bytes = Buffer.concat([Buffer.from(`${WORD} ${FORMAT} ${signature}\n`), body]);
  if (bytes.length > MAX_HANDOUT_BYTES) {
    throw new WiretallyError(
      'USAGE',
      `the package has ${bytes.length} bytes, and sensors take ${MAX_HANDOUT_BYTES} at most`,
      { next: 'hand out a smaller hosts file, or fewer entries of the catalogue' },
    );
  }
  return { handout, bytes, sha256: sumOf(bytes) };
}

/** Nothing of it is looked at before one of the keys has signed all of it. Throws HandoutRefused. */
export function readHandout(bytes: Uint8Array, keys: readonly KeyObject[]): SignedHandout {
  if (bytes.length > MAX_HANDOUT_BYTES)
    throw new HandoutRefused(`it is larger than ${MAX_HANDOUT_BYTES >> 20} MiB`);
  const head = Buffer.from(bytes.subarray(0, HANDOUT_HEAD_BYTES)).toString('latin1');
  const [line, format, signature = ''] = HEAD.exec(head) ?? [];
  if (line === undefined) throw new HandoutRefused('it is cut, or no hand-out at all');
  if (format !== FORMAT)
    throw new HandoutRefused(
      `it is of format ${format}, which only a newer program reads: bring this one up to date`,
    );
  const body = bytes.subarray(line.length);
  const signed = signedBytes(body);
  if (!keys.some((key) => verify(null, signed, key, Buffer.from(signature, 'base64'))))
    throw new HandoutRefused('no trusted key has signed it: it is forged, cut, or signed by somebody else');
  return { handout: handoutIn(body), bytes, sha256: sumOf(bytes) };
}

/** Signed, and yet it may be what another version wrote. */
function handoutIn(body: Uint8Array): Handout {
  try {
    return handoutSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    throw new HandoutRefused('it is signed, and its content is none that this version reads');
  }
}

/** True for what was meant to be one, whole or not. */
export function startsLikeHandout(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, WORD.length)).toString('latin1') === WORD;
}

export function isFor(handout: Handout, sensor: string): boolean {
  return handout.sensors.some((pattern) => matchesGlob(pattern, sensor, 0));
}

function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
