// What a store knows of the sensors whose windows were delivered to it: a small file for each, beside the windows. It
// decides whose a name is: the first that delivers under it.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, writeError } from '../files/durable-file.ts';
import { readBounded } from '../files/read-bounded.ts';
import { compareText } from '../net/address.ts';

const MAX_NOTE_BYTES = 16 << 10;
/** Sensors of one store that are told of. */
const MAX_SENSORS = 10_000;

const NOTE = z.strictObject({
  sensor: z.string().min(1),
  /** Whose windows they are: of the spool that they came from. */
  instance: z.string(),
  program: z.string(),
  catalogue: z.string(),
  policy: z.string().nullable(),
  /** False: a run or a capture is a sensor of its own, and ends. */
  keepsName: z.boolean(),
  /** By how much the sensor's clock is ahead of whoever took its windows over, in milliseconds; null when not known. */
  clockAheadMs: z.number().nullable(),
  /** When windows of it came last, Unix time in milliseconds. */
  arrivedMs: z.number(),
  /** Windows of another sensor of this name that were refused, and when last. */
  refused: z.strictObject({ windows: z.number(), lastMs: z.number() }).nullable(),
});
export type SensorNote = z.infer<typeof NOTE>;

export interface SensorNotes {
  /** Sorted by name. What cannot be read is left out. */
  list(): Promise<SensorNote[]>;
  get(sensor: string): Promise<SensorNote | null>;
  /** Takes a name for whoever delivers first: returns what is known of the name then. Throws STORE_WRITE. */
  claim(note: SensorNote): Promise<SensorNote>;
  put(note: SensorNote): Promise<void>;
  /** The name is free again; false when nobody had it. */
  forget(sensor: string): Promise<boolean>;
}

/** Inside a folder of windows, or beside a file of them. */
export function notesFolderOf(store: string): string {
  const isFolder = store.endsWith('/') || statSync(store, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? join(store, '.sensors') : `${store}.sensors`;
}

export function sensorNotesOf(store: string): SensorNotes {
  const folder = notesFolderOf(store);
  const pathOf = (sensor: string): string =>
    join(folder, `${createHash('sha256').update(sensor).digest('hex').slice(0, 32)}.json`);
  const read = (path: string): SensorNote | null => {
    try {
      const note = NOTE.safeParse(JSON.parse(readBounded(path, MAX_NOTE_BYTES).toString('utf8')));
      return note.success ? note.data : null;
    } catch {
      return null; // not there, or cut: who delivers next writes it anew
    }
  };
  const bytesOf = (note: SensorNote): Buffer => Buffer.from(`${JSON.stringify(note)}\n`);
  return {
    async list() {
      const names = await readdir(folder).catch(() => []);
      const notes = names
        .filter((name) => /^[0-9a-f]{32}\.json$/.test(name))
        .slice(0, MAX_SENSORS)
        .map((name) => read(join(folder, name)));
      return notes.filter((note) => note !== null).sort((a, b) => compareText(a.sensor, b.sensor));
    },
    get: async (sensor) => read(pathOf(sensor)),
    async claim(note) {
      const path = pathOf(note.sensor);
      const known = read(path);
      if (known !== null) return known;
      try {
        await mkdir(folder, { recursive: true, mode: 0o750 });
        // Exclusively: of two that come at once one is the first.
        await (await open(path, 'wx', 0o640)).close();
      } catch (cause) {
        const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
        if (!isThere) throw writeError(path, cause);
        const other = read(path);
        if (other !== null) return other;
      }
      await replaceFile(path, bytesOf(note));
      return read(path) ?? note;
    },
    put: (note) => replaceFile(pathOf(note.sensor), bytesOf(note)),
    async forget(sensor) {
      const path = pathOf(sensor);
      if (read(path) === null) return false;
      await rm(path, { force: true });
      return true;
    },
  };
}
