// A table of columns that every format prints, on the page: cards on a narrow screen.

import type { Head } from '../text/heads.ts';
import { plural } from '../text/quantity.ts';
import { type Html, html, join } from './markup.ts';

/** Rows of the table; all of them are in the data. */
const MAX_ROWS = 200;

export interface TableWords<T> {
  /** Of the region that scrolls. */
  readonly label: string;
  readonly caption: string;
  /** One row that is left out: "line". */
  readonly row: string;
  /** Rows of the table; absent: MAX_ROWS. */
  readonly most?: number;
  /** To more about a row, from its first cell; absent or null: to nothing. */
  readonly wayOf?: (row: T) => string | null;
}

export function headedTable<T>(
  heads: readonly Head<T>[],
  rows: readonly T[],
  { label, caption, row, wayOf, most = MAX_ROWS }: TableWords<T>,
): Html {
  const left = rows.length - most;
  const shown = rows.slice(0, most).map((one) => {
    const cells = heads.map(({ head, isNumber, of }, i) =>
      i === 0
        ? html`<th scope="row">${linked(of(one), wayOf?.(one) ?? null)}</th>`
        : html`<td class="${isNumber === true ? 'n' : 'w'}" data-l="${head}">${of(one)}</td>`,
    );
    return html`<tr>${cells}</tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="cards"><caption class="sr">${caption}</caption><thead><tr>${heads.map(({ head, isNumber }) => html`<th scope="col"${isNumber === true ? html` class="n"` : ''}>${head}</th>`)}</tr></thead><tbody>
${join(shown, '\n')}</tbody></table></div>${left > 0 ? html`<p class="sm soft">${plural(left, `more ${row}`)} in the data.</p>` : ''}`;
}

const linked = (text: string, to: string | null): Html =>
  to === null ? html`${text}` : html`<a href="${to}">${text}</a>`;
