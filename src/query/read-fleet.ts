// Reads which sensors deliver to stores, from the notes in them; apart from the parts of a fleet, which pages compute too.

import type { SensorSpan } from '../store/store.ts';
import type { Fleet } from './fleet-facts.ts';

/** Null if no sensor delivers to one of the stores. */
export async function readFleet(
  stores: readonly string[],
  sensorsOf: () => Promise<readonly SensorSpan[]>,
): Promise<Fleet | null> {
  // Imported on demand: a capture has no fleet, and loading this takes a third of the start-up time.
  const { buildSensorNotes } = await import('../store/sensor-notes.ts');
  const notes = (await Promise.all(stores.map((store) => buildSensorNotes(store).list()))).flat();
  if (notes.length === 0) return null;
  const named = notes.filter(({ keepsName }) => keepsName);
  return { sensors: await sensorsOf(), keepsName: new Set(named.map(({ sensor }) => sensor)) };
}
