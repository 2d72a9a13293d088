// Where batches of all workers are read into one visitor: at once with one worker, in the order of the capture's clock
// with several.

import type { BatchReader, BatchVisitor } from '../native/event-batch.ts';
import { BatchOrder, type WorkerBatch } from './batch-order.ts';

/** Takes the records; `settle` tells that every record of packets before a time has been given. */
export interface RecordVisitor extends BatchVisitor {
  settle?(untilUs: number): void;
}

export interface DeskBatch extends WorkerBatch {
  readonly settledUs: number;
  release(): void;
}

export class BatchDesk {
  readonly #readers: readonly BatchReader[];
  readonly #visitor: RecordVisitor;
  readonly #early: BatchVisitor;
  readonly #late: BatchVisitor;
  readonly #order: BatchOrder<DeskBatch>;
  readonly #settled: number[];
  #settledUs = Number.NEGATIVE_INFINITY;

  /** One reader for each worker: a reader remembers what its batches repeat. */
  constructor(readers: readonly BatchReader[], visitor: RecordVisitor) {
    const { onDns, onCapture, ...late } = bound(visitor);
    this.#readers = readers;
    this.#visitor = visitor;
    this.#early = { ...(onDns && { onDns }), ...(onCapture && { onCapture }) };
    this.#late = late;
    this.#order = new BatchOrder(readers.length);
    this.#settled = new Array<number>(readers.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** With one worker. Returns the clock. */
  read(bytes: Uint8Array<ArrayBuffer>, length: number): number {
    return this.#readers[0]?.read(bytes, length, { ...this.#late, ...this.#early }) ?? 0;
  }

  add(worker: number, batch: Omit<DeskBatch, 'clockUs'>): void {
    const clockUs = this.#readers[worker]?.read(batch.bytes, batch.length, this.#early) ?? 0;
    this.#order.add(worker, { ...batch, clockUs });
    this.#readReady();
  }

  end(worker: number): void {
    this.#order.end(worker);
    this.#readReady();
  }

  #readReady(): void {
    for (const { worker, batch } of this.#order.ready()) {
      this.#readers[worker]?.read(batch.bytes, batch.length, this.#late);
      batch.release();
      this.settle(worker, batch.settledUs);
    }
    // Its last batches may have waited for the others.
    for (const worker of this.#settled.keys()) {
      if (this.#order.isThrough(worker)) this.settle(worker, Number.POSITIVE_INFINITY);
    }
  }

  /** The visitor is told what holds for all workers. */
  settle(worker: number, untilUs: number): void {
    this.#settled[worker] = Math.max(untilUs, this.#settled[worker] ?? untilUs);
    const settledUs = Math.min(...this.#settled);
    if (settledUs <= this.#settledUs || settledUs === Number.POSITIVE_INFINITY) return;
    this.#settledUs = settledUs;
    this.#visitor.settle?.(settledUs);
  }
}

/** Only the methods that exist, so that records which nobody wants are not decoded. */
function bound(visitor: RecordVisitor): BatchVisitor {
  return {
    ...(visitor.onGlance && { onGlance: visitor.onGlance.bind(visitor) }),
    ...(visitor.onHostTotals && { onHostTotals: visitor.onHostTotals.bind(visitor) }),
    ...(visitor.onFlow && { onFlow: visitor.onFlow.bind(visitor) }),
    ...(visitor.onHello && { onHello: visitor.onHello.bind(visitor) }),
    ...(visitor.onDns && { onDns: visitor.onDns.bind(visitor) }),
    ...(visitor.onSighting && { onSighting: visitor.onSighting.bind(visitor) }),
    ...(visitor.onExchange && { onExchange: visitor.onExchange.bind(visitor) }),
    ...(visitor.onCapture && { onCapture: visitor.onCapture.bind(visitor) }),
    ...(visitor.onCounters && { onCounters: visitor.onCounters.bind(visitor) }),
  };
}
