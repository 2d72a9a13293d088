// The least and the greatest number of a list of any length.

/** Does not spread: a call takes some 120 000 arguments, and a hostile file has more of anything. Infinity of none. */
export const leastOf = (numbers: readonly number[]): number =>
  numbers.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);

/** Like `leastOf`; minus infinity of none. */
export const mostOf = (numbers: readonly number[]): number =>
  numbers.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
