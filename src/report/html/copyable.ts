// A text to copy into another program: its name, the text, and a button that the script of the page adds.

import { type Html, html, join } from './markup.ts';

/** Line ends are part of the text; other hidden signs are named. */
export const copyable = (what: string, text: string, note: string | null): Html =>
  html`<div class="cpy" data-copy="${what}"><span class="soft">${what}${note === null ? '' : ` (${note})`}</span><pre><code>${join(
    text.split('\n').map((line) => html`${line}`),
    '\n',
  )}</code></pre></div>`;
