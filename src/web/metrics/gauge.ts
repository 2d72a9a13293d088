// Adds a gauge with the prefix of this program to a registry.

import { Gauge, type Registry } from 'prom-client';

/** `name`: without the common prefix. */
export function addGauge<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Gauge<L> {
  return new Gauge({ name: `wiretally_${name}`, help, labelNames: [...labelNames], registers: [registry] });
}
