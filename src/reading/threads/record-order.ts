// Reads batches of all threads into one visitor, in an order that makes the result independent of the threads: DNS
// answers first, then the rest of a batch when every thread has delivered the answers of that time.

import type { Counters } from '../../model/flow.ts';
import type { BATCH_PARTS } from '../../native/collector-parts.ts';
import { BatchReader, type BatchVisitor, readBatchClockUs, readSettledUs } from '../../native/event-batch.ts';
import { US } from '../../time/units.ts';
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

/** Maximum time in a capture from a packet to an earlier one behind it, of several queues or taps: kLate of flush_clock.h. */
const LATE_US = US;

/**
 * Orders the records of captures. Without a reader of batches, the order of records does not matter, so none of them
 * waits.
 */
export const orderRecords = (
  threads: number,
  counterNames: readonly string[],
  visitor: RecordVisitor,
): RecordOrder =>
  new RecordOrder(threads, counterNames, visitor, visitor.onBatch === undefined ? 0 : LATE_US);

/** Returns the progress of a thread up to the end of a batch of a capture. */
export const readProgress = (batch: Uint8Array<ArrayBuffer>): Progress => ({
  clockUs: readBatchClockUs(batch),
  settledUs: readSettledUs(batch),
});

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

  /** `counterNames`: from the addon. `lateUs`: answers may follow in later batches by this much of the capture's time. */
  constructor(slots: number, counterNames: readonly string[], visitor: RecordVisitor, lateUs = 0) {
    const { onCapture, ...late } = visitor;
    this.#counterNames = counterNames;
    this.#visitor = visitor;
    this.#early = onCapture === undefined ? {} : { onCapture };
    this.#late = late;
    this.#order = new BatchOrder(slots, lateUs);
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

  add(slot: number, batch: ThreadBatch): void {
    const from = this.#threads[slot];
    if (from === undefined) return;
    if (this.#visitor.onBatch?.(batch.bytes, batch.length, 'answers') !== false)
      from.reader.read(batch.bytes, batch.length, this.#early);
    const isInPlace = this.#order.count(slot) < WAITING_IN_PLACE;
    this.#order.add(slot, { ...(isInPlace ? batch : copyBatch(batch)), from });
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
      if (thread.reachedUs !== null && this.#order.count(slot) === 0) {
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

function copyBatch(batch: ThreadBatch): ThreadBatch {
  const bytes = Uint8Array.from(batch.bytes.subarray(0, batch.length));
  batch.release();
  return { ...batch, bytes, release: () => {} };
}

/** Reads the batches of a decoder that this thread polls. */
export class BatchPoller {
  readonly #records: RecordOrder;
  readonly #batchBytes: number;
  readonly #poll: (batch: Uint8Array<ArrayBuffer>) => number;
  /** Buffers that were read. A new one is made if all of them wait, at most WAITING_IN_PLACE. */
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #isFinishing = false;

  /** `poll` fills a batch and returns its length, 0 without records. */
  constructor(records: RecordOrder, batchBytes: number, poll: (batch: Uint8Array<ArrayBuffer>) => number) {
    this.#records = records;
    this.#batchBytes = batchBytes;
    this.#poll = poll;
  }

  /** Must be called before the last polls. */
  finish(): void {
    this.#isFinishing = true;
  }

  /** Returns false if the decoder has no pending work. */
  readOnce(): boolean {
    const bytes = this.#free.pop() ?? new Uint8Array(this.#batchBytes);
    const release = (): void => {
      this.#free.push(bytes);
    };
    const length = this.#poll(bytes);
    if (length > 0) {
      this.#records.add(0, { bytes, length, ...readProgress(bytes), release });
      return true;
    }
    release();
    if (this.#isFinishing) this.#records.end(0);
    return false;
  }
}

/** A batch of a worker. `clockUs`: the capture clock of the worker at its end. */
interface WorkerBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  readonly clockUs: number;
}

/** Batches of a worker that wait in its own buffers. Further ones are copied, because it needs buffers for later answers. */
export const WAITING_IN_PLACE = 2;
/** Maximum batches of a worker that wait for answers of other times, some 64 MiB. */
const MAX_WAITING = 64;

/**
 * Orders batches of several workers so that the result is independent of them: DNS answers first, then the rest of a
 * batch when every worker has delivered all answers of that time. Packets of several queues are out of order, so an answer
 * may follow the flow that it names.
 */
class BatchOrder<B extends WorkerBatch> {
  readonly #lateUs: number;
  readonly #clocks: number[];
  readonly #given: number[];
  readonly #waiting: B[][];

  constructor(workers: number, lateUs: number) {
    this.#lateUs = lateUs;
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

  /** Returns the number of batches of the worker that wait. */
  count(worker: number): number {
    return this.#waiting[worker]?.length ?? 0;
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
      const othersUs = this.#clocks.reduce(
        (least, clock, other) => (other === worker ? least : Math.min(least, clock)),
        Number.POSITIVE_INFINITY,
      );
      const allUs = Math.min(othersUs, this.#clocks[worker] ?? othersUs);
      for (let batch = waiting[0]; batch !== undefined; batch = waiting[0]) {
        const isWaiting = this.#lateUs > 0 && waiting.length <= MAX_WAITING;
        if (batch.clockUs > (isWaiting ? allUs - this.#lateUs : othersUs)) break;
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
