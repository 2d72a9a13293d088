// Adds the result of a policy to a report document, and applies the privacy settings of the policy.

import { buildNameKnowledge } from '../attribution/attempts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { catalogueFacts } from '../catalogue/policy-facts.ts';
import { listAttempts } from '../diagnosis/blocked-attempts.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import { connectionResult } from '../model/outcome.ts';
import type { HostIdentity, Policy, RuleTool } from '../model/policy.ts';
import type { Advisory, HostReport, IncompleteInput, ReportDocument } from '../model/report.ts';
import type { HostAttribution } from '../model/tool.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import { MacsSeen, machineDoubts } from '../net/macs-seen.ts';
import { advisoryHeaders, listExposures } from '../policy/advisory-exposure.ts';
import type { AttemptFacts } from '../policy/control.ts';
import { type EvaluationFacts, evaluate, type PolicyResult, withKnownFigures } from '../policy/evaluate.ts';
import { policyHeader } from '../policy/header.ts';
import { type DestinationLookup, measureHiddenTraffic } from '../policy/hidden-traffic.ts';
import { withServices } from '../policy/host-services.ts';
import type { HostsFile } from '../policy/hosts-file.ts';
import type { Observed, ReadingFacts } from '../policy/observed.ts';
import { isOwnGroup, narrowByLists } from '../policy/pseudonyms/scope-lists.ts';
import {
  buildSmallGroups,
  excludedHosts,
  withoutSmallExceptions,
} from '../policy/pseudonyms/small-groups.ts';
import { compareWithRegister } from '../policy/registered-use.ts';
import { isExcluded, listGroups, type SmallGroups } from '../policy/scope.ts';
import {
  buildSubjects,
  createSubjectBuilder,
  type PolicySubject,
  type SubjectBuilder,
} from '../policy/subjects.ts';
import { listGroupUse } from '../report/document/group-use.ts';
import { narrowTo } from '../report/document/narrow.ts';
import { pseudonymizeReport } from '../report/document/pseudonymize.ts';
import { suppressSmall } from '../report/document/suppress.ts';
import { withRows } from '../report/document/uses-by-host.ts';
import { listClients } from '../report/text/client-hosts.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { floorToQuarter, QUARTER_SECONDS } from '../time/units.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { sumOutcomes } from '../window/host-parts.ts';
import { removeOutsideHosts } from '../window/sensor-networks.ts';
import type { Reading } from './incomplete.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import { measureObserved } from './observed.ts';
import { requirePseudonyms } from './require-pseudonyms.ts';
import { findUnanswered } from './unanswered.ts';

/** Lists the hosts of a reading as subjects of the policy. */
export function listSubjects(
  source: Pick<Reading, 'windows' | 'networks'>,
  attributions: readonly HostAttribution[],
  hosts: HostsFile | null,
): PolicySubject[] {
  return buildSubjects(createSubjectBuilderFor(source, hosts), attributions);
}

/** Yields these subjects one by one. */
export function createSubjectBuilderFor(
  source: Pick<Reading, 'windows' | 'networks'>,
  hosts: HostsFile | null,
): SubjectBuilder {
  // A name, a MAC or a VLAN that a sensor reports of a host of others puts it into no scope, and takes it out of none.
  const windows = removeOutsideHosts(source.networks ?? null, source.windows);
  const groupsOf = hosts === null ? undefined : (host: HostIdentity) => hosts.groupsOf(host);
  const subjectBuilder = withServices(createSubjectBuilder(windows, groupsOf), windows, groupsOf);
  const several = listShared(windows);
  if (several.size === 0) return subjectBuilder;
  const build: SubjectBuilder['build'] = (host, own) => ({
    ...subjectBuilder.build(host, own),
    ...(several.has(host) ? { isOfSeveral: true } : {}),
  });
  return { ...subjectBuilder, build };
}

/** Addresses that more than one machine used. */
function listShared(windows: Reading['windows']): ReadonlySet<string> {
  const macs = new Map<string, MacsSeen>();
  for (const { hosts } of windows) {
    for (const totals of hosts) {
      const entry = macs.get(totals.host) ?? new MacsSeen();
      macs.set(totals.host, entry);
      entry.add(totals);
    }
  }
  return machineDoubts(macs).several;
}

/**
 * The document with groups, findings and summary, as far as a policy and a hosts file give them. `policySubjects` saves the subjects
 * of the same source from being listed a second time.
 */
