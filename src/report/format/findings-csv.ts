// Writes one CSV line per finding, for an audit in a spreadsheet: rule, policy, host, tool, times, figures and the
// evidence.

import type { EvidenceItem, Finding, FindingLife, HostReport, ReportDocument } from '../../model/report.ts';
import { readingState } from '../text/blind-spots.ts';
import { hostsByName } from '../text/hosts-by-name.ts';
import { distinguishesSensors } from '../text/words.ts';
import { type CsvColumns, csvTable } from './csv-line.ts';

interface Row {
  readonly document: ReportDocument;
  readonly finding: Finding;
  readonly host: HostReport | undefined;
}

type Columns = CsvColumns<Row>;

const COLUMNS: Columns = [
  ['id', ({ finding }) => finding.id],
  ['rule', ({ finding }) => finding.rule],
  ['rev', ({ finding }) => finding.rev],
  ['policy_sha256', ({ document }) => document.policy?.sha256 ?? null],
  ['catalogue', ({ document }) => document.catalogue],
  ['catalogue_age_days', ({ document }) => document.catalogueAgeDays],
  ['host', ({ finding }) => finding.host],
  ['tool', ({ finding }) => finding.tool],
  ['result', ({ finding }) => finding.result],
  ['severity', ({ finding }) => finding.severity],
  ['confidence', ({ finding }) => finding.confidence],
  ['first', ({ finding }) => finding.first],
  ['last', ({ finding }) => finding.last],
  ['active_minutes', ({ finding }) => finding.activeMinutes],
  ['requests_min', ({ finding }) => finding.requests?.min ?? null],
  ['requests_max', ({ finding }) => finding.requests?.max ?? null],
  ['payload_up', ({ finding }) => finding.payloadUp],
  ['exception', ({ finding }) => finding.exception],
  ['evidence', ({ finding }) => formatEvidence(finding.evidence)],
  ['against', ({ finding }) => formatEvidence(finding.against)],
  ['next', ({ finding }) => finding.next],
  ['references', ({ finding }) => finding.references.join(' ')],
  ['verdict', ({ document, finding }) => findVerdict(document, finding.rule)],
  ['reading', ({ document }) => readingState(document)],
  ['name', ({ host }) => host?.name ?? null],
  ['groups', ({ host }) => host?.groups.join(' ') ?? null],
];

const SENSORS: Columns = [['sensors', ({ finding }) => finding.sensors?.join(' ') ?? null]];
const PROVISIONAL: Columns = [['provisional_until', ({ finding }) => finding.provisionalUntil ?? null]];

const buildLifeColumn =
  (value: (life: FindingLife) => string | null): Columns[number][1] =>
  ({ finding: { life } }) =>
    life === undefined ? null : value(life);

const STATES: Columns = [
  ['state', buildLifeColumn(({ state }) => state)],
  ['state_time', buildLifeColumn(({ last }) => last?.time ?? null)],
  ['state_by', buildLifeColumn(({ last }) => last?.who ?? null)],
  ['state_reason', buildLifeColumn(({ last }) => last?.why ?? null)],
  ['assignee', buildLifeColumn(({ assignee }) => assignee)],
  ['closed_before', buildLifeColumn(({ closedBefore }) => closedBefore ?? null)],
];

const formatEvidence = (items: readonly EvidenceItem[]): string =>
  items.map(({ rule, detail }) => `${rule}: ${detail}`).join('; ');

const findVerdict = ({ summary }: ReportDocument, rule: string): string | null =>
  summary?.rules.find((candidate) => candidate.rule === rule)?.verdict ?? null;

export function* renderFindingsCsv(document: ReportDocument): Iterable<string> {
  const { findings = [], findingLog } = document;
  const columns = [
    ...COLUMNS,
    ...(distinguishesSensors(document) ? SENSORS : []),
    ...(findings.some(({ provisionalUntil }) => provisionalUntil !== undefined) ? PROVISIONAL : []),
    ...(findingLog === undefined ? [] : STATES),
  ];
  const hosts = hostsByName(document);
  const rows = findings.map((finding) => ({ document, finding, host: hosts.get(finding.host) }));
  yield* csvTable(columns, rows);
}
