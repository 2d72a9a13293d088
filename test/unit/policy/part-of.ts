// The lines of a summary for some hosts and tools.
import { findFacts } from '../../../src/model/policy-summary.ts';
import type { PolicySummary } from '../../../src/model/report.ts';
import { narrowSummary } from '../../../src/policy/summary.ts';

export function partOf(
  summary: PolicySummary,
  isWantedHost: (host: string) => boolean,
  tools: readonly string[] = [],
): PolicySummary['rules'] {
  const facts = findFacts(summary);
  if (facts === undefined) throw new Error('a summary without facts');
  return narrowSummary(facts, isWantedHost, tools).rules;
}
