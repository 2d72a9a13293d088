// Encrypted ClientHello on the page: names that offer it, and hellos by host and day.

import { ECH_DAY_HEADS, ECH_TITLE, echNameHeads, echNote } from '../text/ech-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** Most days have GREASE alone. */
const MAX_ROWS = 60;

const NAMES = {
  label: 'Names that offer it, table',
  caption: 'Names that offer Encrypted ClientHello',
  row: 'name',
  most: MAX_ROWS,
};
const DAYS = {
  label: 'Hellos by host and day, table',
  caption: 'Hellos with Encrypted ClientHello by host and day',
  row: 'line',
  most: MAX_ROWS,
};

/** NOTHING without any. */
export function echSection({ document }: PageModel): Html {
  const { ech } = document;
  if (ech === undefined) return NOTHING;
  // Hidden names first: the table is cut at its end.
  const days = [...ech.hosts].sort((a, b) => Math.sign(b.real) - Math.sign(a.real));
  return html`<section id="ech" aria-labelledby="echh"><h2 id="echh">${ECH_TITLE}</h2><p class="lead">${echNote(document)} GREASE has the same form and leaves the real name in the hello.</p>
${ech.names.length === 0 ? '' : headedTable(echNameHeads(document), ech.names, NAMES)}${days.length === 0 ? '' : headedTable(ECH_DAY_HEADS, days, DAYS)}</section>
`;
}
