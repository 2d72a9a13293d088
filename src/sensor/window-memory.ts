// WindowMemory: windows of the hours just past, in bounded memory: as they are while their quarter hour runs, summed per
// quarter hour behind it.

import type { UsageWindow } from '../model/usage.ts';
import { mergeWindows, rollUpWindows } from '../usage/merge.ts';

const QUARTER_SECONDS = 900;

export class WindowMemory {
  readonly #maxQuarters: number;
  #quarters: UsageWindow[] = [];
  #recent: UsageWindow[] = [];
  /** True once windows were forgotten because there were too many. */
  hasForgotten = false;

  constructor(maxQuarters: number) {
    this.#maxQuarters = maxQuarters;
  }

  add(windows: readonly UsageWindow[]): void {
    for (const window of windows) {
      const quarter = quarterOf(window);
      if (this.#recent.some((known) => quarterOf(known) < quarter)) this.#rollUp(quarter);
      this.#recent.push(window);
    }
  }

  #rollUp(beforeSeconds: number): void {
    const done = this.#recent.filter((window) => quarterOf(window) < beforeSeconds);
    this.#recent = this.#recent.filter((window) => quarterOf(window) >= beforeSeconds);
    this.#quarters.push(...rollUpWindows(done, QUARTER_SECONDS));
    if (this.#quarters.length <= this.#maxQuarters) return;
    this.#quarters = this.#quarters.slice(-this.#maxQuarters);
    this.hasForgotten = true;
  }

  forgetBefore(seconds: number): void {
    this.#quarters = this.#quarters.filter((window) => window.startSeconds >= seconds);
    this.#recent = this.#recent.filter((window) => window.startSeconds >= seconds);
  }

  /** Sorted by start. */
  all(): UsageWindow[] {
    return mergeWindows(this.#quarters, this.#recent);
  }
}

function quarterOf(window: UsageWindow): number {
  return Math.floor(window.startSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
}
