// Sums of what hosts tried while a rule was in force: how much of it was blocked, and where.

import type { ControlFacts } from '../model/policy-summary.ts';
import type { ReportAttempt, RuleControl } from '../model/report.ts';
import { compareText } from '../net/address.ts';

/** Sums of a rule; null where nothing was tried. `users`: hosts with use that the rule denies. */
export function controlSummary(
  facts: readonly ControlFacts[],
  users: ReadonlySet<string>,
): RuleControl | null {
  if (facts.length === 0) return null;
  const tried = facts.flatMap(({ attempts }) => attempts);
  const blocked = tried.filter(({ result }) => result === 'blocked');
  const legs = new Map<ReportAttempt['leg'], number>();
  for (const { leg, attempts } of blocked) legs.set(leg, (legs.get(leg) ?? 0) + attempts);
  const passed = facts.filter((fact) => fact.passed > 0);
  return {
    blocked: countAttempts(blocked),
    failed: countAttempts(tried) - countAttempts(blocked),
    passed: passed.reduce((sum, controlFacts) => sum + controlFacts.passed, 0),
    hostsBlocked: new Set(blocked.map(({ host }) => host)).size,
    hostsPassed: new Set([...users, ...passed.map(({ host }) => host)]).size,
    legs: [...legs]
      .map(([leg, count]) => ({ leg, blocked: count }))
      .sort((a, b) => b.blocked - a.blocked || compareText(a.leg ?? '', b.leg ?? '')),
  };
}

const countAttempts = (attempts: readonly ReportAttempt[]): number =>
  attempts.reduce((sum, attempt) => sum + attempt.attempts, 0);
