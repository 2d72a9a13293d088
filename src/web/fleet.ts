// The sensors that deliver to a source: asked of it now and then, however many look.

import type { FleetSensor } from '../model/fleet.ts';
import type { PageSource } from './documents.ts';

export interface FleetStates {
  /** Time of the answer, Unix time in milliseconds. */
  readonly atMs: number;
  readonly sensors: readonly FleetSensor[];
}

const LEAST_AGE_MS = 10_000;
/** Queries take a tenth of the time at most: a store with a writer is copied for each. */
const SHARE = 9;

export class FleetSensors {
  readonly #source: PageSource;
  #answer: Promise<FleetStates> | null = null;
  /** Until when it holds. */
  #freshUntilMs = 0;

  constructor(source: PageSource) {
    this.#source = source;
  }

  /** Throws what the source throws. */
  states(): Promise<FleetStates> {
    if (this.#answer !== null && Date.now() < this.#freshUntilMs) return this.#answer;
    this.#freshUntilMs = Number.POSITIVE_INFINITY;
    const states = this.#ask();
    this.#answer = states;
    return states;
  }

  async #ask(): Promise<FleetStates> {
    const atMs = Date.now();
    try {
      return { atMs, sensors: (await this.#source.sensors?.(atMs / 1000)) ?? [] };
    } finally {
      const endMs = Date.now();
      this.#freshUntilMs = endMs + Math.max(LEAST_AGE_MS, SHARE * (endMs - atMs));
    }
  }
}
