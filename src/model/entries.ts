// Entries of some hosts and sums of entries, of lists in memory and of those that are made as they are read.

import type { Entries } from './usage.ts';

/** In their order. */
export const ofHosts = <T extends { readonly host: string }>(
  entries: Entries<T>,
  isWanted: (host: string) => boolean,
): readonly T[] => entries.ofHosts?.(isWanted) ?? entries.filter(({ host }) => isWanted(host));

/** Entries that add up to those of all these lists, of each host in their order; see `addedUp` of Entries. */
export const addedUp = <T>(lists: readonly Entries<T>[]): readonly T[] =>
  lists.find((list) => list.addedUp !== undefined)?.addedUp?.(lists) ?? lists.flatMap((list) => [...list]);
