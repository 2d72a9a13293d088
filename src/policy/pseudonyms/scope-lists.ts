// Replaces scope conditions on network, MAC or host name by lists of memberships when hosts are pseudonyms.

import { parseClaimSentence, removeClaims } from '../../model/claim-sentences.ts';
import type { HostIdentity, HostMembership, Membership, Policy, Rule, Scope } from '../../model/policy.ts';
import type { PolicySummary } from '../../model/report.ts';
import { HIDDEN_ENTRY } from '../../text/pseudonym.ts';
import { allRules } from '../match.ts';
import { gatewayGroup, isGateway } from '../paths.ts';
import {
  exemptsHost,
  hidesMembership,
  isWholeNetwork,
  listGroups,
  NO_LISTS,
  namesMacs,
  ruleIncludes,
  type SmallGroups,
  unknownGroup,
} from '../scope.ts';
import type { PolicySubject } from '../subjects.ts';

/** Lists memberships without small groups, and without small exceptions that make no difference. */
export function listMemberships(
  policy: Policy,
  subjects: readonly PolicySubject[],
  { groups: smallGroups, exceptions: smallExceptions, exempted }: SmallGroups,
  nameOf: (host: string) => string,
): HostMembership[] {
  const isShown = ({ id }: { readonly id: string }, { host }: HostIdentity): boolean =>
    !smallExceptions.has(id) || exempted.has(host);
  const listUnknown = (identity: HostIdentity): Pick<Membership, 'unknown'> => {
    const isUnknown = ({ scope }: { readonly scope: Scope }): boolean =>
      hidesMembership(policy, scope, identity);
    const unknown = [
      ...allRules(policy)
        .filter(isUnknown)
        .map(({ id }) => ruleGroup(id)),
      ...policy.exceptions
        .filter((item) => isShown(item, identity) && isUnknown(item))
        .map(({ id }) => exceptionGroup(id)),
    ];
    return unknown.length === 0 ? {} : { unknown };
  };
  const findMembership = (identity: HostIdentity): Membership => ({
    groups: listGroups(policy, identity).filter((group) => !smallGroups.has(group)),
    rules: allRules(policy)
      .filter((rule) => ruleIncludes(policy, rule, identity))
      .map(({ id }) => id),
    exceptions: policy.exceptions
      .filter((item) => isShown(item, identity) && exemptsHost(policy, item.scope, identity))
      .map(({ id }) => id),
    isMacKnown: identity.mac !== null,
    ...listUnknown(identity),
    ...buildGateway(policy, identity),
  });
  return subjects
    .map(({ identity, identities, toolIdentities, claimed, contradictions, isOfSeveral }) => ({
      host: nameOf(identity.host),
      ...findMembership(identity),
      ...(isOfSeveral === true ? { isOfSeveral } : {}),
      ...(identities === undefined ? {} : { quarters: buildRecord(identities, findMembership) }),
      ...(toolIdentities === undefined ? {} : { tools: buildRecord(toolIdentities, findMembership) }),
      ...(claimed === undefined ? {} : { claimed: findMembership(claimed) }),
      ...(contradictions === undefined
        ? {}
        : { contradictions: contradictions.map((sentence) => removeClaims(sentence).text) }),
    }))
    .sort((a, b) => (a.host < b.host ? -1 : 1));
}

/**
 * Returns the memberships of a host without a name. It stands for all entries of scopes that were not observed, so the
 * rules of these scopes apply.
 */
export function unseenMembership(summary: PolicySummary | undefined): HostMembership[] {
  const rules = (summary?.rules ?? [])
    .filter(({ reasons }) => reasons.some(({ reason }) => reason === 'notSeen'))
    .map(({ rule }) => rule);
  return rules.length === 0
    ? []
    : [{ host: HIDDEN_ENTRY, groups: [], rules, exceptions: [], isMacKnown: false }];
}

function buildGateway(policy: Policy, identity: HostIdentity): Pick<Membership, 'gatewayOf'> {
  const rules = policy.rules.filter((rule) => isGateway(rule, identity)).map(({ id }) => id);
  return rules.length === 0 ? {} : { gatewayOf: rules };
}

