// Writes one CSV line per host and tool, for spreadsheets.

import { computeOnce } from '../../model/computed-once.ts';
import type { Breakdown, BreakdownRow, Exposure, ReportDocument } from '../../model/report.ts';
import { findBytes } from '../../model/withheld.ts';
import { snakeCase, splitWords } from '../../text/word-lists.ts';
import { SECTIONS } from '../sections/section-list.ts';
import { type ReadingState, readingState } from '../text/blind-spots.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { exposuresOfUse, getReason } from '../text/exposure-words.ts';
import { indexOutcomes, type OutcomeIndex } from '../text/policy-outcome.ts';
import { distinguishesSensors } from '../text/words.ts';
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
  ['bytes_up', ({ use }) => findBytes(use, 'bytesUp')],
  ['bytes_down', ({ use }) => findBytes(use, 'bytesDown')],
  ['payload_up', ({ use }) => findBytes(use, 'payloadUp')],
  ['payload_down', ({ use }) => findBytes(use, 'payloadDown')],
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

const READING = 'reading';

const buildReadingColumn = (state: ReadingState): Columns => [[READING, () => state]];

const buildPolicyColumns = (outcomes: OutcomeIndex): Columns => [
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

/**
 * Returns four columns for each advisory: its most severe answer, the first and last day with it, and the reason if
 * that is a download.
 */
function advisoryColumns(document: ReportDocument): Columns {
  const byAdvisory = computeOnce(
    ({ host, use, isProvider }: EventOf<'use'>) =>
      new Map(
        isProvider
          ? []
          : exposuresOfUse(document, host.host, use.tool).map((exposure) => [exposure.advisory, exposure]),
      ),
  );
  return (document.advisories ?? []).flatMap(({ id }) =>
    EXPOSURE_COLUMNS.map(([suffix, value]): Columns[number] => [
      `advisory_${id}${suffix}`,
      (row) => {
        const exposure = byAdvisory(row).get(id);
        return exposure === undefined ? null : value(exposure);
      },
    ]),
  );
}

const EXPOSURE_COLUMNS: readonly (readonly [suffix: string, of: (exposure: Exposure) => CsvValue])[] = [
  ['', ({ answer }) => answer],
  ['_first', ({ first }) => first],
  ['_last', ({ last }) => last],
  ['_reason', (exposure) => getReason(exposure) || null],
];

const BREAKDOWN_COLUMNS: readonly (keyof BreakdownRow)[] = splitWords(
  'key label hosts tools flows bytesUp bytesDown payloadUp activeMinutes requests',
  'modelPayloadUp telemetryPayloadUp telemetryShare notVisibleShare',
);

function* breakdownCsv(breakdown: Breakdown, state: ReadingState): Iterable<string> {
  const heads = BREAKDOWN_COLUMNS.flatMap((name) => {
    const head = snakeCase(name);
    return name === 'requests' ? ['requests_min', 'requests_max'] : [name === 'key' ? breakdown.by : head];
  });
  yield `${[...heads, READING].join(',')}\r\n`;
  for (const row of breakdown.rows) {
    yield csvLine([
      ...BREAKDOWN_COLUMNS.flatMap((name) => {
        const value = row[name];
        if (name === 'requests') return [row.requests?.min ?? null, row.requests?.max ?? null];
        return [typeof value === 'object' ? null : value];
      }),
      state,
    ]);
  }
}

export function* renderCsv(document: ReportDocument): Iterable<string> {
  if (document.breakdown !== undefined) {
    yield* breakdownCsv(document.breakdown, readingState(document));
    return;
  }
  if (document.comparison !== undefined) {
    yield* comparisonCsv(document.comparison);
    return;
  }
  const outcomes = indexOutcomes(document);
  const state = readingState(document);
  const columns = [
    ...COLUMNS,
    ...advisoryColumns(document),
    ...(outcomes === null ? [] : [...buildPolicyColumns(outcomes), ...stateColumns(document, outcomes)]),
    ...buildReadingColumn(state),
    ...(distinguishesSensors(document) ? SENSORS : []),
  ];
  yield `${columns.map(([head]) => head).join(',')}\r\n`;
  let isEmpty = true;
  for (const row of useEvents(document)) {
    isEmpty = false;
    yield csvLine(columns.map(([, value]) => value(row)));
  }
  // A head alone would look like a complete reading without use.
  if (isEmpty && state !== 'whole')
    yield csvLine(columns.map(([head]) => (head === READING ? state : head === 'row' ? 'none' : null)));
  const context = { words: ENGLISH_WORDS, place: 'csv' } as const;
  for (const { csvLines, rows } of SECTIONS.flatMap(({ tables }) => tables))
    if (csvLines !== undefined)
      for (const row of rows(document, context))
        for (const line of csvLines(row)) yield formatUnder(columns.length, line);
}

/** Writes a line of `width` columns. A line of a section has no values in the columns of use. */
function formatUnder(width: number, values: Readonly<Record<string, CsvValue>>): string {
  const cells = COLUMNS.map(([head]) => values[head] ?? null);
  return csvLine([...cells, ...Array.from({ length: width - cells.length }, () => null)]);
}
