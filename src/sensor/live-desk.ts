// LiveDesk: where the batches of all live threads become windows: read in the order of the clock, and closed when every
// thread has told all of a window.

import type { Counters } from '../model/flow.ts';
import type { UsageWindow } from '../model/usage.ts';
import { BatchReader, type BatchVisitor } from '../native/event-batch.ts';
import type { Aggregator } from '../usage/aggregate.ts';
import { BatchOrder } from './batch-order.ts';
import type { CrewBatch } from './live-crew.ts';
import type { Progress } from './live-messages.ts';
import { NO_COUNTERS, sumCounters } from './summary.ts';

const US = 1_000_000;
/** A clock that jumps must not make windows of silence without end. */
const MAX_SILENT_WINDOWS = 1440;

/** Totals of one thread, as far as its batches have been read. */
interface Tally {
  counters: Counters;
}

interface OrderedBatch extends CrewBatch {
  readonly visitor: BatchVisitor;
}

export interface DeskOptions {
  readonly slots: number;
  readonly windowSeconds: number;
  readonly sensor: string;
  readonly aggregator: Aggregator;
  readonly counterNames: readonly string[];
  /** Drops outside of the decoders so far: rings, interfaces. */
  readonly kernelDrops: () => number;
  readonly onWindows: (windows: readonly UsageWindow[]) => void;
}

export class LiveDesk {
  readonly #options: DeskOptions;
  readonly #readers: BatchReader[];
  readonly #order: BatchOrder<OrderedBatch>;
  readonly #early: BatchVisitor;
  readonly #late: BatchVisitor;
  readonly #settled: number[];
  readonly #told: (number | null)[];
  /** Latest totals of the thread of each slot; those of threads that are no more stay in the list. */
  readonly #tallies: Tally[];
  readonly #current: Tally[];
  #closedSeconds: number;

  constructor(options: DeskOptions, startSeconds: number) {
    const { aggregator, windowSeconds, slots } = options;
    this.#options = options;
    this.#readers = Array.from({ length: slots }, () => new BatchReader(options.counterNames));
    this.#order = new BatchOrder(slots);
    this.#settled = new Array<number>(slots).fill(0);
    this.#told = new Array<number | null>(slots).fill(null);
    this.#current = Array.from({ length: slots }, () => ({ counters: NO_COUNTERS }));
    this.#tallies = [...this.#current];
    this.#closedSeconds = Math.floor(startSeconds / windowSeconds) * windowSeconds;
    this.#early = { onDns: (record) => aggregator.addDns(record) };
    this.#late = {
      onHostTotals: (totals) => aggregator.addTotals(totals),
      onGlance: (flow) => aggregator.addGlance(flow),
      onFlow: (flow) => aggregator.addFlow(flow),
      onExchange: (exchange) => aggregator.addExchange(exchange),
      onSighting: (sighting) => aggregator.addSighting(sighting),
    };
  }

  add(slot: number, batch: CrewBatch): void {
    this.#readers[slot]?.read(batch.bytes, batch.length, this.#early);
    const tally = this.#current[slot];
    const onCounters = (counters: Counters): void => {
      if (tally !== undefined) tally.counters = counters;
    };
    this.#order.add(slot, { ...batch, visitor: { ...this.#late, onCounters } });
    this.#readReady();
  }

  advance(slot: number, progress: Progress): void {
    this.#order.advance(slot, progress.clockUs);
    if (progress.settledSeconds !== null) this.#told[slot] = progress.settledSeconds;
    this.#readReady();
  }

  /** The thread is no more: nobody waits for it. */
  end(slot: number): void {
    this.#order.end(slot);
    this.#readReady();
    this.#settled[slot] = Number.POSITIVE_INFINITY;
    this.#closeSettled();
  }

  /** A new thread takes the slot over. */
  begin(slot: number): void {
    this.#order.advance(slot, Number.NEGATIVE_INFINITY);
    this.#settled[slot] = this.#closedSeconds;
    const tally = { counters: NO_COUNTERS };
    this.#current[slot] = tally;
    this.#tallies.push(tally);
  }

  counters(): Counters {
    const sum = this.#tallies.reduce<Counters>(
      (total, tally) => sumCounters(total, tally.counters),
      NO_COUNTERS,
    );
    return { ...sum, kernelDrops: this.#options.kernelDrops() };
  }

  /** When all threads have ended: what is open is closed. */
  finish(nowSeconds: number): void {
    this.#keepWindows(nowSeconds + 1);
    const { aggregator, sensor, onWindows } = this.#options;
    onWindows(aggregator.finish(sensor, 0, this.counters(), null));
  }

  /** A window of silence is a window too. */
  #keepWindows(untilSeconds: number): void {
    const { aggregator, windowSeconds } = this.#options;
    const first = Math.max(this.#closedSeconds, untilSeconds - MAX_SILENT_WINDOWS * windowSeconds);
    for (let start = first; start < untilSeconds; start += windowSeconds) aggregator.keepWindow(start * US);
  }

  #readReady(): void {
    for (const { worker, batch } of this.#order.ready()) {
      this.#readers[worker]?.read(batch.bytes, batch.length, batch.visitor);
      batch.release();
      this.#settle(worker, batch.settledSeconds);
    }
    // What a thread told without a batch holds when the batches that it gave before have been read.
    for (const [slot, settledSeconds] of this.#told.entries()) {
      if (settledSeconds === null || !this.#order.isEmpty(slot)) continue;
      this.#told[slot] = null;
      this.#settle(slot, settledSeconds);
    }
  }

  #settle(slot: number, settledSeconds: number | null): void {
    // Batches of a thread that is no more may still come: nobody waits for what they settle.
    if (settledSeconds === null || this.#settled[slot] === Number.POSITIVE_INFINITY) return;
    this.#settled[slot] = settledSeconds;
    this.#closeSettled();
  }

  #closeSettled(): void {
    const until = Math.min(...this.#settled);
    if (until <= this.#closedSeconds || until === Number.POSITIVE_INFINITY) return;
    const { aggregator, sensor, onWindows } = this.#options;
    this.#keepWindows(until);
    this.#closedSeconds = until;
    aggregator.settle(until * US);
    onWindows(aggregator.close(until * US, sensor, 0, this.counters()));
  }
}
