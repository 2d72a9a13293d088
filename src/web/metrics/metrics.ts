// Metrics in the Prometheus text format: of the shown data, of the sensor if there is one, and of this process.

import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SensorHealth } from '../../model/sensor.ts';
import type { Documents } from '../documents.ts';
import type { FindingStates } from '../findings/finding-states.ts';
import type { FleetSensors } from '../fleet.ts';
import { addDocumentMetrics } from './document-metrics.ts';
import { addFleetMetrics } from './fleet-metrics.ts';
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
