// Signed configuration: policy, hosts file, advisories and catalogue entries of sensors in one signed package. It is one
// file, so that its replacement is atomic.

import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { hasCode } from '../files/error-code.ts';
import { causeRefusal, readBounded } from '../files/read-bounded.ts';
import { usageError } from '../model/errors.ts';
import { matchesGlob } from '../text/glob.ts';
import { MAX_TEXT_BYTES } from '../text/text-size.ts';
import { contentRefused, openSealed, type SealKind, SealRefused, seal, sealSum } from './sealed.ts';

/** Maximum package size: a broker message is no larger, and hosts files of large companies have a few MiB. */
export const MAX_SIGNED_CONFIG_BYTES = 8 << 20;
const MAX_ENTRIES = 500;
const MAX_AUDIENCES = 256;
export const SIGNED_CONFIG_SEAL: SealKind = {
  word: 'wiretally-configuration',
  format: '1',
  mostBytes: MAX_SIGNED_CONFIG_BYTES,
};

const configSchema = z.strictObject({
  /** The package with the highest revision is in force. */
  revision: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  made: z.iso.datetime(),
  /** Patterns of sensor names; "*" matches any text. */
  sensors: z.array(z.string().min(1).max(256)).min(1).max(MAX_AUDIENCES),
  policy: z.string().max(MAX_TEXT_BYTES).nullable(),
  hosts: z.string().nullable(),
  /** Text of a sensors file; absent: none. Distinct from `sensors`, the audience of the package. */
  sensorNetworks: z.string().max(MAX_TEXT_BYTES).optional(),
  /** Text of a list of advisories; absent: none. */
  advisories: z.string().optional(),
  /** Additional catalogue entries. The name appears in messages only; no file has it. */
  catalogue: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w][\w.-]{0,127}$/),
        text: z.string().max(MAX_TEXT_BYTES),
      }),
    )
    .max(MAX_ENTRIES),
  /** Retention period of delivered windows in the spool, in days; null: the local setting applies. */
  keepDays: z.number().int().min(0).max(36_500).nullable(),
});
export type SensorConfig = z.infer<typeof configSchema>;

export interface SignedConfig {
  readonly config: SensorConfig;
  readonly bytes: Uint8Array;
  /** Sum of the whole package; distinguishes two packages with one revision. */
  readonly sha256: string;
}

/** Deterministic for content and key. Throws USAGE above the maximum size. */
export function signConfig(config: SensorConfig, key: KeyObject): SignedConfig {
  if (!configSchema.safeParse(config).success)
    throw usageError('no signed configuration is written: a part is empty or too large');
  const bytes = seal(SIGNED_CONFIG_SEAL, config, key);
  if (bytes.length > MAX_SIGNED_CONFIG_BYTES) {
    throw usageError(
      `the signed configuration has ${bytes.length} bytes; sensors accept at most ${MAX_SIGNED_CONFIG_BYTES}`,
      'reduce the hosts file, or the number of catalogue entries',
    );
  }
  return { config, bytes, sha256: sealSum(bytes) };
}

/** Throws SealRefused. */
export function readSignedConfig(bytes: Uint8Array, keys: readonly KeyObject[]): SignedConfig {
  const content = configSchema.safeParse(openSealed(SIGNED_CONFIG_SEAL, bytes, keys));
  if (!content.success) throw contentRefused();
  return { config: content.data, bytes, sha256: sealSum(bytes) };
}

export function appliesTo(config: SensorConfig, sensor: string): boolean {
  return config.sensors.some((pattern) => matchesGlob(pattern, sensor, 0));
}

/** Returns null without a file. Throws SealRefused. */
export function readSignedConfigFile(file: string, trusted: readonly KeyObject[]): SignedConfig | null {
  let bytes: Buffer;
  try {
    bytes = readBounded(file, MAX_SIGNED_CONFIG_BYTES);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    throw new SealRefused(causeRefusal(cause));
  }
  return readSignedConfig(bytes, trusted);
}
