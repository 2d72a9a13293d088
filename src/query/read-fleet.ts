// Which sensors deliver to a store, read from the notes in it; apart from the parts of a fleet, which pages compute too.

import type { SensorSpan } from '../store/store.ts';
import type { Fleet } from './fleet.ts';

/** Null if no sensor delivers to the store. */
export async function readFleet(
  store: string,
  sensorsOf: () => Promise<readonly SensorSpan[]>,
): Promise<Fleet | null> {
  // Not at the top: a capture has no fleet, and reading notes takes a third of a start.
  const { sensorNotesOf } = await import('../store/sensor-notes.ts');
  const notes = await sensorNotesOf(store).list();
  if (notes.length === 0) return null;
  const named = notes.filter(({ keepsName }) => keepsName);
  return { sensors: await sensorsOf(), keepsName: new Set(named.map(({ sensor }) => sensor)) };
}
