// Reads which sensors deliver to stores, from the notes in them; apart from the parts of a fleet, which pages compute too.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isFolder } from '../files/error-code.ts';
import { SPOOL_FILE } from '../store/spool-file.ts';
import type { SensorSpan } from '../store/store.ts';
import { listSilences } from '../window/silence.ts';
import type { Fleet } from './fleet-facts.ts';

/**
 * Null if no sensor delivers to one of the stores, and no sensor was silent of those that write their windows to one of
 * them.
 */
export async function readFleet(
  stores: readonly string[],
  sensorsOf: () => Promise<readonly SensorSpan[]>,
): Promise<Fleet | null> {
  // Imported on demand: a capture has no fleet, and loading this takes a third of the start-up time.
  const { buildSensorNotes, storeNotesFolder } = await import('../store/sensor-notes.ts');
  const notes = (await Promise.all(stores.map((store) => buildSensorNotes(store).list()))).flat();
  // A database has the records of its sensors in the folder next to it.
  const writing = await listWriting(
    stores.map((store) => (isFolder(store) ? store : storeNotesFolder(store))),
  );
  if (notes.length + writing.length === 0) return null;
  const sensors = await sensorsOf();
  const delivered = new Set(sensors.map(({ sensor }) => sensor));
  const delivering = notes.flatMap(({ keepsName, sensor }) => (keepsName ? [sensor] : []));
  const keepsName = new Set([...delivering, ...writing.flatMap((named) => listCurrent(named, delivered))]);
  const isFleet = notes.length > 0 || listSilences(sensors, keepsName, {}).length > 0;
  return isFleet ? { sensors, keepsName } : null;
}

/** Lists the named sensors of each folder that sensors write to, without folders that have none. */
async function listWriting(folders: readonly string[]): Promise<string[][]> {
  const spools = folders.filter((folder) => existsSync(join(folder, SPOOL_FILE)));
  if (spools.length === 0) return [];
  const { namedSensors } = await import('../store/spool.ts');
  return spools.map(namedSensors).filter(({ length }) => length > 0);
}

/** A former name of a sensor stays in the folder: it counts while windows of it exist, or if the folder has none at all. */
function listCurrent(named: readonly string[], delivered: ReadonlySet<string>): readonly string[] {
  const present = named.filter((sensor) => delivered.has(sensor));
  return present.length === 0 ? named : present;
}
