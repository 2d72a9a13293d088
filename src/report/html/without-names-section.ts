// What would be found without names, on the page: tools and providers with and without names.

import { WITHOUT_NAMES_TITLE, withoutNamesHeads, withoutNamesNote } from '../text/without-names-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

const WORDS = {
  label: 'Without names, table',
  caption: 'Tools with and without server names',
  row: 'tool',
};

/** NOTHING where it was not asked for. */
export function withoutNamesSection({ document: { withoutNames } }: PageModel): Html {
  if (withoutNames === undefined) return NOTHING;
  return html`<section id="without-names" aria-labelledby="wnh"><h2 id="wnh">${WITHOUT_NAMES_TITLE}</h2><p class="lead">${withoutNamesNote(withoutNames)}</p>
${headedTable(withoutNamesHeads, withoutNames, WORDS)}</section>
`;
}
