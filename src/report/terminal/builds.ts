// Builds for a terminal: a line for each host and tool of which a start is placed.

import type { ReportDocument } from '../../model/report.ts';
import { type Column, type Painter, renderTable, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { buildsText } from '../text/builds-text.ts';
import { plural } from '../text/quantity.ts';

/** More are in the other formats. */
const MAX_LINES = 20;

/** Nothing where no start is placed. */
export function buildLines({ hosts }: ReportDocument, width: number, paint: Painter): string[] {
  const rows = hosts.flatMap(({ host, tools }) =>
    tools.flatMap(({ name, builds }) => {
      const text = builds === undefined ? null : buildsText(builds);
      return text === null ? [] : [{ host, name, text }];
    }),
  );
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MAX_LINES);
  const column = (head: string, cells: readonly string[]): Column => ({
    head,
    align: 'left',
    cells: cells.map((text) => ({ text: visibleText(text) })),
  });
  const table = renderTable(
    [
      column(
        'HOST',
        shown.map(({ host }) => host),
      ),
      column(
        'TOOL',
        shown.map(({ name }) => name),
      ),
      column(
        'BUILD',
        shown.map(({ text }) => text),
      ),
    ],
    paint,
  );
  const more = rows.length - shown.length;
  const rest = more === 0 ? '' : `${plural(more, 'more line')} in --format json. `;
  return [
    '',
    ...table,
    ...wrap(
      `${rest}Builds that can have made the starts that were seen; explain says by which marks.`,
      width,
    ).map((line) => paint('quiet', line)),
  ];
}
