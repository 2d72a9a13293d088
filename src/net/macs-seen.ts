// The MAC that an address was seen with, and whether it was one machine's all the time.

import { type MacSource, macStrength } from './mac-source.ts';

interface MacOfHost {
  readonly mac: string | null;
  readonly macFrom: MacSource | null;
}

/** Enough to know that an address changed hands. */
const MAX_MACS = 16;

/** Replaced rather than added to: most have one entry or none, and a set or a list that grows takes much more room. */
type Macs = readonly string[];
const NONE: Macs = [];

const withMac = (macs: Macs, mac: string): Macs =>
  macs.length >= MAX_MACS || macs.includes(mac) ? macs : [...macs, mac];

export class MacsSeen {
  /** By the strongest proof seen so far. */
  #best: Macs = NONE;
  #frames: Macs = NONE;
  #from: MacSource | null = null;

  add({ mac, macFrom }: MacOfHost): void {
    if (mac === null || macFrom === null) return;
    // The usual case: what comes again says nothing new.
    if (macFrom === this.#from && mac === this.#best[0]) return;
    if (macFrom === 'frame') this.#frames = withMac(this.#frames, mac);
    const better = macStrength(macFrom) - macStrength(this.#from);
    if (better < 0) return;
    this.#best = withMac(better > 0 ? NONE : this.#best, mac);
    this.#from = macFrom;
  }

  get from(): MacSource | null {
    return this.#from;
  }

  /** Null where none was seen, and where there are several. */
  get mac(): string | null {
    const [only = null] = this.#best;
    return this.areSeveral ? null : only;
  }

  /**
   * True when the address changed hands, or could have: frames of a second machine beside those of the first. Behind a
   * router the frames' MAC is the router's, which is no second machine.
   */
  get areSeveral(): boolean {
    const [only] = this.#best;
    if (this.#best.length > 1 || only === undefined) return this.#best.length > 1;
    return this.#frames.length > 1 && this.#frames.includes(only);
  }
}
