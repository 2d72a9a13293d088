// LiveClock: clock of a live decoder, by packets while they arrive and by elapsed time in silence, and the
// windows that have ended by it.

import { US } from '../../time/units.ts';

/** Packets of one ring are ordered, except for those that arrive on several cores simultaneously. */
const BUSY_GRACE_US = 100_000;
/** Maximum delay of a packet in a partial block and in a kernel queue. */
const QUIET_GRACE_US = 250_000;

export class LiveClock {
  readonly #windowSeconds: number;
  #packetUs = 0;
  #seenAtMs = 0;
  #flushedSeconds = 0;
  #isAsked = false;
  us = 0;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /**
   * `packetUs` is the latest packet time of the decoder, 0 or null before the first. `nowMs` is monotonic, `wallMs` is
   * the wall clock: an interface may stamp packets with a different clock, so silence is measured from the
   * last packet.
   */
  tick(packetUs: number | null, isQuiet: boolean, nowMs: number, wallMs: number): void {
    if (packetUs !== null && packetUs > this.#packetUs) {
      this.#packetUs = packetUs;
      this.#seenAtMs = nowMs;
    }
    if (this.#packetUs === 0) {
      this.us = wallMs * 1000 - QUIET_GRACE_US;
      return;
    }
    const silentUs = (nowMs - this.#seenAtMs) * 1000 - QUIET_GRACE_US;
    const passedUs = isQuiet ? Math.max(silentUs, -BUSY_GRACE_US) : -BUSY_GRACE_US;
    this.us = Math.max(this.us, this.#packetUs + passedUs);
  }

  /** End of the windows to request now, null when none has ended since. */
  due(): number | null {
    const end = Math.floor(this.us / US / this.#windowSeconds) * this.#windowSeconds;
    if (this.#flushedSeconds === 0) this.#flushedSeconds = end; // windows that ended before the start are not reported
    if (end <= this.#flushedSeconds || this.#isAsked) return null;
    this.#flushedSeconds = end;
    this.#isAsked = true;
    return end;
  }

  /** Call after the response of the decoder: returns the requested end, null without a request. */
  answered(): number | null {
    if (!this.#isAsked) return null;
    this.#isAsked = false;
    return this.#flushedSeconds;
  }
}
