// Entries of some hosts, of lists in memory and of those that are made as they are read.

import type { Entries } from '../model/usage.ts';

/** In their order. */
export const ofHosts = <T extends { readonly host: string }>(
  entries: Entries<T>,
  isWanted: (host: string) => boolean,
): readonly T[] => entries.ofHosts?.(isWanted) ?? entries.filter(({ host }) => isWanted(host));
