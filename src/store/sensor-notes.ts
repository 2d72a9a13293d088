// Reads and writes the sensor notes of a store: one small file per sensor next to the windows. A note binds the name of a
// sensor to its first sender.

import { createHash } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, writeError } from '../files/durable-file.ts';
import { hasCode, isFolder } from '../files/error-code.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readBounded } from '../files/read-bounded.ts';
import { compareText } from '../net/address.ts';
import type { StoreServer } from './period-source.ts';
import type { SensorNote, SensorNotes } from './sensor-note.ts';
import { findServer } from './servers.ts';

/** A note is a JSON object with a few fields. */
const MAX_NOTE_BYTES = 16 << 10;
/** Maximum number of sensors in lists. */
const MAX_SENSORS = 10_000;

/** Returns the folder of notes: inside a folder of windows, or next to a file. */
export function storeNotesFolder(store: string): string {
  return isFolder(store) ? join(store, '.sensors') : `${store}.sensors`;
}

export function buildSensorNotes(store: string): SensorNotes {
  const server = findServer(store);
  return server === null ? openFolderNotes(store) : openServerNotes(server, store);
}

/** Loads the driver of the server with the first call. */
function openServerNotes(server: StoreServer, store: string): SensorNotes {
  const notes = (): Promise<SensorNotes> => server.notes(store);
  return {
    list: async () => (await notes()).list(),
    get: async (sensor) => (await notes()).get(sensor),
    claim: async (note) => (await notes()).claim(note),
    put: async (note) => (await notes()).put(note),
    forget: async (sensor) => (await notes()).forget(sensor),
  };
}

function openFolderNotes(store: string): SensorNotes {
  const folder = storeNotesFolder(store);
  const notePath = (sensor: string): string =>
    join(folder, `${createHash('sha256').update(sensor).digest('hex').slice(0, 32)}.json`);
  const read = async (path: string): Promise<SensorNote | null> => {
    try {
      const text = readBounded(path, MAX_NOTE_BYTES).toString('utf8');
      // Most stores have no notes, and the check of one loads zod, a quarter of the CPU of a small report.
      const { readNote } = await import('./sensor-note.ts');
      return readNote(text);
    } catch {
      return null; // missing or truncated: the next delivery rewrites it
    }
  };
  const encodeNote = (note: SensorNote): Buffer => Buffer.from(`${JSON.stringify(note)}\n`);
  return {
    async list() {
      const names = await readdir(folder).catch(() => []);
      const paths = names.filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).slice(0, MAX_SENSORS);
      const notes = await Promise.all(paths.map((name) => read(join(folder, name))));
      return notes.filter((note) => note !== null).sort((a, b) => compareText(a.sensor, b.sensor));
    },
    get: (sensor) => read(notePath(sensor)),
    async claim(note) {
      const path = notePath(note.sensor);
      const stored = await read(path);
      if (stored !== null) return stored;
      try {
        makeFolder(folder, 0o750);
        // With O_EXCL only one of two concurrent senders succeeds.
        await (await open(path, 'wx', 0o640)).close();
      } catch (cause) {
        if (!hasCode(cause, 'EEXIST')) throw writeError(path, cause);
        const other = await read(path);
        if (other !== null) return other;
      }
      await replaceFile(path, encodeNote(note));
      return (await read(path)) ?? note;
    },
    put: (note) => replaceFile(notePath(note.sensor), encodeNote(note)),
    async forget(sensor) {
      const path = notePath(sensor);
      if ((await read(path)) === null) return false;
      await rm(path, { force: true });
      return true;
    },
  };
}
