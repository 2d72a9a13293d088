// Draws the comparison of two spans on a page: their basis, the limits, tools, then hosts.

import type { Comparison } from '../../model/report.ts';
import {
  COMPARED_HOSTS,
  COMPARED_TOOLS,
  coverageText,
  limitSentences,
  spanText,
} from '../sections/comparison.ts';
import { buildContext, type Rows, showTable } from '../sections/section.ts';
import { type Html, html } from './markup.ts';
import { tablePart } from './page-sections.ts';
import type { Shown } from './section-figures.ts';
import type { SectionLinks } from './section-links.ts';

export function comparisonSection(
  comparison: Comparison,
  { document, messages }: Shown,
  rows: Rows,
  links: SectionLinks,
): Html {
  const words = messages.sections.comparison;
  const context = buildContext({ ...document, comparison }, messages, 'page');
  const { before, after, tools } = comparison;
  const formatSpan = (span: Comparison['before']): string => spanText(span, context.zone, messages);
  const [now, then] = [formatSpan(after), formatSpan(before)];
  const limits = limitSentences(comparison, context.zone, messages);
  const hosts = showTable(COMPARED_HOSTS, '', context, rows);
  return html`<section id="comparison" aria-labelledby="cmh"><h2 id="cmh">${words.heading(now, then)}</h2>
<dl class="spans"><div><dt>${words.before}</dt><dd>${then}: ${coverageText(before, messages)}</dd></div><div><dt>${words.after}</dt><dd>${now}: ${coverageText(after, messages)}</dd></div></dl>
${limits.length === 0 ? '' : html`<ul class="limits">${limits.map((sentence) => html`<li>${sentence}${messages.fullStop.trimEnd()}</li>`)}</ul>`}
${tools.length === 0 ? html`<p class="lead">${words.nothing}</p>` : html`${tablePart(showTable(COMPARED_TOOLS, '', context), links)}${hosts.rows.length === 0 ? '' : tablePart({ ...hosts, more: 0 }, links)}${links.more(comparison.hosts.length - hosts.rows.length, 'host')}<p class="sm soft">${words.legend}</p>`}</section>
`;
}
