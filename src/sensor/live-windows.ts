// LiveWindows: aggregates the records of all live threads; a window closes when every thread has passed its end.

import type { Aggregator } from '../aggregation/aggregator.ts';
import type { Counters, HelloRecord } from '../model/flow.ts';
import type { UsageWindow } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { recordsInto } from './records-into.ts';
import { RecordOrder } from './threads/record-order.ts';
import { NO_COUNTERS } from './threads/sum-counters.ts';

/** A clock that jumps must not make windows of silence without end. */
const MAX_SILENT_WINDOWS = 1440;

export interface LiveWindowsOptions {
  /** One for each thread. */
  readonly slots: number;
  readonly windowSeconds: number;
  readonly sensor: string;
  readonly aggregator: Aggregator;
  readonly counterNames: readonly string[];
  /** Drops outside of the decoders so far: rings, interfaces. */
  readonly kernelDrops: () => number;
  readonly onWindows: (windows: readonly UsageWindow[]) => void;
  readonly onHello?: (hello: HelloRecord) => void;
}

export class LiveWindows {
  /** Adds batches of the threads. */
  readonly records: RecordOrder;
  readonly #options: LiveWindowsOptions;
  #closedSeconds: number;

  constructor(options: LiveWindowsOptions, startSeconds: number) {
    const { aggregator, counterNames, slots, windowSeconds, onHello } = options;
    this.#options = options;
    this.#closedSeconds = Math.floor(startSeconds / windowSeconds) * windowSeconds;
    const visitor = recordsInto(aggregator);
    this.records = new RecordOrder(slots, counterNames, {
      ...visitor,
      ...(onHello === undefined ? {} : { onHello }),
      settle: (untilUs) => this.#close(untilUs),
    });
  }

  counters(): Counters {
    return { ...(this.records.counters() ?? NO_COUNTERS), kernelDrops: this.#options.kernelDrops() };
  }

  /** Closes all open windows after the end of all threads. */
  finish(nowSeconds: number): void {
    this.#keepWindows(nowSeconds + 1);
    const { aggregator, sensor, onWindows } = this.#options;
    onWindows(aggregator.finish(sensor, 0, this.counters(), null));
  }

  #close(untilUs: number): void {
    const untilSeconds = untilUs / US;
    if (untilSeconds <= this.#closedSeconds) return;
    const { aggregator, sensor, onWindows } = this.#options;
    this.#keepWindows(untilSeconds);
    this.#closedSeconds = untilSeconds;
    onWindows(aggregator.close(untilUs, sensor, 0, this.counters()));
  }

  /** A window of silence is a window too. */
  #keepWindows(untilSeconds: number): void {
    const { aggregator, windowSeconds } = this.#options;
    const first = Math.max(this.#closedSeconds, untilSeconds - MAX_SILENT_WINDOWS * windowSeconds);
    for (let start = first; start < untilSeconds; start += windowSeconds) aggregator.keepWindow(start * US);
  }
}
