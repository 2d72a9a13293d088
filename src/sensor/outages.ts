// Outages: when a live sensor could not see anything, told by the windows that it hands on.

import type { CaptureGap, GapReason, UsageWindow } from '../model/usage.ts';
import { addGaps } from '../window/gaps.ts';

export class Outages {
  /** Interfaces that are down, since when. */
  readonly #down = new Map<string, number>();
  #ended: CaptureGap[] = [];

  /** An interface has gone down, or come back. */
  note(name: string, isUp: boolean, nowUs: number): void {
    const fromUs = this.#down.get(name);
    if (!isUp) this.#down.set(name, fromUs ?? nowUs);
    else if (fromUs !== undefined) {
      this.#down.delete(name);
      this.add('interfaceDown', fromUs, nowUs);
    }
  }

  add(reason: GapReason, fromUs: number, toUs: number): void {
    if (toUs > fromUs) this.#ended.push({ fromUs, toUs, reason });
  }

  /** The sensor stops: what is down now stays so to the end. */
  end(nowUs: number): void {
    for (const name of [...this.#down.keys()]) this.note(name, true, nowUs);
  }

  /** The windows with what has ended since the last ones. */
  addTo(windows: readonly UsageWindow[]): readonly UsageWindow[] {
    if (windows.length === 0 || this.#ended.length === 0) return windows;
    const gaps = this.#ended;
    this.#ended = [];
    return addGaps(windows, gaps);
  }
}
