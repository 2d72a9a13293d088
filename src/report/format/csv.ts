// One line per host and tool, for spreadsheets.

import { computedOnce } from '../../model/computed-once.ts';
import type {
  Breakdown,
  BreakdownRow,
  Exposure,
  ReportAttempt,
  ReportDocument,
  ReportService,
} from '../../model/report.ts';
import { resultText } from '../text/attempt-words.ts';
import { readingState } from '../text/blind-spots.ts';
import { exposuresOfUse, reasonOf } from '../text/exposure-words.ts';
import { indexOutcomes, type OutcomeIndex } from '../text/outcome.ts';
import { bytesOf } from '../text/quantity.ts';
import { placeOf } from '../text/service-words.ts';
import { tellsSensors } from '../text/words.ts';
import { comparisonCsv } from './comparison-csv.ts';
import { type CsvValue, csvLine } from './csv-line.ts';
import { type EventOf, useEvents } from './events.ts';

type Columns = readonly (readonly [string, (row: EventOf<'use'>) => CsvValue])[];

const COLUMNS: Columns = [
  ['host', ({ host }) => host.host],
  ['name', ({ host }) => host.name],
  ['mac', ({ host }) => host.mac],
  ['groups', ({ host }) => host.groups.join(' ')],
  ['row', ({ isProvider }) => (isProvider ? 'provider' : 'tool')],
  ['tool', ({ use }) => use.tool],
  ['tool_name', ({ use }) => use.name],
  ['vendor', ({ use }) => use.vendor],
  ['kind', ({ use }) => use.kind],
  ['confidence', ({ use }) => use.confidence],
  ['first_seen', ({ use }) => use.firstSeen],
  ['last_seen', ({ use }) => use.lastSeen],
  ['active_minutes', ({ use }) => use.activeMinutes],
  ['flows', ({ use }) => use.flows],
  ['bytes_up', ({ use }) => bytesOf(use, 'bytesUp')],
  ['bytes_down', ({ use }) => bytesOf(use, 'bytesDown')],
  ['payload_up', ({ use }) => use.payloadUp],
  ['payload_down', ({ use }) => use.payloadDown],
  ['model_payload_up', ({ use }) => use.modelPayloadUp],
  ['requests_min', ({ use }) => use.requests?.min ?? null],
  ['requests_max', ({ use }) => use.requests?.max ?? null],
  ['prompts_min', ({ use }) => use.prompts?.min ?? null],
  ['prompts_max', ({ use }) => use.prompts?.max ?? null],
  ['sessions', ({ use }) => use.sessions],
  ['telemetry_payload_up', ({ use }) => use.telemetry?.payloadUp ?? null],
  ['telemetry_min', ({ use }) => use.telemetry?.min ?? null],
  ['telemetry_max', ({ use }) => use.telemetry?.max ?? null],
  ['telemetry_share', ({ use }) => use.telemetry?.share ?? null],
  ['telemetry_method', ({ use }) => use.telemetry?.method ?? null],
  ['attempts', () => null],
];

const SENSORS: Columns = [['sensors', ({ use }) => use.sensors?.join(' ') ?? null]];

const readingColumn = (document: ReportDocument): Columns => {
  const state = readingState(document);
  return [['reading', () => state]];
};

const policyColumns = (outcomes: OutcomeIndex): Columns => [
  ['policy', ({ host, use }) => outcomes.of(host.host, use).kind],
  ['rule', ({ host, use }) => outcomes.of(host.host, use).rule?.id ?? null],
  ['exception', ({ host, use }) => outcomes.of(host.host, use).finding?.exception ?? null],
];

const stateColumns = ({ findingLog }: ReportDocument, outcomes: OutcomeIndex): Columns =>
  findingLog === undefined
    ? []
    : [
        ['state', ({ host, use }) => outcomes.of(host.host, use).finding?.life?.state ?? null],
        ['assignee', ({ host, use }) => outcomes.of(host.host, use).finding?.life?.assignee ?? null],
      ];

