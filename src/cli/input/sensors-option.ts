// `--sensors FILE`: which sensor reports which networks.

import type { Command } from 'commander';
import type { SensorNetworks } from '../../window/sensor-networks.ts';

export interface SensorsOptions {
  readonly sensors?: string;
}

export function addSensorsOption(command: Command): void {
  command.option('--sensors <file>', 'sensors file: the networks that each sensor may report hosts of');
}

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
