// Selects and sums entries of hosts, both of lists in memory and of lists that are computed while they are read.

import type { Entries, EntrySums } from './field.ts';
import type { AccountBytes, AccountEntries, HostAccount } from './usage.ts';

/** Selects the entries of some hosts and keeps their order. */
export const selectHosts = <T extends { readonly host: string }>(
  entries: Entries<T>,
  isWanted: (host: string) => boolean,
): readonly T[] => entries.ofHosts?.(isWanted) ?? entries.filter(({ host }) => isWanted(host));

/**
 * Joins the entries of some hosts. `join` receives these entries, or all entries of a list in memory, and returns a
 * sorted list.
 */
export function joinHosts<T extends { readonly host: string }>(
  entries: Entries<T>,
  isJoined: (host: string) => boolean,
  join: (entries: readonly T[]) => readonly T[],
): Entries<T> {
  if (entries.replaceHosts === undefined) return join(entries.map((entry) => entry));
  const own = selectHosts(entries, isJoined);
  return own.length === 0 ? entries : entries.replaceHosts(isJoined, join(own));
}

/**
 * Sums consecutive lists of one implementation that can sum; lists in memory are passed on unchanged. Entries of a host
 * become one if they differ in counters and times only. The times of a sum are a span, which may contain silent parts.
 */
export function* sumByHost<T>(lists: Iterable<Entries<T>>): Iterable<T> {
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

export const accountBytes = (accounts: AccountEntries): Iterable<AccountBytes> =>
  accounts.bytes?.() ?? accounts.map(bytesOfAccount);

const bytesOfAccount = ({ host, lookedInto, harmless, inside, hidden }: HostAccount): AccountBytes => ({
  host,
  lookedInto,
  harmless,
  inside,
  hidden: hidden.reduce((sum, part) => sum + part.bytes, 0),
});