/** Four for each advisory: its gravest answer, the first and last day with it, and the reason if that is a download. */
function advisoryColumns(document: ReportDocument): Columns {
  const byAdvisory = computedOnce(
    ({ host, use, isProvider }: EventOf<'use'>) =>
      new Map(
        isProvider ? [] : exposuresOfUse(document, host.host, use.tool).map((one) => [one.advisory, one]),
      ),
  );
  return (document.advisories ?? []).flatMap(({ id }) =>
    EXPOSURE_COLUMNS.map(([suffix, of]): Columns[number] => [
      `advisory_${id}${suffix}`,
      (row) => {
        const exposure = byAdvisory(row).get(id);
        return exposure === undefined ? null : of(exposure);
      },
    ]),
  );
}

const EXPOSURE_COLUMNS: readonly (readonly [suffix: string, of: (exposure: Exposure) => CsvValue])[] = [
  ['', ({ answer }) => answer],
  ['_first', ({ first }) => first],
  ['_last', ({ last }) => last],
  ['_reason', (exposure) => reasonOf(exposure) || null],
];

const BREAKDOWN_COLUMNS: readonly (keyof BreakdownRow)[] = [
  'key',
  'label',
  'hosts',
  'tools',
  'flows',
  'bytesUp',
  'bytesDown',
  'payloadUp',
  'activeMinutes',
  'requests',
  'modelPayloadUp',
  'telemetryPayloadUp',
  'telemetryShare',
  'notVisibleShare',
];

function* breakdownCsv(breakdown: Breakdown): Iterable<string> {
  const heads = BREAKDOWN_COLUMNS.flatMap((name) => {
    const head = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return name === 'requests' ? ['requests_min', 'requests_max'] : [name === 'key' ? breakdown.by : head];
  });
  yield `${heads.join(',')}\r\n`;
  for (const row of breakdown.rows) {
    yield csvLine(
      BREAKDOWN_COLUMNS.flatMap((name) => {
        const value = row[name];
        if (name === 'requests') return [row.requests?.min ?? null, row.requests?.max ?? null];
        return [typeof value === 'object' ? null : value];
      }),
    );
  }
}

export function* renderCsv(document: ReportDocument): Iterable<string> {
  if (document.breakdown !== undefined) {
    yield* breakdownCsv(document.breakdown);
    return;
  }
  if (document.comparison !== undefined) {
    yield* comparisonCsv(document.comparison);
    return;
  }
  const outcomes = indexOutcomes(document);
  const columns = [
    ...COLUMNS,
    ...advisoryColumns(document),
    ...(outcomes === null ? [] : [...policyColumns(outcomes), ...stateColumns(document, outcomes)]),
    ...readingColumn(document),
    ...(tellsSensors(document) ? SENSORS : []),
  ];
  yield `${columns.map(([head]) => head).join(',')}\r\n`;
  for (const row of useEvents(document)) yield csvLine(columns.map(([, value]) => value(row)));
  for (const attempt of document.attempts ?? []) yield attemptCsv(attempt, columns.length);
  for (const service of document.services) yield* serviceCsv(service, columns.length);
}

/** Under the columns of tools; no column of use has a value. */
function attemptCsv(attempt: ReportAttempt, width: number): string {
  return underColumns(width, {
    host: attempt.host,
    row: 'attempt',
    tool: attempt.tools.join(' '),
    tool_name: attempt.name,
    kind: resultText(attempt),
    confidence: attempt.confidence,
    first_seen: attempt.firstSeen,
    last_seen: attempt.lastSeen,
    attempts: attempt.attempts,
  });
}

/** A line of `width` columns, with the values that are known. */
function underColumns(width: number, known: Readonly<Record<string, CsvValue>>): string {
  const cells = COLUMNS.map(([head]) => known[head] ?? null);
  return csvLine([...cells, ...Array.from({ length: width - cells.length }, () => null)]);
}

/** One line per client, under the columns of tools; without one, the host of the service stands in its place. */
function* serviceCsv(service: ReportService, width: number): Iterable<string> {
  const { clients, product, class: kind, confidence } = service;
  const rows = clients.length > 0 ? clients : [{ ...service, requests: null }];
  for (const { host, firstSeen, lastSeen, bytesUp, bytesDown, requests } of rows) {
    yield underColumns(width, {
      host,
      row: 'service',
      tool: product,
      tool_name: placeOf(service),
      kind,
      confidence,
      first_seen: firstSeen,
      last_seen: lastSeen,
      bytes_up: bytesUp,
      bytes_down: bytesDown,
      requests_min: requests?.min ?? null,
      requests_max: requests?.max ?? null,
    });
  }
}
