// Renders a declared section for a terminal, with as many columns as fit on the line.

import { omitUndefined } from '../../model/omit-undefined.ts';
import type { ReportDocument } from '../../model/report.ts';
import { plural } from '../../text/quantity.ts';
import { type Column, fitTable, type Painter, tableWidth, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import {
  buildContext,
  cellText,
  formatChange,
  formatTitle,
  isNumeric,
  notesText,
  type Section,
  type Column as SectionColumn,
  type SectionContext,
  type SectionTable,
  showSection,
  showTable,
  type TableShown,
} from '../sections/section.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';

/** Minimum number of columns. If the line is too short, columns are omitted from the last on. */
const MIN_COLUMNS = 4;

export interface Lines {
  readonly width: number;
  readonly paint: Painter;
  readonly ellipsis: string;
}

export function sectionLines(section: Section, document: ReportDocument, lines: Lines): string[] {
  const { width, paint } = lines;
  const context = buildContext(document, ENGLISH_WORDS, 'terminal');
  const shown = showSection(section, context);
  if (shown === null) return [];
  const left = shown.reduce((sum, { more }) => sum + more, 0);
  const more = left === 0 ? '' : `${plural(left, 'more line')} in --format json.`;
  const title = formatTitle(section.id, ENGLISH_WORDS);
  return [
    '',
    ...(title === '' ? [] : [paint('head', title.toUpperCase())]),
    ...shown.flatMap((table) => tableLines(table, lines)),
    ...wrap(notesText(section, context, more), width).map((line) => paint('quiet', line)),
  ];
}

/** Returns a table between lines that have their own code. */
export const shownInTerminal = <Row>(table: SectionTable<Row>, document: ReportDocument): TableShown =>
  showTable(table, '', buildContext(document, ENGLISH_WORDS, 'terminal'));

const allColumns = ({ columns, rows, context }: TableShown): Column[] =>
  columns.flatMap((column) => listColumns(column, rows, context));

/** Rows become blocks of lines if the line is too short. */
export const fittedLines = (table: TableShown, { width, paint, ellipsis }: Lines): string[] =>
  fitTable(allColumns(table), paint, width, ellipsis);

export function tableLines(table: TableShown, lines: Lines): string[] {
  const { width, paint, ellipsis } = lines;
  const columns = allColumns(table);
  if (columns.some(({ isOptional, leastWidth }) => isOptional === true || leastWidth !== undefined))
    return fittedLines(table, lines);
  while (columns.length > MIN_COLUMNS && tableWidth(columns) > width) columns.pop();
  return fitTable(columns, paint, width, ellipsis);
}

/** Lists the columns. A change has columns for both values and, if any row has one, a column for the difference. */
export function listColumns(
  column: SectionColumn<unknown>,
  rows: readonly unknown[],
  context: SectionContext,
): Column[] {
  const { head, isOptional, leastWidth } = column;
  const makeColumn = (name: string, texts: readonly string[]): Column => ({
    head: name.toUpperCase(),
    align: isNumeric(column) ? 'right' : 'left',
    cells: texts.map((text) => ({ text: visibleText(text) })),
    ...(isOptional === true || name !== head ? { isOptional: true } : {}),
    ...omitUndefined({ leastWidth }),
  });
  if (column.kind !== 'change')
    return [
      makeColumn(
        head,
        rows.map((row) => cellText(column, row, context)),
      ),
    ];
  const changes = rows.map((row) => column.of(row));
  const more = (name: string, part: 'perDay' | 'difference'): Column[] =>
    changes.some((change) => change !== null && change[part] !== '')
      ? [
          makeColumn(
            name,
            changes.map((change) => change?.[part] ?? ''),
          ),
        ]
      : [];
  return [
    makeColumn(
      head,
      changes.map((change) => (change === null ? '' : formatChange(change, context.words))),
    ),
    ...more(`${head} a day`, 'perDay'),
    ...more('change', 'difference'),
  ];
}
