// Sums facts about each host over all windows: bytes, flows, days, names, and traffic that was not visible.

import { selectHosts, sumByHost } from '../../model/entries.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { HostTotals, NotVisibleTraffic, UsageWindow } from '../../model/usage.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';
import { compareText, isUnspecified } from '../../net/address.ts';
import { Claimants, formatList, type NameClaim } from '../../net/claimants.ts';
import { listSharedMacs, type MachineDoubts, MacsSeen, machineDoubts } from '../../net/macs-seen.ts';
import { isUserPseudonym } from '../../text/pseudonym.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';

export interface NotVisibleRow {
  readonly kind: NotVisibleKind;
  flows: number;
  bytes: number;
  firstUs: TimestampUs;
  lastUs: TimestampUs;
}

export interface HostFacts {
  readonly bytes: number;
  /** Part of `bytes` that the host sent. */
  readonly bytesUp: number;
  readonly flows: number;
  /** Days in the time zone, sorted. */
  readonly presence: readonly string[];
  readonly mac: string | null;
  readonly names: readonly string[];
  /** Sorted; empty if the host's own address is the only one known. */
  readonly addresses: readonly string[];
  readonly notVisible: readonly NotVisibleRow[];
  /** Several machines used the address. */
  readonly isOfSeveral: boolean;
  /** Its frames have the MAC of a router. */
  readonly isBehindRouter: boolean;
  /** Other addresses of the same machine, sorted. */
  readonly sameMachine: readonly string[];
}

interface CollectedHost {
  bytes: number;
  bytesUp: number;
  flows: number;
  days: Days;
  names: Texts;
  addresses: Texts;
  notVisible: NotVisibleRow[] | null;
  readonly macs: MacsSeen;
}

const NONE: readonly never[] = [];

/** Distinct texts. Most hosts have none or one, and a set for each would use most of a large report's memory. */
type Texts = null | string[] | Set<string>;
const MAX_LISTED = 8;

function withText(texts: Texts, text: string): Texts {
  if (texts === null) return [text];
  if (!Array.isArray(texts)) return texts.add(text);
  if (texts.includes(text)) return texts;
  if (texts.length >= MAX_LISTED) return new Set(texts).add(text);
  texts.push(text);
  return texts;
}

/** Distinct days. Many hosts may share a list, so it must not change. */
type Days = readonly string[] | Set<string>;

function withDays(before: Days, days: readonly string[]): Days {
  if (before === days) return before;
  if (!Array.isArray(before)) return days.reduce((all, day) => all.add(day), before as Set<string>);
  if (before.length === 0) return days;
  const all = [...before, ...days.filter((day) => !before.includes(day))];
  if (all.length === before.length) return before;
  return all.length > MAX_LISTED ? new Set(all) : all;
}

const sortTexts = (texts: Texts): readonly string[] => (texts === null ? NONE : [...texts].sort(compareText));

/** Totals of a host in one window, or in a sum of windows. */
export type HostPart = Pick<
  HostTotals,
  'host' | 'mac' | 'macFrom' | 'names' | 'flows' | 'bytesUp' | 'bytesDown' | 'notVisible' | 'addresses'
>;

/** Collects hosts. The empty host has hidden traffic without a local end. */
export function collectHosts(windows: readonly UsageWindow[], zone: Zone): Map<string, HostFacts> {
  const byDay = groupBy(windows, ({ startSeconds }) => zone.dayOf(startSeconds));
  return collectFacts([
    ...[...byDay].map(([day, ofDay]) => ({ days: [day], hosts: sumByHost(ofDay.map(({ hosts }) => hosts)) })),
    ...windows.flatMap((window) => {
      const notVisible = hiddenWithoutHost(window);
      return notVisible.length === 0 ? [] : [{ days: [], hosts: [{ ...NO_HOST, notVisible }] }];
    }),
  ]);
}

const NO_HOST = { host: '', mac: null, macFrom: null, names: NONE, flows: 0, bytesUp: 0, bytesDown: 0 };

/** Returns hidden traffic without a local end, which may belong to any host. */
export const hiddenWithoutHost = ({ account }: Pick<UsageWindow, 'account'>): readonly NotVisibleTraffic[] =>
  selectHosts(account ?? NONE, (host) => host === '')[0]?.hidden ?? NONE;

