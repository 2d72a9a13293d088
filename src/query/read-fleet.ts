// Reads which sensors deliver to stores, from the notes in them; apart from the parts of a fleet, which pages compute too.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SPOOL_FILE } from '../store/spool-file.ts';
import type { SensorSpan } from '../store/store.ts';
import { listSilences } from '../window/silence.ts';
import type { Fleet } from './fleet-facts.ts';

/**
 * Null if no sensor delivers to one of the stores, and no sensor was silent of those that write their windows to one of
 * these folders.
 */
export async function readFleet(
  stores: readonly string[],
  sensorsOf: () => Promise<readonly SensorSpan[]>,
): Promise<Fleet | null> {
  // Imported on demand: a capture has no fleet, and loading this takes a third of the start-up time.
  const { buildSensorNotes } = await import('../store/sensor-notes.ts');
  const notes = (await Promise.all(stores.map((store) => buildSensorNotes(store).list()))).flat();
  const spools = stores.filter((store) => existsSync(join(store, SPOOL_FILE)));
  if (notes.length + spools.length === 0) return null;
  const sensors = await sensorsOf();
  const delivering = notes.flatMap(({ keepsName, sensor }) => (keepsName ? [sensor] : []));
  const keepsName = new Set([...delivering, ...(await listWriting(spools, sensors))]);
  const isFleet = notes.length > 0 || listSilences(sensors, keepsName, {}).length > 0;
  return isFleet ? { sensors, keepsName } : null;
}

/** A former name of a sensor stays in the folder: it counts while windows of it exist, or if the folder has none at all. */
async function listWriting(spools: readonly string[], sensors: readonly SensorSpan[]): Promise<string[]> {
  if (spools.length === 0) return [];
  const { namedSensors } = await import('../store/spool.ts');
  const delivered = new Set(sensors.map(({ sensor }) => sensor));
  return spools.flatMap((spool) => {
    const named = namedSensors(spool);
    const present = named.filter((sensor) => delivered.has(sensor));
    return present.length === 0 ? named : present;
  });
}
