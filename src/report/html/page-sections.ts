// Renders a declared section on the page: its heading, its notes, and its tables, as cards on a narrow screen.

import { daysOfAdvisory } from '../sections/advisories.ts';
import {
  buildContext,
  type Column,
  cellText,
  formatChange,
  formatTitle,
  isNumeric,
  notesText,
  type Section,
  type SectionContext,
  type ServerPage,
  showSection,
  showTable,
  type TableShown,
} from '../sections/section.ts';
import { SECTIONS } from '../sections/section-list.ts';
import { listOtherTools } from '../sections/tools.ts';
import { countMoreViolators } from '../sections/violators.ts';
import { affectedText } from '../text/exposure-words.ts';
import { drawLedger, drawSpark } from './charts.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import { outcomeTag } from './outcome-style.ts';
import { notePrintedPart } from './phrases.ts';
import { bytesBar, methodColumns, type Shown } from './section-figures.ts';
import type { SectionLinks } from './section-links.ts';

const ROWS_ON_PAPER = 25;

/** Returns the fragment of a section in the address of the page. */
export const fragment = ({ id }: Section): string => id.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`);

/** Figures above the tables of these sections. */
const ABOVE: Partial<Record<Section['id'], (shown: Shown) => Html>> = { unseen: bytesBar };

/** Figures below the tables of these sections. */
const BELOW: Partial<Record<Section['id'], (shown: Shown, links: SectionLinks) => Html>> = {
  advisories: renderExposures,
  method: methodColumns,
  tools: ({ document, messages }) =>
    join(listOtherTools(document, messages).map((sentence) => html`<p class="sm">${sentence}</p>`)),
  violators({ document, messages }, links) {
    const more = countMoreViolators(document);
    return more === 0
      ? NOTHING
      : html`<p class="sm"><a href="${links.section('findings')}">${messages.sections.violators.more(more)}</a></p>`;
  },
};

/**
 * Returns NOTHING for a section without content. A section with the title of its page shows it once, but screen readers
 * need both.
 */
export function sectionPart(section: Section, shown: Shown, links: SectionLinks, pageTitle = ''): Html {
  const { document, messages } = shown;
  const context = buildContext(document, messages, 'page');
  const tables = showSection(section, context);
  if (tables === null) return NOTHING;
  const id = fragment(section);
  const notes = notesText(section, context);
  const title = formatTitle(section.id, messages);
  return html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h"${title === pageTitle ? html` class="sr"` : ''}>${title}</h2>${notes === '' ? '' : html`<p class="lead">${notes}</p>`}
${ABOVE[section.id]?.(shown) ?? NOTHING}${tables.map((table) => tablePart(table, links))}${BELOW[section.id]?.(shown, links) ?? NOTHING}</section>
`;
}

export const sectionsOn = (page: ServerPage, shown: Shown, links: SectionLinks): Html =>
  join(
    SECTIONS.filter(({ pages }) => pages?.includes(page)).map((section) =>
      sectionPart(section, shown, links),
    ),
  );

