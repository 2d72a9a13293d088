// What would be found without names, on the page: tools and providers with and without names.

import { withoutNamesHeads, withoutNamesNote } from '../text/without-names-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** NOTHING where it was not asked for. */
export function withoutNamesSection({ document: { withoutNames }, messages }: PageModel): Html {
  const { tables } = messages.page;
  if (withoutNames === undefined) return NOTHING;
  return html`<section id="without-names" aria-labelledby="without-names-h"><h2 id="without-names-h">${messages.withoutNames.title}</h2><p class="lead">${withoutNamesNote(withoutNames, messages)}</p>
${headedTable(withoutNamesHeads(messages), withoutNames, { label: tables.withoutNames, caption: tables.withoutNamesCaption, row: 'tool' }, messages)}</section>
`;
}
