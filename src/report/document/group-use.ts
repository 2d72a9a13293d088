// Since when groups use AI tools: hosts by the week of their first use, added up. It names no host, and a group whose count
// would point at people is left out.

import type { GroupUse, HostReport } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { parseInstant } from '../../time/instant.ts';
import { DAY_MS, US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';

/** Weeks of one group; a store of hostile windows may span thousands of years. */
const MAX_WEEKS = 260;
const WEEK_DAYS = 7;

/** Undefined where no host has a group. */
export function listGroupUse(
  hosts: readonly HostReport[],
  leastHosts: number,
  zone: Zone,
): GroupUse | undefined {
  const members = new Map<string, Set<string>>();
  for (const { host, groups } of hosts)
    for (const group of groups) members.set(group, (members.get(group) ?? new Set()).add(host));
  if (members.size === 0) return undefined;
  const shown = withoutSmall(members, leastHosts);
  const firsts = new Map(hosts.flatMap((host) => findFirst(host, zone)));
  return {
    leastHosts,
    withheld: members.size - shown.length,
    groups: shown.map(([group, own]) => ({
      ...{ group, hosts: own.size },
      weeks: addUp([...own].flatMap((host) => firsts.get(host) ?? [])),
    })),
  };
}

/**
 * Without groups of few hosts, and without those that differ by few hosts from a larger group: the difference of the two counts
 * would be a count of these.
 */
function withoutSmall(
  members: ReadonlyMap<string, ReadonlySet<string>>,
  leastHosts: number,
): (readonly [string, ReadonlySet<string>])[] {
  const shown: (readonly [string, ReadonlySet<string>])[] = [];
  const bySize = [...members].sort((a, b) => a[1].size - b[1].size || compareText(a[0], b[0]));
  for (const entry of bySize) {
    const [, own] = entry;
    if (own.size < leastHosts) continue;
    const inside = shown.filter(([, other]) => [...other].every((host) => own.has(host)));
    const covered = new Set(inside.flatMap(([, other]) => [...other]));
    const isTold = (left: number): boolean => left > 0 && left < leastHosts;
    if (isTold(own.size - covered.size) || inside.some(([, other]) => isTold(own.size - other.size)))
      continue;
    shown.push(entry);
  }
  return shown.sort((a, b) => compareText(a[0], b[0]));
}

/** The Monday of the week in which a tool was first used, certainly or likely. */
function findFirst({ host, tools }: HostReport, zone: Zone): (readonly [string, string])[] {
  const first = tools
    .filter(({ confidence }) => confidence !== 'possible')
    .reduce((least, { firstSeenEver }) => Math.min(least, parseInstant(firstSeenEver) / US), Infinity);
  if (!Number.isFinite(first)) return [];
  const day = new Date(`${zone.dayOf(first)}T00:00:00Z`);
  const monday = day.getTime() - ((day.getUTCDay() + WEEK_DAYS - 1) % WEEK_DAYS) * DAY_MS;
  return [[host, new Date(monday).toISOString().slice(0, 10)]];
}

/** Hosts up to the end of each week, from the first week to the last in which a host began. */
function addUp(mondays: readonly string[]): GroupUse['groups'][number]['weeks'] {
  const sorted = mondays.toSorted(compareText);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const count = (Date.parse(last) - Date.parse(first)) / DAY_MS / WEEK_DAYS + 1;
  const from = Math.max(0, count - MAX_WEEKS);
  return Array.from({ length: count - from }, (_, i) => {
    const week = new Date(Date.parse(first) + (from + i) * WEEK_DAYS * DAY_MS).toISOString().slice(0, 10);
    return { week, hosts: sorted.filter((monday) => monday <= week).length };
  });
}
