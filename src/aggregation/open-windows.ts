// Open windows. Each is emitted once, including the values that no record assigns to a time.

import type { UsageWindow, WindowStats } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { EMPTY_STATS, sumCounts, sumStats } from '../window/sums.ts';
import { WindowBuilder } from './window-builder.ts';

export class OpenWindows {
  readonly #windowSeconds: number;
  readonly #builders = new Map<number, WindowBuilder>();
  #lastBuilder: WindowBuilder | null = null;
  /** Windows before it are closed; late records for them count in the first open window. */
  #openFromSeconds = Number.NEGATIVE_INFINITY;
  #handedOn: WindowStats = EMPTY_STATS;
  /** Counts of limits, pending for a window. */
  #overflow: Readonly<Record<string, number>> = {};

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  get isEmpty(): boolean {
    return this.#builders.size === 0;
  }

  at(us: number): WindowBuilder {
    const length = this.#windowSeconds;
    const start = Math.max(Math.floor(us / US / length) * length, this.#openFromSeconds);
    if (this.#lastBuilder?.startSeconds === start) return this.#lastBuilder;
    let builder = this.#builders.get(start);
    if (builder === undefined) {
      builder = new WindowBuilder(start);
      this.#builders.set(start, builder);
    }
    this.#lastBuilder = builder;
    return builder;
  }

  /**
   * Windows that end at `untilUs` or before, by start. `restOver` returns the values that counters have beyond the windows
   * so far, these ones included; it and `overflow` count in the last of them.
   */
  handOn(
    untilUs: number,
    sensor: string,
    revision: number,
    restOver: ((placed: WindowStats) => WindowStats) | null,
    overflow: Readonly<Record<string, number>>,
  ): UsageWindow[] {
    this.#overflow = sumCounts(this.#overflow, overflow);
    const builders = [...this.#builders.values()]
      .filter((builder) => (builder.startSeconds + this.#windowSeconds) * US <= untilUs)
      .sort((a, b) => a.startSeconds - b.startSeconds);
    const last = builders.at(-1);
    if (last === undefined) return [];
    for (const builder of builders) this.#handedOn = sumStats(this.#handedOn, builder.stats);
    if (restOver !== null) {
      const rest = restOver(this.#handedOn);
      Object.assign(last.stats, sumStats(last.stats, rest));
      this.#handedOn = sumStats(this.#handedOn, rest);
    }
    last.stats.overflow = sumCounts(last.stats.overflow, this.#overflow);
    this.#overflow = {};
    for (const builder of builders) this.#builders.delete(builder.startSeconds);
    this.#lastBuilder = null;
    this.#openFromSeconds = last.startSeconds + this.#windowSeconds;
    return builders.map((builder) => builder.finish(sensor, this.#windowSeconds, revision));
  }
}