export function applyPolicy(
  document: ReportDocument,
  source: Reading,
  attributions: readonly HostAttribution[],
  view: PolicyView,
  policySubjects: SubjectsInPolicy | null = null,
): ReportDocument {
  const { onDisk, hosts, register = null, pseudonymOf } = view;
  requirePseudonyms(view);
  let reported = withExposure(document, source, attributions, view.advisories ?? []);
  if (onDisk !== null || hosts !== null || register !== null) {
    const { subjects: all, policy } = policySubjects ?? subjectsInPolicy(source, attributions, view);
    const small = smallGroupsIn(all, policy, view);
    const subjects = all.filter(({ identity }) => !small.withheld.has(identity.host));
    const identities = new Map(subjects.map((subject) => [subject.identity.host, subject.identity]));
    reported = withoutWithheld(reported, small);
    const observed = findObserved(source, pseudonymOf !== null);
    const zone = openZone(document.period.timezone);
    const hosts = withGroups(markSeveralMachines(reported.hosts, view), identities, policy, small.groups);
    const { attempts } = reported;
    const groupUse = listGroupUse(
      listClients({ hosts, ...omitUndefined({ attempts }) }),
      Math.max(small.leastHosts, onDisk?.policy.privacy.minGroup ?? 1),
      zone,
    );
    reported = { ...keepAttempts(reported, hosts), hosts, ...omitUndefined({ groupUse }) };
    if (onDisk !== null && policy !== null) {
      const { attemptFacts, hidden } = buildEvaluationFacts(source, policy, observed, zone);
      const result =
        policySubjects?.result ?? evaluate(policy, subjects, observed, zone, attemptFacts, hidden);
      reported = {
        ...reported,
        tools: suppressSmall(reported.tools, onDisk.policy.privacy.minGroup ?? 1),
        policy: policyHeader(onDisk.policy, onDisk.sha256, catalogueFacts(source.catalogue)),
        summary: result.summary,
        hosts: reported.hosts.map((host) =>
          result.rulesOfDays.has(host.host)
            ? withRows(host, {}, (uses) => result.rulesOfDays.noteIn(host.host, uses))
            : host,
        ),
        findings: withKnownFigures(withoutSmallExceptions(result.findings, small), reported.hosts),
      };
    }
    if (register !== null) {
      const shown = subjects.filter(({ identity }) => policy === null || !isExcluded(policy, identity));
      const basis = { subjects: shown, groups: policy?.groups ?? [], observed, zone, pseudonymOf };
      reported = {
        ...reported,
        register: compareWithRegister(register, { ...basis, leastHosts: small.leastHosts }),
      };
    }
  }
  return pseudonymOf === null ? reported : pseudonymizeReport(reported, pseudonymOf);
}

/**
 * Hosts that `applyPolicy` leaves out of a report with pseudonyms. Bundles and trends
 * are made without them, too.
 */
export function withheldHosts(
  policySubjects: SubjectsInPolicy | null,
  view: PolicyView,
): Pick<SmallGroups, 'withheld' | 'excluded' | 'leastHosts'> {
  return policySubjects === null
    ? NONE_SMALL
    : smallGroupsIn(policySubjects.subjects, policySubjects.policy, view);
}

const NONE_SMALL: SmallGroups = {
  leastHosts: 1,
  groups: new Set(),
  exceptions: new Set(),
  excluded: new Set(),
  withheld: new Set(),
  exempted: new Set(),
};

/** Groups reveal nothing more about hosts that are shown with their real addresses. */
function smallGroupsIn(
  subjects: readonly PolicySubject[],
  policy: Policy | null,
  { pseudonymOf }: PolicyView,
): SmallGroups {
  const isNamed = pseudonymOf === null && !subjects.some(({ identity }) => isPseudonym(identity.host));
  if (!isNamed) return buildSmallGroups(policy, subjects);
  return policy === null ? NONE_SMALL : { ...NONE_SMALL, excluded: excludedHosts(policy, subjects) };
}

function withoutWithheld(document: ReportDocument, { withheld, leastHosts }: SmallGroups): ReportDocument {
  if (withheld.size === 0) return document;
  const left = narrowTo(document, ({ host }) => !withheld.has(host));
  return { ...left, withheld: { hosts: withheld.size, leastHosts } };
}

/** Excluded hosts are left out. */
function keepAttempts(document: ReportDocument, hosts: readonly HostReport[]): ReportDocument {
  const { attempts, ...rest } = document;
  if (attempts === undefined) return document;
  const names = new Set(hosts.map(({ host }) => host));
  const left = attempts.filter(({ host }) => names.has(host));
  return left.length === 0 ? rest : { ...rest, attempts: left };
}

