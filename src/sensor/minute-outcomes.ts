// MinuteOutcomes: how connections of the last MOST_MINUTES went, by windows as they closed, in bounded memory.

import type { UsageWindow } from '../model/usage.ts';
import { MOST_MINUTES } from '../time/steps.ts';
import { MINUTE_SECONDS } from '../time/units.ts';

/** Cells over all windows: some 15 MB. */
const MAX_CELLS = 50_000;

type OutcomeWindow = Pick<UsageWindow, 'startSeconds' | 'lengthSeconds' | 'outcomes'>;

export class MinuteOutcomes {
  #windows: OutcomeWindow[] = [];
  #cells = 0;
  /** All that began since then is kept. */
  #wholeFromSeconds = Number.NEGATIVE_INFINITY;

  add(windows: readonly UsageWindow[]): void {
    for (const { startSeconds, lengthSeconds, outcomes, revision } of windows) {
      // Windows of logs come in any order, and are corrected later.
      if (revision > 0 || outcomes === undefined) continue;
      this.#windows.push({ startSeconds, lengthSeconds, outcomes });
      this.#cells += outcomes.length;
      this.#forget(startSeconds + lengthSeconds - MOST_MINUTES * MINUTE_SECONDS);
    }
  }

  #forget(beforeSeconds: number): void {
    for (;;) {
      const [oldest] = this.#windows;
      if (oldest === undefined) return;
      if (oldest.startSeconds >= beforeSeconds && this.#cells <= MAX_CELLS) return;
      this.#windows.shift();
      this.#cells -= oldest.outcomes?.length ?? 0;
      this.#wholeFromSeconds = oldest.startSeconds + oldest.lengthSeconds;
    }
  }

  /** Windows that begin in the span; null where not all of the span is kept. */
  within(fromSeconds: number, toSeconds: number): readonly OutcomeWindow[] | null {
    if (fromSeconds < this.#wholeFromSeconds) return null;
    return this.#windows.filter(
      ({ startSeconds }) => startSeconds >= fromSeconds && startSeconds < toSeconds,
    );
  }
}
