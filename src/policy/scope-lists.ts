// Who belongs to which scope, by name alone: what a policy by network, MAC or host name needs once hosts are pseudonyms.

import type { Policy, Scope } from '../model/policy.ts';
import { groupsOf, type HostIdentity, isWholeNetwork, namesMacs, scopeIncludes } from './scope.ts';
import type { PolicySubject } from './subjects.ts';

/** What one machine belongs to. */
export interface Membership {
  /** Groups of the policy and of the hosts file. */
  readonly groups: readonly string[];
  readonly rules: readonly string[];
  readonly exceptions: readonly string[];
  /** Without a MAC an exception by MAC could not be checked. */
  readonly isMacKnown: boolean;
}

export interface HostMembership extends Membership {
  readonly host: string;
  /** More than one machine showed the address. */
  readonly isOfSeveral?: true;
  /** Where the address changed hands: by quarter hour (Unix time). */
  readonly quarters?: Readonly<Record<string, Membership>>;
}

export function membershipsOf(
  policy: Policy,
  subjects: readonly PolicySubject[],
  nameOf: (host: string) => string,
): HostMembership[] {
  const of = (identity: HostIdentity): Membership => ({
    groups: groupsOf(policy, identity),
    rules: policy.rules.filter(({ scope }) => scopeIncludes(policy, scope, identity)).map(({ id }) => id),
    exceptions: policy.exceptions
      .filter(({ scope }) => scopeIncludes(policy, scope, identity))
      .map(({ id }) => id),
    isMacKnown: identity.mac !== null,
  });
  return subjects
    .map(({ identity, identities, isOfSeveral }) => ({
      host: nameOf(identity.host),
      ...of(identity),
      ...(isOfSeveral === true ? { isOfSeveral } : {}),
      ...(identities === undefined
        ? {}
        : {
            quarters: Object.fromEntries([...identities].map(([start, each]) => [String(start), of(each)])),
          }),
    }))
    .sort((a, b) => (a.host < b.host ? -1 : 1));
}

/** Ids have no blanks, so these are groups of nobody else. */
const ruleGroup = (id: string): string => `rule ${id}`;
const exceptionGroup = (id: string): string => `exception ${id}`;
export const isOwnGroup = (group: string): boolean => !group.includes(' ');
/** Stands for a MAC that is known and not told: it fits none of a policy. */
const SOME_MAC = 'known';
const NO_MAC = 'none';

/** The same policy and subjects, evaluated by lists of who belongs to what. A host without a line belongs to nothing. */
export function narrowByLists(
  policy: Policy,
  subjects: readonly PolicySubject[],
  memberships: readonly HostMembership[],
): { readonly policy: Policy; readonly subjects: readonly PolicySubject[] } {
  const known = new Map(memberships.map((each) => [each.host, each]));
  const scopeOf = (scope: Scope, group: string): Scope =>
    isWholeNetwork(scope)
      ? scope
      : {
          groups: [group],
          networks: [],
          macs: namesMacs(policy, scope) ? [NO_MAC] : [],
          vlans: [],
          names: [],
          hosts: [],
        };
  return {
    policy: {
      ...policy,
      rules: policy.rules.map((rule) => ({ ...rule, scope: scopeOf(rule.scope, ruleGroup(rule.id)) })),
      exceptions: policy.exceptions.map((item) => ({
        ...item,
        scope: scopeOf(item.scope, exceptionGroup(item.id)),
      })),
    },
    subjects: subjects.map((subject) => listed(subject, known.get(subject.identity.host))),
  };
}

const NOTHING: Membership = { groups: [], rules: [], exceptions: [], isMacKnown: false };

function listed(subject: PolicySubject, membership: HostMembership | undefined): PolicySubject {
  const of = ({ groups, rules, exceptions, isMacKnown }: Membership): HostIdentity => ({
    host: subject.identity.host,
    mac: isMacKnown ? SOME_MAC : null,
    vlans: [],
    names: [],
    groups: [...groups, ...rules.map(ruleGroup), ...exceptions.map(exceptionGroup)],
  });
  const identity = of(membership ?? NOTHING);
  const doubt = membership?.isOfSeveral === true ? { isOfSeveral: true as const } : {};
  if (membership?.quarters === undefined) return { ...subject, ...doubt, identity };
  const identities = Object.entries(membership.quarters).map(
    ([start, each]) => [Number(start), of(each)] as const,
  );
  return { ...subject, ...doubt, identity, identities: new Map(identities) };
}
