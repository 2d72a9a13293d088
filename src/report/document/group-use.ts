// Counts hosts by group and week of their first use of AI tools. It names no host, and omits groups whose count would
// identify people.

import type { GroupUse, HostReport } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { parseInstant } from '../../time/instant.ts';
import { DAY_MS, US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';

/** Maximum weeks of one group, because a store of hostile windows may span thousands of years. */
const MAX_WEEKS = 260;
const WEEK_DAYS = 7;

/** Returns undefined if no host has a group. */
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
      group,
      hosts: own.size,
      weeks: addUp([...own].flatMap((host) => firsts.get(host) ?? [])),
    })),
  };
}

/**
 * Removes groups of few hosts, and groups that differ from a larger group by few hosts: the difference of two counts
 * would be a count of these hosts.
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
    const identifiesHosts = (left: number): boolean => left > 0 && left < leastHosts;
    if (
      identifiesHosts(own.size - covered.size) ||
      inside.some(([, other]) => identifiesHosts(own.size - other.size))
    )
      continue;
    shown.push(entry);
  }
  return shown.sort((a, b) => compareText(a[0], b[0]));
}

/** Returns the Monday of the week in which a tool was first used, certainly or likely. */
function findFirst({ host, tools }: HostReport, zone: Zone): (readonly [string, string])[] {
  const first = tools
    .filter(({ confidence }) => confidence !== 'possible')
    .reduce((least, { firstSeenEver }) => Math.min(least, parseInstant(firstSeenEver) / US), Infinity);
  if (!Number.isFinite(first)) return [];
  const day = new Date(`${zone.dayOf(first)}T00:00:00Z`);
  const monday = day.getTime() - ((day.getUTCDay() + WEEK_DAYS - 1) % WEEK_DAYS) * DAY_MS;
  return [[host, new Date(monday).toISOString().slice(0, 10)]];
}

/** Sums hosts up to the end of each week, from the first to the last week with a new host. */
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
