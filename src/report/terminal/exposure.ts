// Renders exposure to advisories for a terminal: a line for each host, with the number of days for each answer.

import type { AdvisoryHeader, Exposure, ReportDocument } from '../../model/report.ts';
import { plural } from '../../text/quantity.ts';
import { wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { daysOfAdvisory, MATRIX } from '../sections/advisories.ts';
import type { SectionTable, TableShown } from '../sections/section.ts';
import { affectedText, buildsOfAnswer } from '../text/exposure-words.ts';
import { fittedLines, type Lines, shownInTerminal, tableLines } from './sections.ts';

/**
 * Hosts on which an affected version ran, by severity of the advisory. All machine-readable formats contain every host.
 */
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

/**
 * Returns advisories with the number of hosts for each result, then the hosts that ran an affected version; nothing
 * without advisories.
 */
export function matrixLines(document: ReportDocument, lines: Lines): string[] {
  const matrix = shownInTerminal(MATRIX, document);
  if (matrix.rows.length === 0) return [];
  return [
    '',
    `${lines.paint('head', 'ADVISORIES')} (hosts with each result)`,
    ...tableLines(matrix, lines),
    '',
    ...hostLines(shownInTerminal(RAN, document), lines),
  ];
}

function hostLines(ran: TableShown, lines: Lines): string[] {
  const { width } = lines;
  if (ran.rows.length === 0) return wrap('No host is known to have run an affected version.', width);
  return [
    ...fittedLines(ran, lines),
    ...(ran.more === 0 ? [] : wrap(`and ${plural(ran.more, 'more line')}: --format json has all`, width)),
  ];
}

/** Returns nothing if no advisory was requested. */
export function exposureLines(document: ReportDocument, lines: Lines): string[] {
  return (document.advisories ?? []).flatMap((advisory, i) => [
    ...(i === 0 ? [] : ['']),
    ...renderAdvisory(advisory, shownInTerminal(daysOfAdvisory(advisory.id), document), lines),
  ]);
}

/** The text is colored after wrapping, because escape sequences have no width. */
function head(id: string, title: string, { width, paint }: Lines): string[] {
  const [first = '', ...rest] = wrap(`${id}  ${title}`, width);
  return first.startsWith(id) ? [paint('head', id) + first.slice(id.length), ...rest] : [first, ...rest];
}

function renderAdvisory(advisory: AdvisoryHeader, days: TableShown, lines: Lines): string[] {
  const { id, title, tool, severity, sources, action } = advisory;
  const { width } = lines;
  return [
    ...head(visibleText(id), `${visibleText(title)} (${severity})`, lines),
    ...wrap(`${tool} ${affectedText(advisory)}`, width),
    '',
    ...(days.rows.length === 0
      ? wrap(`${tool} was not seen on any host in that time.`, width)
      : ['Days with each result, by host:', ...tableLines(days, lines)]),
    '',
    ...wrap(`What to do: ${visibleText(action)}`, width),
    ...wrap(`Sources: ${sources.map(visibleText).join('; ')}`, width),
  ];
}
