// When to ask a decoder for the slices of windows that have ended, and when they have all come.

import type { NativeDecoder } from '../native/addon.ts';
import { BATCH } from '../native/record-layout.ts';
import { readUs } from '../native/record-values.ts';

const US = 1_000_000;
/** By the capture's clock. A flush walks the whole flow table, so it is not asked for with every window. */
const FLUSH_EVERY_SECONDS = 300;

/** The capture's clock at the end of a batch. */
export function batchClockUs(bytes: Uint8Array<ArrayBuffer>): number {
  return readUs(new DataView(bytes.buffer, bytes.byteOffset), BATCH.clockNs);
}

export class FlushClock {
  readonly #windowSeconds: number;
  #nextSeconds = Number.NaN;
  #askedForUs = Number.NEGATIVE_INFINITY;
  #askedAtUs = Number.NEGATIVE_INFINITY;

  /** 0: flows are not cut into windows, and nothing is ever asked for. */
  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /**
   * To be called after each batch with its clock. Returns the time before which everything has been given: the decoder
   * flushes before it goes on, so a clock that has moved says that the flush is done.
   */
  tick(clockUs: number, decoder: Pick<NativeDecoder, 'flushBefore'>): number {
    if (this.#windowSeconds === 0) return Number.NEGATIVE_INFINITY;
    const settledUs = clockUs > this.#askedAtUs ? this.#askedForUs : Number.NEGATIVE_INFINITY;
    const seconds = clockUs / US;
    if (Number.isNaN(this.#nextSeconds)) this.#nextSeconds = seconds + FLUSH_EVERY_SECONDS;
    const isAnswered = clockUs > this.#askedAtUs;
    if (seconds < this.#nextSeconds || !isAnswered) return settledUs;
    const before = Math.floor(seconds / this.#windowSeconds) * this.#windowSeconds;
    decoder.flushBefore(before);
    this.#askedForUs = before * US;
    this.#askedAtUs = clockUs;
    this.#nextSeconds = seconds + FLUSH_EVERY_SECONDS;
    return settledUs;
  }
}