function buildRecord<K extends string | number>(
  identities: ReadonlyMap<K, HostIdentity>,
  membershipOf: (identity: HostIdentity) => Membership,
): Record<string, Membership> {
  return Object.fromEntries([...identities].map(([key, identity]) => [String(key), membershipOf(identity)]));
}

/** Returns a group whose name cannot collide with others, because ids contain no blanks. */
const ruleGroup = (id: string): string => `rule ${id}`;
const exceptionGroup = (id: string): string => `exception ${id}`;
export const isOwnGroup = (group: string): boolean => !group.includes(' ');
/** Replaces a known MAC that must not be revealed. It matches no policy. */
const SOME_MAC = 'known';
const NO_MAC = 'none';

/** Returns the policy and subjects for evaluation by membership lists. A host without an entry belongs to nothing. */
export function narrowByLists(
  policy: Policy,
  subjects: readonly PolicySubject[],
  memberships: readonly HostMembership[],
): { readonly policy: Policy; readonly subjects: readonly PolicySubject[] } {
  const byHost = new Map(memberships.map((membership) => [membership.host, membership]));
  const findScope = (scope: Scope, group: string): Scope =>
    isWholeNetwork(scope) ? scope : { ...NO_LISTS, groups: [group] };
  const findException = (scope: Scope, group: string): Scope =>
    namesMacs(policy, scope) ? { ...findScope(scope, group), macs: [NO_MAC] } : findScope(scope, group);
  const unseen = byHost.get(HIDDEN_ENTRY)?.rules ?? [];
  const listedRule = (rule: Rule): Rule => {
    const scope = findScope(rule.scope, ruleGroup(rule.id));
    return { ...rule, scope: unseen.includes(rule.id) ? { ...scope, hosts: [HIDDEN_ENTRY] } : scope };
  };
  return {
    policy: {
      ...policy,
      rules: policy.rules.map(listedRule),
      otherTools: policy.otherTools === null ? null : listedRule(policy.otherTools),
      otherServices: policy.otherServices === null ? null : listedRule(policy.otherServices),
      otherMcp: policy.otherMcp === null ? null : listedRule(policy.otherMcp),
      exceptions: policy.exceptions.map((item) => ({
        ...item,
        scope: findException(item.scope, exceptionGroup(item.id)),
      })),
    },
    subjects: subjects.map((subject) => applyMembership(subject, byHost.get(subject.identity.host))),
  };
}

const NOTHING: Membership & Pick<HostMembership, 'claimed' | 'contradictions'> = {
  groups: [],
  rules: [],
  exceptions: [],
  isMacKnown: false,
};

function applyMembership(subject: PolicySubject, membership: HostMembership | undefined): PolicySubject {
  const membershipOf = ({
    groups,
    rules,
    exceptions,
    isMacKnown,
    gatewayOf = [],
    unknown = [],
  }: Membership): HostIdentity => ({
    host: subject.identity.host,
    mac: isMacKnown ? SOME_MAC : null,
    vlans: [],
    names: [],
    groups: [
      ...groups,
      ...rules.map(ruleGroup),
      ...exceptions.map(exceptionGroup),
      ...gatewayOf.map(gatewayGroup),
      ...unknown.map(unknownGroup),
    ],
  });
  const identity = membershipOf(membership ?? NOTHING);
  const doubt = membership?.isOfSeveral === true ? { isOfSeveral: true as const } : {};
  const { claimed, contradictions } = membership ?? NOTHING;
  const claims = {
    ...(claimed === undefined ? {} : { claimed: membershipOf(claimed) }),
    ...(contradictions === undefined ? {} : { contradictions: contradictions.map(parseClaimSentence) }),
  };
  if (membership?.quarters === undefined) return { ...subject, ...doubt, ...claims, identity };
  const identities = Object.entries(membership.quarters).map(
    ([start, identity]) => [Number(start), membershipOf(identity)] as const,
  );
  const tools = Object.entries(membership.tools ?? {}).map(
    ([time, identity]) => [time, membershipOf(identity)] as const,
  );
  return {
    ...subject,
    ...doubt,
    ...claims,
    identity,
    identities: new Map(identities),
    ...(tools.length === 0 ? {} : { toolIdentities: new Map(tools) }),
  };
}
