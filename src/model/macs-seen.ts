// The MAC that an address was seen with, and whether it was one machine's all the time.

import type { HostTotals } from './usage.ts';

const PROOF = { dhcp: 3, ndp: 2, arp: 1, frame: 0 } as const;
/** Enough to know that an address changed hands. */
const MAX_MACS = 16;

export class MacsSeen {
  /** By the strongest proof seen so far. */
  readonly #best = new Set<string>();
  readonly #frames = new Set<string>();
  #from: HostTotals['macFrom'] = null;

  add({ mac, macFrom }: Pick<HostTotals, 'mac' | 'macFrom'>): void {
    if (mac === null || macFrom === null) return;
    if (macFrom === 'frame' && this.#frames.size < MAX_MACS) this.#frames.add(mac);
    const better = PROOF[macFrom] - (this.#from === null ? -1 : PROOF[this.#from]);
    if (better < 0) return;
    if (better > 0) this.#best.clear();
    this.#from = macFrom;
    if (this.#best.size < MAX_MACS) this.#best.add(mac);
  }

  get from(): HostTotals['macFrom'] {
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
    if (this.#best.size > 1 || only === undefined) return this.#best.size > 1;
    return this.#frames.size > 1 && this.#frames.has(only);
  }
}
