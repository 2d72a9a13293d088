// Reads the sensors file: which sensor reports which networks.

import type { SensorNetworks } from '../../window/sensor-networks.ts';

/** Limits the hosts that each sensor may report. Throws SENSORS_INVALID; USAGE when it cannot be read. */
export async function readSensorsFile(file: string): Promise<SensorNetworks> {
  // Imported on demand: loading the parser takes as long as reading a small capture.
  const [{ readTextFile }, { parseSensorsFile }] = await Promise.all([
    import('./policy-file.ts'),
    import('../../window/sensors-file.ts'),
  ]);
  return parseSensorsFile(readTextFile(file), file);
}

/** Null without a file. Throws SENSORS_INVALID; USAGE when it cannot be read. */
export async function readSensors({
  sensors,
}: {
  readonly sensors?: string;
}): Promise<SensorNetworks | null> {
  return sensors === undefined ? null : await readSensorsFile(sensors);
}
