// Exposure to advisories for a terminal: a line for each host, with how many days have which answer.

import type { AdvisoryHeader, Exposure, ReportDocument } from '../../model/report.ts';
import { fitTable, type Painter, renderTable, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import {
  affectedText,
  buildsOfAnswer,
  type ExposureRow,
  exposureHeads,
  exposureMatrix,
  exposureRows,
  hostsThatRan,
  matrixHeads,
} from '../text/exposure-words.ts';
import type { Head } from '../text/heads.ts';
import { plural } from '../text/quantity.ts';
import type { Glyphs } from '../text/render-options.ts';
import { columnsOf } from './headed-table.ts';

/** Lines of hosts that ran an affected version; all formats for programs have every host. */
const MAX_HOSTS = 20;

const RAN_HEADS: readonly Head<Exposure>[] = [
  { head: 'Ran on', of: ({ host }) => host },
  { head: 'Advisory', of: ({ advisory }) => advisory },
  { head: 'First', of: ({ first }) => first },
  { head: 'Last', of: ({ last }) => last },
  { head: 'Builds', of: buildsOfAnswer },
];

/** Advisories and hosts with each result, then the hosts that ran an affected version; nothing without advisories. */
export function matrixLines(
  document: ReportDocument,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): string[] {
  const rows = exposureMatrix(document);
  if (rows.length === 0) return [];
  const table = columnsOf(matrixHeads(ENGLISH_WORDS, rows), rows).map((column) =>
    column.head === 'AFFECTED' ? { ...column, leastWidth: 12 } : column,
  );
  return [
    '',
    `${paint('head', 'ADVISORIES')} (hosts with each result)`,
    ...fitTable(table, paint, width, glyphs.ellipsis),
    '',
    ...hostLines(document, width, glyphs, paint),
  ];
}

function hostLines(document: ReportDocument, width: number, glyphs: Glyphs, paint: Painter): string[] {
  const all = hostsThatRan(document);
  if (all.length === 0) return wrap('No host is known to have run an affected version.', width);
  const shown = all.slice(0, MAX_HOSTS);
  const left = all.length - shown.length;
  return [
    ...fitTable(columnsOf(RAN_HEADS, shown), paint, width, glyphs.ellipsis),
    ...(left === 0 ? [] : wrap(`and ${plural(left, 'more line')}: --format json has all`, width)),
  ];
}

/** Nothing where no advisory was asked about. */
export function exposureLines(document: ReportDocument, width: number, paint: Painter): string[] {
  return (document.advisories ?? []).flatMap((advisory, i) => [
    ...(i === 0 ? [] : ['']),
    ...oneAdvisory(advisory, exposureRows(document, advisory.id, ENGLISH_WORDS), width, paint),
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
      : [
          'Days with each result, by host:',
          ...renderTable(columnsOf(exposureHeads(ENGLISH_WORDS), rows), paint),
        ]),
    '',
    ...wrap(`What to do: ${visibleText(action)}`, width),
    ...wrap(`Sources: ${sources.map(visibleText).join('; ')}`, width),
  ];
}
