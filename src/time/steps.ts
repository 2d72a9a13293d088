// Steps of a period: minutes for some hours where they are known, quarter hours for a short period, else days of a zone.

import { DAY_SECONDS, MINUTE_SECONDS, QUARTER_SECONDS } from './units.ts';
import type { Zone } from './zone.ts';

export const STEPS = ['minute', 'quarter', 'day'] as const;
export type Step = (typeof STEPS)[number];

export const STEP_WORDS: Readonly<Record<Step, string>> = {
  minute: 'minute',
  quarter: 'quarter hour',
  day: 'day',
};

const MOST_QUARTERS = 192;

/** An hour, and what passes while a page that shows it is open. */
export const MOST_MINUTES = 90;

/** Minutes for at most MOST_MINUTES where windows are that short, quarter hours for at most two days, else days. */
export function formatStep(seconds: number, windowSeconds: number = QUARTER_SECONDS): Step {
  if (windowSeconds <= MINUTE_SECONDS && seconds <= MOST_MINUTES * MINUTE_SECONDS) return 'minute';
  return seconds <= MOST_QUARTERS * QUARTER_SECONDS ? 'quarter' : 'day';
}

const LENGTHS = { minute: MINUTE_SECONDS, quarter: QUARTER_SECONDS } as const;

/** Start of the step that a window belongs to. */
export const stepStart = (seconds: number, step: Step, zone: Zone): number =>
  step === 'day' ? zone.startOfDay(zone.dayOf(seconds)) : Math.floor(seconds / LENGTHS[step]) * LENGTHS[step];

/** Start of the step after the one that starts at a time. */
export const nextStep = (startSeconds: number, step: Step, zone: Zone): number =>
  // Days have 23 to 25 hours.
  step === 'day' ? stepStart(startSeconds + DAY_SECONDS * 1.25, step, zone) : startSeconds + LENGTHS[step];
