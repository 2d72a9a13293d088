// Breath: work of the thread that takes the records of all decoders in. After each piece it lets go for as long as the
// piece took, so that records have half of the thread at least, and signals are heard.

import { setImmediate, setTimeout } from 'node:timers/promises';

/** A machine that was asleep took no part of this time. */
const LONGEST_MS = 1_000;

export class Breath {
  readonly #nowMs: () => number;
  #sinceMs: number;
  /** True when nothing is received any more: what is left is done at once. */
  isHurried = false;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** A piece of work begins. */
  begin(): void {
    this.#sinceMs = this.#nowMs();
  }

  /** Behind a piece of work. */
  async take(): Promise<void> {
    const tookMs = Math.min(LONGEST_MS, this.#nowMs() - this.#sinceMs);
    if (this.isHurried || tookMs < 1) await setImmediate();
    else await setTimeout(tookMs);
    this.begin();
  }
}
