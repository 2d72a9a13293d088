// Decides which rule governs a use of a host at a time, and its phase: before it takes effect, in its grace period, in
// force, or exempt. The first rule of the policy governs that matches the use, whose scope contains the host, and that
// is in force. Findings, verdicts, counts of hosts, rows and `policy explain` all use this decision.

import type { HostIdentity, Policy, PolicyException, Rule } from '../model/policy.ts';
import type { HostTool, RoleTraffic, UsageQuarter } from '../model/tool.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import { buildUse, matchesUse, type UseOfTool } from './match.ts';
import { exemptsHost, ruleIncludes } from './scope.ts';
import { type PolicySubject, toolTimeKey } from './subjects.ts';

/** Returns the first rule with a higher priority that governs a use; null if none does. */
export function findEarlierRule(
  policy: Policy,
  rule: Rule,
  host: HostIdentity,
  use: UseOfTool,
  at: number,
): Rule | null {
  for (const other of policy.rules) {
    if (other === rule) break;
    if (decides(policy, other, host, use, at)) return other;
  }
  return null;
}

/** Returns the first rule of the file that governs a use; null if the default does. */
export const findFirstRule = (policy: Policy, host: HostIdentity, use: UseOfTool, at: number): Rule | null =>
  policy.rules.find((rule) => decides(policy, rule, host, use, at)) ?? null;

function decides(policy: Policy, rule: Rule, host: HostIdentity, use: UseOfTool, at: number): boolean {
  return isInForce(rule, at) && matchesUse(rule.match, use) && ruleIncludes(policy, rule, host);
}

export const isInForce = ({ effective, until }: Rule, at: number): boolean =>
  (effective === null || at >= effective) && (until === null || at < until);

/** Every rule of the file has priority over a default. */
export function listRulesAbove({ rules }: Policy, rule: Rule): readonly Rule[] {
  const at = rules.indexOf(rule);
  return at === -1 ? rules : rules.slice(0, at);
}

/** A rule with priority over another one, and the indexes of the subjects that it takes from it. */
interface Above {
  readonly rule: Rule;
  readonly takes: readonly number[];
}

/** Results are cached by policy and rule. */
const cache = new WeakMap<Policy, WeakMap<Rule, readonly Above[]>>();

/** Lists rules that together may take every subject of a rule; none if some subject always remains. */
function listTakers(policy: Policy, rule: Rule): readonly Above[] {
  const ofPolicy = cache.get(policy) ?? new WeakMap<Rule, readonly Above[]>();
  cache.set(policy, ofPolicy);
  const found = ofPolicy.get(rule);
  if (found !== undefined) return found;
  const uses = rule.subjects.map(buildUse);
  const above = listRulesAbove(policy, rule)
    .map((other) => ({
      rule: other,
      takes: uses.flatMap((use, i) => (matchesUse(other.match, use) ? [i] : [])),
    }))
    .filter(({ takes }) => takes.length > 0);
  const takers = isFullyTaken(rule, above) ? above : [];
  ofPolicy.set(rule, takers);
  return takers;
}

const isFullyTaken = ({ subjects }: Rule, above: readonly Above[]): boolean =>
  subjects.length > 0 && new Set(above.flatMap(({ takes }) => takes)).size === subjects.length;

/** True if the scope of a rule contains the host, and earlier rules leave it some of its subjects. */
export function isInScope(policy: Policy, rule: Rule, host: HostIdentity, at: number): boolean {
  if (!ruleIncludes(policy, rule, host)) return false;
  const takers = listTakers(policy, rule);
  if (takers.length === 0) return true;
  const taking = takers.filter(
    ({ rule: other }) => isInForce(other, at) && ruleIncludes(policy, other, host),
  );
  return !isFullyTaken(rule, taking);
}

/** True if the host is in scope at any time at which the rule is in force. */
export function isEverInScope(policy: Policy, rule: Rule, host: HostIdentity): boolean {
  // More hosts remain for a rule only when an earlier rule ends.
  const instants = listTakers(policy, rule).flatMap(({ rule: { until } }) => (until === null ? [] : [until]));
  return [rule.effective ?? Number.NEGATIVE_INFINITY, ...instants.filter((at) => isInForce(rule, at))].some(
    (at) => isInScope(policy, rule, host, at),
  );
}

