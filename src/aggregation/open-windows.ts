// The windows that are being filled, and their way out: each is handed on once, with what no record places in time.

import type { UsageWindow, WindowStats } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { EMPTY_STATS, sumCounts, sumStats } from '../window/sums.ts';
import { WindowDraft } from './window-draft.ts';

export class OpenWindows {
  readonly #windowSeconds: number;
  readonly #drafts = new Map<number, WindowDraft>();
  #lastDraft: WindowDraft | null = null;
  /** Windows before it were handed on; what comes late for them counts in the first window that is open. */
  #openFromSeconds = Number.NEGATIVE_INFINITY;
  #handedOn: WindowStats = EMPTY_STATS;
  /** Counts of ceilings that wait for a window to stand in. */
  #leftOut: Readonly<Record<string, number>> = {};

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  get isEmpty(): boolean {
    return this.#drafts.size === 0;
  }

  at(us: number): WindowDraft {
    const length = this.#windowSeconds;
    const start = Math.max(Math.floor(us / US / length) * length, this.#openFromSeconds);
    if (this.#lastDraft?.startSeconds === start) return this.#lastDraft;
    let draft = this.#drafts.get(start);
    if (draft === undefined) {
      draft = new WindowDraft(start);
      this.#drafts.set(start, draft);
    }
    this.#lastDraft = draft;
    return draft;
  }

  /**
   * The windows that end at `untilUs` or before, by start. `restOver` gives what counters know beyond what windows hold
   * so far, these ones included; it and `leftOut` count in the last of them.
   */
  handOn(
    untilUs: number,
    sensor: string,
    revision: number,
    restOver: ((placed: WindowStats) => WindowStats) | null,
    leftOut: Readonly<Record<string, number>>,
  ): UsageWindow[] {
    this.#leftOut = sumCounts(this.#leftOut, leftOut);
    const drafts = [...this.#drafts.values()]
      .filter((draft) => (draft.startSeconds + this.#windowSeconds) * US <= untilUs)
      .sort((a, b) => a.startSeconds - b.startSeconds);
    const last = drafts.at(-1);
    if (last === undefined) return [];
    for (const draft of drafts) this.#handedOn = sumStats(this.#handedOn, draft.stats);
    if (restOver !== null) {
      const rest = restOver(this.#handedOn);
      Object.assign(last.stats, sumStats(last.stats, rest));
      this.#handedOn = sumStats(this.#handedOn, rest);
    }
    last.stats.leftOut = sumCounts(last.stats.leftOut, this.#leftOut);
    this.#leftOut = {};
    for (const draft of drafts) this.#drafts.delete(draft.startSeconds);
    this.#lastDraft = null;
    this.#openFromSeconds = last.startSeconds + this.#windowSeconds;
    return drafts.map((draft) => draft.finish(sensor, this.#windowSeconds, revision));
  }
}
