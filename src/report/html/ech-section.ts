// Encrypted ClientHello on the page: names that offer it, and hellos by host and day.

import { echDayHeads, echNameHeads, echNote } from '../text/ech-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** Most days have GREASE alone. */
const MAX_ROWS = 60;

/** NOTHING without any. */
export function echSection({ document, messages }: PageModel): Html {
  const { tables } = messages.page;
  const { ech } = document;
  if (ech === undefined) return NOTHING;
  // Hidden names first: the table is cut at its end.
  const days = [...ech.hosts].sort((a, b) => Math.sign(b.real) - Math.sign(a.real));
  return html`<section id="ech" aria-labelledby="ech-h"><h2 id="ech-h">${messages.ech.title}</h2><p class="lead">${echNote(document, messages)} ${tables.greaseNote}</p>
${ech.names.length === 0 ? '' : headedTable(echNameHeads(document, messages), ech.names, { label: tables.echNames, caption: tables.echNamesCaption, row: 'name', most: MAX_ROWS }, messages)}${days.length === 0 ? '' : headedTable(echDayHeads(messages), days, { label: tables.echDays, caption: tables.echDaysCaption, row: 'line', most: MAX_ROWS }, messages)}</section>
`;
}
