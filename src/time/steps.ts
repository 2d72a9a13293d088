// Steps of a period: quarter hours for a short one, else days of a zone.

import { DAY_SECONDS, QUARTER_SECONDS } from './units.ts';
import type { Zone } from './zone.ts';

export const STEPS = ['quarter', 'day'] as const;
export type Step = (typeof STEPS)[number];

const MOST_QUARTERS = 192;

/** Quarter hours for at most two days, else days. */
export const stepOf = (seconds: number): Step =>
  seconds <= MOST_QUARTERS * QUARTER_SECONDS ? 'quarter' : 'day';

/** Start of the step that a window belongs to. */
export const stepStart = (seconds: number, step: Step, zone: Zone): number =>
  step === 'day'
    ? zone.startOfDay(zone.dayOf(seconds))
    : Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;

/** Start of the step after the one that starts at a time. */
export const nextStep = (startSeconds: number, step: Step, zone: Zone): number =>
  // Days have 23 to 25 hours.
  step === 'day' ? stepStart(startSeconds + DAY_SECONDS * 1.25, step, zone) : startSeconds + QUARTER_SECONDS;
