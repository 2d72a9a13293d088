// Sorts hellos or flows of all threads by time in bounded memory: records are stored as bytes in a fixed block and
// emitted from there.

import type { FlowRecord, HelloRecord } from '../../model/flow.ts';
import { readFlow, readHello } from '../../native/read-records.ts';
import { RecordContext } from '../../native/record-context.ts';
import { FLOW, HELLO, RECORD } from '../../native/record-layout.ts';
import { readUs } from '../../native/record-values.ts';
import { compareText } from '../../net/address.ts';

/**
 * Size of the buffer, about 40 000 records, which limits how late a line may arrive. It is many times the size of the
 * longest record, which fits into a batch, so that some records can always be emitted.
 */
const HELD_BYTES = 16 << 20;
/** Clock value after the last batch (kEndOfInputNs in event.h): later than any packet. */
const END_OF_INPUT_US = Math.floor(2 ** 62 / 1000);

/** Differences between hellos and flows. */
export interface LineKind<T> {
  /** Offset of the time in a record. */
  readonly timeAt: number;
  read(context: RecordContext, at: number): T;
  /** Orders records with one time. */
  compare(a: T, b: T): number;
}

/** Receives records at these positions of the bytes of `context`, in order. The bytes are overwritten afterwards. */
export type EmitRecords = (context: RecordContext, places: Uint32Array) => void;

export const recordEmitter =
  <T>({ read }: LineKind<T>, emit: (record: T) => void): EmitRecords =>
  (context, places) => {
    for (const at of places) emit(read(context, at));
  };

/** Initial length of the list, which is sufficient for most captures. It doubles on demand. */
const FIRST_LENGTH = 1 << 12;

export class LineSorter<T> {
  readonly #kind: LineKind<T>;
  readonly #emit: EmitRecords;
  readonly #context = new RecordContext();
  /** The operating system allocates its pages at the first write. */
  readonly #bytes = new Uint8Array(HELD_BYTES);
  #used = 0;
  /** One entry per buffered record, in order of arrival. */
  #count = 0;
  #times = new Float64Array(FIRST_LENGTH);
  #places = new Uint32Array(FIRST_LENGTH);
  /** Time up to which the input is complete. */
  #completeUs = Number.NEGATIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;
  #late = 0;

  constructor(kind: LineKind<T>, emit: EmitRecords) {
    this.#kind = kind;
    this.#emit = emit;
    this.#context.open(this.#bytes);
  }

  /** Records that arrived after later ones were emitted. */
  get late(): number {
    return this.#late;
  }

  /** Adds consecutive records. */
  add(batch: Uint8Array<ArrayBuffer>, at: number, length: number): void {
    const end = at + length;
    while (at < end) {
      const added = this.#addFitting(batch.subarray(at, Math.min(end, at + HELD_BYTES - this.#used)));
      if (added === 0) this.#emitEarliest();
      at += added;
    }
  }

  /** Must be called after every record of an earlier time was added. */
  complete(untilUs: number): void {
    this.#completeUs = untilUs;
  }

  finish(): void {
    this.#emitFrom(this.#sorted());
  }

  /** Adds the records that fit completely. Returns their length. */
  #addFitting(records: Uint8Array<ArrayBuffer>): number {
    const { view } = this.#context;
    this.#bytes.set(records, this.#used);
    const from = this.#used;
    const end = from + records.length;
    while (this.#used + RECORD.size <= end) {
      const next = this.#used + view.getUint32(this.#used + RECORD.length, true);
      if (next > end) break;
      if (this.#count === this.#times.length) this.#makeRoom();
      this.#times[this.#count] = readUs(view, this.#used + this.#kind.timeAt);
      this.#places[this.#count++] = this.#used;
      this.#used = next;
    }
    return this.#used - from;
  }

  #makeRoom(): void {
    const [times, places] = [this.#times, this.#places];
    this.#times = new Float64Array(2 * this.#count);
    this.#times.set(times);
    this.#places = new Uint32Array(2 * this.#count);
    this.#places.set(places);
  }

