// AI services of the local networks for a terminal: a line for each.

import type { ReportDocument } from '../../model/report.ts';
import { type Column, type Painter, renderTable, tableWidth, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { SERVICE_NOTE, serviceHeads } from '../text/service-words.ts';

/** Left out from the last on where the line is too long. */
const LEAST_COLUMNS = 4;

/** Nothing without services. */
export function serviceLines(document: ReportDocument, width: number, paint: Painter): string[] {
  if (document.services.length === 0) return [];
  const columns = serviceHeads(document).map(
    ({ head, isNumber, of }): Column => ({
      head: head.toUpperCase(),
      align: isNumber === true ? 'right' : 'left',
      cells: document.services.map((service) => ({ text: visibleText(of(service)) })),
    }),
  );
  while (columns.length > LEAST_COLUMNS && tableWidth(columns) > width) columns.pop();
  return [
    '',
    paint('head', 'AI SERVICES ON YOUR NETWORKS'),
    ...renderTable(columns, paint),
    ...wrap(SERVICE_NOTE, width).map((line) => paint('quiet', line)),
  ];
}
