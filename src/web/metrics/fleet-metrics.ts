// Metrics of the sensors of a fleet. Operators choose the names of sensors, and there are few: the only label with a name.
// Above a thousand sensors, only the sums are exported.

import type { Registry } from 'prom-client';
import type { FleetSensor } from '../../model/fleet.ts';
import type { FleetSensors } from '../fleet.ts';
import { addGauge } from './gauge.ts';

const MAX_NAMED = 1000;
const SECOND_MS = 1000;

type Figure = readonly [name: string, help: string, value: (sensor: FleetSensor) => number | null];

/** Of sensors that keep their name: each run without one is a sensor of its own, and would add a permanent series. */
const FIGURES: readonly Figure[] = [
  [
    'sensor_last_window_timestamp_seconds',
    'End of the last window of a sensor.',
    ({ last }) => (last === null ? null : Date.parse(last) / SECOND_MS),
  ],
  [
    'sensor_coverage_ratio',
    'Share of the time between the first and last window of a sensor that its windows cover, 0 to 1.',
    ({ coverage }) => coverage,
  ],
  ['sensor_packets', 'Packets in the stored windows of a sensor.', ({ packets }) => packets],
  [
    'sensor_dropped_packets',
    'Packets that a sensor lost in its stored windows.',
    ({ kernelDrops }) => kernelDrops,
  ],
  [
    'sensor_clock_ahead_seconds',
    'Clock of a sensor minus clock of the collector.',
    ({ clockAheadSeconds }) => clockAheadSeconds,
  ],
  [
    'sensor_refused_windows',
    'Rejected windows of another sensor with the same name.',
    ({ refused }) => refused?.windows ?? 0,
  ],
  [
    'sensor_config_revision',
    'Revision of the signed configuration in force on a sensor.',
    ({ signedConfig }) => signedConfig?.revision ?? null,
  ],
];

/** The result is called before each scrape. An unavailable source has no series. */
export function addFleetMetrics(registry: Registry, fleet: FleetSensors): () => Promise<void> {
  const sums = addGauge(registry, 'sensors', 'Sensors of a fleet by state.', ['state']);
  const gauges = FIGURES.map(
    ([name, help, value]) => [addGauge(registry, name, help, ['sensor']), value] as const,
  );
  return async () => {
    const fleetStates = await fleet.states().catch(() => null);
    for (const gauge of [sums, ...gauges.map(([gauge]) => gauge)]) gauge.reset();
    if (fleetStates === null) return;
    for (const { state } of fleetStates.sensors) sums.inc({ state });
    const named = fleetStates.sensors.filter(({ keepsName }) => keepsName);
    if (named.length > MAX_NAMED) return;
    for (const sensor of named) {
      for (const [gauge, value] of gauges) {
        const figure = value(sensor);
        if (figure !== null) gauge.set({ sensor: sensor.sensor }, figure);
      }
    }
  };
}
