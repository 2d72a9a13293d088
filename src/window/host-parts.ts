// Lists of a window that are absent if empty: services, hellos, accounts and outcomes. One table declares how entries of
// each list merge, and to which hosts they belong.

import { MAX_HIDDEN_DESTINATIONS, MAX_OUTCOMES } from '../model/ceilings.ts';
import { sumEchConfigs } from '../model/ech-configs.ts';
import { joinHosts } from '../model/entries.ts';
import type { Entries } from '../model/field.ts';
import type { Mutable } from '../model/immutable.ts';
import { addCounts, OUTCOME_DELAYS, OUTCOME_MAXIMA, OUTCOME_MINIMA, OUTCOME_SUMS } from '../model/outcome.ts';
import { isFromOtherNetwork, serviceKey, sumServices } from '../model/services.ts';
import type {
  HelloCounts,
  HiddenDestination,
  HostAccount,
  OutcomeCell,
  ServiceSeen,
  UsageWindow,
} from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import {
  destinationKey,
  getHost,
  notVisibleKey,
  smallestAboveZero,
  sumByKey,
  sumNotVisible,
} from './sums.ts';

interface EntryTypes {
  readonly services: ServiceSeen;
  readonly hellos: HelloCounts;
  readonly account: HostAccount;
  readonly outcomes: OutcomeCell;
}

type PartName = keyof EntryTypes;
type Parts = Pick<UsageWindow, PartName>;
type Rename = (host: string) => string;
type IsLeft = (host: string) => boolean;

interface Part<T> {
  /** Sums entries with the same key, sorted by key. */
  union(lists: readonly Entries<T>[]): readonly T[];
  /** Renames hosts. `addressOf` renames servers and hosts that answered in their place. */
  rename(entry: T, nameOf: Rename, addressOf: Rename): T;
  isLeft(entry: T, isLeft: IsLeft): boolean;
}

const PARTS: { readonly [K in PartName]: Part<EntryTypes[K]> } = {
  services: {
    union: (lists) => sumByKey(lists, serviceKey, sumServices),
    // Clients and servers get names that reveal no network.
    rename: (seen, nameOf) => ({
      ...seen,
      host: nameOf(seen.host),
      server: nameOf(seen.server),
      isOtherNetwork: isFromOtherNetwork(seen),
    }),
    isLeft: ({ host, server }, isLeft) => isLeft(host) && isLeft(server),
  },
  hellos: {
    union: (lists) =>
      sumByKey(lists, getHost, (a, b) => ({
        host: a.host,
        hellos: a.hellos + b.hellos,
        ech: a.ech + b.ech,
        hidden: a.hidden + b.hidden,
        unlistedRequests: a.unlistedRequests + b.unlistedRequests,
        echConfigs: sumEchConfigs([a.echConfigs, b.echConfigs]),
      })),
    rename: (helloCounts, nameOf) => ({ ...helloCounts, host: nameOf(helloCounts.host) }),
    isLeft: ({ host }, isLeft) => isLeft(host),
  },
  account: {
    union: (lists) =>
      sumByKey(lists, getHost, (a, b) => ({
        host: a.host,
        lookedInto: a.lookedInto + b.lookedInto,
        harmless: a.harmless + b.harmless,
        inside: a.inside + b.inside,
        hidden: sumByKey([a.hidden, b.hidden], notVisibleKey, sumNotVisible),
        destinations: sumDestinations([a.destinations, b.destinations]),
      })),
    // Traffic without a host has no name to replace.
    rename: (hostAccount, nameOf, addressOf) => ({
      ...hostAccount,
      host: hostAccount.host === '' ? '' : nameOf(hostAccount.host),
      destinations: sumDestinations([
        hostAccount.destinations.map((part) => ({ ...part, address: addressOf(part.address) })),
      ]),
    }),
    isLeft: ({ host }, isLeft) => host === '' || isLeft(host),
  },
  outcomes: {
    union: (lists) => sumOutcomes(lists).slice(0, MAX_OUTCOMES),
    rename: (cell, nameOf, addressOf) => ({
      ...cell,
      host: nameOf(cell.host),
      server: addressOf(cell.server),
      by: addressOf(cell.by),
    }),
    isLeft: ({ host }, isLeft) => isLeft(host),
  },
};

/** Keeps the entries with the smallest keys, so that the order of sums does not matter. */
const sumDestinations = (lists: readonly (readonly HiddenDestination[])[]): HiddenDestination[] =>
  sumByKey(lists, destinationKey, (a, b) => ({ ...a, bytes: a.bytes + b.bytes })).slice(
    0,
    MAX_HIDDEN_DESTINATIONS,
  );