type Phase = 'before' | 'grace' | 'after' | 'exempt';

export interface Phases {
  readonly quarters: Readonly<Record<Phase, readonly UsageQuarter[]>>;
  /** Id of the exception for the first exempt quarter hour. */
  readonly exception: string | null;
}

/** Sorts the quarters of a tool on a host by phase of the rule, without quarters that another rule governs. */
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
    const stands = findStanding(policy, rule, subject, tool, startSeconds);
    if (stands === null) continue;
    const endSeconds = startSeconds + QUARTER_SECONDS;
    const goesOn = findStanding(policy, rule, subject, tool, endSeconds)?.phase === stands.phase;
    quarters[stands.phase].push(goesOn ? quarter : cutQuarter(quarter, endSeconds));
    exception ??= stands.exception?.id ?? null;
  }
  return { quarters, exception };
}

/** Returns null if the rule does not apply at that time. */
export const findPhase = (
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  tool: UseOfTool,
  at: number,
): Phase | null => findStanding(policy, rule, subject, tool, at)?.phase ?? null;

/** Joins the phases of several parts of one tool. */
export function joinPhases(all: readonly Phases[]): Phases {
  const quartersIn = (phase: Phase): UsageQuarter[] => all.flatMap(({ quarters }) => quarters[phase]);
  return {
    quarters: {
      before: quartersIn('before'),
      grace: quartersIn('grace'),
      after: quartersIn('after'),
      exempt: quartersIn('exempt'),
    },
    exception: all.find(({ exception }) => exception !== null)?.exception ?? null,
  };
}

interface Standing {
  readonly phase: Phase;
  readonly exception: PolicyException | null;
}

/** Returns null if the rule does not apply at that time. */
function findStanding(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  tool: UseOfTool,
  at: number,
): Standing | null {
  const identity = findIdentity(subject, tool, at);
  if (rule.until !== null && at >= rule.until) return null;
  const isBefore = rule.effective !== null && at < rule.effective;
  // Use that another rule has governed since then was not ended by this rule.
  const decidedAt = isBefore ? (rule.effective ?? at) : at;
  if (!isInScope(policy, rule, identity, decidedAt)) return null;
  if (findEarlierRule(policy, rule, identity, tool, decidedAt) !== null) return null;
  if (isBefore) return { phase: 'before', exception: null };
  const exception = policy.exceptions.find(
    (item) =>
      item.rule === rule.id &&
      (item.from === null || at >= item.from) &&
      at < item.until &&
      exemptsHost(policy, item.scope, identity),
  );
  if (exception !== undefined) return { phase: 'exempt', exception };
  const isGrace = rule.graceUntil !== null && at < rule.graceUntil;
  return { phase: isGrace ? 'grace' : 'after', exception: null };
}

/** Returns the machine of the host for a use at that time. */
export const findIdentity = (
  subject: PolicySubject,
  { use }: { readonly use: { readonly tool: string } },
  at: number,
): HostIdentity =>
  subject.toolIdentities?.get(toolTimeKey(at, use.tool)) ?? subject.identities?.get(at) ?? subject.identity;

/** True if the first rule in force for the host, the tool and the time allows it. */
export function isAllowedAt(policy: Policy, subject: PolicySubject, tool: UseOfTool, at: number): boolean {
  const host = findIdentity(subject, tool, at);
  return findFirstRule(policy, host, tool, at)?.action === 'allow';
}

/**
 * Ends a quarter hour. A request and its minutes belong to the time at which the request began, even if it ended in
 * another phase.
 */
function cutQuarter(quarter: UsageQuarter, endSeconds: number): UsageQuarter {
  const lastUs = endSeconds * US - 1;
  const cutTimes = <T extends { readonly lastUs: number }>(times: T): T => ({
    ...times,
    lastUs: Math.min(times.lastUs, lastUs),
  });
  const byRole = Object.entries(quarter.byRole).map(([role, traffic]): [string, RoleTraffic] => [
    role,
    cutTimes(traffic),
  ]);
  return {
    ...cutTimes(quarter),
    byRole: Object.fromEntries(byRole),
  };
}
