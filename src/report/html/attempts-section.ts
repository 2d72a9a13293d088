// Attempts on the page: connections that were stopped before the first request.

import { ATTEMPT_NOTE, attemptHeads } from '../text/attempt-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';
import type { Ways } from './ways.ts';

const WORDS = { label: 'Attempts, table', caption: 'Attempts by host and name', row: 'line' };

/** NOTHING without attempts. */
export function attemptsSection({ document }: Pick<PageModel, 'document'>, ways: Ways): Html {
  const { attempts = [] } = document;
  if (attempts.length === 0) return NOTHING;
  return html`<section id="attempts" aria-labelledby="atth"><h2 id="atth">Attempts</h2><p class="lead">${ATTEMPT_NOTE}</p>
${headedTable(attemptHeads(document), attempts, { ...WORDS, wayOf: ({ host }) => ways.health({ host }) })}</section>
`;
}
