// Finds the outcome of the policy for one host and one tool, from findings and rules, for terminal, page and tables.

import { BREACHES, type FindingResult } from '../../model/findings.ts';
import type {
  Finding,
  HostReport,
  PolicyHeader,
  ReportDocument,
  ToolDay,
  ToolUse,
} from '../../model/report.ts';

export type PolicyRule = PolicyHeader['rules'][number];

export type OutcomeKind = FindingResult | 'notSince' | 'approved' | 'observed';

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly rule: PolicyRule | null;
  /** The finding that determines it; null without a finding. */
  readonly finding: Finding | null;
}

export const isBreach = ({ result }: Pick<Finding, 'result'>): boolean =>
  BREACHES.some((breach) => breach === result);

/** Returns the kind of violation for a rule. */
export function formatBreach({ via, telemetry, upload }: PolicyRule): (typeof BREACHES)[number] {
  if (upload !== undefined) return 'uploaded';
  if (telemetry !== undefined) return 'telemetrySent';
  return via === undefined ? 'violation' : 'bypass';
}

/** Most severe first. The first one determines the row. */
export const SEVERITY_ORDER: readonly FindingResult[] = [
  ...BREACHES,
  'suspected',
  'grace',
  'exempt',
  'telemetryOnly',
  'updateOnly',
  'attempted',
];

/** The order of groups. Within a group, rows are by host, so that people are not ranked. */
export const OUTCOME_ORDER: readonly OutcomeKind[] = [...SEVERITY_ORDER, 'notSince', 'observed', 'approved'];

/** Requires a host with rows. A tool that is only possible and has no finding does not determine the outcome. */
export function gravestOutcome({ host, tools, providers }: HostReport, outcomes: OutcomeIndex): OutcomeKind {
  const all = [...tools, ...providers].map((use, i) => ({
    ...outcomes.of(host, use),
    isSure: i >= tools.length || use.confidence !== 'possible',
  }));
  const conclusive = all.filter(({ isSure, finding }) => isSure || finding !== null);
  return (conclusive.length === 0 ? all : conclusive).map(({ kind }) => kind).reduce(pickGraver);
}

export const pickGraver = (a: OutcomeKind, b: OutcomeKind): OutcomeKind =>
  OUTCOME_ORDER.indexOf(b) < OUTCOME_ORDER.indexOf(a) ? b : a;

export interface OutcomeIndex {
  of(host: string, use: ToolUse): Outcome;
  /** Returns rules that deny a use on some of its days, now or later. */
  bansOf(use: ToolUse): readonly PolicyRule[];
}

/** Returns the rules that govern a use on a day, now or later. */
export const rulesOfDay = ({ rules = [], upcomingRules = [] }: ToolDay): string[] => [
  ...rules,
  ...upcomingRules,
];

/** Returns null without a policy. Then no output mentions one. */
export function indexOutcomes(document: ReportDocument): OutcomeIndex | null {
  const policy = document.policy;
  if (policy === undefined) return null;
  const rules = new Map(policy.rules.map((rule) => [rule.id, rule]));
  const findings = new Map<string, Finding>();
  for (const finding of document.findings ?? []) {
    const key = useKey(finding.host, finding.tool);
    const existing = findings.get(key);
    if (
      existing === undefined ||
      SEVERITY_ORDER.indexOf(finding.result) < SEVERITY_ORDER.indexOf(existing.result)
    ) {
      findings.set(key, finding);
    }
  }
  /** Returns rules in the order of the policy. */
  const listRules = (use: ToolUse, action: PolicyRule['action']): PolicyRule[] => {
    const ids = new Set(use.days.flatMap(rulesOfDay));
    return policy.rules.filter((rule) => rule.action === action && ids.has(rule.id));
  };
  const earlier = earlierUses(document);
  const isNotSince = ({ id, effective }: PolicyRule, host: string, use: ToolUse): boolean => {
    if (effective === null || use.confidence === 'possible') return false;
    const existing = earlier.get(id);
    if (existing === undefined) return use.lastSeen < effective;
    if (!existing.used.has(useKey(host, use.tool)) || !existing.isAnySeenSince) return false;
    return existing.stopped.has(host) || use.lastSeen < effective;
  };
  return {
    bansOf: (use) => listRules(use, 'deny'),
    of(host, use) {
      const finding = findings.get(useKey(host, use.tool)) ?? null;
      if (finding !== null) return { kind: finding.result, rule: rules.get(finding.rule) ?? null, finding };
      const ban = listRules(use, 'deny').find((rule) => isNotSince(rule, host, use));
      if (ban !== undefined) return { kind: 'notSince', rule: ban, finding: null };
      const [allow] = listRules(use, 'allow');
      return allow === undefined
        ? { kind: 'observed', rule: listRules(use, 'observe')[0] ?? null, finding: null }
        : { kind: 'approved', rule: allow, finding: null };
    },
  };
}

interface EarlierUses {
  /** Hosts and tools with use that the rule's evidence accepts, before the rule took effect. */
  readonly used: ReadonlySet<string>;
  /** Hosts without such use and without a finding since then. */
  readonly stopped: ReadonlySet<string>;
  /** False if no host was seen while the rule was in force. Then none counts as missing. */
  readonly isAnySeenSince: boolean;
}

/** Indexes earlier uses by rule. Rules of documents without them are absent. */
function earlierUses({ summary }: ReportDocument): Map<string, EarlierUses> {
  const uses = new Map<string, EarlierUses>();
  for (const rule of summary?.rules ?? []) {
    if (rule.earlier === undefined) continue;
    uses.set(rule.rule, {
      used: new Set(rule.earlier.map(({ host, tool }) => useKey(host, tool))),
      stopped: new Set(rule.changes?.stopped),
      isAnySeenSince: rule.hostsSeen > 0,
    });
  }
  return uses;
}

/** Identifies the use of a tool by a host. */
export const useKey = (host: string, tool: string): string => `${host}\n${tool}`;
