// Sums over all windows what is known of each host as a whole: bytes, flows, days, names, what was not visible.

import { addedUp, ofHosts } from '../../model/entries.ts';
import { groupedBy } from '../../model/grouped-by.ts';
import type { HostTotals, NotVisibleTraffic, UsageWindow } from '../../model/usage.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';
import { compareText } from '../../net/address.ts';
import { Claimants, listed, type NameClaim } from '../../net/claimants.ts';
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
  /** Days of the zone, sorted. */
  readonly presence: readonly string[];
  readonly mac: string | null;
  readonly names: readonly string[];
  /** Sorted; empty where the host's own is the only one known. */
  readonly addresses: readonly string[];
  readonly notVisible: readonly NotVisibleRow[];
  /** More than one machine showed the address. */
  readonly isOfSeveral: boolean;
  /** Its frames carry the MAC of a router. */
  readonly isBehindRouter: boolean;
  /** Other addresses of the same machine, sorted. */
  readonly sameMachine: readonly string[];
}

interface Gathering {
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

/** Different texts. Most hosts have one or none, for which a set of their own would be most of a large report's memory. */
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

/** Different days. A list may be shared by many hosts, and does not change. */
type Days = readonly string[] | Set<string>;

function withDays(before: Days, days: readonly string[]): Days {
  if (before === days) return before;
  if (!Array.isArray(before)) return days.reduce((all, day) => all.add(day), before as Set<string>);
  if (before.length === 0) return days;
  const all = [...before, ...days.filter((day) => !before.includes(day))];
  if (all.length === before.length) return before;
  return all.length > MAX_LISTED ? new Set(all) : all;
}

const sorted = (texts: Texts): readonly string[] => (texts === null ? NONE : [...texts].sort(compareText));

/** A host's totals in one window, or in several that were added up, give these fields. */
export type HostPart = Pick<
  HostTotals,
  'host' | 'mac' | 'macFrom' | 'names' | 'flows' | 'bytesUp' | 'bytesDown' | 'notVisible' | 'addresses'
>;

/** The empty one has traffic without a local end that is not visible. */
export function collectHosts(windows: readonly UsageWindow[], zone: Zone): Map<string, HostFacts> {
  const byDay = groupedBy(windows, ({ startSeconds }) => zone.dayOf(startSeconds));
  return collectFacts([
    ...[...byDay].map(([day, ofDay]) => ({ days: [day], hosts: addedUp(ofDay.map(({ hosts }) => hosts)) })),
    ...windows.flatMap((window) => {
      const notVisible = hiddenWithoutHost(window);
      return notVisible.length === 0 ? [] : [{ days: [], hosts: [{ ...NO_HOST, notVisible }] }];
    }),
  ]);
}

const NO_HOST = {
  ...{ host: '', mac: null, macFrom: null, names: NONE },
  ...{ flows: 0, bytesUp: 0, bytesDown: 0 },
};

/** Hidden traffic without a local end: it is nobody's, and may be that of any host. */
export const hiddenWithoutHost = ({ account }: Pick<UsageWindow, 'account'>): readonly NotVisibleTraffic[] =>
  ofHosts(account ?? NONE, isNoHost)[0]?.hidden ?? NONE;

const isNoHost = (host: string): boolean => host === '';

/** Parts may come in any order, with the days on which they were seen. */
export function collectFacts(
  parts: Iterable<{ readonly days: readonly string[]; readonly hosts: Iterable<HostPart> }>,
): Map<string, HostFacts> {
  const hosts = new Map<string, Gathering>();
  for (const part of parts) {
    for (const totals of part.hosts) {
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
    facts.set(name, finish(name, host, { shared, doubts, claimants }, presences));
    hosts.delete(name);
  }
  return facts;
}

/** Most hosts were there on the same days: they share one list. */
function listPresence(
  { days }: Gathering,
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

function* listMacs(hosts: ReadonlyMap<string, Gathering>): Iterable<readonly [string, MacsSeen]> {
  for (const [name, { macs }] of hosts) yield [name, macs];
}

function* listClaims(
  hosts: ReadonlyMap<string, Gathering>,
  shared: ReadonlySet<string>,
): Iterable<NameClaim> {
  for (const [host, { macs, names }] of hosts) {
    const mac = macs.mac === null || shared.has(macs.mac) ? null : macs.mac;
    // A user whom a proxy authenticated may work at several hosts.
    for (const name of names ?? NONE) if (!isUserPseudonym(name)) yield { host, name, mac };
  }
}

/** MACs and names of all hosts together give these facts. */
interface OfAll {
  readonly shared: ReadonlySet<string>;
  readonly doubts: MachineDoubts;
  readonly claimants: Claimants;
}

function finish(
  name: string,
  host: Gathering,
  { shared, doubts, claimants }: OfAll,
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
    addresses: sorted(host.addresses),
    notVisible: host.notVisible ?? NONE,
    isBehindRouter: isRouters,
    isOfSeveral: doubts.several.has(name),
    sameMachine: doubts.same.get(name) ?? NONE,
  };
}

/** An address that changed hands has the names of several machines: the user of each flow is unknown. */
function listNames(host: string, { macs, names }: Gathering, claimants: Claimants): readonly string[] {
  const own = sorted(names).map((name) => ({ name, others: claimants.othersOf(name, host) }));
  const isClaimed = own.some(({ others }) => others.length > 0);
  // The names of the host alone come first: a name that it claims later does not replace them.
  const texts = [
    ...own.filter(({ others }) => others.length === 0).map(({ name }) => name),
    ...own.filter(({ others }) => others.length > 0).map(withOthers),
  ];
  if (macs.areSeveral && own.length > 1) return [texts.join(' or ')];
  return isClaimed ? [listed(texts)] : texts;
}

const withOthers = ({
  name,
  others,
}: {
  readonly name: string;
  readonly others: readonly string[];
}): string => `${name} (also claimed by ${listed(others)})`;

/** They say nothing of any host. */
function collectRouters(hosts: ReadonlyMap<string, Gathering>): Set<string> {
  const all = [...hosts].map(([host, { macs }]) => ({ host, mac: macs.mac, macFrom: macs.from }));
  return new Set(listSharedMacs(all).map(({ mac }) => mac));
}

function addNotVisible(host: Gathering, totals: HostPart): void {
  for (const notVisible of totals.notVisible) {
    const spot = host.notVisible?.find(({ kind }) => kind === notVisible.kind);
    if (spot === undefined) {
      const { kind, flows, bytes, firstUs, lastUs } = notVisible;
      // Not pushed: a list that grows takes room for 16.
      host.notVisible = [...(host.notVisible ?? NONE), { kind, flows, bytes, firstUs, lastUs }];
      continue;
    }
    spot.flows += notVisible.flows;
    spot.bytes += notVisible.bytes;
    spot.firstUs = Math.min(spot.firstUs, notVisible.firstUs);
    spot.lastUs = Math.max(spot.lastUs, notVisible.lastUs);
  }
}
