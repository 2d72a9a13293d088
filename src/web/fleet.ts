// The sensors that deliver to a source: asked of it now and then, however many look.

import type { FleetSensor } from '../model/fleet.ts';
import type { PageSource } from './page-source.ts';

export interface FleetTold {
  /** Time of the answer, Unix time in milliseconds. */
  readonly atMs: number;
  readonly sensors: readonly FleetSensor[];
}

const LEAST_AGE_MS = 10_000;
/** Queries take a tenth of the time at most: a store with a writer is copied for each. */
const SHARE = 9;

export class FleetSensors {
  readonly #source: PageSource;
  #told: Promise<FleetTold> | null = null;
  /** Until when it holds. */
  #freshUntilMs = 0;

  constructor(source: PageSource) {
    this.#source = source;
  }

  /** Throws what the source throws. */
  told(): Promise<FleetTold> {
    if (this.#told !== null && Date.now() < this.#freshUntilMs) return this.#told;
    this.#freshUntilMs = Number.POSITIVE_INFINITY;
    const told = this.#ask();
    this.#told = told;
    return told;
  }

  async #ask(): Promise<FleetTold> {
    const atMs = Date.now();
    try {
      return { atMs, sensors: (await this.#source.sensors?.(atMs / 1000)) ?? [] };
    } finally {
      const endMs = Date.now();
      this.#freshUntilMs = endMs + Math.max(LEAST_AGE_MS, SHARE * (endMs - atMs));
    }
  }
}
