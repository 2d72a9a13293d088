// Attempts for a terminal: a line for each host and name.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { ATTEMPT_NOTE, attemptHeads } from '../text/attempt-words.ts';
import { plural } from '../text/quantity.ts';
import { headedTable } from './headed-table.ts';

/** More are in the other formats. */
const MAX_LINES = 20;

/** Nothing without attempts. */
export function attemptLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const { attempts = [] } = document;
  if (attempts.length === 0) return [];
  const shown = attempts.slice(0, MAX_LINES);
  const more = attempts.length - shown.length;
  const rest = more === 0 ? '' : `${plural(more, 'more line')} in --format json. `;
  return [
    '',
    paint('head', 'ATTEMPTS'),
    ...headedTable(attemptHeads(document), shown, width, paint),
    ...wrap(`${rest}${ATTEMPT_NOTE}`, width).map((line) => paint('quiet', line)),
  ];
}
