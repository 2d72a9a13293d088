// Describes a finding by figures of its own time, identical in every output for people.

import { type FindingResult, SEVERITIES } from '../../model/findings.ts';
import type { Finding, FindingService, ReportDocument } from '../../model/report.ts';
import { formatRange } from '../../text/quantity.ts';
import { ENGLISH_WORDS, type ReportWords } from './english-words.ts';
import { hostsByName } from './hosts-by-name.ts';
import { isBreach, SEVERITY_ORDER } from './policy-outcome.ts';

/** Returns "5 active minutes", "12 requests" and "2.2 MB of payload sent", without unknown figures. */
export function findingNumbers(finding: Finding, dash = '–', words: ReportWords = ENGLISH_WORDS): string[] {
  const { activeMinutes, requests, payloadUp, service } = finding;
  const { findings } = words;
  return [
    ...(service === undefined ? [] : serviceNumbers(service, words)),
    ...(activeMinutes === null ? [] : [findings.activeMinutes(activeMinutes)]),
    ...(requests === null
      ? []
      : [findings.requests(formatRange(requests, 'host', dash), requests.max === 1)]),
    ...(payloadUp === null ? [] : [findings.payloadSent(words.bytes(payloadUp))]),
  ];
}

/** Returns "reached from other networks", "clients 10.0.0.8, 10.0.0.9" and "1 probe". */
function serviceNumbers({ exposed, clients, probes }: FindingService, { findings }: ReportWords): string[] {
  const named = clients.slice(0, MAX_CLIENTS).map(({ host }) => host);
  return [
    ...(exposed ? [findings.exposed] : []),
    clients.length === 0 ? findings.noClient : findings.clients(named, clients.length - named.length),
    ...(probes === 0 ? [] : [findings.probes(probes)]),
  ];
}

/** Maximum clients in a text; JSON has all. */
const MAX_CLIENTS = 8;

/** Returns exact figures, for programs without fields for them. */
export function exactNumbers({ activeMinutes, requests, payloadUp, service }: Finding): string {
  const range =
    requests === null ? '' : `${requests.min}${requests.max > requests.min ? ` to ${requests.max}` : ''}`;
  return [
    ...(service === undefined ? [] : serviceNumbers(service, ENGLISH_WORDS)),
    ...(activeMinutes === null ? [] : [`${activeMinutes} active minutes`]),
    ...(requests === null ? [] : [`${range} requests`]),
    ...(payloadUp === null ? [] : [`${payloadUp} bytes of payload sent`]),
  ].join(', ');
}

/** True for a violation of the policy, or a suspected one. */
export const isGrave = (finding: Pick<Finding, 'result'>): boolean =>
  isBreach(finding) || finding.result === 'suspected';

/** Sorts the most severe result first, then the rule with the highest severity, then by the order of the document. */
export function sortBySeverity(findings: readonly Finding[]): Finding[] {
  const rank = (result: FindingResult): number => SEVERITY_ORDER.indexOf(result);
  const ofRule = ({ rule, result }: Finding): string => `${result} ${rule}`;
  const most = new Map<string, number>();
  for (const finding of findings) {
    const severity = SEVERITIES.indexOf(finding.severity);
    most.set(ofRule(finding), Math.max(severity, most.get(ofRule(finding)) ?? severity));
  }
  const severityOf = (finding: Finding): number => most.get(ofRule(finding)) ?? 0;
  return [...findings].sort((a, b) => rank(a.result) - rank(b.result) || severityOf(b) - severityOf(a));
}

/** Returns the name of the tool; its id if neither a row of the report nor a rule has it. */
export function formatToolName(document: ReportDocument, finding: Pick<Finding, 'host' | 'tool'>): string {
  const host = hostsByName(document).get(finding.host);
  const rows = [...(host?.tools ?? []), ...(host?.providers ?? [])];
  return (
    rows.find((use) => use.tool === finding.tool)?.name ?? ruledName(document, finding.tool) ?? finding.tool
  );
}

/** Returns the name of a tool in a rule; null for others. */
export function ruledName({ policy }: Pick<ReportDocument, 'policy'>, tool: string): string | null {
  for (const { tools = [], toolNames = [] } of policy?.rules ?? []) {
    const name = toolNames[tools.indexOf(tool)];
    if (name !== undefined) return name;
  }
  return null;
}
