// Defines the proof of deletion over several stores: the deleted windows of each, and the result of a verification.

import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { contentRefused, openSealed, type SealKind, seal } from './sealed.ts';

const MAX_PLACES = 10_000;
export const PROOF_SEAL: SealKind = { word: 'wiretally-proof', format: '1', mostBytes: 64 << 20 };

const count = z.number().int().min(0);

/** Result of a prune of one store, with its verification. */
const pruneSchema = z.strictObject({
  beforeSeconds: z.number().int(),
  /** Affected sensors, sorted; null: all sensors. */
  sensors: z.array(z.string()).readonly().nullable(),
  deletedWindows: count,
  /** SHA-256 over the sorted keys (sensor, start, revision) of the deleted windows: identifies them without content. */
  deletedKeysSha256: z.string().regex(/^[0-9a-f]{64}$/),
  keptWindows: count,
  bytesBefore: count,
  bytesAfter: count,
  /** Windows of these sensors before `beforeSeconds` found by a subsequent scan: 0, or the prune has failed. */
  foundAfterwards: count,
});
export type PruneProof = z.infer<typeof pruneSchema>;

const placeSchema = z.strictObject({
  /** The place as the user named it, without a password. */
  place: z.string(),
  /** The reason why the place has no proof; null with a proof. */
  failed: z.string().nullable(),
  /** Null if the deletion failed. */
  proof: pruneSchema.nullable(),
});

const proofSchema = z.strictObject({
  schema: z.literal(1),
  wiretally: z.string(),
  made: z.iso.datetime(),
  /** Windows that end at or before this time were deleted. */
  before: z.string(),
  /** Requested patterns of sensors; null: all sensors. */
  sensors: z.array(z.string()).nullable(),
  places: z.array(placeSchema).max(MAX_PLACES),
});
export type DeletionProof = z.infer<typeof proofSchema>;
export type PlaceProof = z.infer<typeof placeSchema>;

export const sealProof = (proof: DeletionProof, key: KeyObject): Buffer => seal(PROOF_SEAL, proof, key);

/** Throws SealRefused. */
export function readProof(bytes: Uint8Array, keys: readonly KeyObject[]): DeletionProof {
  const content = proofSchema.safeParse(openSealed(PROOF_SEAL, bytes, keys));
  if (!content.success) throw contentRefused();
  return content.data;
}

/** False if a place failed, or deleted windows were found afterwards. */
export const isProven = ({ places }: Pick<DeletionProof, 'places'>): boolean =>
  places.every(({ proof }) => proof !== null && proof.foundAfterwards === 0);
