// Formats columns of texts for the tables of commands.

import { omitUndefined } from '../../model/omit-undefined.ts';
import {
  ASCII_GLYPHS,
  getTableWidth,
  type RenderOptions,
  UNICODE_GLYPHS,
} from '../../report/text/render-options.ts';
import { type Column, fitTable, painter } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';

/** Builds columns. The optional third element is the minimum width to which texts of the column may be cut. */
export function listColumns<T>(
  items: readonly T[],
  columns: readonly (readonly [string, (item: T) => string, number?])[],
): Column[] {
  return columns.map(([head, text, leastWidth]) => ({
    head,
    align: 'left',
    cells: items.map((item) => ({ text: visibleText(text(item)) })),
    ...omitUndefined({ leastWidth }),
  }));
}

/** Fits a table into the width of the terminal. */
export const fitColumns = (table: readonly Column[], terminal: RenderOptions): string[] =>
  fitTable(
    table,
    painter(terminal.color),
    getTableWidth(terminal),
    (terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS).ellipsis,
  );
