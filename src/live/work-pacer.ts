// WorkPacer: paces the thread that consumes the records of all decoders. After each piece of work it pauses for the duration
// of the piece, so that records have at least half of the thread, and signals are handled.

import { setImmediate, setTimeout } from 'node:timers/promises';

/** Limits the pause after the machine was asleep during a piece of work. */
const LONGEST_MS = 1_000;

export class WorkPacer {
  #sinceMs = performance.now();
  /** True after the end of reception: the rest is processed without pauses. */
  isHurried = false;

  /** Marks the start of a piece of work. */
  begin(): void {
    this.#sinceMs = performance.now();
  }

  /** Pauses after a piece of work. */
  async take(): Promise<void> {
    const tookMs = Math.min(LONGEST_MS, performance.now() - this.#sinceMs);
    if (this.isHurried || tookMs < 1) await setImmediate();
    else await setTimeout(tookMs);
    this.begin();
  }
}
