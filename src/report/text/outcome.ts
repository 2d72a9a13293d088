// What the policy says of one host and one tool, read from findings and rules; shared by terminal, page and tables.

import type { Finding, FindingResult, PolicyHeader, ReportDocument, ToolUse } from '../../model/report.ts';

export type PolicyRule = PolicyHeader['rules'][number];

export type OutcomeKind = FindingResult | 'notSince' | 'approved' | 'observed';

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly rule: PolicyRule | null;
  /** The finding that decides; null where the policy found nothing. */
  readonly finding: Finding | null;
}

/** The gravest first: it decides the row. */
export const GRAVITY: readonly FindingResult[] = [
  'violation',
  'suspected',
  'grace',
  'exempt',
  'telemetryOnly',
  'updateOnly',
];

export interface OutcomeIndex {
  of(host: string, use: ToolUse): Outcome;
  /** The deny rule that speaks of a tool, for the ban mark. */
  banOf(tool: string): PolicyRule | null;
}

/** Null without a policy: then no output speaks of one. */
export function indexOutcomes(document: ReportDocument): OutcomeIndex | null {
  const policy = document.policy;
  if (policy === undefined) return null;
  const rules = new Map(policy.rules.map((rule) => [rule.id, rule]));
  const findings = new Map<string, Finding>();
  const rulesOfTool = new Map<string, PolicyRule[]>();
  const noteRule = (tool: string, rule: PolicyRule | undefined): void => {
    const known = rulesOfTool.get(tool) ?? [];
    if (rule !== undefined && !known.includes(rule)) rulesOfTool.set(tool, [...known, rule]);
  };
  for (const rule of policy.rules) for (const tool of rule.tools ?? []) noteRule(tool, rule);
  for (const finding of document.findings ?? []) {
    noteRule(finding.tool, rules.get(finding.rule));
    const key = keyOf(finding.host, finding.tool);
    const known = findings.get(key);
    if (known === undefined || GRAVITY.indexOf(finding.result) < GRAVITY.indexOf(known.result)) {
      findings.set(key, finding);
    }
  }
  const ruleOf = (tool: string, action: PolicyRule['action']): PolicyRule | null =>
    rulesOfTool.get(tool)?.find((rule) => rule.action === action) ?? null;
  return {
    banOf: (tool) => ruleOf(tool, 'deny'),
    of(host, use) {
      const finding = findings.get(keyOf(host, use.tool)) ?? null;
      if (finding !== null) return { kind: finding.result, rule: rules.get(finding.rule) ?? null, finding };
      const ban = ruleOf(use.tool, 'deny');
      if (
        ban !== null &&
        ban.effective !== null &&
        use.confidence !== 'possible' &&
        use.lastSeen < ban.effective
      ) {
        return { kind: 'notSince', rule: ban, finding: null };
      }
      const allow = ruleOf(use.tool, 'allow');
      return allow === null
        ? { kind: 'observed', rule: ruleOf(use.tool, 'observe'), finding: null }
        : { kind: 'approved', rule: allow, finding: null };
    },
  };
}

const keyOf = (host: string, tool: string): string => `${host}\n${tool}`;
