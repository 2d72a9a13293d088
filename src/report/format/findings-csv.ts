// One line per finding, for an audit in a spreadsheet: rule, policy, host, tool, times, figures and the evidence.

import type { EvidenceItem, Finding, ReportDocument } from '../../model/report.ts';
import { readingState } from '../text/blind-spots.ts';
import { csvLine } from './csv.ts';

const COLUMNS = [
  'id',
  'rule',
  'rev',
  'policy_sha256',
  'catalogue',
  'host',
  'tool',
  'result',
  'severity',
  'confidence',
  'first',
  'last',
  'active_minutes',
  'requests_min',
  'requests_max',
  'payload_up',
  'exception',
  'evidence',
  'against',
  'next',
  'references',
  'verdict',
  'reading',
] as const;

export function* renderFindingsCsv(document: ReportDocument): Iterable<string> {
  yield csvLine(COLUMNS);
  for (const finding of document.findings ?? []) yield csvLine(valuesOf(document, finding));
}

function valuesOf(document: ReportDocument, finding: Finding): (string | number | null)[] {
  const told = (items: readonly EvidenceItem[]): string =>
    items.map((item) => `${item.rule}: ${item.detail}`).join('; ');
  return [
    finding.id,
    finding.rule,
    finding.rev,
    document.policy?.sha256 ?? null,
    document.catalogue,
    finding.host,
    finding.tool,
    finding.result,
    finding.severity,
    finding.confidence,
    finding.first,
    finding.last,
    finding.activeMinutes,
    finding.requests?.min ?? null,
    finding.requests?.max ?? null,
    finding.payloadUp,
    finding.exception,
    told(finding.evidence),
    told(finding.against),
    finding.next,
    finding.references.join(' '),
    document.summary?.rules.find(({ rule }) => rule === finding.rule)?.verdict ?? null,
    readingState(document),
  ];
}
