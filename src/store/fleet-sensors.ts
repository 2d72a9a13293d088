// Computes the state of the sensors of a fleet from the stored windows and the delivery metadata of each.

import type { FleetSensor } from '../model/fleet.ts';
import { formatInstant } from '../time/instant.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import type { SensorNote } from './sensor-note.ts';
import type { SensorSpan } from './store.ts';

/** Lists the sensors, sorted by name. */
export function listFleetSensors(
  spans: readonly SensorSpan[],
  notes: readonly SensorNote[],
  nowSeconds: number,
): FleetSensor[] {
  const spanOf = new Map(spans.map((span) => [span.sensor, span]));
  const noteOf = new Map(notes.map((note) => [note.sensor, note]));
  const names = [...new Set([...spanOf.keys(), ...noteOf.keys()])].sort();
  return names.map((sensor) => {
    const span = spanOf.get(sensor);
    const note = noteOf.get(sensor);
    const lagSeconds = span === undefined ? null : Math.floor(nowSeconds - span.lastSeconds);
    const whole = span === undefined ? 0 : span.lastSeconds - span.firstSeconds;
    return {
      sensor,
      first: span === undefined ? null : formatInstant(span.firstSeconds * US),
      last: span === undefined ? null : formatInstant(span.lastSeconds * US),
      lagSeconds,
      windows: span?.windows ?? 0,
      coverage: span === undefined ? null : Math.round((1000 * span.observedSeconds) / whole) / 1000,
      packets: span?.packets ?? 0,
      kernelDrops: span?.kernelDrops ?? 0,
      program: note?.program || null,
      catalogue: note?.catalogue || null,
      policy: note?.policy ?? null,
      signedConfig: note?.signedConfig ?? null,
      keptFrom: note?.keptFrom ?? null,
      clockAheadSeconds:
        note === undefined || note.clockAheadMs === null ? null : Math.round(note.clockAheadMs / 100) / 10,
      arrived: note === undefined ? null : formatInstant(note.arrivedMs * 1000),
      keepsName: note?.keepsName ?? false,
      state: getState(lagSeconds, note),
      refused:
        note === undefined || note.refused === null
          ? null
          : {
              windows: note.refused.windows,
              last: formatInstant(note.refused.lastMs * 1000),
              reason: note.refused.reason,
            },
    };
  });
}

/** Twice the longest window: one window is open, and one is in transit. */
const SILENT_AFTER_SECONDS = 2 * QUARTER_SECONDS;

function getState(lagSeconds: number | null, note: SensorNote | undefined): FleetSensor['state'] {
  if (lagSeconds === null) return 'never';
  if (lagSeconds <= SILENT_AFTER_SECONDS) return 'delivering';
  return note?.keepsName === true ? 'silent' : 'ended';
}
