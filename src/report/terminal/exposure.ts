// Exposure to advisories for a terminal: a line for each host, with how many days have which answer.

import type { AdvisoryHeader, Exposure, ReportDocument } from '../../model/report.ts';
import { plural } from '../../text/quantity.ts';
import { fitTable, type Painter, renderTable, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { daysOfAdvisory, MATRIX } from '../sections/advisories.ts';
import { contextOf, type SectionTable, showTable, type TableShown } from '../sections/section.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { affectedText, buildsOfAnswer } from '../text/exposure-words.ts';
import type { Glyphs } from '../text/render-options.ts';
import { columnsOf } from './sections.ts';

/** Hosts on which an affected version ran, by severity of the advisory; all formats for programs have every host. */
const RAN: SectionTable<Exposure> = {
  texts: ({ advisories }) => advisories,
  rows: ({ exposure = [] }) => exposure.filter(({ answer }) => answer === 'ran'),
  columns: ({ words: { heads } }) => [
    { head: 'Ran on', kind: 'text', of: ({ host }) => host },
    { head: heads.advisory, kind: 'text', of: ({ advisory }) => advisory },
    { head: heads.first, kind: 'text', of: ({ first }) => first },
    { head: heads.last, kind: 'text', of: ({ last }) => last },
    { head: heads.builds, kind: 'text', of: buildsOfAnswer },
  ],
  noun: 'host',
  most: { terminal: 20 },
};

const showInTerminal = <Row>(table: SectionTable<Row>, document: ReportDocument): TableShown =>
  showTable(table, '', contextOf(document, ENGLISH_WORDS, 'terminal'));

/** Advisories and hosts with each result, then the hosts that ran an affected version; nothing without advisories. */
export function matrixLines(
  document: ReportDocument,
  width: number,
  glyphs: Glyphs,
  paint: Painter,
): string[] {
  const matrix = showInTerminal(MATRIX, document);
  if (matrix.rows.length === 0) return [];
  const columns = columnsOf(matrix).map((column) =>
    column.head === 'AFFECTED' ? { ...column, leastWidth: 12 } : column,
  );
  return [
    '',
    `${paint('head', 'ADVISORIES')} (hosts with each result)`,
    ...fitTable(columns, paint, width, glyphs.ellipsis),
    '',
    ...hostLines(showInTerminal(RAN, document), width, glyphs, paint),
  ];
}

function hostLines(ran: TableShown, width: number, glyphs: Glyphs, paint: Painter): string[] {
  if (ran.rows.length === 0) return wrap('No host is known to have run an affected version.', width);
  return [
    ...fitTable(columnsOf(ran), paint, width, glyphs.ellipsis),
    ...(ran.more === 0 ? [] : wrap(`and ${plural(ran.more, 'more line')}: --format json has all`, width)),
  ];
}

/** Nothing where no advisory was asked about. */
export function exposureLines(document: ReportDocument, width: number, paint: Painter): string[] {
  return (document.advisories ?? []).flatMap((advisory, i) => [
    ...(i === 0 ? [] : ['']),
    ...oneAdvisory(advisory, showInTerminal(daysOfAdvisory(advisory.id), document), width, paint),
  ]);
}

function oneAdvisory(advisory: AdvisoryHeader, days: TableShown, width: number, paint: Painter): string[] {
  const { id, title, tool, severity, sources, action } = advisory;
  return [
    ...wrap(`${paint('head', visibleText(id))}  ${visibleText(title)} (${severity})`, width),
    ...wrap(`${tool} ${affectedText(advisory)}`, width),
    '',
    ...(days.rows.length === 0
      ? wrap(`${tool} was not seen on any host in that time.`, width)
      : ['Days with each result, by host:', ...renderTable(columnsOf(days), paint)]),
    '',
    ...wrap(`What to do: ${visibleText(action)}`, width),
    ...wrap(`Sources: ${sources.map(visibleText).join('; ')}`, width),
  ];
}
