// Decides which hosts are in a scope: by network, MAC, VLAN, host name, host or group.

import type { Group, HostIdentity, ObservedScope, Policy, Rule, Scope } from '../model/policy.ts';
import type { GroupMembership } from '../model/policy-explanation.ts';
import {
  formatNetwork,
  includesNetwork,
  type Network,
  networkContains,
  parseAddress,
  parseNetwork,
} from '../net/address.ts';
import { matchesGlob } from '../text/glob.ts';
import { HIDDEN_ENTRY, isPseudonym } from '../text/pseudonym.ts';

export type Groups = Pick<Policy, 'groups'>;

export function isWholeNetwork(scope: Scope): boolean {
  return (
    scope.groups.length +
      scope.networks.length +
      scope.macs.length +
      scope.vlans.length +
      scope.names.length +
      scope.hosts.length ===
    0
  );
}

function matchesLists(scope: Scope, host: HostIdentity): boolean {
  if (isListed(scope, host.host) || isAnyListed(scope, host.addresses ?? NONE)) return true;
  if (host.mac !== null && scope.macs.includes(host.mac)) return true;
  if (scope.vlans.length > 0 && host.vlans.some((vlan) => scope.vlans.includes(vlan))) return true;
  return scope.names.some((pattern) =>
    host.names.some((name) => matchesGlob(pattern, name.toLowerCase(), 0)),
  );
}

function isListed({ hosts, networks }: Scope, host: string): boolean {
  if (hosts.includes(host)) return true;
  const address = networks.length === 0 ? null : parseAddress(host);
  return address !== null && networks.some((network) => networkContains(network, address));
}

const NONE: readonly string[] = [];
/** Cache by scope and list, because an address that changes its machine is evaluated for each quarter hour. */
const listed = new WeakMap<Scope, WeakMap<readonly string[], boolean>>();

function isAnyListed(scope: Scope, addresses: readonly string[]): boolean {
  if (addresses.length === 0) return false;
  const answers = listed.get(scope) ?? new WeakMap<readonly string[], boolean>();
  listed.set(scope, answers);
  const answer = answers.get(addresses) ?? addresses.some((address) => isListed(scope, address));
  answers.set(addresses, answer);
  return answer;
}

/** True if a list of the group itself contains the host, or the hosts file assigns it. */
export function groupLists(group: Group, host: HostIdentity): boolean {
  return host.groups.includes(group.id) || matchesLists(group, host);
}

/** True if the group or a nested group contains the host. */
export const groupIncludes = (policy: Groups, group: Group, host: HostIdentity): boolean =>
  groupLists(group, host) || isInAnyGroup(policy, group.groups, host);

/** True if one of the groups contains the host. In membership lists, the host names its groups, which have no definition. */
function isInAnyGroup({ groups }: Groups, ids: readonly string[], host: HostIdentity): boolean {
  return ids.some((id) => {
    const group = groups.find((candidate) => candidate.id === id);
    return group === undefined ? host.groups.includes(id) : groupLists(group, host);
  });
}

export const NO_LISTS: Scope = { groups: [], networks: [], macs: [], vlans: [], names: [], hosts: [] };

/** Finds the first entry of a group's lists that matches the host; null if none does. */
export function findEntry(group: Group, host: HostIdentity): Pick<GroupMembership, 'by' | 'value'> | null {
  const entries = [
    ...group.hosts.map((value) => ({ by: 'host', value, lists: { hosts: [value] } }) as const),
    ...group.networks.map(
      (network) => ({ by: 'cidr', value: formatNetwork(network), lists: { networks: [network] } }) as const,
    ),
    ...group.macs.map((value) => ({ by: 'mac', value, lists: { macs: [value] } }) as const),
    ...group.vlans.map((vlan) => ({ by: 'vlan', value: String(vlan), lists: { vlans: [vlan] } }) as const),
    ...group.names.map((value) => ({ by: 'name', value, lists: { names: [value] } }) as const),
  ];
  const found = entries.find(({ lists }) => matchesLists({ ...NO_LISTS, ...lists }, host));
  return found === undefined ? null : { by: found.by, value: found.value };
}

/** Lists the ids of a host's groups from the policy and the hosts file, sorted. */
export function listGroups(policy: Policy, host: HostIdentity): string[] {
  const found = new Set(host.groups);
  for (const group of policy.groups) {
    if (groupIncludes(policy, group, group.exclude ? withoutNames(host) : host)) found.add(group.id);
    else found.delete(group.id);
  }
  return [...found].sort();
}

/** True if a group is never recorded. */
export const excludesHosts = ({ groups }: Policy): boolean => groups.some(({ exclude }) => exclude);

/** True if the host belongs to a group that is never recorded. */
export function isExcluded(policy: Policy, host: HostIdentity): boolean {
  const proven = withoutNames(host);
  return policy.groups.some((group) => group.exclude && groupIncludes(policy, group, proven));
}

/** Removes names of the host, because any machine can announce any name. Used where a match exempts a host. */
const withoutNames = (host: HostIdentity): HostIdentity =>
  host.names.length === 0
    ? host
    : { ...host, names: host.provenNames ?? NONE, groups: host.provenGroups ?? host.groups };

