// Chooses the unit in which a reader expects a duration.

import { DAY_SECONDS } from './units.ts';

const UNITS = [
  { unit: 'day', seconds: DAY_SECONDS, least: 4 },
  { unit: 'hour', seconds: 3600, least: 2 },
  { unit: 'minute', seconds: 60, least: 2 },
  { unit: 'second', seconds: 1, least: 0 },
] as const;

/** Rounds down, because observed time must never be overstated, and shows small amounts: "8.9", "0.058". */
export function roundedDown(amount: number): string {
  const digits = amount >= 1 || amount === 0 ? 1 : Math.min(6, 1 - Math.floor(Math.log10(amount)));
  return String(Math.floor(amount * 10 ** digits) / 10 ** digits);
}

/** Returns undefined for a span without a length. */
export const chooseUnit = (seconds: number): (typeof UNITS)[number] | undefined =>
  seconds <= 0 ? undefined : UNITS.find(({ least, seconds: size }) => seconds >= least * size);
