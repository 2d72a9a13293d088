// What a monitoring system is told (Prometheus text format): of what is shown, of the sensor where there is one, and of
// this process.

import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SensorHealth } from '../../model/sensor.ts';
import type { Documents } from '../documents.ts';
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
  /** What the sensor said last; null without a sensor. */
  readonly health: (() => SensorHealth | null) | null;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export function makeMetrics({ documents, fleet, wiretally, catalogueDay, health }: Measured): Metrics {
  const registry = new Registry();
  addGauge(registry, 'build_info', 'Version of the program.', ['version']).set({ version: wiretally }, 1);
  const catalogue = addGauge(
    registry,
    'catalogue_timestamp_seconds',
    'When somebody last looked at a fact of the catalogue.',
  );
  const updates = [
    () => catalogue.set(Date.parse(catalogueDay() ?? '') / 1000),
    addDocumentMetrics(registry, documents),
    addFleetMetrics(registry, fleet),
    ...(health === null ? [] : [addSensorMetrics(registry, health)]),
  ];
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    async text() {
      for (const update of updates) await update();
      return await registry.metrics();
    },
  };
}
