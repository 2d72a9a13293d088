// Converts the bytes that a poll of the decoder writes into records of the model (layout: native-bindings/src/base/event.h).

import type { CaptureRecord, Counters, HelloRecord, ServiceRecord } from '../model/flow.ts';
import { readCapture, readCounters, readHello, readService } from './read-records.ts';
import { RecordContext } from './record-context.ts';
import { BATCH, BATCH_MAGIC, LAYOUT_VERSION, RECORD, RECORD_TYPE } from './record-layout.ts';
import { readUs } from './record-values.ts';

/** The core writes INT64_MIN (kNotSettled) for an unchanged settled time; this is its upper half. */
const NOT_SETTLED_HIGH = -(2 ** 31);

/** Returns the latest packet time of the batch's thread when it wrote the batch, in microseconds. */
export function readBatchClockUs(batch: Uint8Array<ArrayBuffer>): number {
  return readUs(new DataView(batch.buffer, batch.byteOffset, BATCH.size), BATCH.clockNs);
}

/**
 * Returns the settled time in microseconds: no later batch contains a record of a window that ended before it. Null if it
 * did not change.
 */
export function readSettledUs(batch: Uint8Array<ArrayBuffer>): number | null {
  const view = new DataView(batch.buffer, batch.byteOffset, BATCH.size);
  return view.getInt32(BATCH.settledNs + 4, true) === NOT_SETTLED_HIGH ? null : readUs(view, BATCH.settledNs);
}

/** Callbacks by record type. Records without a callback are skipped. */
export interface BatchVisitor {
  onHello?(hello: HelloRecord): void;
  onCapture?(capture: CaptureRecord): void;
  onCounters?(counters: Counters): void;
  onService?(service: ServiceRecord): void;
  /** Receives consecutive raw hellos and flows of the batch, `length` bytes at `at`, valid during the call. */
  onRawRecords?(batch: Uint8Array<ArrayBuffer>, at: number, length: number): void;
}

/** Returns the end of the consecutive hellos and flows that begin at `at`; `at` itself if another record begins there. */
function findRawEnd(view: DataView, at: number, length: number): number {
  // Hellos and flows have the lowest type numbers.
  while (at < length && view.getUint16(at + RECORD.type, true) <= RECORD_TYPE.hello)
    at += view.getUint32(at + RECORD.length, true);
  return at;
}

/** Reads batches. It caches recent names and addresses, so one reader must read all batches of a decoder. */
export class BatchReader {
  readonly #context = new RecordContext();
  readonly #counterNames: readonly string[];

  /** `counterNames`: the addon's names of the counters, in the order of the record. */
  constructor(counterNames: readonly string[]) {
    this.#counterNames = counterNames;
  }

  /** Walks the records of a batch; returns the capture's clock (latest packet time so far) in microseconds. */
  read(batch: Uint8Array<ArrayBuffer>, length: number, visitor: BatchVisitor): number {
    this.#context.open(batch);
    const view = this.#context.view;
    if (length < BATCH.size || view.getUint32(BATCH.magic, true) !== BATCH_MAGIC)
      throw new Error('not a batch of records');
    if (view.getUint16(BATCH.layoutVersion, true) !== LAYOUT_VERSION) {
      throw new Error('the native core is of another version; run "npm run build:native"');
    }
    for (let at: number = BATCH.size; at < length; ) {
      const rawEnd = visitor.onRawRecords === undefined ? at : findRawEnd(view, at, length);
      if (rawEnd > at) {
        visitor.onRawRecords?.(batch, at, rawEnd - at);
        at = rawEnd;
      } else {
        this.#visit(at, visitor);
        at += view.getUint32(at + RECORD.length, true);
      }
    }
    return readUs(view, BATCH.clockNs);
  }

  #visit(at: number, visitor: BatchVisitor): void {
    const context = this.#context;
    switch (context.view.getUint16(at + RECORD.type, true)) {
      case RECORD_TYPE.hello:
        visitor.onHello?.(readHello(context, at));
        break;
      case RECORD_TYPE.capture:
        visitor.onCapture?.(readCapture(context, at));
        break;
      case RECORD_TYPE.counters:
        visitor.onCounters?.(readCounters(context, at, this.#counterNames));
        break;
      case RECORD_TYPE.service:
        visitor.onService?.(readService(context, at));
        break;
    }
  }
}
