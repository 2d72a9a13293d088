// WorkPacer: paces the thread that consumes the records of all decoders. After each piece of work it pauses for the duration
// of the piece, so that records have at least half of the thread, and signals are handled.

import { setImmediate, setTimeout } from 'node:timers/promises';

/** A machine that was asleep took no part of this time. */
const LONGEST_MS = 1_000;

export class WorkPacer {
  #sinceMs = performance.now();
  /** True after the end of reception: the rest is processed without pauses. */
  isHurried = false;

  /** A piece of work begins. */
  begin(): void {
    this.#sinceMs = performance.now();
  }

  /** After a piece of work. */
  async take(): Promise<void> {
    const tookMs = Math.min(LONGEST_MS, performance.now() - this.#sinceMs);
    if (this.isHurried || tookMs < 1) await setImmediate();
    else await setTimeout(tookMs);
    this.begin();
  }
}
