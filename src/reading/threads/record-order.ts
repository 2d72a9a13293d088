// Reads batches of all threads into one visitor, in an order that makes the result independent of the threads: DNS
// answers first, then the rest of a batch when every thread has delivered all earlier answers.

import type { Counters } from '../../model/flow.ts';
import type { BATCH_PARTS } from '../../native/collector-parts.ts';
import { BatchReader, type BatchVisitor, readBatchClockUs, readSettledUs } from '../../native/event-batch.ts';
import { sumCounters } from './sum-counters.ts';
import type { Progress } from './thread-messages.ts';

/** Receives the records. `settle`: all threads have delivered every record of packets before a time. */
export interface RecordVisitor extends BatchVisitor {
  /**
   * Receives a part of the records of a batch before the others are read one by one. Returns false if no records are
   * left. `answers` come before the `others` of a batch.
   */
  onBatch?(batch: Uint8Array<ArrayBuffer>, length: number, part: keyof typeof BATCH_PARTS): boolean;
  settle?(untilUs: number): void;
  /** Receives the common clock of all threads, from the batches that have been read. */
  reach?(clockUs: number): void;
}

export interface ThreadBatch extends Progress {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  /** Returns the buffer to the thread. */
  release(): void;
}

/** Progress of a thread. A replacement thread has its own. */
interface ThreadState {
  /** Caches of repeated values of one decoder. */
  readonly reader: BatchReader;
  readonly late: BatchVisitor;
  counters: Counters | null;
  settledUs: number;
  /** Progress without a batch, valid after the earlier batches were read. */
  reachedUs: number | null;
}

interface WaitingBatch extends ThreadBatch, WorkerBatch {
  readonly from: ThreadState;
}

export class RecordOrder {
  readonly #counterNames: readonly string[];
  readonly #visitor: RecordVisitor;
  readonly #early: BatchVisitor;
  readonly #late: BatchVisitor;
  readonly #order: BatchOrder<WaitingBatch>;
  readonly #threads: ThreadState[];
  /** Includes threads that have ended. */
  readonly #all: ThreadState[];
  #settledUs = Number.NEGATIVE_INFINITY;

  /** `counterNames`: from the addon. */
  constructor(slots: number, counterNames: readonly string[], visitor: RecordVisitor) {
    const { onCapture, ...late } = visitor;
    this.#counterNames = counterNames;
    this.#visitor = visitor;
    this.#early = onCapture === undefined ? {} : { onCapture };
    this.#late = late;
    this.#order = new BatchOrder(slots);
    this.#threads = Array.from({ length: slots }, () => this.#newThread());
    this.#all = [...this.#threads];
  }

  #newThread(): ThreadState {
    const state: ThreadState = {
      reader: new BatchReader(this.#counterNames),
      late: {
        ...this.#late,
        onCounters: (counters) => {
          state.counters = counters;
        },
      },
      counters: null,
      settledUs: this.#settledUs,
      reachedUs: null,
    };
    return state;
  }

