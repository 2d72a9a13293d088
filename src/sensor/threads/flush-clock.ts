// When to ask a decoder for the slices of windows that have ended, and when they have all come.

import type { NativeDecoder } from '../../native/addon.ts';
import { BATCH } from '../../native/record-layout.ts';
import { readUs } from '../../native/record-values.ts';
import { US } from '../../time/units.ts';

/** By the capture's clock. A flush walks the whole flow table, so it is not asked for with every window. */
const FLUSH_EVERY_US = 300 * US;
/** Packets are written this late at most by what captures out of order: several queues, two taps, merged files. */
const LATE_US = 1 * US;

/** The capture's clock at the end of a batch. */
export function batchClockUs(bytes: Uint8Array<ArrayBuffer>): number {
  return readUs(new DataView(bytes.buffer, bytes.byteOffset), BATCH.clockNs);
}

export class FlushClock {
  readonly #windowSeconds: number;
  #nextUs = Number.NaN;
  #clockUs = Number.NEGATIVE_INFINITY;
  #beforeUs = Number.NEGATIVE_INFINITY;
  #leftUs = Number.NEGATIVE_INFINITY;
  #askedForUs: number | null = null;
  #askedAtUs = Number.NEGATIVE_INFINITY;

  /** 0: flows are not cut into windows, and nothing is ever asked for. */
  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /**
   * To be called after each batch with its clock. Returns the time before which everything has been given, null while
   * none is known: the decoder flushes before it goes on, so a clock that has moved says that the flush is done.
   */
  tick(clockUs: number, decoder: Pick<NativeDecoder, 'flushBefore'>): number | null {
    if (this.#windowSeconds === 0) return null;
    // Packets behind the clock may be on their way in the decoder, and a flush amid the packets of a window would cut
    // it in two: what is asked for is a time that the clock has left behind twice, and for longer than packets are late.
    if (clockUs > this.#clockUs) {
      this.#leftUs = this.#beforeUs;
      this.#beforeUs = this.#clockUs;
      this.#clockUs = clockUs;
    }
    if (Number.isNaN(this.#nextUs)) this.#nextUs = clockUs + FLUSH_EVERY_US;
    if (clockUs <= this.#askedAtUs) return null;
    const settledUs = this.#askedForUs;
    const beforeUs = this.#leftUs - LATE_US;
    if (beforeUs >= this.#nextUs) this.#ask(beforeUs, clockUs, decoder);
    return settledUs;
  }

  #ask(beforeUs: number, clockUs: number, decoder: Pick<NativeDecoder, 'flushBefore'>): void {
    const seconds = Math.floor(beforeUs / US / this.#windowSeconds) * this.#windowSeconds;
    decoder.flushBefore(seconds);
    this.#askedForUs = seconds * US;
    this.#askedAtUs = clockUs;
    this.#nextUs = beforeUs + FLUSH_EVERY_US;
  }
}
