// Writes tables as CSV: those of the report, and those that only the API has.

import type { FleetSensor } from '../../model/fleet.ts';
import type {
  CoverageDay,
  EvidenceItem,
  HostReport,
  NotVisible,
  ReportDocument,
  ToolTotals,
  ToolUse,
} from '../../model/report.ts';
import { renderCsv } from '../../report/format/csv.ts';
import { type CsvColumns, csvTable, fieldColumns } from '../../report/format/csv-line.ts';
import { renderFindingsCsv } from '../../report/format/findings-csv.ts';
import type { FleetStates } from '../documents.ts';

const TOOLS: CsvColumns<ToolTotals> = [
  ...fieldColumns('tool', 'name', 'vendor', 'kind', 'hosts'),
  ['certain', ({ hostsByConfidence }) => hostsByConfidence.certain],
  ['likely', ({ hostsByConfidence }) => hostsByConfidence.likely],
  ['possible', ({ hostsByConfidence }) => hostsByConfidence.possible],
  ...fieldColumns('activeMinutes', 'flows', 'bytesUp', 'bytesDown', 'payloadUp', 'payloadDown'),
  ['requests_min', ({ requests }) => requests?.min ?? null],
  ['requests_max', ({ requests }) => requests?.max ?? null],
  ...fieldColumns('modelPayloadUp', 'telemetryPayloadUp'),
  ['suppressed', ({ suppressed }) => suppressed === true],
];

const NOT_VISIBLE: CsvColumns<NotVisible> = [
  ...fieldColumns('kind', 'flows', 'bytes', 'share', 'first', 'last'),
  ['effect', ({ effect }) => effect ?? null],
];

/** Evidence for and against each row, as in the document. */
const EVIDENCE: CsvColumns<Pick<HostReport, 'host' | 'name'> & { use: ToolUse; item: EvidenceItem }> = [
  ...fieldColumns('host', 'name'),
  ['tool', ({ use }) => use.tool],
  ['confidence', ({ use }) => use.confidence],
  ['kind', ({ item }) => item.kind],
  ['rule', ({ item }) => item.rule],
  ['detail', ({ item }) => item.detail],
  ['for', ({ item }) => item.for],
  ['first', ({ item }) => item.first],
  ['last', ({ item }) => item.last],
  ['flows', ({ item }) => item.flows],
  ['community_ids', ({ item }) => item.communityIds.join(' ')],
];

function* evidenceRows({ hosts }: ReportDocument) {
  for (const { host, name, tools, providers } of hosts)
    for (const use of [...tools, ...providers])
      for (const item of use.evidence) yield { host, name, use, item };
}

const COVERAGE: CsvColumns<CoverageDay> = [
  ...fieldColumns('date', 'packets', 'kernelDrops'),
  [
    'not_observed',
    ({ gaps }) => gaps.map(({ from, to, reason }) => `${from} to ${to ?? 'unknown'}: ${reason}`).join('; '),
  ],
];

const SENSORS: CsvColumns<FleetSensor> = [
  ...fieldColumns('sensor', 'state', 'first', 'last', 'lagSeconds', 'windows', 'coverage', 'packets'),
  ...fieldColumns('kernelDrops', 'clockAheadSeconds', 'program', 'catalogue'),
  ['policy_sha256', ({ policy }) => policy],
  ['signed_config', ({ signedConfig }) => signedConfig?.revision ?? null],
  ...fieldColumns('arrived', 'keepsName'),
  ['refused_windows', ({ refused }) => refused?.windows ?? 0],
  ['spool_kept_from', ({ keptFrom }) => keptFrom],
];

/** Tables of a document by name. */
export const TABLES: Readonly<Record<string, (document: ReportDocument) => Iterable<string>>> = {
  hosts: renderCsv,
  tools: ({ tools }) => csvTable(TOOLS, tools),
  findings: renderFindingsCsv,
  'not-visible': ({ notVisible }) => csvTable(NOT_VISIBLE, notVisible),
  evidence: (document) => csvTable(EVIDENCE, evidenceRows(document)),
  coverage: ({ coverage }) => csvTable(COVERAGE, coverage),
};

export const sensorsCsv = ({ sensors }: FleetStates): Iterable<string> => csvTable(SENSORS, sensors);
