// A spool: a folder of .usage files that sensors append to and `ship` delivers. A file in it identifies its owner, so that
// two sensors with one name are distinguishable wherever their windows meet.

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, requireFolder } from '../files/durable-file.ts';
import { hasCode } from '../files/error-code.ts';
import { withLock } from '../files/process-lock.ts';
import { FileRefused, readBounded } from '../files/read-bounded.ts';
import { errorAt } from '../model/errors.ts';
import { parseJson } from '../text/json-text.ts';
import { SPOOL_FILE } from './spool-file.ts';

/** Maximum size of the metadata: sensors, each with a line per capture that was read with its name. */
const MAX_SPOOL_BYTES = 4 << 20;
/** Maximum number of remembered captures: five years of nightly ones. */
const MAX_READINGS = 2000;
/** Maximum number of remembered sensors. */
const MAX_RUNS = 1000;

const READING = z.strictObject({
  /** Derived from the first packets of the capture. */
  id: z.string().max(64),
  /** Windows that an earlier capture had begun: their start, and their revision before this capture was added. */
  seams: z.record(z.string(), z.number()),
});
export type SpoolReading = z.infer<typeof READING>;

/** Signed configuration of a sensor; SHA-256 of the package. */
export const SIGNED_CONFIG = z.strictObject({
  revision: z.number().int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SignedConfigKey = z.infer<typeof SIGNED_CONFIG>;

const SENSOR = z.strictObject({
  program: z.string().max(64),
  catalogue: z.string().max(64),
  /** SHA-256 of the policy in force; null without one. */
  policy: z.string().max(64).nullable(),
  /** True for a sensor with a persistent name, whose silence is a fault. */
  keepsName: z.boolean(),
  /** Signed configuration in force; absent: none. */
  signedConfig: SIGNED_CONFIG.optional(),
  /** Highest revision ever in force: lower ones are never accepted again. */
  newestSignedConfig: z.number().int().min(1).optional(),
  readings: z.array(READING).max(MAX_READINGS),
});
export type SpoolSensor = z.infer<typeof SENSOR>;

const SPOOL = z.strictObject({
  instance: z.string().regex(/^[0-9a-f]{32}$/),
  /** Highest revision that `ship` put in force: lower ones are rejected, even after the loss of its file. */
  newestSignedConfig: SIGNED_CONFIG.optional(),
  sensors: z.record(z.string(), SENSOR),
});
export type Spool = z.infer<typeof SPOOL>;

/** Returns null if the folder is not a spool yet. Throws STORE_DAMAGED. */
function readSpool(folder: string): Spool | null {
  const path = join(folder, SPOOL_FILE);
  let text: string;
  try {
    text = readBounded(path, MAX_SPOOL_BYTES).toString('utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    const reason = cause instanceof FileRefused ? cause.message : 'cannot be read';
    throw errorAt('STORE_DAMAGED', path, reason, { cause });
  }
  const read = SPOOL.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw errorAt('STORE_DAMAGED', path, 'does not say whose windows these are', {
    next: 'remove it: the next run writes another, and its sensors must be released (wiretally fleet sensors --forget)',
  });
}

/** Metadata of the folder; creates it if missing. Throws STORE_WRITE, STORE_DAMAGED. */
export async function openSpool(folder: string): Promise<Spool> {
  requireFolder(folder);
  return readSpool(folder) ?? (await withSpoolLock(folder, () => makeSpool(folder)));
}

/** Runs work under a lock: two concurrent writers would overwrite each other's changes. */
const withSpoolLock = <T>(folder: string, work: () => Promise<T>): Promise<T> =>
  withLock(folder, 'spool', work);

/** Creates the metadata unless another process has done so. The caller holds the lock. */
async function makeSpool(folder: string): Promise<Spool> {
  const spool = readSpool(folder);
  if (spool !== null) return spool;
  const fresh = { instance: randomBytes(16).toString('hex'), sensors: {} };
  await replaceFile(join(folder, SPOOL_FILE), Buffer.from(JSON.stringify(fresh)));
  return fresh;
}

/** Lists the sensors with a persistent name that write to the folder; empty if its metadata are missing or unreadable. */
export function namedSensors(folder: string): string[] {
  try {
    const sensors = Object.entries(readSpool(folder)?.sensors ?? {});
    return sensors.flatMap(([name, { keepsName }]) => (keepsName ? [name] : []));
  } catch {
    return []; // the next writer reports it
  }
}

/** Highest revision of a signed configuration that the sensor has used; 0 for none, or for an unreadable spool. */
export function readNewestSignedConfig(folder: string, sensor: string): number {
  try {
    return readSpool(folder)?.sensors[sensor]?.newestSignedConfig ?? 0;
  } catch {
    return 0; // the next writer reports it
  }
}

/** Records the revision before it takes effect; a revision that is not higher changes nothing. Throws STORE_WRITE, STORE_DAMAGED. */
export async function noteSignedConfig(folder: string, key: SignedConfigKey): Promise<void> {
  await openSpool(folder);
  await withSpoolLock(folder, async () => {
    const spool = await makeSpool(folder);
    if ((spool.newestSignedConfig?.revision ?? 0) >= key.revision) return;
    await replaceFile(
      join(folder, SPOOL_FILE),
      Buffer.from(JSON.stringify({ ...spool, newestSignedConfig: key })),
    );
  });
}

export type SensorFacts = Omit<SpoolSensor, 'readings' | 'newestSignedConfig'>;

/** Records the catalogue, policy and program of a sensor; no write without a change. Throws STORE_WRITE, STORE_DAMAGED. */
export async function noteSensor(folder: string, sensor: string, facts: SensorFacts): Promise<void> {
  const spool = await openSpool(folder);
  const entry = spool.sensors[sensor];
  const isUnchanged =
    entry?.program === facts.program &&
    entry.catalogue === facts.catalogue &&
    entry.policy === facts.policy &&
    entry.signedConfig?.sha256 === facts.signedConfig?.sha256 &&
    entry.keepsName === facts.keepsName;
  if (isUnchanged) return;
  await changeSensor(folder, sensor, (before) => {
    const newest = Math.max(before?.newestSignedConfig ?? 0, facts.signedConfig?.revision ?? 0);
    return {
      ...facts,
      ...(newest === 0 ? {} : { newestSignedConfig: newest }),
      readings: before?.readings ?? [],
    };
  });
}

/** Records that a capture is being added with the name of a sensor. The oldest records are dropped. */
export async function noteReading(folder: string, sensor: string, reading: SpoolReading): Promise<void> {
  const nothing = { program: '', catalogue: '', policy: null, keepsName: true, readings: [] };
  await openSpool(folder);
  await changeSensor(folder, sensor, (before) => {
    const entry = before ?? nothing;
    return { ...entry, readings: [...entry.readings, reading].slice(-MAX_READINGS) };
  });
}

/** Changes the record of a sensor. Each run without a persistent name is a sensor, so the oldest are dropped. */
async function changeSensor(
  folder: string,
  sensor: string,
  change: (before: SpoolSensor | undefined) => SpoolSensor,
): Promise<void> {
  await withSpoolLock(folder, async () => {
    const spool = await makeSpool(folder);
    const others = Object.entries(spool.sensors).filter(([name]) => name !== sensor);
    const entry = change(spool.sensors[sensor]);
    const sensors = Object.fromEntries([...others.slice(1 - MAX_RUNS), [sensor, entry]]);
    await replaceFile(join(folder, SPOOL_FILE), Buffer.from(JSON.stringify({ ...spool, sensors })));
  });
}

/**
 * Name of the lock that a process holds while it appends windows of a sensor: of two concurrent ones, each
 * would take the windows of the other for its own earlier ones.
 */
export function sensorLock(sensor: string): string {
  return `sensor-${createHash('sha256').update(sensor).digest('hex').slice(0, 16)}`;
}