export function tablePart(table: TableShown, links: SectionLinks): Html {
  const { columns, rows, more, label, caption, isCaptionShown, isOfTerms, noun, context } = table;
  if (rows.length === 0) return NOTHING;
  const { lists } = context.words.page;
  if (isOfTerms) return renderTerms(table);
  const rowHead = columns.find(({ isRowHead }) => isRowHead) ?? columns[0];
  const lines = rows.map(
    (row, i) =>
      html`<tr${noun !== null && i >= ROWS_ON_PAPER ? html` class="np"` : ''}>${columns.map((column) => renderCell(column, row, context, links, column === rowHead))}</tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="${lists.tableOf(label)}" tabindex="0"><table class="cards"><caption${isCaptionShown ? '' : html` class="sr"`}>${caption}</caption><thead><tr>${columns.map((column) => renderHead(column, links))}</tr></thead><tbody>
${join(lines, '\n')}</tbody></table></div>${noun === null ? NOTHING : notePrintedPart(rows.length, ROWS_ON_PAPER, noun, context.words)}${noun !== null && more > 0 ? html`<p class="sm soft">${lists.inData(more, noun)}</p>` : ''}`;
}

function renderTerms({ columns, rows, context }: TableShown): Html {
  const entries = rows.map((row) => columns.map((column) => cellText(column, row, context)));
  return html`<dl class="gloss">${entries.map(([term = '', meaning = '']) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>`;
}

function renderHead(column: Column<unknown>, links: SectionLinks): Html {
  const { head: text, sort, kind } = column;
  if (kind === 'bars' && column.keys !== undefined)
    return html`<th scope="col" class="bars">${column.keys.map(([name, key]) => html`<span class="key"><i class="${name}"></i>${key}</span>`)}</th>`;
  const classes = isNumeric(column) ? html` class="n"` : NOTHING;
  if (sort === undefined) return html`<th scope="col"${classes}>${text}</th>`;
  const way = links.sortTools(sort.by);
  if (way === null)
    return html`<th scope="col"${classes} data-s="${isNumeric(column) ? 'n' : 't'}">${text}</th>`;
  const sorted = way.sorted === null ? '' : html` aria-sort="${way.sorted}"`;
  return html`<th scope="col"${classes}${sorted}><a href="${way.to}">${text}</a></th>`;
}

function renderCell(
  column: Column<unknown>,
  row: unknown,
  context: SectionContext,
  links: SectionLinks,
  isRowHead: boolean,
): Html {
  const { sort } = column;
  const to = column.to?.(row, links) ?? null;
  const below = column.below?.(row) ?? '';
  const text = renderContent(column, row, context);
  const linked = to === null ? text : html`<a href="${to}">${text}</a>`;
  const content = html`${linked}${below === '' ? '' : html`<span class="grp">${below}</span>`}`;
  const value = sort === undefined ? '' : html` data-v="${String(sort.value(row))}"`;
  if (isRowHead)
    return html`<th scope="row"${column.isCode ? html` class="mono"` : ''}${value}>${content}</th>`;
  const label = column.shortHead ?? column.head;
  const classes = chooseClass(column);
  return html`<td${classes === '' ? '' : html` class="${classes}"`}${label === '' ? '' : html` data-l="${label}"`}${value}>${content}</td>`;
}

/** On a narrow screen a text gets the whole line. */
function chooseClass(column: Column<unknown>): string {
  if (isNumeric(column)) return 'n';
  if (column.kind === 'bars') return column.keys === undefined ? '' : 'bars';
  if (column.kind === 'time' || column.kind === 'instant') return 'sn';
  const isShort = column.kind === 'outcome' || column.kind === 'confidence' || column.tone !== undefined;
  return isShort ? '' : 'w';
}

function renderContent(column: Column<unknown>, row: unknown, context: SectionContext): Html {
  const { words } = context;
  const text = cellText(column, row, context);
  switch (column.kind) {
    case 'outcome': {
      const outcome = column.of(row);
      if (outcome === null) return NOTHING;
      return outcome === 'banned' || outcome === 'partlyBanned'
        ? html`<span class="tag viol">${text}</span>`
        : outcomeTag(outcome, words);
    }
    case 'bars': {
      const bars = column.of(row);
      if (bars === null) return html`<span class="soft">–</span>`;
      return bars.of === 'days'
        ? drawSpark(bars.counts, bars.top, bars.label)
        : drawLedger(bars.model, bars.low, Math.max(bars.low, bars.high), bars.top);
    }
    case 'change': {
      const change = column.of(row);
      if (change === null) return NOTHING;
      const { difference, perDay } = change;
      const renderLine = (more: string): Html =>
        more === '' ? NOTHING : html`<span class="ch">${more}</span>`;
      return html`${formatChange(change, words)}${renderLine(difference)}${renderLine(perDay === '' ? '' : words.comparison.perDay(perDay))}`;
    }
    default: {
      const tone = column.tone?.(row);
      return tone === undefined ? html`${text}` : html`<span class="tag ${tone}">${text}</span>`;
    }
  }
}

/** Renders each advisory with its answers by host. */
function renderExposures({ document, messages }: Shown, links: SectionLinks): Html {
  const words = messages.sections.advisories;
  const context = buildContext(document, messages, 'page');
  const parts = (document.advisories ?? []).map((advisory) => {
    const { id, title, tool, severity, sources, action } = advisory;
    const days = showTable(daysOfAdvisory(id), '', context);
    return html`<h3>${title}</h3><p class="sm soft"><code>${id}</code>, ${words.severities[severity]}: ${tool} ${affectedText(advisory, messages)}</p>
${days.rows.length === 0 ? html`<p>${words.notSeen(tool)}</p>` : tablePart(days, links)}
<p><b>${words.toDo}</b> ${action}</p><ul class="sm">${sources.map((source) => html`<li>${source}</li>`)}</ul>
`;
  });
  return html`\n${join(parts)}`;
}
