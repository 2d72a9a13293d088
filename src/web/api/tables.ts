// Tables as CSV: those of the report, and the two that it has none of.

import type { ReportDocument } from '../../model/report.ts';
import { renderCsv } from '../../report/format/csv.ts';
import { csvLine } from '../../report/format/csv-line.ts';
import { renderFindingsCsv } from '../../report/format/findings-csv.ts';

export const TABLES = ['hosts', 'tools', 'findings', 'not-visible'] as const;
export type Table = (typeof TABLES)[number];

export function tableCsv(document: ReportDocument, table: Table): Iterable<string> {
  if (table === 'hosts') return renderCsv(document);
  if (table === 'tools') return toolsCsv(document);
  if (table === 'findings') return renderFindingsCsv(document);
  return notVisibleCsv(document);
}

function* toolsCsv({ tools }: ReportDocument): Iterable<string> {
  yield csvLine([
    ...[
      'tool',
      'name',
      'vendor',
      'kind',
      'hosts',
      'certain',
      'likely',
      'possible',
      'active_minutes',
      'flows',
    ],
    ...['bytes_up', 'bytes_down', 'payload_up', 'payload_down', 'requests_min', 'requests_max'],
    ...['model_payload_up', 'telemetry_payload_up', 'suppressed'],
  ]);
  for (const tool of tools) {
    const { certain, likely, possible } = tool.hostsByConfidence;
    yield csvLine([
      ...[tool.tool, tool.name, tool.vendor, tool.kind, tool.hosts, certain, likely, possible],
      ...[tool.activeMinutes, tool.flows, tool.bytesUp, tool.bytesDown, tool.payloadUp, tool.payloadDown],
      ...[tool.requests?.min ?? null, tool.requests?.max ?? null, tool.modelPayloadUp],
      ...[tool.telemetryPayloadUp, tool.suppressed === true],
    ]);
  }
}

function* notVisibleCsv({ notVisible }: ReportDocument): Iterable<string> {
  yield csvLine(['kind', 'flows', 'bytes', 'share', 'first', 'last', 'effect']);
  for (const { kind, flows, bytes, share, first, last, effect } of notVisible)
    yield csvLine([kind, flows, bytes, share, first, last, effect ?? null]);
}
