// Parts of open windows that are not made by the collector of native code.

import { US } from '../../time/units.ts';

export class WindowParts<T> {
  readonly #windowSeconds: number;
  readonly #make: () => T;
  readonly #parts = new Map<number, T>();
  /** Windows before it are closed. */
  #openFrom = Number.NEGATIVE_INFINITY;

  constructor(windowSeconds: number, make: () => T) {
    this.#windowSeconds = windowSeconds;
    this.#make = make;
  }

  /** The part of the window of a time; late records for closed windows count in the first open one. */
  at(us: number): T {
    const seconds = Math.floor(us / US);
    const start = Math.max(seconds - (seconds % this.#windowSeconds), this.#openFrom);
    let part = this.#parts.get(start);
    if (part === undefined) {
      part = this.#make();
      this.#parts.set(start, part);
    }
    return part;
  }

  /** The part of a window that is closed now; null without one. */
  take(startSeconds: number): T | null {
    const part = this.#parts.get(startSeconds) ?? null;
    this.#parts.delete(startSeconds);
    this.#openFrom = Math.max(this.#openFrom, startSeconds + this.#windowSeconds);
    return part;
  }
}
