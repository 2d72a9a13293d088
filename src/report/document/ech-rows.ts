// Builds the part about Encrypted ClientHello: hellos by host and day, and catalogue names whose answers had an ECH
// configuration.

import { sumEchConfigs } from '../../model/ech-configs.ts';
import { sumByHost } from '../../model/entries.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { EchDay, EchName, ReportDocument } from '../../model/report.ts';
import type { EchAnswer, EchConfigCount, HelloCounts, UsageWindow } from '../../model/usage.ts';
import { compareHosts, compareText, sortHosts } from '../../net/address.ts';
import { formatInstant } from '../../time/instant.ts';
import type { Zone } from '../../time/zone.ts';

/** Hellos of hosts on one day. A day may occur several times, and a host may have several counts in it. */
export interface HellosOfDay {
  readonly date: string;
  readonly hosts: Iterable<Omit<HelloCounts, 'unlistedRequests'>>;
}

export interface EchAnswerTo extends EchAnswer {
  readonly host: string;
  readonly name: string;
}

export interface EchFacts {
  readonly hellos: Iterable<HellosOfDay>;
  readonly answers: readonly EchAnswerTo[];
}

type Part = Pick<UsageWindow, 'startSeconds' | 'hellos' | 'queriedNames'>;

export const buildEchFacts = (windows: readonly Part[], zone: Zone): EchFacts => ({
  hellos: listHellos(windows, zone),
  answers: windows.flatMap(({ queriedNames }) => listEchAnswers(queriedNames)),
});

const listHellos = (windows: readonly Part[], zone: Zone): HellosOfDay[] =>
  [...groupBy(windows, ({ startSeconds }) => zone.dayOf(startSeconds))].map(([date, ofDay]) => ({
    date,
    hosts: sumByHost(ofDay.map(({ hellos = [] }) => hellos)),
  }));

export const listEchAnswers = (queriedNames: UsageWindow['queriedNames']): EchAnswerTo[] =>
  queriedNames.flatMap(({ host, name, echAnswers }) =>
    echAnswers.map((answer) => ({ ...answer, host, name })),
  );

/** Returns nothing if no hello has the extension and no answer has a configuration. */
export function buildEch({ hellos, answers }: EchFacts): Pick<ReportDocument, 'ech'> {
  const ech = { hosts: listDays(hellos), names: listNames(answers) };
  return ech.hosts.length + ech.names.length === 0 ? {} : { ech };
}

interface DaySums {
  readonly host: string;
  readonly date: string;
  without: number;
  grease: number;
  real: number;
  configs: readonly EchConfigCount[];
}

function listDays(hellos: Iterable<HellosOfDay>): EchDay[] {
  const sums = new Map<string, Map<string, DaySums>>();
  for (const { date, hosts } of hellos) {
    const ofDate = sums.get(date) ?? new Map<string, DaySums>();
    sums.set(date, ofDate);
    for (const counts of hosts) addHellos(ofDate, date, counts);
  }
  return [...sums].sort(([a], [b]) => compareText(a, b)).flatMap(([, ofOne]) => sortDays(ofOne));
}

function addHellos(
  ofDate: Map<string, DaySums>,
  date: string,
  { host, hellos, ech, hidden, echConfigs }: Omit<HelloCounts, 'unlistedRequests'>,
): void {
  let day = ofDate.get(host);
  if (day === undefined) {
    day = { host, date, without: 0, grease: 0, real: 0, configs: [] };
    ofDate.set(host, day);
  }
  day.without += Math.max(0, hellos - ech);
  day.grease += Math.max(0, ech - hidden);
  day.real += hidden;
  if (echConfigs.length > 0) day.configs = sumEchConfigs([day.configs, echConfigs]);
}

/** Sorts days and omits those without the extension. */
function sortDays(ofDate: ReadonlyMap<string, DaySums>): EchDay[] {
  const days = [...ofDate.values()].filter(({ grease, real }) => grease + real > 0);
  return sortHosts(days.map(({ host }) => host)).flatMap((host) => ofDate.get(host) ?? []);
}

function listNames(answers: readonly EchAnswerTo[]): EchName[] {
  const byName = new Map<string, { first: EchAnswerTo; ttlSeconds: number; hosts: Set<string> }>();
  for (const answer of answers) {
    const key = `${answer.name} ${answer.resolver}`;
    const entry = byName.get(key) ?? { first: answer, ttlSeconds: 0, hosts: new Set() };
    byName.set(key, entry);
    if (answer.firstUs < entry.first.firstUs) entry.first = answer;
    entry.ttlSeconds = Math.max(entry.ttlSeconds, answer.ttlSeconds);
    entry.hosts.add(answer.host);
  }
  return [...byName.values()]
    .map(({ first: { name, resolver, firstUs }, ttlSeconds, hosts }) => ({
      name,
      resolver,
      since: formatInstant(firstUs),
      ttlSeconds,
      hosts: [...hosts].sort(compareHosts),
    }))
    .sort(
      (a, b) =>
        compareText(a.since, b.since) || compareText(a.name, b.name) || compareText(a.resolver, b.resolver),
    );
}

/** Selects the requested hosts. */
export function narrowEch(
  { ech }: Pick<ReportDocument, 'ech'>,
  isWanted: (host: string) => boolean,
): Pick<ReportDocument, 'ech'> {
  if (ech === undefined) return {};
  const hosts = ech.hosts.filter(({ host }) => isWanted(host));
  const names = ech.names
    .map((name) => ({ ...name, hosts: name.hosts.filter(isWanted) }))
    .filter((entry) => entry.hosts.length > 0);
  return hosts.length + names.length === 0 ? {} : { ech: { hosts, names } };
}
