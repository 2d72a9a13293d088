// A table of columns that every format prints, for a terminal: as many columns as the line has room for.

import { type Column, type Painter, renderTable, tableWidth } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Head } from '../text/heads.ts';

/** Left out from the last on where the line is too long. */
const LEAST_COLUMNS = 4;

export function headedTable<T>(
  heads: readonly Head<T>[],
  rows: readonly T[],
  width: number,
  paint: Painter,
): string[] {
  const columns = columnsOf(heads, rows);
  while (columns.length > LEAST_COLUMNS && tableWidth(columns) > width) columns.pop();
  return renderTable(columns, paint);
}

export const columnsOf = <T>(heads: readonly Head<T>[], rows: readonly T[]): Column[] =>
  heads.map(({ head, isNumber, of }) => ({
    head: head.toUpperCase(),
    align: isNumber === true ? 'right' : 'left',
    cells: rows.map((row) => ({ text: visibleText(of(row)) })),
  }));
