// When to request the slices of ended windows from a decoder, and when they are complete.

import type { NativeDecoder } from '../../native/addon.ts';
import { BATCH } from '../../native/record-layout.ts';
import { readUs } from '../../native/record-values.ts';
import { US } from '../../time/units.ts';

/** By capture clock. A flush scans the whole flow table, so it is not requested with every window. */
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

  /** 0: flows are not split by window, and no flush is requested. */
  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /**
   * Call after each batch with its clock. Returns the time up to which all records were delivered, null while it is
   * unknown: the decoder flushes before it continues, so a changed clock confirms the flush.
   */
  tick(clockUs: number, decoder: Pick<NativeDecoder, 'flushBefore'>): number | null {
    if (this.#windowSeconds === 0) return null;
    // Older packets may still be in the decoder, and a flush within the packets of a window would split
    // it: the requested time is one that the clock has passed twice, and by more than packets are late.
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