  /** Reads immediately, because one thread need not wait. */
  read(bytes: Uint8Array<ArrayBuffer>, length: number): void {
    const [thread] = this.#threads;
    if (thread !== undefined && this.#visitor.onBatch?.(bytes, length, 'all') !== false)
      thread.reader.read(bytes, length, { ...thread.late, ...this.#early });
    this.#visitor.reach?.(readBatchClockUs(bytes));
    const settledUs = readSettledUs(bytes);
    if (thread !== undefined && settledUs !== null) this.#settle(thread, settledUs);
  }

  add(slot: number, batch: ThreadBatch): void {
    const from = this.#threads[slot];
    if (from === undefined) return;
    if (this.#visitor.onBatch?.(batch.bytes, batch.length, 'answers') !== false)
      from.reader.read(batch.bytes, batch.length, this.#early);
    this.#order.add(slot, { ...batch, from });
    this.#readReady();
  }

  /** Records progress of a thread without records. */
  advance(slot: number, { clockUs, settledUs }: Progress): void {
    const thread = this.#threads[slot];
    if (thread === undefined) return;
    this.#order.advance(slot, clockUs);
    if (settledUs !== null) thread.reachedUs = settledUs;
    this.#readReady();
  }

  /** Ends a thread, so that others no longer wait for it. */
  end(slot: number): void {
    this.#order.end(slot);
    this.#readReady();
  }

  /** Begins a new thread in the slot. */
  begin(slot: number): void {
    const thread = this.#newThread();
    this.#order.advance(slot, Number.NEGATIVE_INFINITY);
    this.#threads[slot] = thread;
    this.#all.push(thread);
  }

  /** Sums the last counters of every thread that has reported some; null without any. */
  counters(): Counters | null {
    const given = this.#all.flatMap(({ counters }) => (counters === null ? [] : [counters]));
    return given.length === 0 ? null : given.reduce(sumCounters);
  }

  #readReady(): void {
    for (const batch of this.#order.ready()) {
      if (this.#visitor.onBatch?.(batch.bytes, batch.length, 'others') !== false)
        batch.from.reader.read(batch.bytes, batch.length, batch.from.late);
      batch.release();
      if (batch.settledUs !== null) this.#settle(batch.from, batch.settledUs);
    }
    this.#visitor.reach?.(this.#order.givenUs());
    for (const [slot, thread] of this.#threads.entries()) {
      if (thread.reachedUs !== null && this.#order.isEmpty(slot)) {
        this.#settle(thread, thread.reachedUs);
        thread.reachedUs = null;
      }
      // The last batches of the thread may have waited for the others.
      if (this.#order.isThrough(slot)) this.#settle(thread, Number.POSITIVE_INFINITY);
    }
  }

  /** Reports the minimum of all threads to the visitor. */
  #settle(thread: ThreadState, untilUs: number): void {
    thread.settledUs = Math.max(untilUs, thread.settledUs);
    const settledUs = this.#threads.reduce(
      (least, threadState) => Math.min(least, threadState.settledUs),
      Number.POSITIVE_INFINITY,
    );
    if (settledUs <= this.#settledUs || settledUs === Number.POSITIVE_INFINITY) return;
    this.#settledUs = settledUs;
    this.#visitor.settle?.(settledUs);
  }
}

/** A batch of a worker. `clockUs`: the capture clock of the worker at its end. */
interface WorkerBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  readonly clockUs: number;
}

/**
 * Orders batches of several workers so that the result is independent of them: DNS answers first, then the rest of a
 * batch when every worker has delivered all earlier answers.
 */
class BatchOrder<B extends WorkerBatch> {
  readonly #clocks: number[];
  readonly #given: number[];
  readonly #waiting: B[][];

  constructor(workers: number) {
    this.#clocks = new Array<number>(workers).fill(Number.NEGATIVE_INFINITY);
    this.#given = [...this.#clocks];
    this.#waiting = Array.from({ length: workers }, () => []);
  }

  add(worker: number, batch: B): void {
    this.#clocks[worker] = batch.clockUs;
    this.#waiting[worker]?.push(batch);
  }

  /** Sets the clock of a worker without records. */
  advance(worker: number, clockUs: number): void {
    this.#clocks[worker] = clockUs;
  }

  /** True if no batch of the worker waits. */
  isEmpty(worker: number): boolean {
    return (this.#waiting[worker]?.length ?? 0) === 0;
  }

  /** Ends a worker that has delivered its last batch, so that others no longer wait for it. */
  end(worker: number): void {
    this.#clocks[worker] = Number.POSITIVE_INFINITY;
  }

  /** True if the worker has ended and all of its batches have been read. */
  isThrough(worker: number): boolean {
    return this.#clocks[worker] === Number.POSITIVE_INFINITY && this.#waiting[worker]?.length === 0;
  }

  /** Yields batches that may be read now. */
  *ready(): Generator<B> {
    for (const [worker, waiting] of this.#waiting.entries()) {
      const untilUs = this.#clocks.reduce(
        (least, clock, other) => (other === worker ? least : Math.min(least, clock)),
        Number.POSITIVE_INFINITY,
      );
      for (let batch = waiting[0]; batch !== undefined && batch.clockUs <= untilUs; batch = waiting[0]) {
        waiting.shift();
        this.#given[worker] = batch.clockUs;
        yield batch;
      }
    }
  }

  /** Returns the minimum clock of all workers, by their batches that have been read. */
  givenUs(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const [worker, waiting] of this.#waiting.entries())
      least = Math.min(least, (waiting.length > 0 ? this.#given : this.#clocks)[worker] ?? least);
    return least;
  }
}
