// What a monitoring system is told (Prometheus text format): of what is shown, of the sensor where there is one, and of
// this process.

import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { SensorHealth } from '../../model/sensor.ts';
import type { Documents } from '../documents.ts';
import { addDocumentMetrics } from './document-metrics.ts';
import { addSensorMetrics } from './sensor-metrics.ts';

export interface Measured {
  readonly documents: Documents;
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

export function makeMetrics({ documents, wiretally, catalogueDay, health }: Measured): Metrics {
  const registry = new Registry();
  new Gauge({
    name: 'wiretally_build_info',
    help: 'Version of the program.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: wiretally }, 1);
  const catalogue = new Gauge({
    name: 'wiretally_catalogue_timestamp_seconds',
    help: 'When somebody last looked at a fact of the catalogue.',
    registers: [registry],
  });
  const updates = [
    () => catalogue.set(Date.parse(catalogueDay() ?? '') / 1000),
    addDocumentMetrics(registry, documents),
    ...(health === null ? [] : [addSensorMetrics(registry, health)]),
  ];
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text() {
      for (const update of updates) update();
      return registry.metrics();
    },
  };
}
