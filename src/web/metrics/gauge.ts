// A gauge of ours: each has the same prefix and one registry.

import { Gauge, type Registry } from 'prom-client';

/** `name` without the prefix that all of ours have. */
export function addGauge<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Gauge<L> {
  return new Gauge({ name: `wiretally_${name}`, help, labelNames: [...labelNames], registers: [registry] });
}