function withExposure(
  document: ReportDocument,
  { windows }: Reading,
  attributions: readonly HostAttribution[],
  advisories: readonly Advisory[],
): ReportDocument {
  if (advisories.length === 0) return document;
  const exposure = listExposures(attributions, advisories, windows, openZone(document.period.timezone));
  return { ...document, advisories: advisoryHeaders(advisories), exposure };
}

/** Pseudonyms have no MACs: a list names those whose address several machines used. */
function markSeveralMachines(
  hosts: readonly HostReport[],
  { memberships }: PolicyView,
): readonly HostReport[] {
  if (memberships === undefined) return hosts;
  const several = new Set(memberships.filter(({ isOfSeveral }) => isOfSeveral).map(({ host }) => host));
  return hosts.map((host) => (several.has(host.host) ? { ...host, severalMachines: true } : host));
}

/** Pseudonyms show no network: then the hosts of each sensor decide what it sees, in a bundle too. */
export function findObserved(source: Reading, arePseudonyms = false): Observed {
  return measureObserved(source.windows, readingFacts(source), {
    ...omitUndefined({ around: source.around }),
    networks: arePseudonyms ? null : (source.networks ?? null),
  });
}

function readingFacts({ interrupted, incomplete, requestedSpan: period, down = [] }: Reading): ReadingFacts {
  const listFiles = (...reasons: readonly IncompleteInput['reason'][]): string[] =>
    incomplete.filter(({ reason }) => reasons.includes(reason)).map(({ file }) => file);
  return {
    ...(down.length === 0 ? {} : { down }),
    interrupted,
    unread: listFiles('unread'),
    ignored: listFiles('ignored', 'noRow'),
    sinceSeconds: period?.sinceSeconds ?? null,
    untilSeconds: period?.untilSeconds ?? null,
  };
}

export interface SubjectsInPolicy {
  readonly subjects: readonly PolicySubject[];
  readonly policy: Policy | null;
  /** The result of these subjects; absent: they are evaluated here. */
  readonly result?: PolicyResult;
}

/** Facts of the source that an evaluation needs in addition to its hosts. */
export const buildEvaluationFacts = (
  { windows, catalogue }: Reading,
  policy: Policy,
  observed: Observed,
  zone: Zone,
): EvaluationFacts => ({
  observed,
  zone,
  attemptFacts: findAttemptFacts(windows, catalogue),
  hidden: measureHiddenTraffic(windows, policy, lookUpDestinations(catalogue)),
});

/** Lists the hosts of the windows, with the part of the policy that applies to them. */
export function subjectsInPolicy(
  source: Pick<Reading, 'windows' | 'networks'>,
  attributions: readonly HostAttribution[],
  { onDisk, hosts, memberships }: PolicyView,
): SubjectsInPolicy {
  const subjects = listSubjects(source, attributions, hosts);
  if (onDisk === null) return { subjects, policy: null };
  if (memberships === undefined) return { subjects, policy: onDisk.policy };
  return narrowByLists(onDisk.policy, subjects, memberships);
}

function withGroups(
  hosts: readonly HostReport[],
  identities: ReadonlyMap<string, HostIdentity>,
  policy: Policy | null,
  small: ReadonlySet<string>,
): HostReport[] {
  const isShown = (group: string): boolean => isOwnGroup(group) && !small.has(group);
  return hosts.flatMap((host) => {
    const identity = identities.get(host.host);
    if (identity === undefined) return [host];
    if (policy !== null && isExcluded(policy, identity)) return [];
    const all = policy === null ? identity.groups : listGroups(policy, identity);
    const groups = all.filter(isShown);
    const isSame = groups.length + host.groups.length === 0;
    return [isSame ? host : withRows(host, { groups }, (uses) => uses)];
  });
}

export const lookUpDestinations = (catalogue: Catalogue): DestinationLookup => ({
  isOfVendor: vendorNetworks(catalogue),
  isOwned: (address) => catalogue.findNetworkOwner(address) !== null,
  isOfTool: (name) =>
    catalogue
      .lookup(name)
      .some(({ value: { endpoint } }) => endpoint.specificity !== 'shared' || endpoint.role === 'inference'),
});

