// Entries of some hosts and sums of entries, of lists in memory and of those that are made as they are read.

import type { Entries, EntrySums } from './field.ts';

/** Keeps their order. */
export const ofHosts = <T extends { readonly host: string }>(
  entries: Entries<T>,
  isWanted: (host: string) => boolean,
): readonly T[] => entries.ofHosts?.(isWanted) ?? entries.filter(({ host }) => isWanted(host));

/**
 * Entries that add up to those of all these lists, of each host in their order. What several windows say of a host is one
 * entry where nothing but counters and times differs: its times are a span then, of which parts may be silent.
 */
export function* addedUp<T>(lists: Iterable<Entries<T>>): Iterable<T> {
  let sums: EntrySums<T> | null = null;
  for (const list of lists) {
    let done: Iterable<T> | null = sums?.add(list) ?? null;
    if (done === null) {
      if (sums !== null) yield* sums.end();
      sums = list.beginSums?.() ?? null;
      done = sums?.add(list) ?? list;
    }
    yield* done;
  }
  if (sums !== null) yield* sums.end();
}
