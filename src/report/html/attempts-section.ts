// Attempts on the page: connections that were stopped before the first request.

import { ATTEMPT_NOTE, attemptHeads } from '../text/attempt-words.ts';
import { plural } from '../text/quantity.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** Rows of the table; all of them are in the data. */
const MAX_ROWS = 200;

/** NOTHING without attempts. */
export function attemptsSection({ document }: PageModel): Html {
  const { attempts = [] } = document;
  if (attempts.length === 0) return NOTHING;
  const heads = attemptHeads(document);
  const left = attempts.length - MAX_ROWS;
  const shown = attempts.slice(0, MAX_ROWS).map((attempt) => {
    const cells = heads.map(({ head, isNumber, of }, i) =>
      i === 0
        ? html`<th scope="row">${of(attempt)}</th>`
        : html`<td class="${isNumber === true ? 'n' : 'w'}" data-l="${head}">${of(attempt)}</td>`,
    );
    return html`<tr>${cells}</tr>`;
  });
  return html`<section id="attempts" aria-labelledby="atth"><h2 id="atth">Attempts</h2><p class="lead">${ATTEMPT_NOTE}</p>
<div class="scroll" role="region" aria-label="Attempts, table" tabindex="0"><table class="cards"><caption class="sr">Attempts by host and name</caption><thead><tr>${heads.map(({ head, isNumber }) => html`<th scope="col"${isNumber === true ? html` class="n"` : ''}>${head}</th>`)}</tr></thead><tbody>
${join(shown, '\n')}</tbody></table></div>${left > 0 ? html`<p class="sm soft">${plural(left, 'more line')} in the data.</p>` : ''}</section>
`;
}
