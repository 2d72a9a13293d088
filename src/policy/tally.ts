// Adds up the quarter hours of one phase of a rule and says whether they reach the rule's evidence.

import type { Rule } from '../model/policy.ts';
import type { Confidence, Range } from '../model/report.ts';
import type { Role, UsageQuarter } from '../model/tool.ts';

const RANK: Readonly<Record<Confidence, number>> = { possible: 0, likely: 1, certain: 2 };

export interface Tally {
  readonly confidence: Confidence | null;
  readonly firstUs: number;
  readonly lastUs: number;
  /** Over the quarters whose confidence reaches the rule's. */
  readonly provenRequests: number;
  readonly provenMinutes: number;
  /** True when some quarter of use has the confidence that the rule asks for. */
  readonly qualifies: boolean;
  readonly requests: Range | null;
  readonly activeMinutes: number | null;
  readonly payloadUp: number;
}

/**
 * A quarter of use: flows in a role that counts for this rule, unless it is known that no model request was made. A
 * suspected relay has no role of its own: what makes it suspected is a request that was answered like a model's.
 */
function isUse(rule: Rule, quarter: UsageQuarter): boolean {
  if (quarter.requests !== null && quarter.requests.max === 0) return false;
  const roles: readonly Role[] = [...rule.evidence.roles, 'relay'];
  return roles.some((role) => (quarter.flowsByRole[role] ?? 0) > 0);
}

/** Names were called that only use calls, and no request came through: an attempt, or a call of another program. */
export function hasAttempt(rule: Rule, quarters: readonly UsageQuarter[]): boolean {
  return quarters.some((quarter) => rule.evidence.roles.some((role) => (quarter.flowsByRole[role] ?? 0) > 0));
}

export function hasUse(rule: Rule, quarters: readonly UsageQuarter[]): boolean {
  return quarters.some((quarter) => isUse(rule, quarter));
}

/** Sums over the quarters of use (over all of them when none is): sums of ranges, minutes as a set. */
export function addUp(rule: Rule, quarters: readonly UsageQuarter[]): Tally {
  const used = quarters.filter((quarter) => isUse(rule, quarter));
  const counted = used.length > 0 ? used : quarters;
  const proven = used.filter((quarter) => RANK[quarter.confidence] >= RANK[rule.evidence.confidence]);
  return {
    confidence: counted.reduce<Confidence | null>(
      (best, quarter) => (best === null || RANK[quarter.confidence] > RANK[best] ? quarter.confidence : best),
      null,
    ),
    firstUs: counted.reduce((first, quarter) => Math.min(first, quarter.firstUs), Number.POSITIVE_INFINITY),
    lastUs: counted.reduce((last, quarter) => Math.max(last, quarter.lastUs), Number.NEGATIVE_INFINITY),
    provenRequests: proven.reduce((sum, quarter) => sum + (quarter.requests?.min ?? 0), 0),
    provenMinutes: minutesOf(proven)?.size ?? 0,
    qualifies: proven.length > 0,
    requests: sumRanges(counted),
    activeMinutes: minutesOf(counted)?.size ?? null,
    payloadUp: counted.reduce((sum, quarter) => sum + quarter.payloadUp, 0),
  };
}

/** Thresholds are held against the lower end of every range. */
export function meets(rule: Rule, tally: Tally): boolean {
  return (
    tally.qualifies &&
    tally.provenRequests >= rule.evidence.minRequests &&
    tally.provenMinutes >= rule.evidence.minActiveMinutes
  );
}

/** Null when none of the quarters knows its minutes. */
function minutesOf(quarters: readonly UsageQuarter[]): Set<number> | null {
  const known = quarters.filter((quarter) => quarter.activeMinutes !== null);
  return known.length === 0 ? null : new Set(known.flatMap((quarter) => quarter.activeMinutes ?? []));
}

function sumRanges(quarters: readonly UsageQuarter[]): Range | null {
  const known = quarters.flatMap((quarter) => (quarter.requests === null ? [] : [quarter.requests]));
  if (known.length === 0) return null;
  return known.reduce((sum, range) => ({ min: sum.min + range.min, max: sum.max + range.max }), {
    min: 0,
    max: 0,
  });
}
