// Builds markup that several sections share.

import type { Sentence } from '../../model/sentences.ts';
import type { ReportWords } from '../text/english-words.ts';
import type { ListNoun } from '../text/messages.ts';
import { type Html, html, join, NOTHING } from './markup.ts';

/** Builds a note for paper about a list that is longer on the screen. Its other lines have the class "np". */
export const notePrintedPart = (
  count: number,
  printed: number,
  noun: ListNoun,
  { page: { lists } }: Pick<ReportWords, 'page'>,
): Html => (count <= printed ? NOTHING : html`<p class="po sm">${lists.onPaper(printed, count, noun)}</p>`);

/** Formats a sentence in the language of the page. `text`: of the document, in English, marked if it has no sentence. */
export function formatPhrase(
  text: string,
  sentence: Sentence | null,
  { sentenceText }: Pick<ReportWords, 'sentenceText'>,
): Html {
  return sentence === null || sentence.key === 'asWritten'
    ? html`<span lang="en">${text}</span>`
    : html`${sentenceText(sentence)}`;
}

/** Builds a text to copy into another program; the script of the page adds a button. Line ends are part of the text. */
export const copyable = (what: string, text: string, note: string | null): Html =>
  html`<div class="cpy" data-copy="${what}"><span class="soft">${what}${note === null ? '' : ` (${note})`}</span><pre><code>${join(
    text.split('\n').map((line) => html`${line}`),
    '\n',
  )}</code></pre></div>`;
