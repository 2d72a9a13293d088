// A spool: a folder of .usage files that sensors add to and `ship` delivers from. A file in it says whose it is, so that
// two sensors that were given one name are told apart wherever their windows meet.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, writeError } from '../files/durable-file.ts';
import { hasCode } from '../files/error-code.ts';
import { isDraftName } from '../files/owned-names.ts';
import { isLockName, withLock } from '../files/process-lock.ts';
import { FileRefused, readBounded } from '../files/read-bounded.ts';
import { WiretallyError } from '../model/errors.ts';

const SPOOL_FILE = '.spool.json';
/** A sensor each, and a line for each capture that was read under its name. */
const MAX_SPOOL_BYTES = 4 << 20;
/** Captures that are remembered by what they begin with: five years of nightly ones. */
const MAX_READINGS = 2000;
/** Sensors that are remembered. */
const MAX_RUNS = 1000;

/** Files in a spool that are no windows: what is in it, and how far each destination has come. */
const OWN_NAME = /^\.(spool\.json|ship-[0-9a-f]{16}\.json|sensors)$/;
export const isSpoolName = (name: string): boolean =>
  OWN_NAME.test(name) || isLockName(name) || isDraftName(name);

const READING = z.strictObject({
  /** Made from what the capture begins with. */
  id: z.string().max(64),
  /** Windows that another capture had begun already: their start, and their revision before this one was added. */
  seams: z.record(z.string(), z.number()),
});
export type Reading = z.infer<typeof READING>;

/** Which hand-out a sensor evaluates by: SHA-256 is of the package. */
export const HANDOUT = z.strictObject({
  revision: z.number().int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type HandoutKey = z.infer<typeof HANDOUT>;

const SENSOR = z.strictObject({
  program: z.string().max(64),
  catalogue: z.string().max(64),
  /** SHA-256 of the policy that it evaluates by; null without one. */
  policy: z.string().max(64).nullable(),
  /** It keeps its name from run to run: when it is silent, something is wrong. */
  keepsName: z.boolean(),
  /** What was handed out and is in force; absent: nothing. */
  handout: HANDOUT.optional(),
  /** The highest revision that ever was in force: none below it comes back, whatever was in force since. */
  newestHandout: z.number().int().min(1).optional(),
  readings: z.array(READING).max(MAX_READINGS),
});
export type SpoolSensor = z.infer<typeof SENSOR>;

const SPOOL = z.strictObject({
  instance: z.string().regex(/^[0-9a-f]{32}$/),
  /** The highest that `ship` ever put in force: none below it is, even where its file was lost. */
  newestHandout: HANDOUT.optional(),
  sensors: z.record(z.string(), SENSOR),
});
export type Spool = z.infer<typeof SPOOL>;

/** Null where the folder is no spool yet. Throws STORE_DAMAGED. */
function readSpool(folder: string): Spool | null {
  const path = join(folder, SPOOL_FILE);
  let text: string;
  try {
    text = readBounded(path, MAX_SPOOL_BYTES).toString('utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    const reason = cause instanceof FileRefused ? cause.message : 'cannot be read';
    throw new WiretallyError('STORE_DAMAGED', `${path}: ${reason}`, { cause, where: path });
  }
  const read = SPOOL.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new WiretallyError('STORE_DAMAGED', `${path}: does not say whose windows these are`, {
    where: path,
    next: 'remove it: the next run writes another, and its sensors must be let in anew (wiretally fleet sensors --forget)',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What stands in it; a folder that is none becomes one. Throws STORE_WRITE, STORE_DAMAGED. */
export async function openSpool(folder: string): Promise<Spool> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw writeError(folder, cause);
  });
  return readSpool(folder) ?? (await changing(folder, () => makeSpool(folder)));
}

/** Two processes that change the file at once would each leave out what the other one adds. */
const changing = <T>(folder: string, work: () => Promise<T>): Promise<T> => withLock(folder, 'spool', work);

/** Another process may have made it in the meantime. The caller holds the lock. */
async function makeSpool(folder: string): Promise<Spool> {
  const known = readSpool(folder);
  if (known !== null) return known;
  const fresh = { instance: randomBytes(16).toString('hex'), sensors: {} };
  await replaceFile(join(folder, SPOOL_FILE), Buffer.from(JSON.stringify(fresh)));
  return fresh;
}

/** The highest revision of a hand-out that a sensor ever evaluated by; 0 for none, or where the spool cannot be read. */
export function newestHandoutOf(folder: string, sensor: string): number {
  try {
    return readSpool(folder)?.sensors[sensor]?.newestHandout ?? 0;
  } catch {
    return 0; // whoever writes it next says so
  }
}

/** Notes which hand-out is about to be put in force; one that is not higher changes nothing. Throws STORE_WRITE, STORE_DAMAGED. */
export async function noteHandout(folder: string, handout: HandoutKey): Promise<void> {
  await openSpool(folder);
  await changing(folder, async () => {
    const spool = await makeSpool(folder);
    if ((spool.newestHandout?.revision ?? 0) >= handout.revision) return;
    await replaceFile(
      join(folder, SPOOL_FILE),
      Buffer.from(JSON.stringify({ ...spool, newestHandout: handout })),
    );
  });
}

export type SensorFacts = Omit<SpoolSensor, 'readings' | 'newestHandout'>;

/** Says what a sensor works by; where it is said already, nothing is written. Throws STORE_WRITE, STORE_DAMAGED. */
export async function noteSensor(folder: string, sensor: string, facts: SensorFacts): Promise<void> {
  const spool = await openSpool(folder);
  const known = spool.sensors[sensor];
  const isSaid =
    known?.program === facts.program &&
    known.catalogue === facts.catalogue &&
    known.policy === facts.policy &&
    known.handout?.sha256 === facts.handout?.sha256 &&
    known.keepsName === facts.keepsName;
  if (isSaid) return;
  await changeSensor(folder, sensor, (before) => {
    const newest = Math.max(before?.newestHandout ?? 0, facts.handout?.revision ?? 0);
    return {
      ...facts,
      ...(newest === 0 ? {} : { newestHandout: newest }),
      readings: before?.readings ?? [],
    };
  });
}

/** Notes that a capture is being added under the name of a sensor. The oldest are forgotten. */
export async function noteReading(folder: string, sensor: string, reading: Reading): Promise<void> {
  const nothing = { program: '', catalogue: '', policy: null, keepsName: true, readings: [] };
  await openSpool(folder);
  await changeSensor(folder, sensor, (before) => {
    const known = before ?? nothing;
    return { ...known, readings: [...known.readings, reading].slice(-MAX_READINGS) };
  });
}

/** Runs without a name of their own are a sensor each: the oldest are forgotten. */
async function changeSensor(
  folder: string,
  sensor: string,
  change: (before: SpoolSensor | undefined) => SpoolSensor,
): Promise<void> {
  await changing(folder, async () => {
    const spool = await makeSpool(folder);
    const others = Object.entries(spool.sensors).filter(([name]) => name !== sensor);
    const said = change(spool.sensors[sensor]);
    const sensors = Object.fromEntries([...others.slice(1 - MAX_RUNS), [sensor, said]]);
    await replaceFile(join(folder, SPOOL_FILE), Buffer.from(JSON.stringify({ ...spool, sensors })));
  });
}

/**
 * The name of the lock that a process holds while it adds windows of a sensor by what is there of it: of two at once, each
 * would take the other's windows for its own of before.
 */
export function sensorLock(sensor: string): string {
  return `sensor-${createHash('sha256').update(sensor).digest('hex').slice(0, 16)}`;
}
