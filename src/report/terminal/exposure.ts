// Exposure to advisories for a terminal: a line for each host, with how many days have which answer.

import type { AdvisoryHeader, Exposure, ReportDocument } from '../../model/report.ts';
import { type Column, fitTable, type Painter, renderTable, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import {
  affectedText,
  buildsOf,
  EXPOSURE_HEADS,
  type ExposureRow,
  exposureMatrix,
  exposureRows,
  hostsThatRan,
  MATRIX_HEADS,
} from '../text/exposure-words.ts';
import { plural } from '../text/quantity.ts';
import type { Glyphs } from '../text/render-options.ts';

/** Lines of hosts that ran an affected version; all formats for programs have every host. */
const MAX_HOSTS = 20;

/** Advisories and hosts with each result, then the hosts that ran an affected version; nothing without advisories. */
export function matrixLines(
  document: ReportDocument,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): string[] {
  const rows = exposureMatrix(document);
  if (rows.length === 0) return [];
  const table = MATRIX_HEADS.map(
    ({ head, of, isNumber }): Column => ({
      head: head.toUpperCase(),
      align: isNumber ? 'right' : 'left',
      cells: rows.map((row) => ({ text: visibleText(of(row)) })),
      ...(head === 'Affected' ? { leastWidth: 12 } : {}),
    }),
  );
  return [
    '',
    paint('head', 'ADVISORIES'),
    ...fitTable(table, paint, width, glyphs.ellipsis),
    '',
    ...hostLines(document, width, glyphs, paint),
  ];
}

function hostLines(document: ReportDocument, width: number, glyphs: Glyphs, paint: Painter): string[] {
  const all = hostsThatRan(document);
  if (all.length === 0) return wrap('No host is known to have run an affected version.', width);
  const shown = all.slice(0, MAX_HOSTS);
  const column = (head: string, of: (one: Exposure) => string): Column => ({
    head,
    align: 'left',
    cells: shown.map((one) => ({ text: visibleText(of(one)) })),
  });
  const table = [
    column('RAN ON', ({ host }) => host),
    column('ADVISORY', ({ advisory }) => advisory),
    column('FIRST', ({ first }) => first),
    column('LAST', ({ last }) => last),
    column('BUILDS', buildsOf),
  ];
  const left = all.length - shown.length;
  return [
    ...fitTable(table, paint, width, glyphs.ellipsis),
    ...(left === 0 ? [] : wrap(`and ${plural(left, 'more line')}: --format json has all`, width)),
  ];
}

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
