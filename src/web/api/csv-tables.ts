// Writes tables as CSV: those of the report, and those that only the API has.

import type { ReportDocument } from '../../model/report.ts';
import { renderCsv } from '../../report/format/csv.ts';
import { csvLine } from '../../report/format/csv-line.ts';
import { renderFindingsCsv } from '../../report/format/findings-csv.ts';
import { words } from '../../text/word-lists.ts';
import type { FleetStates } from '../documents.ts';

/** Tables of a document by name. */
export const TABLES: Readonly<Record<string, (document: ReportDocument) => Iterable<string>>> = {
  hosts: renderCsv,
  tools: toolsCsv,
  findings: renderFindingsCsv,
  'not-visible': notVisibleCsv,
  evidence: evidenceCsv,
  coverage: coverageCsv,
};

function* toolsCsv({ tools }: ReportDocument): Iterable<string> {
  yield csvLine([
    ...words('tool name vendor kind hosts certain likely possible active_minutes flows'),
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

/** Evidence for and against each row, as in the document. */
function* evidenceCsv({ hosts }: ReportDocument): Iterable<string> {
  yield csvLine([
    ...['host', 'name', 'tool', 'confidence', 'kind', 'rule', 'detail', 'for'],
    ...['first', 'last', 'flows', 'community_ids'],
  ]);
  for (const { host, name, tools, providers } of hosts) {
    for (const { tool, confidence, evidence } of [...tools, ...providers]) {
      for (const item of evidence)
        yield csvLine([
          ...[host, name, tool, confidence, item.kind, item.rule, item.detail, item.for],
          ...[item.first, item.last, item.flows, item.communityIds.join(' ')],
        ]);
    }
  }
}

function* coverageCsv({ coverage }: ReportDocument): Iterable<string> {
  yield csvLine(['date', 'packets', 'kernel_drops', 'not_observed']);
  for (const { date, packets, kernelDrops, gaps } of coverage) {
    const listed = gaps.map(({ from, to, reason }) => `${from} to ${to ?? 'unknown'}: ${reason}`);
    yield csvLine([date, packets, kernelDrops, listed.join('; ')]);
  }
}

export function* sensorsCsv({ sensors }: FleetStates): Iterable<string> {
  yield csvLine([
    ...['sensor', 'state', 'first', 'last', 'lag_seconds', 'windows', 'coverage', 'packets', 'kernel_drops'],
    ...words('clock_ahead_seconds program catalogue policy_sha256 signed_config arrived keeps_name'),
    ...['refused_windows', 'spool_kept_from'],
  ]);
  for (const sensor of sensors)
    yield csvLine([
      ...[
        sensor.sensor,
        sensor.state,
        sensor.first,
        sensor.last,
        sensor.lagSeconds,
        sensor.windows,
        sensor.coverage,
      ],
      ...[
        sensor.packets,
        sensor.kernelDrops,
        sensor.clockAheadSeconds,
        sensor.program,
        sensor.catalogue,
        sensor.policy,
      ],
      ...[
        sensor.signedConfig?.revision ?? null,
        sensor.arrived,
        sensor.keepsName,
        sensor.refused?.windows ?? 0,
      ],
      sensor.keptFrom,
    ]);
}
