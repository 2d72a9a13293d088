// Runs of model requests: prompts and sessions, separated by the pauses between requests.

import type { TimestampUs } from '../../time/units.ts';
import { type Counted, PROMPT_PAUSES_US, SESSION_PAUSE_US } from '../estimates/use-estimates.ts';
import type { Runs } from './period-sums.ts';

/** One model request. */
export interface RequestSpan {
  readonly start: TimestampUs;
  readonly end: TimestampUs;
}

export function requestSpans(counted: readonly Counted[]): RequestSpan[] {
  return counted
    .filter(({ one }) => one.class === 'model')
    .map(({ one }) => ({ start: one.at.startUs, end: one.at.endUs }));
}

/**
 * The runs of the periods of one block, one for one; each counts where it begins. `endUs`: when the last request before
 * these ended.
 */
export function runsIn(periods: readonly (readonly RequestSpan[])[], endUs: TimestampUs | null): Runs[] {
  const runs = periods.map(() => ({ min: 0, max: 0, sessions: 0 }));
  const spans = periods.flatMap((period, i) =>
    period.map(({ start, end }) => ({ start, end, run: runs[i] })),
  );
  let last = endUs ?? Number.NEGATIVE_INFINITY;
  for (const { start, end, run } of spans.sort((a, b) => a.start - b.start)) {
    const pause = start - last;
    if (run !== undefined && pause > PROMPT_PAUSES_US.shortest) run.max++;
    if (run !== undefined && pause > PROMPT_PAUSES_US.longest) run.min++;
    if (run !== undefined && pause > SESSION_PAUSE_US) run.sessions++;
    last = Math.max(last, end);
  }
  return runs.map(({ min, max, sessions }) => ({ prompts: { min, max }, sessions }));
}
