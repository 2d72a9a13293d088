// Finds the minimum, the maximum and the sum of a list of any length.

/**
 * Returns the minimum, Infinity for an empty list. It does not spread the list: a call accepts about 120,000 arguments,
 * and hostile files have more entries.
 */
export const findMinimum = (numbers: readonly number[]): number =>
  numbers.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);

/** Returns the maximum, minus Infinity for an empty list. */
export const findMaximum = (numbers: readonly number[]): number =>
  numbers.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);

export const sumOf = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((sum, item) => sum + amount(item), 0);
