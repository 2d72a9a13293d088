// Outages: times in which a live sensor could not observe, reported in its windows.

import type { InterfaceDown } from '../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import type { GapReason } from '../model/words.ts';
import { compareText } from '../net/address.ts';
import { US } from '../time/units.ts';
import { addGaps } from '../window/gaps.ts';

export class Outages {
  /** Interfaces that are down: start of the outage, and the time up to which windows contain it. */
  readonly #down = new Map<string, { readonly fromUs: number; saidUs: number }>();
  #ended: CaptureGap[] = [];

  /** An interface has gone down or come up. */
  note(name: string, isUp: boolean, nowUs: number): void {
    const down = this.#down.get(name);
    if (!isUp) this.#down.set(name, down ?? { fromUs: nowUs, saidUs: nowUs });
    else if (down !== undefined) {
      this.#down.delete(name);
      this.add('interfaceDown', down.saidUs, nowUs);
    }
  }

  /** Interfaces that are down now, by name. */
  open(): InterfaceDown[] {
    return [...this.#down]
      .map(([name, { fromUs }]) => ({ interface: name, sinceSeconds: fromUs / US }))
      .sort((a, b) => compareText(a.interface, b.interface));
  }

  add(reason: GapReason, fromUs: number, toUs: number): void {
    if (toUs > fromUs) this.#ended.push({ fromUs, toUs, reason });
  }

  /** The sensor stops: current outages extend to the end. */
  end(nowUs: number): void {
    for (const name of [...this.#down.keys()]) this.note(name, true, nowUs);
  }

  /** Adds outages to windows: those that ended since the last call, and the part of an open outage before their end. */
  addTo(windows: readonly UsageWindow[]): readonly UsageWindow[] {
    if (windows.length === 0) return windows;
    const endUs = Math.max(...windows.map((window) => (window.startSeconds + window.lengthSeconds) * US));
    for (const down of this.#down.values()) {
      this.add('interfaceDown', down.saidUs, endUs);
      down.saidUs = Math.max(down.saidUs, endUs);
    }
    if (this.#ended.length === 0) return windows;
    const gaps = this.#ended;
    this.#ended = [];
    return addGaps(windows, gaps);
  }
}
