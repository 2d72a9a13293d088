// Windows in shares of their hosts: what is made of each host takes far more memory than its windows, so that it is made of
// some hosts at a time.

import type { UsageWindow } from '../model/usage.ts';

/** The same windows, once for each share of `size` hosts, with what they say of those hosts alone. */
export function* sharesOf(
  windows: readonly UsageWindow[],
  hosts: Iterable<string>,
  size: number,
): Iterable<UsageWindow[]> {
  const shareOf = new Map<string, number>();
  for (const host of hosts) shareOf.set(host, Math.floor(shareOf.size / size));
  const count = Math.ceil(shareOf.size / size);
  const split = <T extends { readonly host: string }>(whole: readonly T[]): readonly T[][] => {
    const parts = Array.from({ length: count }, (): T[] => []);
    for (const one of whole) parts[shareOf.get(one.host) ?? count]?.push(one);
    return parts;
  };
  const parts = windows.map(({ hosts, rows, asked }) => ({
    hosts: split(hosts),
    rows: split(rows),
    asked: split(asked),
  }));
  for (let share = 0; share < count; share++) {
    yield windows.map((window, i) => ({
      ...window,
      hosts: parts[i]?.hosts[share] ?? [],
      rows: parts[i]?.rows[share] ?? [],
      asked: parts[i]?.asked[share] ?? [],
    }));
  }
}
