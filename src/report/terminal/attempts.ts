// Attempts for a terminal: a line for each host and name.

import type { ReportDocument } from '../../model/report.ts';
import { type Column, type Painter, renderTable, tableWidth, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { ATTEMPT_NOTE, attemptHeads } from '../text/attempt-words.ts';
import { plural } from '../text/quantity.ts';

/** Left out from the last on where the line is too long. */
const LEAST_COLUMNS = 4;
/** More are in the other formats. */
const MAX_LINES = 20;

/** Nothing without attempts. */
export function attemptLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const { attempts = [] } = document;
  if (attempts.length === 0) return [];
  const shown = attempts.slice(0, MAX_LINES);
  const columns = attemptHeads(document).map(
    ({ head, isNumber, of }): Column => ({
      head: head.toUpperCase(),
      align: isNumber === true ? 'right' : 'left',
      cells: shown.map((attempt) => ({ text: visibleText(of(attempt)) })),
    }),
  );
  while (columns.length > LEAST_COLUMNS && tableWidth(columns) > width) columns.pop();
  const more = attempts.length - shown.length;
  const rest = more === 0 ? '' : `${plural(more, 'more line')} in --format json. `;
  return [
    '',
    paint('head', 'ATTEMPTS'),
    ...renderTable(columns, paint),
    ...wrap(`${rest}${ATTEMPT_NOTE}`, width).map((line) => paint('quiet', line)),
  ];
}
