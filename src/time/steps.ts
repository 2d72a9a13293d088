// Chooses the steps of a period: minutes if it is short and windows are as short, quarter hours for up to two days, else days.

import { DAY_SECONDS, MINUTE_SECONDS, QUARTER_SECONDS } from './units.ts';
import type { Zone } from './zone.ts';

export const STEPS = ['minute', 'quarter', 'day'] as const;
export type Step = (typeof STEPS)[number];

export const STEP_WORDS: Readonly<Record<Step, string>> = {
  minute: 'minute',
  quarter: 'quarter hour',
  day: 'day',
};

const MAX_QUARTERS = 192;

/** An hour, plus the time during which a page may stay open. */
export const MAX_MINUTES = 90;

/** Returns minutes for up to MAX_MINUTES if windows are short enough, quarter hours for up to two days, else days. */
export function formatStep(seconds: number, windowSeconds: number = QUARTER_SECONDS): Step {
  if (windowSeconds <= MINUTE_SECONDS && seconds <= MAX_MINUTES * MINUTE_SECONDS) return 'minute';
  return seconds <= MAX_QUARTERS * QUARTER_SECONDS ? 'quarter' : 'day';
}

const LENGTHS = { minute: MINUTE_SECONDS, quarter: QUARTER_SECONDS } as const;

/** Returns the start of the step that contains the window. */
export const stepStart = (seconds: number, step: Step, zone: Zone): number =>
  step === 'day' ? zone.startOfDay(zone.dayOf(seconds)) : Math.floor(seconds / LENGTHS[step]) * LENGTHS[step];

/** Returns the start of the next step. */
export const nextStep = (startSeconds: number, step: Step, zone: Zone): number =>
  // Days have 23 to 25 hours.
  step === 'day' ? stepStart(startSeconds + DAY_SECONDS * 1.25, step, zone) : startSeconds + LENGTHS[step];
