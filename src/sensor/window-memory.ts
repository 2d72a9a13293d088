// WindowMemory: windows of the hours just past, in bounded memory: as they are while their quarter hour runs, summed per
// quarter hour behind it.

import type { UsageWindow } from '../model/usage.ts';
import { mergeWindows, rollUpWindows } from '../usage/merge.ts';

const QUARTER_SECONDS = 900;
/** Hosts and rows over all windows: some 200 MB. A flood of hosts shortens the memory, it does not fill it. */
const MAX_ENTRIES = 250_000;

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
      if (entriesOf(this.#recent) > MAX_ENTRIES) this.#rollUp(Number.POSITIVE_INFINITY);
    }
  }

  #rollUp(beforeSeconds: number): void {
    const done = this.#recent.filter((window) => quarterOf(window) < beforeSeconds);
    this.#recent = this.#recent.filter((window) => quarterOf(window) >= beforeSeconds);
    this.#quarters = rollUpWindows([...this.#quarters, ...done], QUARTER_SECONDS);
    while (
      this.#quarters.length > this.#maxQuarters ||
      (this.#quarters.length > 1 && entriesOf(this.#quarters) > MAX_ENTRIES)
    ) {
      this.#quarters.shift();
      this.hasForgotten = true;
    }
  }

  forgetBefore(seconds: number): void {
    this.#quarters = this.#quarters.filter((window) => window.startSeconds >= seconds);
    this.#recent = this.#recent.filter((window) => window.startSeconds >= seconds);
  }

  /** Sorted by start. */
  all(): UsageWindow[] {
    const summed = new Set(this.#quarters.map((window) => window.startSeconds));
    return this.#recent.some((window) => summed.has(quarterOf(window)))
      ? rollUpWindows([...this.#quarters, ...this.#recent], QUARTER_SECONDS)
      : mergeWindows(this.#quarters, this.#recent);
  }
}

function entriesOf(windows: readonly UsageWindow[]): number {
  return windows.reduce((sum, { hosts, rows, asked }) => sum + hosts.length + rows.length + asked.length, 0);
}

function quarterOf(window: UsageWindow): number {
  return Math.floor(window.startSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
}
