// Exposure to advisories for a terminal: a line for each host, with how many days have which answer.

import type { AdvisoryHeader, ReportDocument } from '../../model/report.ts';
import { type Column, type Painter, renderTable, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { affectedText, EXPOSURE_HEADS, type ExposureRow, exposureRows } from '../text/exposure-words.ts';

/** Nothing where no advisory was asked about. */
export function exposureLines(document: ReportDocument, width: number, paint: Painter): string[] {
  return (document.advisories ?? []).flatMap((advisory, i) => [
    ...(i === 0 ? [] : ['']),
    ...oneAdvisory(advisory, exposureRows(document, advisory.id), width, paint),
  ]);
}

function oneAdvisory(
  advisory: AdvisoryHeader,
  rows: readonly ExposureRow[],
  width: number,
  paint: Painter,
): string[] {
  const { id, title, tool, severity, sources, action } = advisory;
  return [
    ...wrap(`${paint('head', visibleText(id))}  ${visibleText(title)} (${severity})`, width),
    ...wrap(`${tool} ${affectedText(advisory)}`, width),
    '',
    ...(rows.length === 0
      ? wrap(`${tool} was not seen on any host in that time.`, width)
      : renderTable(columnsOf(rows), paint)),
    '',
    ...wrap(`What to do: ${visibleText(action)}`, width),
    ...wrap(`Sources: ${sources.map(visibleText).join('; ')}`, width),
  ];
}

function columnsOf(rows: readonly ExposureRow[]): Column[] {
  return EXPOSURE_HEADS.map(({ head, of, isNumber }) => ({
    head: head.toUpperCase(),
    align: isNumber ? 'right' : 'left',
    cells: rows.map((row) => ({ text: visibleText(of(row)) })),
  }));
}
