// Describes the sensors of a fleet, identically in a terminal and on a page.

import type { FleetSensor, FleetSensorState } from '../../model/fleet.ts';
import { plural } from '../../text/quantity.ts';
import { HOUR_SECONDS, MINUTE_SECONDS } from '../../time/units.ts';

const DAY_HOURS = 24;

export function lagText(seconds: number): string {
  if (seconds < 0) return 'in the future';
  if (seconds < 2 * HOUR_SECONDS) return `${Math.floor(seconds / MINUTE_SECONDS)} min`;
  const hours = Math.floor(seconds / HOUR_SECONDS);
  return hours < 2 * DAY_HOURS ? `${hours} h` : `${Math.floor(hours / DAY_HOURS)} days`;
}

export const clockText = (ahead: number): string => `${ahead > 0 ? '+' : ''}${ahead} s`;

export const coverageText = (coverage: number): string => `${Math.floor(100 * coverage)} %`;

/** Returns sentences about sensors that need attention. `shown`: formats a sensor's name. */
export function fleetNotes(
  sensors: readonly FleetSensor[],
  shown: (sensor: string) => string = (sensor) => sensor,
): string[] {
  const refused = sensors.flatMap(({ sensor, refused: by }) =>
    by === null
      ? []
      : [
          `${shown(sensor)}: ${plural(by.windows, 'window')} under this name ` +
            `${by.windows === 1 ? 'was' : 'were'} refused, the last at ${by.last.replace(/\.\d+Z$/, 'Z')}: ${shown(by.reason)}`,
        ],
  );
  const newest = newestSignedConfig(sensors);
  // Sensors that have ended do not apply a configuration.
  const older = sensors
    .filter(({ state, signedConfig }) => state !== 'ended' && newest > (signedConfig?.revision ?? 0))
    .map(({ sensor, signedConfig }) => {
      const by =
        signedConfig === null ? 'its local configuration' : `signed configuration ${signedConfig.revision}`;
      return `${shown(sensor)}: evaluates by ${by}; the newest in this fleet is ${newest}`;
    });
  return [...refused, ...older];
}

/** Returns the highest revision of a signed configuration; 0 without any. */
export const newestSignedConfig = (sensors: readonly FleetSensor[]): number =>
  sensors.reduce((newest, { signedConfig }) => Math.max(newest, signedConfig?.revision ?? 0), 0);

/** Sensors that need attention first. */
const ORDER: Readonly<Record<FleetSensorState, number>> = { silent: 0, never: 1, delivering: 2, ended: 3 };

/** Lists silent sensors first, the others in their order. */
export const silentFirst = (sensors: readonly FleetSensor[]): FleetSensor[] =>
  [...sensors].sort((a, b) => ORDER[a.state] - ORDER[b.state]);
