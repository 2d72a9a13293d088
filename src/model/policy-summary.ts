// A policy summary restricted to some hosts and tools, attached to the summary of all.

import type { PolicySummary, RuleSummary } from './report.ts';

/** `part` is not enumerable: no format prints it, and comparisons of summaries ignore it. */
export function withPart(
  rules: readonly RuleSummary[],
  part: NonNullable<PolicySummary['part']>,
): PolicySummary {
  return Object.defineProperty({ rules }, 'part', { value: part });
}

/** The same summary with other lines, also of each of its parts. */
export function withRules(
  { rules, part }: PolicySummary,
  of: (rules: readonly RuleSummary[]) => readonly RuleSummary[],
): PolicySummary {
  if (part === undefined) return { rules: of(rules) };
  return withPart(of(rules), (isWantedHost, tools) => withRules(part(isWantedHost, tools), of));
}
