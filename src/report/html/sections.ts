// A declared section on the page: its heading, what is to be said of it, and its tables, as cards on a narrow screen.

import { SECTIONS } from '../sections/list.ts';
import {
  cellText,
  contextOf,
  isNumeric,
  notesText,
  type Section,
  type ServerPage,
  showSection,
  type TableShown,
} from '../sections/section.ts';
import type { ReportWords } from '../text/english-words.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';
import { onPaperOnly } from './phrases.ts';
import type { Ways } from './ways.ts';

const ROWS_ON_PAPER = 25;

type Shown = Pick<PageModel, 'document' | 'messages'>;

/** Fragment of a section on the page. */
export const fragment = ({ id }: Section): string => id.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`);

/** NOTHING where there is nothing of it. `rest`: below its tables. */
export function sectionPart(
  section: Section,
  { document, messages }: Shown,
  ways: Ways,
  rest: Html = NOTHING,
): Html {
  const context = contextOf(document, messages, 'page');
  const tables = showSection(section, context);
  if (tables === null) return NOTHING;
  const id = fragment(section);
  return html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${messages.sections[section.id].title}</h2><p class="lead">${notesText(section, context)}</p>
${tables.map((table) => tablePart(table, messages, ways))}${rest}</section>
`;
}

/** Sections that a page of a server shows. */
export const sectionsOn = (page: ServerPage, shown: Shown, ways: Ways): Html =>
  join(
    SECTIONS.filter(({ pages }) => pages.includes(page)).map((section) => sectionPart(section, shown, ways)),
  );

export function tablePart(
  { columns, rows, more, label, caption, noun, context }: TableShown,
  messages: Pick<ReportWords, 'page'>,
  ways: Ways,
): Html {
  const { lists } = messages.page;
  const rowHead = columns.find(({ isRowHead }) => isRowHead) ?? columns[0];
  const lines = rows.map((row, i) => {
    const cells = columns.map((column) => {
      const { head, kind } = column;
      const words = cellText(column, row, context);
      const to = kind === 'link' ? ways.health({ host: words }) : null;
      const content = to === null ? words : html`<a href="${to}">${words}</a>`;
      return column === rowHead
        ? html`<th scope="row">${content}</th>`
        : html`<td class="${isNumeric(column) ? 'n' : 'w'}" data-l="${head}">${content}</td>`;
    });
    return html`<tr${i >= ROWS_ON_PAPER ? html` class="np"` : ''}>${cells}</tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${lists.tableOf(label)}" tabindex="0"><table class="cards"><caption class="sr">${caption}</caption><thead><tr>${columns.map((column) => html`<th scope="col"${isNumeric(column) ? html` class="n"` : ''}>${column.head}</th>`)}</tr></thead><tbody>
${join(lines, '\n')}</tbody></table></div>${onPaperOnly(rows.length, ROWS_ON_PAPER, noun, messages)}${more > 0 ? html`<p class="sm soft">${lists.inData(more, noun)}</p>` : ''}`;
}