function vendorNetworks(catalogue: Catalogue): DestinationLookup['isOfVendor'] {
  const vendors = new Map<string, string | null>();
  const findVendor = (address: string): string | null => {
    const existing = vendors.get(address);
    if (existing !== undefined) return existing;
    const owner = address === '' ? null : catalogue.findNetworkOwner(address);
    const vendor = owner === null ? null : (catalogue.tool(owner)?.vendor ?? null);
    vendors.set(address, vendor);
    return vendor;
  };
  return ({ match }, address) => {
    const vendor = findVendor(address);
    if (vendor === null || match.services !== undefined) return false;
    if (match.tools.length + match.vendors.length + match.kinds.length === 0) return true;
    if (match.vendors.includes(vendor)) return true;
    return catalogue.tools.some(
      (tool) =>
        tool.vendor === vendor &&
        (match.tools.includes(tool.id) || match.kinds.some((kind) => kind === tool.kind)),
    );
  };
}

type Quarters<T> = Map<number, T[]>;

function addTo<T>(hosts: Map<string, Quarters<T>>, host: string, start: number, entry: T): void {
  const quarters: Quarters<T> = hosts.get(host) ?? new Map();
  hosts.set(host, quarters);
  const entries = quarters.get(start);
  if (entries === undefined) quarters.set(start, [entry]);
  else entries.push(entry);
}

/** Null where the windows know of no outcome, and of no query or hello without a connection. */
export function findAttemptFacts(
  windows: readonly Pick<UsageWindow, 'startSeconds' | 'outcomes' | 'rows' | 'queriedNames'>[],
  catalogue: Catalogue,
): AttemptFacts | null {
  const hosts = new Map<string, Quarters<OutcomeCell>>();
  for (const { startSeconds, outcomes = [] } of windows)
    for (const cell of outcomes)
      if (cell.name !== '') addTo(hosts, cell.host, floorToQuarter(startSeconds), cell);
  const queries = findQueriesAlone(windows);
  const contacts = findUnanswered(windows);
  if (hosts.size + queries.size + contacts.size === 0) return null;
  const knowledge = buildNameKnowledge(catalogue);
  const tools = new Map<string, readonly RuleTool[]>();
  return {
    listOutcomes: (host) => hosts.get(host) ?? new Map(),
    listQueriedAlone: (host) => queries.get(host) ?? new Map(),
    unanswered: (host) => contacts.get(host) ?? new Map(),
    toolsOf: (name) => {
      const found = tools.get(name) ?? listOwners(catalogue, name);
      tools.set(name, found);
      return found;
    },
    listAttemptsIn: (cells) => listAttempts(sumOutcomes([cells]), knowledge),
  };
}

/** Names of logged queries which no connection of the host follows in the same quarter hour or one next to it. */
function findQueriesAlone(
  windows: readonly Pick<UsageWindow, 'startSeconds' | 'outcomes' | 'rows' | 'queriedNames'>[],
): Map<string, Quarters<string>> {
  const logged = windows.flatMap(({ startSeconds, queriedNames }) =>
    queriedNames
      .filter(({ isLogged }) => isLogged)
      .map((queried) => ({ ...queried, start: floorToQuarter(startSeconds) })),
  );
  const alone = new Map<string, Quarters<string>>();
  if (logged.length === 0) return alone;
  const hosts = new Set(logged.map(({ host }) => host));
  const connected = new Set<string>();
  for (const { startSeconds, rows, outcomes = [] } of windows) {
    const start = floorToQuarter(startSeconds);
    // A name that was not resolved needs no connection.
    const met = outcomes.filter(
      ({ kind, detail }) => !kind.startsWith('dns') || connectionResult(kind, detail) === 'unresolved',
    );
    for (const list of [rows, met])
      for (const { host, name } of list) if (hosts.has(host)) connected.add(`${host} ${start} ${name}`);
  }
  for (const { host, name, addresses, start } of logged) {
    const isFollowed = [-QUARTER_SECONDS, 0, QUARTER_SECONDS].some((away) =>
      [name, ...addresses.map((address) => `[${address}]`)].some((end) =>
        connected.has(`${host} ${start + away} ${end}`),
      ),
    );
    if (!isFollowed) addTo(alone, host, start, name);
  }
  return alone;
}

function listOwners(catalogue: Catalogue, name: string): RuleTool[] {
  const tools = new Map<string, RuleTool>();
  for (const { value } of catalogue.lookup(name)) {
    const { id, vendor, kind } = value.tool;
    if (value.endpoint.specificity !== 'shared') tools.set(id, { id, vendor, kind });
  }
  return [...tools.values()];
}
