// `--sensors FILE`: which sensor reports which networks.

import type { Command } from 'commander';
import type { SensorNetworks } from '../../window/sensor-networks.ts';
import { addOptions, type OptionValues, option } from '../options/declare.ts';

const sensorsOptions = {
  sensors: option('--sensors <file>', {
    group: 'Policy',
    description: 'Sensors file: networks that each sensor may report',
    changesResult: true,
  }),
};
export type SensorsOptions = OptionValues<typeof sensorsOptions>;

export const addSensorsOption = (command: Command): void => addOptions(command, sensorsOptions);

/** Null without a file. Throws SENSORS_INVALID; USAGE when it cannot be read. */
export async function readSensors({ sensors }: SensorsOptions): Promise<SensorNetworks | null> {
  if (sensors === undefined) return null;
  // Loaded here and not above: the parser costs as much time as a small capture.
  const [{ readTextFile }, { parseSensorsFile }] = await Promise.all([
    import('../../library/policy-file.ts'),
    import('../../window/sensors-file.ts'),
  ]);
  return parseSensorsFile(readTextFile(sensors), sensors);
}
