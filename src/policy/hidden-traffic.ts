// Computes hidden traffic of hosts by quarter hour, without the traffic that a policy accepts by its kind and
// destination.

import { addTo } from '../model/grouped-by.ts';
import type { Accepted, Policy, Rule } from '../model/policy.ts';
import type { AcceptedTraffic } from '../model/statement.ts';
import type {
  HiddenDestination,
  HiddenPart,
  HostAccount,
  HostTotals,
  UsageRow,
  UsageWindow,
} from '../model/usage.ts';
import { goesWithTunnel, NAMED_KINDS, type NotVisibleKind } from '../model/window-words.ts';
import { networkContains, parseAddress } from '../net/address.ts';
import { matchesGlob } from '../text/glob.ts';
import { floorToQuarter } from '../time/units.ts';

/** Facts of the catalogue about destinations. */
export interface DestinationLookup {
  /** True for an address in a network of the vendor whose tools a rule covers. */
  isOfVendor(rule: Rule, address: string): boolean;
  /** True for an address in a network that a vendor of tools owns. */
  isOwned(address: string): boolean;
  /** True for a name of a tool or its vendor, without names that tools share with other programs. */
  isOfTool(name: string): boolean;
}

export interface HiddenTraffic {
  /** Parts by host and start of the quarter hour. The empty host has traffic without a local end. */
  readonly hosts: ReadonlyMap<string, ReadonlyMap<number, readonly HiddenPart[]>>;
  /** Starts of quarter hours whose windows have packets but no account, as earlier versions wrote them. */
  readonly withoutAccount: readonly number[];
  readonly isOfVendor: DestinationLookup['isOfVendor'];
}

const NO_LOOKUP: DestinationLookup = { isOfVendor: () => false, isOwned: () => false, isOfTool: () => false };

export function measureHiddenTraffic(
  windows: readonly UsageWindow[],
  { accept }: Pick<Policy, 'accept'>,
  lookup: DestinationLookup = NO_LOOKUP,
): HiddenTraffic {
  const hosts = new Map<string, Map<number, HiddenPart[]>>();
  const addresses = namedAddresses(windows, accept);
  const findLineIndex = (part: HiddenDestination): number =>
    accept.findIndex((line, i) => acceptsPart(line, part, addresses[i] ?? NO_ADDRESSES));
  const toolServers = listToolServers(windows, lookup, () => true);
  // The server of a proxied connection is the proxy, whose other traffic a policy may accept.
  const ownServers = listToolServers(windows, lookup, ({ proxy }) => proxy === null);
  const isToTool = ({ address, name }: HiddenDestination): boolean =>
    toolServers.has(address) || lookup.isOfTool(name) || (address !== '' && lookup.isOwned(address));
  const withoutAccount = new Set<number>();
  for (const window of windows) {
    const start = floorToQuarter(window.startSeconds);
    if (lacksAccount(window)) withoutAccount.add(start);
    for (const { host, parts } of listParts(window)) {
      const quarters = hosts.get(host) ?? new Map<number, HiddenPart[]>();
      hosts.set(host, quarters);
      for (const part of parts) {
        const line = findLineIndex(part);
        // A line that accepts a network, or a tunnel, would hide the tool itself.
        const isRefused =
          line !== -1 && isToTool(part) && (ownServers.has(part.address) || !toolServers.has(part.address));
        addTo(quarters, start, { ...part, line: isRefused ? -1 : line, isToTool: isToTool(part), isRefused });
      }
    }
  }
  return { hosts, withoutAccount: [...withoutAccount].sort((a, b) => a - b), isOfVendor: lookup.isOfVendor };
}

/** Returns the addresses that DNS answers, and ClientHellos of these rows, show as servers of tools. */
function listToolServers(
  windows: readonly UsageWindow[],
  { isOfTool }: DestinationLookup,
  isSelected: (row: UsageRow) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { rows, queriedNames } of windows) {
    for (const row of rows)
      if (isSelected(row) && isOfTool(row.name)) for (const server of row.servers) found.add(server);
    for (const { name, addresses } of queriedNames)
      if (isOfTool(name)) for (const address of addresses) found.add(address);
  }
  return found;
}

/** Sums accepted bytes by line, for reports and statements. */
export const acceptedTraffic = (
  accept: readonly Accepted[],
  bytesOf: (line: number) => number,
): AcceptedTraffic[] => accept.map(({ kind, to }, i) => ({ kind, to, bytes: bytesOf(i) }));

/** True for packets without an account. Rows of logs have no packets, and a log without bytes has no account. */
const lacksAccount = ({ account, stats, hosts }: UsageWindow): boolean =>
  account === undefined &&
  stats.packets > 0 &&
  hosts.some(({ bytesUp, bytesDown }) => bytesUp + bytesDown > 0);

function listParts({ account, hosts }: UsageWindow): { host: string; parts: HiddenDestination[] }[] {
  const found =
    account === undefined
      ? hosts.map((totals) => ({ host: totals.host, parts: listTotalsParts(totals) }))
      : account.map((hostAccount) => ({ host: hostAccount.host, parts: listAccountParts(hostAccount) }));
  return found.filter(({ parts }) => parts.length > 0);
}

/** Returns traffic that is not visible, for windows without an account. Its destinations are unknown. */
const listTotalsParts = ({ notVisible }: HostTotals): HiddenDestination[] =>
  notVisible
    .filter(({ kind, bytes }) => bytes > 0 && !NAMED_KINDS.has(kind))
    .map(({ kind, bytes }) => ({ kind, address: '', name: '', bytes }));

function listAccountParts({ hidden, destinations }: HostAccount): HiddenDestination[] {
  const rest = new Map<NotVisibleKind, number>();
  for (const { kind, bytes } of hidden) rest.set(kind, (rest.get(kind) ?? 0) + bytes);
  for (const { kind, bytes } of destinations) rest.set(kind, (rest.get(kind) ?? 0) - bytes);
  const others = [...rest].map(([kind, bytes]) => ({ kind, address: '', name: '', bytes }));
  return [...destinations, ...others.filter(({ bytes }) => bytes > 0)];
}

const NO_ADDRESSES: ReadonlySet<string> = new Set();

function acceptsPart(
  { kind, networks, names }: Accepted,
  part: HiddenDestination,
  named: ReadonlySet<string>,
): boolean {
  if (part.kind !== kind && !(kind === 'tunnel' && goesWithTunnel(part.kind))) return false;
  if (part.name !== '' && names.some((name) => matchesGlob(name, part.name, 1))) return true;
  if (named.has(part.address)) return true;
  const bytes = parseAddress(part.address);
  return bytes !== null && networks.some((network) => networkContains(network, bytes));
}

/** Returns for each line the addresses that DNS answers gave its names. */
function namedAddresses(windows: readonly UsageWindow[], accept: readonly Accepted[]): ReadonlySet<string>[] {
  const found = accept.map(() => new Set<string>());
  if (accept.every(({ names }) => names.length === 0)) return found;
  for (const { queriedNames } of windows) {
    for (const { name, addresses } of queriedNames) {
      for (const [i, { names }] of accept.entries()) {
        if (names.some((pattern) => matchesGlob(pattern, name, 1)))
          for (const address of addresses) found[i]?.add(address);
      }
    }
  }
  return found;
}
