// Finds places in sorted lists in logarithmic time: hostile traffic has tens of thousands of names and times.

/** Counts the entries of a sorted list for which `isBefore` is true: the index of the first other entry. */
export function countBefore<T>(sorted: readonly T[], isBefore: (entry: T) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = sorted[middle];
    if (entry !== undefined && isBefore(entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}
