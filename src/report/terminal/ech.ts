// Encrypted ClientHello for a terminal: names that offer it, and hosts whose names it hid.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { echDayHeads, echNameHeads, echNote, hiddenDays } from '../text/ech-words.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { plural } from '../text/quantity.ts';
import { headedTable } from './headed-table.ts';

/** Lines of each table; all of them are in JSON. */
const MAX_LINES = 20;

/** Nothing where no name was hidden or offers it: GREASE hides nothing. */
export function echLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const days = hiddenDays(document);
  const names = document.ech?.names ?? [];
  if (days.length + names.length === 0) return [];
  const left = Math.max(0, days.length - MAX_LINES) + Math.max(0, names.length - MAX_LINES);
  const more = left === 0 ? '' : ` ${plural(left, 'more line')} in --format json.`;
  return [
    '',
    paint('head', ENGLISH_WORDS.ech.title.toUpperCase()),
    ...(names.length === 0
      ? []
      : headedTable(echNameHeads(document, ENGLISH_WORDS), names.slice(0, MAX_LINES), width, paint)),
    ...(days.length === 0
      ? []
      : headedTable(echDayHeads(ENGLISH_WORDS), days.slice(0, MAX_LINES), width, paint)),
    ...wrap(`${echNote(document, ENGLISH_WORDS)}${more}`, width).map((line) => paint('quiet', line)),
  ];
}
