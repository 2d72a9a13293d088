// Attempts on the page: connections that were stopped before the first request.

import { attemptHeads } from '../text/attempt-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';
import type { Ways } from './ways.ts';

/** NOTHING without attempts. */
export function attemptsSection(
  { document, messages }: Pick<PageModel, 'document' | 'messages'>,
  ways: Ways,
): Html {
  const { tables } = messages.page;
  const { attempts = [] } = document;
  if (attempts.length === 0) return NOTHING;
  return html`<section id="attempts" aria-labelledby="attempts-h"><h2 id="attempts-h">${tables.attempts}</h2><p class="lead">${messages.attempts.note}</p>
${headedTable(attemptHeads(document, messages), attempts, { label: tables.attempts, caption: tables.attemptsCaption, row: 'line', wayOf: ({ host }) => ways.health({ host }) }, messages)}</section>
`;
}
