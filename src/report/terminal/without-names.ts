// What would be found without names, for a terminal: a line for each tool and provider.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { withoutNamesHeads, withoutNamesNote } from '../text/without-names-words.ts';
import { headedTable } from './headed-table.ts';

/** Nothing where it was not asked for. */
export function withoutNamesLines({ withoutNames }: ReportDocument, width: number, paint: Painter): string[] {
  if (withoutNames === undefined) return [];
  return [
    '',
    paint('head', ENGLISH_WORDS.withoutNames.title.toUpperCase()),
    ...(withoutNames.length === 0
      ? []
      : headedTable(withoutNamesHeads(ENGLISH_WORDS), withoutNames, width, paint)),
    ...wrap(withoutNamesNote(withoutNames, ENGLISH_WORDS), width).map((line) => paint('quiet', line)),
  ];
}
