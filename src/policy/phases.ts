// Phase of the quarter hours of a tool on a host for a rule: before it, in its grace period, in force, or exempt.

import type { HostIdentity, Policy, PolicyException, Rule } from '../model/policy.ts';
import type { HostTool, RoleTraffic, UsageQuarter } from '../model/tool.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import { matchesUse, type UseOfTool } from './match.ts';
import { scopeIncludes } from './scope.ts';
import { type PolicySubject, toolTime } from './subjects.ts';

type Phase = 'before' | 'grace' | 'after' | 'exempt';

export interface Phases {
  readonly quarters: Readonly<Record<Phase, readonly UsageQuarter[]>>;
  /** Id of the exception that covers the first quarter hour that is exempt. */
  readonly exception: string | null;
}

/** Quarters of a tool on a host by phase of the rule; quarters that another rule governs are left out. */
export function splitPhases(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  tool: UseOfTool & Pick<HostTool, 'quarters'>,
): Phases {
  const quarters: Record<Phase, UsageQuarter[]> = { before: [], grace: [], after: [], exempt: [] };
  let exception: string | null = null;
  for (const quarter of tool.quarters) {
    const { startSeconds } = quarter;
    const stands = standing(policy, rule, subject, tool, startSeconds);
    if (stands === null) continue;
    const endSeconds = startSeconds + QUARTER_SECONDS;
    const goesOn = standing(policy, rule, subject, tool, endSeconds)?.phase === stands.phase;
    quarters[stands.phase].push(goesOn ? quarter : endedAt(quarter, endSeconds));
    exception ??= stands.exception?.id ?? null;
  }
  return { quarters, exception };
}

/** Null where the rule does not apply at that time. */
export const phaseAt = (
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  tool: UseOfTool,
  at: number,
): Phase | null => standing(policy, rule, subject, tool, at)?.phase ?? null;

/** Phases of several parts of one tool. */
export function joinPhases(all: readonly Phases[]): Phases {
  const of = (phase: Phase): UsageQuarter[] => all.flatMap(({ quarters }) => quarters[phase]);
  return {
    quarters: { before: of('before'), grace: of('grace'), after: of('after'), exempt: of('exempt') },
    exception: all.find(({ exception }) => exception !== null)?.exception ?? null,
  };
}

interface Standing {
  readonly phase: Phase;
  readonly exception: PolicyException | null;
}

/** Null where the rule does not apply at that time. */
function standing(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  tool: UseOfTool,
  at: number,
): Standing | null {
  const identity = identityAt(subject, tool, at);
  if (!scopeIncludes(policy, rule.scope, identity)) return null;
  if (rule.until !== null && at >= rule.until) return null;
  if (rule.effective !== null && at < rule.effective) {
    // What another rule has governed since is no use that this one ended.
    const isGoverned = governingRule(policy, rule, identity, tool, rule.effective) === rule;
    return isGoverned ? { phase: 'before', exception: null } : null;
  }
  if (governingRule(policy, rule, identity, tool, at) !== rule) return null;
  const exception = policy.exceptions.find(
    (item) =>
      item.rule === rule.id &&
      (item.from === null || at >= item.from) &&
      at < item.until &&
      scopeIncludes(policy, item.scope, identity),
  );
  if (exception !== undefined) return { phase: 'exempt', exception };
  const isGrace = rule.graceUntil !== null && at < rule.graceUntil;
  return { phase: isGrace ? 'grace' : 'after', exception: null };
}

const identityAt = (subject: PolicySubject, { use }: UseOfTool, at: number): HostIdentity =>
  subject.toolIdentities?.get(toolTime(at, use.tool)) ?? subject.identities?.get(at) ?? subject.identity;

/** True when the first rule that is in force for the host, the tool and the time allows it. */
export function isAllowedAt(policy: Policy, subject: PolicySubject, tool: UseOfTool, at: number): boolean {
  const host = identityAt(subject, tool, at);
  return policy.rules.find((rule) => isInForceFor(policy, rule, host, tool, at))?.action === 'allow';
}

/** A request and its minutes belong to the time at which it began, even if it ended in another phase. */
function endedAt(quarter: UsageQuarter, endSeconds: number): UsageQuarter {
  const lastUs = endSeconds * US - 1;
  const ended = <T extends { readonly lastUs: number }>(of: T): T => ({
    ...of,
    lastUs: Math.min(of.lastUs, lastUs),
  });
  const byRole = Object.entries(quarter.byRole).map(([role, traffic]): [string, RoleTraffic] => [
    role,
    ended(traffic),
  ]);
  return {
    ...ended(quarter),
    byRole: Object.fromEntries(byRole),
  };
}

/** The first rule, by priority, that is in force for the host, the tool and the time. */
export function governingRule(
  policy: Policy,
  candidate: Rule,
  host: HostIdentity,
  tool: UseOfTool,
  at: number,
): Rule {
  for (const rule of policy.rules) {
    if (rule === candidate) break;
    if (isInForceFor(policy, rule, host, tool, at)) return rule;
  }
  return candidate;
}

function isInForceFor(policy: Policy, rule: Rule, host: HostIdentity, tool: UseOfTool, at: number): boolean {
  if (rule.effective !== null && at < rule.effective) return false;
  if (rule.until !== null && at >= rule.until) return false;
  return matchesUse(rule.match, tool) && scopeIncludes(policy, rule.scope, host);
}
