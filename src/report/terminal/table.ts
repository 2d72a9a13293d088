// Renders the table of a terminal report: one row per host and tool, or a block of lines for each on a narrow line.

import { RELAY_ID } from '../../model/catalogue-words.ts';
import type { ReportDocument } from '../../model/report.ts';
import { formatRange, joinWords } from '../../text/quantity.ts';
import { type Painter, renderTable, tableWidth, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { leftOutSentence, listUseRows, type UseRow } from '../document/use-rows.ts';
import { type DayAxis, dayAxis, stripLegend } from '../text/day-strip.ts';
import { ENGLISH_WORDS, shortTime } from '../text/english-words.ts';
import { exposureOfRow } from '../text/exposure-words.ts';
import { readerZone } from '../text/instant-text.ts';
import { indexOutcomes, type OutcomeIndex } from '../text/policy-outcome.ts';
import type { Glyphs } from '../text/render-options.ts';
import { bytesText } from '../text/use-bytes.ts';
import { reportersText } from '../text/words.ts';
import {
  ACTIVE_MINUTES,
  banDays,
  type ColumnId,
  chooseColumns,
  confidenceLegend,
  getName,
  NARROW,
  type NamedColumn,
  policyCell,
  sentLegend,
} from './columns.ts';

/** Minimum width of a table. On a narrower line, a row is a short block of lines. */
const NARROWEST_TABLE = 60;

export interface RowsLayout {
  readonly lines: readonly string[];
  readonly legend: string;
  readonly rows: number;
}

export function layoutRows(
  document: ReportDocument,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): RowsLayout {
  const zone = readerZone(document);
  const outcomes = indexOutcomes(document);
  const { rows, hostsLeftOut } = listUseRows(document, outcomes);
  const axis = dayAxis(document, zone, width);
  const columns = chooseColumns(
    rows,
    {
      zone,
      outcomes,
      axis,
      glyphs,
      advisoryOf: makeAdvisory(document),
      reportersOf: (row) => reportersText(document, row.use),
    },
    width,
  );
  const shown = new Set(columns.map((column) => column.id));
  const lines =
    width < NARROWEST_TABLE || tableWidth(columns) > width
      ? rows.flatMap((row) => renderBlock(row, zone, glyphs, paint, width))
      : withPossible(renderTable(columns, paint), rows, columns, paint, width);
  const legend = [
    leftOutSentence(hostsLeftOut),
    ...((document.findings ?? []).length > 0 ? ['Rows are of the whole period.'] : []),
    formatLegend(shown, axis, zone, outcomes, rows, glyphs, {
      width,
      isSpanAsked: document.observedBy !== undefined,
    }),
  ].filter((text) => text !== '');
  return { lines, legend: legend.join(' '), rows: rows.length };
}

/** Adds "one of" below a provider row, indented to the tool column. */
function withPossible(
  table: readonly string[],
  rows: readonly UseRow[],
  columns: readonly NamedColumn[],
  paint: Painter,
  width: number,
): string[] {
  const before = columns.slice(
    0,
    columns.findIndex((column) => column.id === 'tool'),
  );
  const indent = ' '.repeat(before.length === 0 ? 2 : tableWidth(before) + 3);
  const lines = table.slice(0, 1);
  rows.forEach((row, i) => {
    lines.push(table[i + 1] ?? '', ...possibleLines(row, indent, paint, width));
  });
  return lines;
}

/** Evidence for an agent without a known name. Readers would not expect it in the row of a provider. */
const AGENT_LIKE = 'agent-like';

/** Maximum names. More would hide the rows; the other formats contain all of them. */
const MAX_POSSIBLE_NAMES = 8;

function possibleLines(row: UseRow, indent: string, paint: Painter, width: number): string[] {
  const texts = row.use.evidence
    .filter(({ rule }) => rule === AGENT_LIKE)
    .map(({ detail }) => visibleText(detail));
  if (row.possible.length > 0) {
    const names = row.possible.slice(0, MAX_POSSIBLE_NAMES).map(visibleText);
    const more = row.possible.length - names.length;
    texts.push(`may be ${joinWords(names)}${more > 0 ? `, ${more} more` : ''} or another program`);
  }
  return texts
    .flatMap((text) => wrap(text, Math.max(24, width - indent.length)))
    .map((line) => indent + paint('quiet', line));
}

function renderBlock(row: UseRow, zone: Zone, glyphs: Glyphs, paint: Painter, width: number): string[] {
  const lines: string[] = [];
  if (row.isFirstOfHost) {
    const name = getName(row.host, glyphs);
    lines.push(paint('head', visibleText(row.host.host)) + (name === '' ? '' : ` ${paint('quiet', name)}`));
  }
  const policy = policyCell(row.outcome);
  lines.push(
    `  ${visibleText(row.use.name)}, ${row.use.confidence}${policy.text === '' ? '' : `,${paint(policy.role ?? 'plain', policy.text)}`}`,
  );
  lines.push(
    `    ${ENGLISH_WORDS.between(shortTime(row.use.firstSeen, zone), shortTime(row.use.lastSeen, zone))}`,
  );
  const amounts = [
    `${bytesText(row.use, 'bytesUp', glyphs.dash)} sent`,
    `${bytesText(row.use, 'bytesDown', glyphs.dash)} received`,
  ];
  if (row.use.requests !== null)
    amounts.push(`${formatRange(row.use.requests, 'host', glyphs.dash)} requests`);
  lines.push(...wrap(amounts.join(', '), width - 4).map((line) => `    ${line}`));
  return [...lines, ...possibleLines(row, '    ', paint, width)];
}

function formatLegend(
  shown: ReadonlySet<ColumnId>,
  axis: DayAxis,
  zone: Zone,
  outcomes: OutcomeIndex | null,
  rows: readonly UseRow[],
  glyphs: Glyphs,
  { width, isSpanAsked }: { readonly width: number; readonly isSpanAsked: boolean },
): string {
  const sentences: string[] = [];
  const has = (id: ColumnId): boolean => width >= NARROWEST_TABLE && shown.has(id);
  if (has('host'))
    sentences.push('HOST is a machine of the observed networks, not a person.', ...confidenceLegend(rows));
  if (has('strip')) {
    sentences.push(stripLegend(axis, banDays(rows, outcomes, zone).size > 0, glyphs));
  }
  if (has('first') && (width < NARROW || isSpanAsked))
    sentences.push(
      `${width < NARROW ? 'FIRST is the day' : 'FIRST SEEN is when it was'} first seen${isSpanAsked ? ', also before this span' : ''}.`,
    );
  if (has('minutes')) sentences.push(ACTIVE_MINUTES);
  if (has('sent'))
    sentences.push(
      sentLegend(
        has('received'),
        rows.map((row) => row.use),
      ),
    );
  if (has('telemetry')) sentences.push(telemetryLegend(rows, glyphs));
  if (rows.some((row) => row.possible.length > 0)) {
    sentences.push(
      `${glyphs.openQuote}may be${glyphs.closeQuote}: catalogued tools that use this name; the traffic does not show which program did.`,
    );
  }
  if (rows.some((row) => row.use.tool === RELAY_ID))
    sentences.push('Suspected relay: a server that is not in the catalogue and is used like a model API.');
  if (has('policy'))
    sentences.push('POLICY is the gravest finding of the row; observed: no finding, and no rule permits it.');
  if (rows.some((row) => row.outcome?.kind === 'notSince')) {
    sentences.push(`${glyphs.openQuote}not since${glyphs.closeQuote}: not seen after the ban took effect.`);
  }
  return sentences.join(' ');
}

function telemetryLegend(rows: readonly UseRow[], { dash, openQuote, closeQuote }: Glyphs): string {
  const isShared = rows.some(({ isFirstOfHost }) => !isFirstOfHost);
  const isUnknown = isShared && rows.some(({ use }) => use.telemetry === null);
  return [
    'TELEMETRY is its share of model requests and telemetry together, in bytes of payload; a range where both use the same name.',
    ...(isShared ? ['On a host with several tools it covers only the traffic assigned to the tool.'] : []),
    ...(isUnknown ? [`${openQuote}${dash}${closeQuote}: not known; explain lists the reason.`] : []),
    'Bytes may be compressed or padded: they do not show how much data was collected.',
  ].join(' ');
}

function makeAdvisory(document: ReportDocument): ((row: UseRow) => string | null) | null {
  if (document.advisories === undefined) return null;
  return ({ host, use }) => exposureOfRow(document, host, use);
}
