// Markup that several sections share.

import type { ReportWords } from '../text/english-words.ts';
import type { ListNoun } from '../text/messages.ts';
import { type Html, html, join, NOTHING } from './markup.ts';

/** Said on paper alone of a list that is longer on the screen; its other lines have the class "np". */
export const onPaperOnly = (
  count: number,
  printed: number,
  noun: ListNoun,
  { page: { lists } }: Pick<ReportWords, 'page'>,
): Html => (count <= printed ? NOTHING : html`<p class="po sm">${lists.onPaper(printed, count, noun)}</p>`);

/** Text of a document that has it in English alone. */
export const inEnglish = (text: string, { tag }: Pick<ReportWords, 'tag'>): Html =>
  tag === 'en' ? html`${text}` : html`<span lang="en">${text}</span>`;

/** A text to copy into another program; the script of the page adds a button. Line ends are part of the text. */
export const copyable = (what: string, text: string, note: string | null): Html =>
  html`<div class="cpy" data-copy="${what}"><span class="soft">${what}${note === null ? '' : ` (${note})`}</span><pre><code>${join(
    text.split('\n').map((line) => html`${line}`),
    '\n',
  )}</code></pre></div>`;
