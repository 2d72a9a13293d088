// One line per finding, for an audit in a spreadsheet: rule, policy, host, tool, times, figures and the evidence.

import type { EvidenceItem, Finding, FindingLife, HostReport, ReportDocument } from '../../model/report.ts';
import { readingState } from '../text/blind-spots.ts';
import { tellsSensors } from '../text/words.ts';
import { csvLine } from './csv-line.ts';

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
  'name',
  'groups',
] as const;

const STATES: readonly (readonly [string, (life: FindingLife) => string | null])[] = [
  ['state', ({ state }) => state],
  ['state_time', ({ last }) => last?.time ?? null],
  ['state_by', ({ last }) => last?.who ?? null],
  ['state_reason', ({ last }) => last?.why ?? null],
  ['assignee', ({ assignee }) => assignee],
  ['closed_before', ({ closedBefore }) => closedBefore ?? null],
];

export function* renderFindingsCsv(document: ReportDocument): Iterable<string> {
  const more = tellsSensors(document);
  const isLive = document.findings?.some(({ provisionalUntil }) => provisionalUntil !== undefined) === true;
  const states = document.findingLog === undefined ? [] : STATES;
  yield csvLine([
    ...COLUMNS,
    ...(more ? ['sensors'] : []),
    ...(isLive ? ['provisional_until'] : []),
    ...states.map(([head]) => head),
  ]);
  const hosts = new Map(document.hosts.map((host) => [host.host, host]));
  for (const finding of document.findings ?? []) {
    const values = valuesOf(document, hosts, finding);
    yield csvLine([
      ...values,
      ...(more ? [finding.sensors?.join(' ') ?? null] : []),
      ...(isLive ? [finding.provisionalUntil ?? null] : []),
      ...states.map(([, value]) => (finding.life === undefined ? null : value(finding.life))),
    ]);
  }
}

function valuesOf(
  document: ReportDocument,
  hosts: ReadonlyMap<string, HostReport>,
  finding: Finding,
): (string | number | null)[] {
  const evidenceText = (items: readonly EvidenceItem[]): string =>
    items.map((item) => `${item.rule}: ${item.detail}`).join('; ');
  const host = hosts.get(finding.host);
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
    evidenceText(finding.evidence),
    evidenceText(finding.against),
    finding.next,
    finding.references.join(' '),
    document.summary?.rules.find(({ rule }) => rule === finding.rule)?.verdict ?? null,
    readingState(document),
    host?.name ?? null,
    host?.groups.join(' ') ?? null,
  ];
}
