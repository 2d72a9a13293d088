// Takes hosts out of a document and puts pseudonyms in: addresses, MACs, host names, and what can be traced to them.

import type {
  EvidenceItem,
  Finding,
  HostReport,
  ReportDocument,
  RuleSummary,
  ToolUse,
} from '../../model/report.ts';
import { compareText } from '../../net/address.ts';

/** The same document with other names for hosts. Community IDs go too: they are unkeyed sums of addresses. */
export function pseudonymizeReport(
  document: ReportDocument,
  nameOf: (host: string) => string,
): ReportDocument {
  const findings = document.findings?.map((finding) => renameFinding(finding, nameOf));
  return {
    ...document,
    hosts: document.hosts.map((host) => renameHost(host, nameOf)).sort((a, b) => compareText(a.host, b.host)),
    ...(document.summary === undefined
      ? {}
      : { summary: { rules: document.summary.rules.map((rule) => renameSummary(rule, nameOf)) } }),
    ...(document.exposure === undefined
      ? {}
      : {
          exposure: document.exposure
            .map((one) => ({ ...one, host: nameOf(one.host) }))
            .sort((a, b) => compareText(a.advisory, b.advisory) || compareText(a.host, b.host)),
        }),
    ...(findings === undefined
      ? {}
      : { findings: findings.sort((a, b) => compareText(a.rule, b.rule) || compareText(a.id, b.id)) }),
  };
}

function renameHost(host: HostReport, nameOf: (host: string) => string): HostReport {
  const clean = (use: ToolUse): ToolUse => ({ ...use, evidence: use.evidence.map(untraceable) });
  const { addresses: _, sameMachine: __, ...rest } = host;
  return {
    ...rest,
    host: nameOf(host.host),
    identity: 'pseudonym',
    mac: null,
    name: null,
    tools: host.tools.map(clean),
    providers: host.providers.map(clean),
  };
}

function renameSummary(rule: RuleSummary, nameOf: (host: string) => string): RuleSummary {
  if (rule.changes === undefined) return rule;
  const rename = (hosts: readonly string[]): string[] => hosts.map(nameOf).sort(compareText);
  const { stopped, wentOn, began } = rule.changes;
  return { ...rule, changes: { stopped: rename(stopped), wentOn: rename(wentOn), began: rename(began) } };
}

function renameFinding(finding: Finding, nameOf: (host: string) => string): Finding {
  const host = nameOf(finding.host);
  return {
    ...finding,
    id: `${finding.rule}/${finding.rev}/${host}/${finding.tool}/${finding.result}`,
    host,
    evidence: finding.evidence.map(untraceable),
    against: finding.against.map(untraceable),
  };
}

function untraceable(item: EvidenceItem): EvidenceItem {
  return { ...item, communityIds: [] };
}