  /** Emits half of the buffer, or less if that is sufficient and only complete times are emitted. */
  #emitEarliest(): void {
    const sorted = this.#sorted();
    const half = sorted.length >> 1;
    const incomplete = sorted.findIndex((i) => (this.#times[i] ?? 0) >= this.#completeUs);
    const isEnough = incomplete < 0 || incomplete > half >> 1;
    this.#emitFrom(sorted.subarray(0, isEnough && incomplete >= 0 ? Math.min(incomplete, half) : half));
  }

  #sorted(): Uint32Array {
    const { compare, read } = this.#kind;
    const context = this.#context;
    const times = this.#times;
    const places = this.#places;
    const recordAt = (i: number): T => read(context, places[i] ?? 0);
    const compareAt = (a: number, b: number): number =>
      (times[a] ?? 0) - (times[b] ?? 0) || compare(recordAt(a), recordAt(b));
    const order = new Uint32Array(this.#count).map((_, i) => i);
    // One thread delivers almost all records in order.
    const isSorted = order.every((i) => i === 0 || compareAt(i - 1, i) <= 0);
    return isSorted ? order : order.sort(compareAt);
  }

  #emitFrom(first: Uint32Array): void {
    const isOut = new Uint8Array(this.#count);
    for (const i of first) {
      const us = this.#times[i] ?? 0;
      if (us < this.#lastUs) this.#late++;
      else this.#lastUs = us;
      isOut[i] = 1;
    }
    this.#emit(
      this.#context,
      first.map((i) => this.#places[i] ?? 0),
    );
    this.#closeUp(isOut);
  }

  /** Moves the remaining records to the front, in order of arrival. Adjacent records are moved in one step. */
  #closeUp(isOut: Uint8Array): void {
    const placeAt = (i: number): number => (i < isOut.length ? (this.#places[i] ?? 0) : end);
    const end = this.#used;
    this.#used = this.#count = 0;
    for (let i = 0; i < isOut.length; i++) {
      if (isOut[i] === 1) continue;
      const from = placeAt(i);
      const moved = from - this.#used;
      for (; i < isOut.length && isOut[i] === 0; i++) {
        this.#times[this.#count] = this.#times[i] ?? 0;
        this.#places[this.#count++] = placeAt(i) - moved;
      }
      this.#bytes.copyWithin(this.#used, from, placeAt(i));
      this.#used = placeAt(i) - moved;
    }
  }
}

/** Sorts lines by the completing packet, then by addresses and ports. */
export const HELLO_LINES: LineKind<HelloRecord> = {
  timeAt: HELLO.tsNs,
  read: readHello,
  compare: (a, b) =>
    compareText(a.source, b.source) ||
    a.sourcePort - b.sourcePort ||
    compareText(a.destination, b.destination) ||
    a.destinationPort - b.destinationPort ||
    compareText(a.fingerprint.ja4, b.fingerprint.ja4),
};

/** Sorts lines by the first packet, then by addresses and ports. */
export const FLOW_LINES: LineKind<FlowRecord> = {
  timeAt: FLOW.flowFirstNs,
  read: readFlow,
  compare: (a, b) =>
    compareText(a.client, b.client) ||
    a.clientPort - b.clientPort ||
    compareText(a.server, b.server) ||
    a.serverPort - b.serverPort ||
    compareText(a.protocol, b.protocol) ||
    a.lastUs - b.lastUs,
};

/**
 * Reports the time up to which hellos are complete. Packets older than the clock may still be in the decoder, so it is
 * a clock value that has passed twice.
 */
export function helloClock(complete: (untilUs: number) => void): (clockUs: number) => void {
  let lastUs = Number.NEGATIVE_INFINITY;
  let beforeUs = lastUs;
  return (clockUs) => {
    if (clockUs <= lastUs) return;
    complete(beforeUs);
    beforeUs = lastUs;
    lastUs = clockUs;
  };
}

/**
 * Reports the time up to which flows are complete. A full decoder evicts flows, which says nothing about others, and
 * emits the rest in order at the end.
 */
export function flowClock(complete: (untilUs: number) => void): (clockUs: number) => void {
  return (clockUs) => {
    if (clockUs >= END_OF_INPUT_US) complete(clockUs - END_OF_INPUT_US);
  };
}