/** True if an exemption includes the host by its address, MAC or VLAN. A host name alone does not exempt a host. */
export const exemptsHost = (policy: Groups, scope: Scope, host: HostIdentity): boolean =>
  scopeIncludes(policy, scope, withoutNames(host));

/**
 * True if a rule includes the host. Allow and observe rules exempt hosts from later rules, so they match like
 * exemptions.
 */
export const ruleIncludes = (policy: Policy, { action, scope }: Rule, host: HostIdentity): boolean =>
  action === 'deny' ? scopeIncludes(policy, scope, host) : exemptsHost(policy, scope, host);

/** True if the scope contains the host. An empty scope contains every host. */
export function scopeIncludes(policy: Groups, scope: Scope, host: HostIdentity): boolean {
  if (isWholeNetwork(scope)) return true;
  if (matchesLists(scope, host)) return true;
  return isInAnyGroup(policy, scope.groups, host);
}

/** Describes the observed part of a scope. `hosts`: hosts of the scope that were on the network. */
export function observeScope(policy: Groups, scope: Scope, hosts: Iterable<string>): ObservedScope {
  const seen = new Set(hosts);
  if (isWholeNetwork(scope)) return { networks: 'all', hosts: seen };
  const parts = listParts(policy, scope);
  const isByNetwork =
    parts.length === scope.groups.length + 1 &&
    parts.every(
      ({ macs, vlans, names, hosts: named }) =>
        macs.length + vlans.length + names.length + named.length === 0,
    );
  return { networks: isByNetwork ? parts.flatMap(({ networks }) => networks) : null, hosts: seen };
}

const listParts = ({ groups }: Groups, scope: Scope): Scope[] => [
  scope,
  ...groups.filter(({ id }) => scope.groups.includes(id)),
];

/** True if the scope, or one of its groups, lists MACs. */
export const namesMacs = (policy: Groups, scope: Scope): boolean =>
  listParts(policy, scope).some(({ macs }) => macs.length > 0);

/** Returns the group that membership lists give to hosts whose membership in group `id` is unknown. */
export const unknownGroup = (id: string): string => `unknown ${id}`;

/** True if the host is a pseudonym that hides the attributes listed in the scope, so that the scope may contain it. */
export function hidesMembership(policy: Groups, scope: Scope, { host, groups }: HostIdentity): boolean {
  if (scope.groups.some((id) => groups.includes(unknownGroup(id)))) return true;
  if (!isPseudonym(host)) return false;
  return listParts(policy, scope).some(
    ({ networks, macs, vlans, names, hosts }) =>
      networks.length + macs.length + vlans.length + names.length > 0 ||
      hosts.some((listed) => listed !== HIDDEN_ENTRY && !isPseudonym(listed)),
  );
}

/** Lists networks of groups that are never recorded, including nested ones. Captures are read without them. */
export const networksExcludedBy = (policy: Policy): string[] => excludedNetworks(policy).map(formatNetwork);

function excludedNetworks({ groups }: Policy): Network[] {
  const excluded = new Set(
    groups.filter(({ exclude }) => exclude).flatMap(({ id, groups: inner }) => [id, ...inner]),
  );
  return groups.filter(({ id }) => excluded.has(id)).flatMap(({ networks }) => networks);
}

/** True if a scope may contain a host of an excluded local network, unless the policy itself excludes it. */
export function mayInclude(policy: Policy, scope: Scope, excludedNetwork: string): boolean {
  const network = parseNetwork(excludedNetwork);
  if (network === null || isWholeNetwork(scope)) return !isLeftOut(policy, network);
  const parts = listParts(policy, scope);
  const isKnown =
    parts.length === scope.groups.length + 1 &&
    parts.every(({ macs, vlans, names }) => macs.length + vlans.length + names.length === 0);
  const listed = parts.flatMap(({ networks, hosts }) => [...networks, ...hosts.map(parseNetwork)]);
  const mayMean = (other: Network | null): boolean =>
    other === null || includesNetwork(other, network) || includesNetwork(network, other);
  return (!isKnown || listed.some(mayMean)) && !isLeftOut(policy, network);
}

/** True for a network whose hosts the policy never records. */
export const isLeftOut = (policy: Policy, network: Network | null): boolean =>
  network !== null && excludedNetworks(policy).some((excluded) => includesNetwork(excluded, network));

/** Groups and exceptions with so few hosts that they would identify a pseudonym. */
export interface SmallGroups {
  /** Minimum number of hosts for which a group, an exception and its effects are shown next to pseudonyms. */
  readonly leastHosts: number;
  readonly groups: ReadonlySet<string>;
  readonly exceptions: ReadonlySet<string>;
  /** Hosts of groups with `exclude`. Their group is in no output, whatever its size. */
  readonly excluded: ReadonlySet<string>;
  /** Hosts with only a small exception. Without it, missing rows would reveal it. */
  readonly withheld: ReadonlySet<string>;
  /** Other hosts that a small exception affects: their evaluation is not reproducible without it. */
  readonly exempted: ReadonlySet<string>;
}