const PART_NAMES = Object.keys(PARTS) as readonly PartName[];

function buildParts(
  listOf: <K extends PartName>(name: K, part: Part<EntryTypes[K]>) => { readonly length: number },
): Parts {
  const lists = PART_NAMES.map(
    (name) => [name, listOf(name, PARTS[name] as Part<EntryTypes[typeof name]>)] as const,
  );
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

const buildEntries = <K extends PartName>(window: Parts, name: K): Entries<EntryTypes[K]> =>
  (window[name] ?? []) as Entries<EntryTypes[K]>;

export const unionParts = (windows: readonly Parts[]): Parts =>
  buildParts((name, part) => part.union(windows.map((window) => buildEntries(window, name))));

/** Renames hosts, and sums the parts of hosts with the same new name. */
export const renameParts = (window: Parts, nameOf: Rename, addressOf: Rename = (address) => address): Parts =>
  buildParts((name, part) =>
    part.union([buildEntries(window, name).map((entry) => part.rename(entry, nameOf, addressOf))]),
  );

/** Renames joined hosts alone, and sums the parts of hosts with the same new name. */
export const joinParts = (window: Parts, isJoined: IsLeft, nameOf: Rename): Parts =>
  buildParts((name, part) =>
    joinHosts(buildEntries(window, name), isJoined, (entries) =>
      part.union([entries.map((entry) => part.rename(entry, nameOf, (address) => address))]),
    ),
  );

/** Removes the hosts for which `isLeft` is false. A service stays if its client and its server stay. */
export function filterParts<T extends Parts>(window: T, isLeft: IsLeft): Omit<T, PartName> & Parts {
  const { services: _, hellos: __, account: ___, outcomes: ____, ...others } = window;
  return {
    ...others,
    ...buildParts((name, part) => buildEntries(window, name).filter((entry) => part.isLeft(entry, isLeft))),
  };
}

// Outcome cells: sums, minima and maxima. Cells are many, and most have their key alone: only a cell to which others are
// added is copied, once, and they are added to the copy in place.

type CellKey = Pick<OutcomeCell, 'host' | 'name' | 'server' | 'port' | 'kind' | 'detail'>;
export type CellNumbers = Omit<OutcomeCell, keyof CellKey>;

/** Joins the parts, because a template string is flattened again in each comparison. */
const outcomeKey = ({ host, name, server, port, kind, detail }: CellKey): string =>
  [host, name, server, port, kind, detail].join(' ');

function addToCell(cell: Mutable<CellNumbers>, more: CellNumbers): void {
  for (const name of OUTCOME_SUMS) cell[name] += more[name];
  for (const name of OUTCOME_MAXIMA) cell[name] = Math.max(cell[name], more[name]);
  for (const name of OUTCOME_MINIMA) cell[name] = smallestAboveZero(cell[name], more[name]);
  for (const name of OUTCOME_DELAYS) {
    const counts = addCounts(cell[name], more[name]);
    if (counts !== undefined) cell[name] = counts;
  }
  cell.firstUs = Math.min(cell.firstUs, more.firstUs);
  cell.lastUs = Math.max(cell.lastUs, more.lastUs);
  if (cell.by === '' || (more.by !== '' && more.by < cell.by)) cell.by = more.by;
}

export function sumOutcomes(lists: readonly Iterable<OutcomeCell>[]): OutcomeCell[] {
  const cells = new Map<string, OutcomeCell>();
  const sums = new Map<string, Mutable<OutcomeCell>>();
  for (const list of lists) {
    for (const outcomeCell of list) {
      const key = outcomeKey(outcomeCell);
      const cell = cells.get(key);
      if (cell === undefined) {
        cells.set(key, outcomeCell);
        continue;
      }
      const sum = sums.get(key) ?? { ...cell };
      addToCell(sum, outcomeCell);
      sums.set(key, sum);
      cells.set(key, sum);
    }
  }
  return [...cells].sort((a, b) => compareText(a[0], b[0])).map(([, cell]) => cell);
}

/** Absent without outcomes. */
export const withOutcomes = (cells: readonly OutcomeCell[] | undefined): Pick<UsageWindow, 'outcomes'> =>
  cells === undefined || cells.length === 0 ? {} : { outcomes: sumOutcomes([cells]).slice(0, MAX_OUTCOMES) };
