// A table of columns that every format prints, on the page: cards on a narrow screen.

import type { Messages } from '../language/messages.ts';
import type { ListNoun } from '../language/page-messages.ts';
import type { Head } from '../text/heads.ts';
import { type Html, html, join } from './markup.ts';
import { onPaperOnly } from './phrases.ts';

/** Rows of the table; all of them are in the data. */
const MAX_ROWS = 200;
const ROWS_ON_PAPER = 25;

export interface TableWords<T> {
  /** Name of the table. */
  readonly label: string;
  readonly caption: string;
  /** What a row is. */
  readonly row: ListNoun;
  /** Head of the column that names a row; absent: the first. */
  readonly rowHead?: string;
  /** Rows of the table; absent: MAX_ROWS. */
  readonly most?: number;
  /** To more about a row, from the cell that names it; absent or null: to nothing. */
  readonly wayOf?: (row: T) => string | null;
}

export function headedTable<T>(
  heads: readonly Head<T>[],
  rows: readonly T[],
  { label, caption, row, rowHead = heads[0]?.head, wayOf, most = MAX_ROWS }: TableWords<T>,
  messages: Pick<Messages, 'page'>,
): Html {
  const { lists } = messages.page;
  const left = rows.length - most;
  const shown = rows.slice(0, most).map((one, i) => {
    const cells = heads.map(({ head, isNumber, of }) =>
      head === rowHead
        ? html`<th scope="row">${linked(of(one), wayOf?.(one) ?? null)}</th>`
        : html`<td class="${isNumber === true ? 'n' : 'w'}" data-l="${head}">${of(one)}</td>`,
    );
    return html`<tr${i >= ROWS_ON_PAPER ? html` class="np"` : ''}>${cells}</tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${lists.tableOf(label)}" tabindex="0"><table class="cards"><caption class="sr">${caption}</caption><thead><tr>${heads.map(({ head, isNumber }) => html`<th scope="col"${isNumber === true ? html` class="n"` : ''}>${head}</th>`)}</tr></thead><tbody>
${join(shown, '\n')}</tbody></table></div>${onPaperOnly(shown.length, ROWS_ON_PAPER, row, messages)}${left > 0 ? html`<p class="sm soft">${lists.inData(left, row)}</p>` : ''}`;
}

const linked = (text: string, to: string | null): Html =>
  to === null ? html`${text}` : html`<a href="${to}">${text}</a>`;
