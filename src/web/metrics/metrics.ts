// Metrics in the Prometheus text format: of the shown data, of the sensor if there is one, and of this process.

import { collectDefaultMetrics, Registry } from 'prom-client';
import type { FleetSensor } from '../../model/fleet.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import type { Documents } from '../documents.ts';
import type { FindingStates } from '../findings/finding-states.ts';
import type { FleetSensors } from '../fleet.ts';
import { addDocumentMetrics } from './document-metrics.ts';
import { addGauge } from './gauge.ts';
import { addSensorMetrics } from './sensor-metrics.ts';

export interface Measured {
  readonly documents: Documents;
  readonly fleet: FleetSensors;
  readonly wiretally: string;
  /** Day of the newest fact of the catalogue, YYYY-MM-DD; null when none has a date. */
  readonly catalogueDay: () => string | null;
  /** States of findings; null without a log. */
  readonly findings: Pick<FindingStates, 'show'> | null;
  /** What the sensor said last; null without a sensor. */
  readonly health: (() => SensorHealth | null) | null;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Registers the metrics of the program; the results are called before each scrape. */
export function registerMetrics(
  registry: Registry,
  { documents, fleet, wiretally, catalogueDay, findings, health }: Measured,
): (() => unknown)[] {
  addGauge(registry, 'build_info', 'Version of the program.', ['version']).set({ version: wiretally }, 1);
  const catalogue = addGauge(
    registry,
    'catalogue_timestamp_seconds',
    'Date of the last check of a catalogue fact.',
  );
  return [
    () => catalogue.set(Date.parse(catalogueDay() ?? '') / 1000),
    addDocumentMetrics(registry, documents, findings),
    addFleetMetrics(registry, fleet),
    ...(health === null ? [] : [addSensorMetrics(registry, health)]),
  ];
}

/** Gauges of prom-client with the suffix of counters, which `promtool check metrics` rejects; each is a sum of a gauge that stays. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export function makeMetrics(measured: Measured): Metrics {
  const registry = new Registry();
  const updates = registerMetrics(registry, measured);
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return {
    contentType: registry.contentType,
    async text() {
      for (const update of updates) await update();
      return await registry.metrics();
    },
  };
}

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
function addFleetMetrics(registry: Registry, fleet: FleetSensors): () => Promise<void> {
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