/** Collects facts from parts in any order, with the days of each. */
export function collectFacts(
  parts: Iterable<{ readonly days: readonly string[]; readonly hosts: Iterable<HostPart> }>,
): Map<string, HostFacts> {
  const hosts = new Map<string, CollectedHost>();
  for (const part of parts) {
    for (const totals of part.hosts) {
      // Packets of a machine without an address are of no host.
      if (isUnspecified(totals.host)) continue;
      let host = hosts.get(totals.host);
      if (host === undefined) {
        host = {
          bytes: 0,
          bytesUp: 0,
          flows: 0,
          days: NONE,
          names: null,
          addresses: null,
          notVisible: null,
          macs: new MacsSeen(),
        };
        hosts.set(totals.host, host);
      }
      host.bytes += totals.bytesUp + totals.bytesDown;
      host.bytesUp += totals.bytesUp;
      host.flows += totals.flows;
      host.days = withDays(host.days, part.days);
      for (const name of totals.names) host.names = withText(host.names, name);
      for (const address of totals.addresses ?? NONE) host.addresses = withText(host.addresses, address);
      host.macs.add(totals);
      addNotVisible(host, totals);
    }
  }
  const shared = collectRouters(hosts);
  const doubts = machineDoubts(listMacs(hosts));
  const claimants = new Claimants(() => listClaims(hosts, shared));
  const facts = new Map<string, HostFacts>();
  const presences = new Map<Days | string, readonly string[]>();
  for (const [name, host] of hosts) {
    facts.set(name, finishHost(name, host, { shared, doubts, claimants }, presences));
    hosts.delete(name);
  }
  return facts;
}

/** Returns the days of a host. Most hosts have the same days and share one list. */
function listPresence(
  { days }: CollectedHost,
  listsByDays: Map<Days | string, readonly string[]>,
): readonly string[] {
  const read = listsByDays.get(days);
  if (read !== undefined) return read;
  const own = [...days].sort(compareText);
  const key = own.join();
  const same = listsByDays.get(key) ?? own;
  listsByDays.set(key, same);
  if (Array.isArray(days)) listsByDays.set(days, same);
  return same;
}

function* listMacs(hosts: ReadonlyMap<string, CollectedHost>): Iterable<readonly [string, MacsSeen]> {
  for (const [name, { macs }] of hosts) yield [name, macs];
}

function* listClaims(
  hosts: ReadonlyMap<string, CollectedHost>,
  shared: ReadonlySet<string>,
): Iterable<NameClaim> {
  for (const [host, { macs, names }] of hosts) {
    const mac = macs.mac === null || shared.has(macs.mac) ? null : macs.mac;
    // A user whom a proxy authenticated may work on several hosts.
    for (const name of names ?? NONE) if (!isUserPseudonym(name)) yield { host, name, mac };
  }
}

/** Facts from the MACs and names of all hosts together. */
interface SharedFacts {
  readonly shared: ReadonlySet<string>;
  readonly doubts: MachineDoubts;
  readonly claimants: Claimants;
}

function finishHost(
  name: string,
  host: CollectedHost,
  { shared, doubts, claimants }: SharedFacts,
  presences: Map<Days | string, readonly string[]>,
): HostFacts {
  const { mac, from } = host.macs;
  const isRouters = from === 'frame' && mac !== null && shared.has(mac);
  return {
    bytes: host.bytes,
    bytesUp: host.bytesUp,
    flows: host.flows,
    presence: listPresence(host, presences),
    mac: isRouters ? null : mac,
    names: listNames(name, host, claimants),
    addresses: sortTexts(host.addresses),
    notVisible: host.notVisible ?? NONE,
    isBehindRouter: isRouters,
    isOfSeveral: doubts.several.has(name),
    sameMachine: doubts.same.get(name) ?? NONE,
  };
}

/**
 * Lists names. An address that several machines used has the names of all of them, because the user of each flow is
 * unknown.
 */
function listNames(host: string, { macs, names }: CollectedHost, claimants: Claimants): readonly string[] {
  const own = sortTexts(names).map((name) => ({ name, others: claimants.listOtherHosts(name, host) }));
  const isClaimed = own.some(({ others }) => others.length > 0);
  // Names of only this host come first, so that a name that it claims later does not replace them.
  const texts = [
    ...own.filter(({ others }) => others.length === 0).map(({ name }) => name),
    ...own.filter(({ others }) => others.length > 0).map(withOthers),
  ];
  if (macs.areSeveral && own.length > 1) return [texts.join(' or ')];
  return isClaimed ? [formatList(texts)] : texts;
}

const withOthers = ({
  name,
  others,
}: {
  readonly name: string;
  readonly others: readonly string[];
}): string => `${name} (also claimed by ${formatList(others)})`;

/** MACs of routers say nothing about a host. */
function collectRouters(hosts: ReadonlyMap<string, CollectedHost>): Set<string> {
  const all = [...hosts].map(([host, { macs }]) => ({ host, mac: macs.mac, macFrom: macs.from }));
  return new Set(listSharedMacs(all).map(({ mac }) => mac));
}

function addNotVisible(host: CollectedHost, totals: HostPart): void {
  for (const notVisible of totals.notVisible) {
    const spot = host.notVisible?.find(({ kind }) => kind === notVisible.kind);
    if (spot === undefined) {
      const { kind, flows, bytes, firstUs, lastUs } = notVisible;
      // The list is copied, because a list that grows by push reserves 16 entries.
      host.notVisible = [...(host.notVisible ?? NONE), { kind, flows, bytes, firstUs, lastUs }];
      continue;
    }
    spot.flows += notVisible.flows;
    spot.bytes += notVisible.bytes;
    spot.firstUs = Math.min(spot.firstUs, notVisible.firstUs);
    spot.lastUs = Math.max(spot.lastUs, notVisible.lastUs);
  }
}
