// Columns of texts, as tables of commands have them.

import { omitUndefined } from '../../model/omit-undefined.ts';
import {
  ASCII_GLYPHS,
  getTableWidth,
  type RenderOptions,
  UNICODE_GLYPHS,
} from '../../report/text/render-options.ts';
import { type Column, fitTable, painter } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';

/** A third part says to what width the texts of a column may be cut. */
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

/** In the width of the terminal. */
export const fitted = (table: readonly Column[], terminal: RenderOptions): string[] =>
  fitTable(
    table,
    painter(terminal.color),
    getTableWidth(terminal),
    (terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS).ellipsis,
  );
