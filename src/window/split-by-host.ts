// Splits windows by host: processing a host takes far more memory and time than its windows, so hosts are processed
// in shares.

import type { UsageRow, UsageWindow } from '../model/usage.ts';

/** Maximum size of one share; a host is never split. */
export interface ShareSize {
  readonly hosts: number;
  /** Rows and DNS names. */
  readonly entries: number;
}

/** Yields the windows once per share, restricted to the hosts of the share. */
export function* listShares(
  windows: readonly UsageWindow[],
  hosts: Iterable<string>,
  size: ShareSize,
): Iterable<UsageWindow[]> {
  const entries = entriesByHost(windows);
  const shareOf = new Map<string, number>();
  let [count, hostsIn, entriesIn] = [0, 0, 0];
  for (const host of hosts) {
    const own = entries.get(host) ?? 0;
    if (count === 0 || hostsIn >= size.hosts || entriesIn + own > size.entries) {
      count++;
      hostsIn = 0;
      entriesIn = 0;
    }
    hostsIn++;
    entriesIn += own;
    shareOf.set(host, count - 1);
  }
  const split = <T extends { readonly host: string }>(whole: Iterable<T>): readonly T[][] => {
    const parts = Array.from({ length: count }, (): T[] => []);
    for (const row of whole) parts[shareOf.get(row.host) ?? count]?.push(row);
    return parts;
  };
  const parts = windows.map(({ hosts, rows, queriedNames }) => ({
    hosts: split(hosts),
    rows: split(rows),
    queriedNames: split(queriedNames),
  }));
  for (let share = 0; share < count; share++) {
    yield windows.map((window, i) => ({
      ...window,
      hosts: parts[i]?.hosts[share] ?? [],
      rows: parts[i]?.rows[share] ?? [],
      queriedNames: parts[i]?.queriedNames[share] ?? [],
      ...servicesOfShare(window, (server) => shareOf.get(server) === share),
    }));
  }
}

/** Selects the services of the hosts with all clients, because a service belongs to the host that runs it. */
function servicesOfShare(
  { services }: UsageWindow,
  isOfShare: (server: string) => boolean,
): Pick<UsageWindow, 'services'> {
  return services === undefined ? {} : { services: services.filter(({ server }) => isOfShare(server)) };
}

function entriesByHost(windows: readonly UsageWindow[]): Map<string, number> {
  const entries = new Map<string, number>();
  for (const { rows, queriedNames } of windows) {
    for (const { host } of rows) entries.set(host, (entries.get(host) ?? 0) + 1);
    for (const { host } of queriedNames) entries.set(host, (entries.get(host) ?? 0) + 1);
  }
  return entries;
}

export interface CutWindows {
  readonly windows: readonly UsageWindow[];
  /** Dropped rows and DNS names, by host. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/**
 * Limits the rows and DNS names per host. Answered rows are retained, then those with the most payload: forged hellos
 * must not displace them.
 */
export function limitRows(windows: readonly UsageWindow[], most: number): CutWindows {
  const busy = [...entriesByHost(windows)].filter(([, count]) => count > most).map(([host]) => host);
  if (busy.length === 0) return { windows, leftOut: new Map() };
  const isBusy = new Set(busy);
  const ofHost = <T extends { readonly host: string }>(all: Iterable<T>): Map<string, T[]> => {
    const lists = new Map<string, T[]>(busy.map((host) => [host, []]));
    for (const row of all) lists.get(row.host)?.push(row);
    return lists;
  };
  const rows = ofHost(windows.flatMap((window) => window.rows));
  const queriedNames = ofHost(windows.flatMap((window) => window.queriedNames));
  const selectEntries = new Set<unknown>();
  const leftOut = new Map<string, number>();
  for (const host of busy) {
    const [ownRows, ownAsked] = [rows.get(host) ?? [], queriedNames.get(host) ?? []];
    const best = ownRows.sort(compareWeight).slice(0, most);
    const first = ownAsked.slice(0, most);
    for (const row of [...best, ...first]) selectEntries.add(row);
    const without = ownRows.length + ownAsked.length - best.length - first.length;
    if (without > 0) leftOut.set(host, without);
  }
  const stays = (row: { readonly host: string }): boolean => !isBusy.has(row.host) || selectEntries.has(row);
  const cut = windows.map((window) => ({
    ...window,
    rows: window.rows.filter(stays),
    queriedNames: window.queriedNames.filter(stays),
  }));
  return { windows: cut, leftOut };
}

function compareWeight(a: UsageRow, b: UsageRow): number {
  const answered = Number(b.establishedFlows > 0) - Number(a.establishedFlows > 0);
  return answered || b.payloadUp + b.payloadDown - a.payloadUp - a.payloadDown;
}
