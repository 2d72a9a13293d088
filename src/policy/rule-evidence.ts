// Sums the quarter hours of one phase of a rule and compares the sums with the thresholds of the rule.

import type { Role } from '../model/catalogue-words.ts';
import { CONFIDENCE_RANK, type Confidence } from '../model/confidence.ts';
import type { EvidenceThreshold, Rule } from '../model/policy.ts';
import type { Range } from '../model/report.ts';
import type { RoleTraffic, UsageQuarter } from '../model/tool.ts';

/** The part of a rule that defines use. */
type Evidenced = Pick<Rule, 'evidence'>;

export const DEFAULT_EVIDENCE: EvidenceThreshold = {
  confidence: 'likely',
  roles: ['inference', 'mcp'],
  minRequests: 1,
  minActiveMinutes: 0,
};

export interface RuleEvidence {
  /** The quarter hours in the sums. */
  readonly quarters: readonly UsageQuarter[];
  readonly confidence: Confidence | null;
  readonly firstUs: number;
  readonly lastUs: number;
  /** Requests in quarter hours with at least the confidence of the rule. */
  readonly provenRequests: number;
  readonly provenMinutes: number;
  /** True if some quarter hour of use has the required confidence. */
  readonly qualifies: boolean;
  readonly requests: Range | null;
  readonly activeMinutes: number | null;
  readonly payloadUp: number;
}

/** Maximum payload of an idle open flow: pings, keep-alives, the closing alert. */
export const IDLE_PAYLOAD_BYTES = 8192;

/** True for traffic with requests; if these are unknown, for a new flow, or one with more traffic than a ping. */
function isBusy({ requests, flows, payloadUp, payloadDown }: RoleTraffic): boolean {
  if (requests !== null) return requests.max > 0;
  return flows > 0 || payloadUp + payloadDown > IDLE_PAYLOAD_BYTES;
}

/**
 * Returns the use in a quarter hour: traffic in a role of this rule, unless it certainly had no model request. A flow
 * that began in another quarter hour counts where its requests are. A suspected relay has no role; its evidence is a
 * request with an answer like that of a model.
 */
function selectUse(rule: Evidenced, quarter: UsageQuarter): RoleTraffic[] {
  if (quarter.requests !== null && quarter.requests.max === 0) return [];
  return selectBusyRoles([...rule.evidence.roles, 'relay'], quarter);
}

function selectBusyRoles(roles: readonly Role[], quarter: UsageQuarter): RoleTraffic[] {
  return [...new Set(roles)].flatMap((role) => {
    const traffic = quarter.byRole[role];
    return traffic !== undefined && isBusy(traffic) ? [traffic] : [];
  });
}

function isUse(rule: Evidenced, quarter: UsageQuarter): boolean {
  return selectUse(rule, quarter).length > 0;
}

export function hasUse(rule: Evidenced, quarters: readonly UsageQuarter[]): boolean {
  return quarters.some((quarter) => isUse(rule, quarter));
}

/**
 * True if the tool connected to names for requests but no request succeeded: an attempt, or a call of another program.
 */
export function isAttempt(rule: Evidenced, quarter: UsageQuarter): boolean {
  return rule.evidence.roles.some((role) => (quarter.byRole[role]?.flows ?? 0) > 0);
}

/** True for updates or telemetry, with or without use. */
export function isSideActivity(role: 'telemetry' | 'update', quarter: UsageQuarter): boolean {
  if (role === 'telemetry' && (quarter.telemetryPayloadUp ?? 0) > 0) return true;
  return selectBusyRoles([role], quarter).length > 0;
}

/** True for a quarter hour of use with the required confidence. */
export function isProven(rule: Evidenced, quarter: UsageQuarter): boolean {
  if (quarter.isDoubted === true) return false;
  return (
    isUse(rule, quarter) && CONFIDENCE_RANK[quarter.confidence] >= CONFIDENCE_RANK[rule.evidence.confidence]
  );
}

/** Sums the quarter hours of use, or all of them if none has use. Ranges are added; each active minute counts once. */
export function addUp(rule: Evidenced, quarters: readonly UsageQuarter[]): RuleEvidence {
  const used = quarters.filter((quarter) => isUse(rule, quarter));
  const counted = used.length > 0 ? used : quarters;
  const proven = used.filter((quarter) => isProven(rule, quarter));
  const spans = counted.flatMap((quarter): readonly Pick<RoleTraffic, 'firstUs' | 'lastUs'>[] => {
    const traffic = selectUse(rule, quarter);
    return traffic.length > 0 ? traffic : [quarter];
  });
  return {
    quarters: counted,
    confidence: counted.reduce<Confidence | null>(
      (best, quarter) =>
        best === null || CONFIDENCE_RANK[quarter.confidence] > CONFIDENCE_RANK[best]
          ? quarter.confidence
          : best,
      null,
    ),
    firstUs: spans.reduce((first, span) => Math.min(first, span.firstUs), Number.POSITIVE_INFINITY),
    lastUs: spans.reduce((last, span) => Math.max(last, span.lastUs), Number.NEGATIVE_INFINITY),
    provenRequests: proven.reduce((sum, quarter) => sum + (quarter.requests?.min ?? 0), 0),
    provenMinutes: findMinutes(proven)?.size ?? 0,
    qualifies: proven.length > 0,
    requests: sumRequests(counted),
    activeMinutes: findMinutes(counted)?.size ?? null,
    payloadUp: counted.reduce((sum, quarter) => sum + quarter.payloadUp, 0),
  };
}

/** Compares thresholds with the lower bound of every range. */
export function meetsThresholds(rule: Evidenced, evidence: RuleEvidence): boolean {
  return (
    evidence.qualifies &&
    evidence.provenRequests >= rule.evidence.minRequests &&
    evidence.provenMinutes >= rule.evidence.minActiveMinutes
  );
}

/** True unless the rule requires more requests than the upper bound. */
export function mayMeet(rule: Evidenced, { requests }: Pick<RuleEvidence, 'requests'>): boolean {
  return requests === null || requests.max >= rule.evidence.minRequests;
}

/** Returns the lower of both; `atMost` null: no limit. */
export function lowerConfidence(confidence: Confidence, atMost: Confidence | null = null): Confidence {
  return atMost !== null && CONFIDENCE_RANK[atMost] < CONFIDENCE_RANK[confidence] ? atMost : confidence;
}

/** Returns null if no quarter hour has known minutes. */
function findMinutes(quarters: readonly UsageQuarter[]): Set<number> | null {
  const measured = quarters.filter((quarter) => quarter.activeMinutes !== null);
  return measured.length === 0 ? null : new Set(measured.flatMap((quarter) => quarter.activeMinutes ?? []));
}

export function sumRequests(quarters: readonly UsageQuarter[]): Range | null {
  const requestCounts = quarters.flatMap((quarter) => (quarter.requests === null ? [] : [quarter.requests]));
  if (requestCounts.length === 0) return null;
  return requestCounts.reduce((sum, range) => ({ min: sum.min + range.min, max: sum.max + range.max }), {
    min: 0,
    max: 0,
  });
}
