// Narrows a document to the hosts, groups, tools, search words and result that the user asked for.

import { omitUndefined } from '../model/omit-undefined.ts';
import { findFacts, withFacts } from '../model/policy-summary.ts';
import type { Comparison, Finding, HostReport, ReportDocument, RuleSummary } from '../model/report.ts';
import { narrowSummary } from '../policy/summary.ts';
import { compare, compareParts } from '../report/comparison/compare-documents.ts';
import { isEverything, isWantedHost, type Narrowing, narrow, narrowTo } from '../report/document/narrow.ts';

export interface View extends Narrowing {
  /** Part of an address, name, MAC, group, tool or server name; of a finding: of its rule, host, tool or result. */
  readonly text?: string;
  readonly result?: string;
  readonly rule?: string;
  /** Only findings in this state. Without a finding log no finding has a state. */
  readonly state?: string;
}

/** Totals are computed from the remaining rows. */
export function applyView(document: ReportDocument, view: View): ReportDocument {
  const { text = '', result = '', rule = '', state = '' } = view;
  const part = narrow(document, view);
  if (`${text}${result}${rule}${state}` === '') return withVerdicts(part, document, view);
  const words = text.toLowerCase();
  const found = text === '' ? part : narrowTo(part, (host) => hostContains(host, words));
  const hosts = new Set(found.hosts.map((host) => host.host));
  // The search also covers findings, because a rule or a result is not part of a host.
  const findings = part.findings?.filter(
    (finding) =>
      (result === '' || finding.result === result) &&
      (rule === '' || finding.rule === rule) &&
      (state === '' || finding.life?.state === state) &&
      (text === '' || hosts.has(finding.host) || findingContains(finding, words)),
  );
  return { ...withVerdicts(found, document, view), ...omitUndefined({ findings }) };
}

/**
 * The part of a document with the verdicts of its hosts and tools: the rules that speak of the tools asked for, with the counts of
 * the hosts asked for. That nothing was found of some tools of a rule does not say that it was kept.
 */
function withVerdicts(part: ReportDocument, document: ReportDocument, view: View): ReportDocument {
  const facts = document.summary && findFacts(document.summary);
  if (part === document || facts === undefined) return part;
  const hosts = new Set(part.hosts.map(({ host }) => host));
  const tools = view.tools === undefined || view.tools.length === 0 ? facts.tools : view.tools;
  const summary = narrowSummary(facts, (host) => hosts.has(host), tools);
  const toolsOf = new Map((document.policy?.rules ?? []).map((rule) => [rule.id, rule.tools ?? []]));
  const rules = summary.rules.flatMap((rule) => narrowRule(rule, toolsOf.get(rule.rule) ?? [], tools));
  return { ...part, summary: withFacts(rules, findFacts(summary) ?? facts) };
}

/** The rule is about the tools in `all`. Returns nothing if none of them is in `tools`; an empty `tools` means all. */
function narrowRule(rule: RuleSummary, all: readonly string[], tools: readonly string[]): RuleSummary[] {
  if (tools.length === 0) return [rule];
  // A rule about an API applies to each of its clients.
  const found = rule.after + rule.grace + rule.suspected + rule.exempt;
  if (!all.some((tool) => tools.includes(tool)) && found === 0) return [];
  const isWhole = all.every((tool) => tools.includes(tool));
  if (isWhole || rule.verdict !== 'compliant') return [rule];
  return [{ ...rule, verdict: 'inconclusive', reasons: [{ reason: 'part' }, ...rule.reasons] }];
}

/** Compares two complete documents of one source within the view. */
export function compareViews(before: ReportDocument, after: ReportDocument, view: View): Comparison | null {
  const words = (view.text ?? '').toLowerCase();
  if (isEverything(view) && words === '') return compare(before, after);
  const isSelected = (host: HostReport): boolean =>
    isWantedHost(host, view) && (words === '' || hostContains(host, words));
  return compareParts(before, after, isSelected, view);
}

/** Matches a part of the rule, host, tool or result. */
export const findingContains = ({ rule, host, tool, result }: Finding, part: string): boolean =>
  [rule, host, tool, result].some((word) => word.toLowerCase().includes(part));

/** Matches a part of the address, name, MAC, group, tool, or a server name that was seen. */
export function hostContains(
  { host, name, mac, groups, tools, providers }: HostReport,
  part: string,
): boolean {
  const uses = [...tools, ...providers];
  return (
    [host, name ?? '', mac ?? '', ...groups, ...uses.flatMap((use) => [use.tool, use.name])].some((word) =>
      word.toLowerCase().includes(part),
    ) || uses.some((use) => use.names.some((used) => used.name.includes(part)))
  );
}
