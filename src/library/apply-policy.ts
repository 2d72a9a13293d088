// Puts a policy's result into a report document, and makes the document obey the policy's privacy settings.

import type { Catalogue } from '../catalogue/catalogue.ts';
import { catalogueFacts } from '../catalogue/facts.ts';
import type { Advisory } from '../model/advisory.ts';
import { WiretallyError } from '../model/errors.ts';
import type { Policy } from '../model/policy.ts';
import type { HostReport, IncompleteInput, ReportDocument } from '../model/report.ts';
import type { HostAttribution } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import { formatNetwork } from '../net/address.ts';
import { MacsSeen, machineDoubts } from '../net/macs-seen.ts';
import { evaluate } from '../policy/evaluate.ts';
import { advisoryHeaders, exposuresOf } from '../policy/exposure.ts';
import { policyHeader } from '../policy/header.ts';
import type { HostsFile } from '../policy/hosts-file.ts';
import { observedOf, type ReadingFacts } from '../policy/observed.ts';
import { groupsOf, type HostIdentity, isExcluded } from '../policy/scope.ts';
import { isOwnGroup, narrowByLists } from '../policy/scope-lists.ts';
import type { PolicySubject } from '../policy/subjects.ts';
import { subjectsOf } from '../policy/subjects.ts';
import { pseudonymizeReport } from '../report/document/pseudonymize.ts';
import { suppressSmall } from '../report/document/suppress.ts';
import type { PolicyOnDisk, PolicyView } from './policy-file.ts';

/** What a reading gives of windows, and how whole it was. */
export interface Reading {
  readonly catalogue: Catalogue;
  readonly windows: readonly UsageWindow[];
  readonly interrupted: boolean;
  /** Inputs that were not read to their end, or not at all. */
  readonly incomplete: readonly IncompleteInput[];
  /** Where a part of it was asked for, in Unix seconds. */
  readonly asked?: { readonly sinceSeconds?: number | undefined; readonly untilSeconds?: number | undefined };
}

/** The hosts of what was read, as the evaluation sees them. */
export function subjectsFor(
  source: Pick<Reading, 'windows'>,
  attributions: readonly HostAttribution[],
  hosts: HostsFile | null,
): PolicySubject[] {
  const subjects = subjectsOf(
    source.windows,
    attributions,
    hosts === null ? undefined : (host) => hosts.groupsOf(host),
  );
  const several = hostsOfSeveral(source.windows);
  return several.size === 0
    ? subjects
    : subjects.map((subject) =>
        several.has(subject.identity.host) ? { ...subject, isOfSeveral: true } : subject,
      );
}

/** Addresses that more than one machine showed. */
function hostsOfSeveral(windows: Reading['windows']): ReadonlySet<string> {
  const macs = new Map<string, MacsSeen>();
  for (const { hosts } of windows) {
    for (const totals of hosts) {
      const known = macs.get(totals.host) ?? new MacsSeen();
      macs.set(totals.host, known);
      known.add(totals);
    }
  }
  return machineDoubts(macs).several;
}

/** The document with groups, findings and summary, as far as a policy and a hosts file give them. */
export function applyPolicy(
  document: ReportDocument,
  source: Reading,
  attributions: readonly HostAttribution[],
  view: PolicyView,
): ReportDocument {
  const { onDisk, hosts, pseudonymOf } = view;
  if (onDisk !== null && onDisk.policy.privacy.hosts === 'pseudonym' && pseudonymOf === null) {
    throw new WiretallyError(
      'USAGE',
      `${onDisk.file}: the policy asks for pseudonyms, and no key was given`,
      {
        next: 'add --pseudonymize KEYFILE',
      },
    );
  }
  let reported = withExposure(document, attributions, view.advisories ?? []);
  if (onDisk !== null || hosts !== null) {
    const { subjects, policy } = subjectsInPolicy(source, attributions, view);
    const identities = new Map(subjects.map((subject) => [subject.identity.host, subject.identity]));
    reported = { ...reported, hosts: withGroups(inDoubt(document.hosts, view), identities, policy) };
    if (onDisk !== null && policy !== null) {
      const result = evaluate(policy, subjects, observedOf(source.windows, readingFacts(source)));
      reported = {
        ...reported,
        tools: suppressSmall(reported.tools, onDisk.policy.privacy.minGroup),
        policy: policyHeader(onDisk.policy, onDisk.sha256, catalogueFacts(source.catalogue)),
        summary: { rules: result.rules },
        findings: result.findings,
      };
    }
  }
  return pseudonymOf === null ? reported : pseudonymizeReport(reported, pseudonymOf);
}

function withExposure(
  document: ReportDocument,
  attributions: readonly HostAttribution[],
  advisories: readonly Advisory[],
): ReportDocument {
  if (advisories.length === 0) return document;
  const exposure = exposuresOf(attributions, advisories);
  return { ...document, advisories: advisoryHeaders(advisories), exposure };
}

/** Pseudonyms have no MACs: a list says of which of them more than one machine showed the address. */
function inDoubt(hosts: readonly HostReport[], { memberships }: PolicyView): readonly HostReport[] {
  if (memberships === undefined) return hosts;
  const several = new Set(memberships.filter(({ isOfSeveral }) => isOfSeveral).map(({ host }) => host));
  return hosts.map((host) => (several.has(host.host) ? { ...host, severalMachines: true } : host));
}

function readingFacts({ interrupted, incomplete, asked }: Reading): ReadingFacts {
  return {
    interrupted,
    unread: incomplete.filter(({ reason }) => reason === 'unread').map(({ file }) => file),
    sinceSeconds: asked?.sinceSeconds ?? null,
    untilSeconds: asked?.untilSeconds ?? null,
  };
}

function subjectsInPolicy(
  source: Reading,
  attributions: readonly HostAttribution[],
  { onDisk, hosts, memberships }: PolicyView,
): { readonly subjects: readonly PolicySubject[]; readonly policy: Policy | null } {
  const subjects = subjectsFor(source, attributions, hosts);
  if (onDisk === null) return { subjects, policy: null };
  if (memberships === undefined) return { subjects, policy: onDisk.policy };
  return narrowByLists(onDisk.policy, subjects, memberships);
}

function withGroups(
  hosts: readonly HostReport[],
  identities: ReadonlyMap<string, HostIdentity>,
  policy: Policy | null,
): HostReport[] {
  return hosts.flatMap((host) => {
    const identity = identities.get(host.host);
    if (identity === undefined) return [host];
    if (policy === null) return [{ ...host, groups: identity.groups }];
    return isExcluded(policy, identity)
      ? []
      : [{ ...host, groups: groupsOf(policy, identity).filter(isOwnGroup) }];
  });
}

/** Networks of groups that are never recorded: left out when captures are read. */
export function excludedNetworks(onDisk: PolicyOnDisk | null): string[] {
  if (onDisk === null) return [];
  return onDisk.policy.groups
    .filter((group) => group.exclude)
    .flatMap((group) => group.networks.map(formatNetwork));
}
