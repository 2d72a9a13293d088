// WindowWriter: writes closed windows to a store, one put after the other; windows that failed are written with the next ones.

import type { UsageWindow } from '../model/usage.ts';
import type { WindowSink } from '../store/usage-log.ts';
import { errorReason } from '../text/error-reason.ts';
import { plural } from '../text/quantity.ts';
import { MAX_ENTRIES, windowEntries } from '../window/window-buffer.ts';

/** Maximum number of windows that wait for a failing store: a day of minutes, unless they are large. */
const MAX_WAITING = 1440;

export class WindowWriter {
  readonly #store: WindowSink;
  readonly #print: (text: string) => void;
  #waiting: UsageWindow[] = [];
  #work: Promise<void> = Promise.resolve();
  #lastError: unknown = null;
  kept = 0;
  lost = 0;

  constructor(store: WindowSink, print: (text: string) => void) {
    this.#store = store;
    this.#print = print;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(windows: readonly UsageWindow[]): void {
    this.#waiting.push(...windows);
    this.#work = this.#work.then(() => this.#put());
  }

  async #put(): Promise<void> {
    const windows = this.#waiting;
    if (windows.length === 0) return;
    this.#waiting = [];
    try {
      await this.#store.put(windows);
      this.kept += windows.length;
      if (this.#lastError !== null) this.#print('the store accepts records again');
      this.#lastError = null;
    } catch (error) {
      this.#lastError = error;
      const left = [...windows, ...this.#waiting];
      this.#waiting = selectLatest(left);
      const lost = left.length - this.#waiting.length;
      this.lost += lost;
      const reason = errorReason(error);
      this.#print(
        `${reason}; ${plural(this.#waiting.length, 'record')} ${this.#waiting.length === 1 ? 'waits' : 'wait'}${lost > 0 ? `, ${lost} ${lost === 1 ? 'is' : 'are'} lost` : ''}`,
      );
    }
  }

  /** Throws the last error of the store when windows were not written. */
  async close(): Promise<void> {
    await this.#work;
    await this.#put();
    await this.#store.close();
    if (this.#waiting.length > 0) throw this.#lastError;
  }
}

/** Keeps the newest windows up to the limits, and always the last one. */
function selectLatest(windows: readonly UsageWindow[]): UsageWindow[] {
  let entries = 0;
  const tooOld = windows.findLastIndex((window, i) => {
    entries += windowEntries([window]);
    return windows.length - i > 1 && (windows.length - i > MAX_WAITING || entries > MAX_ENTRIES);
  });
  return windows.slice(tooOld + 1);
}
