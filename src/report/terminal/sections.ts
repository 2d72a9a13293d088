// A declared section for a terminal: as many columns as the line has room for.

import type { ReportDocument } from '../../model/report.ts';
import { plural } from '../../text/quantity.ts';
import { type Column, type Painter, renderTable, tableWidth, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import {
  cellText,
  contextOf,
  isNumeric,
  notesText,
  type Section,
  type Column as SectionColumn,
  type SectionContext,
  showSection,
  type TableShown,
} from '../sections/section.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';

/** Columns are left out from the last on where the line is too long. */
const LEAST_COLUMNS = 4;

export function sectionLines(
  section: Section,
  document: ReportDocument,
  width: number,
  paint: Painter,
): string[] {
  const context = contextOf(document, ENGLISH_WORDS, 'terminal');
  const shown = showSection(section, context);
  if (shown === null) return [];
  const left = shown.reduce((sum, { more }) => sum + more, 0);
  const more = left === 0 ? '' : `${plural(left, 'more line')} in --format json.`;
  return [
    '',
    paint('head', ENGLISH_WORDS.sections[section.id].title.toUpperCase()),
    ...shown.flatMap((table) => tableLines(table, width, paint)),
    ...wrap(notesText(section, context, more), width).map((line) => paint('quiet', line)),
  ];
}

function tableLines(table: TableShown, width: number, paint: Painter): string[] {
  const columns = columnsOf(table);
  while (columns.length > LEAST_COLUMNS && tableWidth(columns) > width) columns.pop();
  return renderTable(columns, paint);
}

export const columnsOf = ({ columns, rows, context }: TableShown): Column[] =>
  columns.map((column) => columnOf(column, rows, context));

export const columnOf = (
  column: SectionColumn<unknown>,
  rows: readonly unknown[],
  context: SectionContext,
): Column => ({
  head: column.head.toUpperCase(),
  align: isNumeric(column) ? 'right' : 'left',
  cells: rows.map((row) => ({ text: visibleText(cellText(column, row, context)) })),
});
