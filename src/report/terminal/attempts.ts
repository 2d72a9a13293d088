// Attempts for a terminal: a line for each host and name.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { attemptHeads } from '../text/attempt-words.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
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
    ...headedTable(attemptHeads(document, ENGLISH_WORDS), shown, width, paint),
    ...wrap(`${rest}${ENGLISH_WORDS.attempts.note}`, width).map((line) => paint('quiet', line)),
  ];
}
