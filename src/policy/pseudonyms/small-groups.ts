// Finds groups and exceptions with so few hosts that they would identify a pseudonym.

import { groupBy } from '../../model/grouped-by.ts';
import type { HostIdentity, Policy } from '../../model/policy.ts';
import type { Finding } from '../../model/report.ts';
import { evaluate } from '../evaluate.ts';
import { excludesHosts, exemptsHost, isExcluded, listGroups, type SmallGroups } from '../scope.ts';
import { listIdentities, type PolicySubject } from '../subjects.ts';

/** Minimum number of hosts in reports with pseudonyms if the policy sets no `minGroup`. */
const MIN_HOSTS = 5;

/** Finds parts that must not appear next to pseudonyms. `policy`: null with a hosts file only. */
export function buildSmallGroups(policy: Policy | null, subjects: readonly PolicySubject[]): SmallGroups {
  const leastHosts = policy?.privacy.minGroup ?? MIN_HOSTS;
  const withheld = new Set<string>();
  const excluded = policy === null ? new Set<string>() : excludedHosts(policy, subjects);
  // Other groups may become small without the withheld hosts, so the loop repeats until nothing changes.
  for (;;) {
    const shown = subjects.filter(({ identity: { host } }) => !withheld.has(host) && !excluded.has(host));
    const small = findSmallGroups(policy, shown, leastHosts);
    const { touched, left } = listTouched(policy, shown, small.exceptions);
    const fresh = [...touched].filter((host) => !left.has(host));
    if (fresh.length === 0) return { leastHosts, ...small, excluded, withheld, exempted: touched };
    for (const host of fresh) withheld.add(host);
  }
}

/** Lists hosts of excluded groups in windows that were written without the policy. */
export function excludedHosts(policy: Policy, subjects: readonly PolicySubject[]): ReadonlySet<string> {
  if (!excludesHosts(policy)) return new Set();
  const isOut = (identity: HostIdentity): boolean => isExcluded(policy, identity);
  return new Set(
    subjects.filter((subject) => listIdentities(subject).some(isOut)).map(({ identity }) => identity.host),
  );
}

/** Selects findings that may appear next to pseudonyms. */
export function withoutSmallExceptions(
  findings: readonly Finding[],
  { exceptions }: Pick<SmallGroups, 'exceptions'>,
): Finding[] {
  return findings.filter(({ exception }) => exception === null || !exceptions.has(exception));
}

function findSmallGroups(
  policy: Policy | null,
  subjects: readonly PolicySubject[],
  leastHosts: number,
): Pick<SmallGroups, 'groups' | 'exceptions'> {
  const groups = new Map<string, number>();
  const exceptions = new Map(policy?.exceptions.map(({ id }) => [id, 0]));
  const count = (counts: Map<string, number>, id: string): void => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  for (const subject of subjects) {
    const everyone = listIdentities(subject);
    const groupsOf = (identity: HostIdentity): readonly string[] =>
      policy === null ? identity.groups : listGroups(policy, identity);
    for (const group of new Set(everyone.flatMap(groupsOf))) count(groups, group);
    for (const { id, scope } of policy?.exceptions ?? [])
      if (everyone.some((identity) => policy !== null && exemptsHost(policy, scope, identity)))
        count(exceptions, id);
  }
  const small = (counts: Map<string, number>): Set<string> =>
    new Set([...counts].filter(([, hosts]) => hosts < leastHosts).map(([id]) => id));
  return { groups: small(groups), exceptions: small(exceptions) };
}

/** Lists hosts with a different result without the exceptions. `left`: hosts that have other findings as well. */
function listTouched(
  policy: Policy | null,
  subjects: readonly PolicySubject[],
  exceptions: ReadonlySet<string>,
): { readonly touched: ReadonlySet<string>; readonly left: ReadonlySet<string> } {
  const touched = new Set<string>();
  const left = new Set<string>();
  if (policy === null || exceptions.size === 0) return { touched, left };
  const bare = { ...policy, exceptions: policy.exceptions.filter(({ id }) => !exceptions.has(id)) };
  const [now, without] = [policy, bare].map((variant) =>
    groupBy(evaluate(variant, subjects).findings, ({ host }) => host),
  );
  for (const { identity } of subjects) {
    const found = now?.get(identity.host) ?? [];
    if (JSON.stringify(found) === JSON.stringify(without?.get(identity.host) ?? [])) continue;
    touched.add(identity.host);
    if (withoutSmallExceptions(found, { exceptions }).length > 0) left.add(identity.host);
  }
  return { touched, left };
}
