// Advisories on the page: what each says, and its answers host by host.

import type { AdvisoryHeader } from '../../model/report.ts';
import { ADVISORIES, daysOfAdvisory } from '../sections/advisories.ts';
import { contextOf, showTable } from '../sections/section.ts';
import { affectedText } from '../text/exposure-words.ts';
import { type Html, html, join } from './markup.ts';
import type { PageModel } from './page-model.ts';
import { sectionPart, tablePart } from './sections.ts';
import type { Ways } from './ways.ts';

/** NOTHING where no advisory was asked about. */
export function exposureSection(model: PageModel, ways: Ways): Html {
  const advisories = model.document.advisories ?? [];
  const rest = advisories.map((advisory) => oneAdvisory(advisory, model, ways));
  return sectionPart(ADVISORIES, model, ways, html`\n${join(rest)}`);
}

function oneAdvisory(advisory: AdvisoryHeader, { document, messages }: PageModel, ways: Ways): Html {
  const words = messages.sections.advisories;
  const { id, title, tool, severity, sources, action } = advisory;
  const days = showTable(daysOfAdvisory(id), '', contextOf(document, messages, 'page'));
  return html`<h3>${title}</h3><p class="sm soft"><code>${id}</code>, ${words.severities[severity]}: ${tool} ${affectedText(advisory, messages)}</p>
${days.rows.length === 0 ? html`<p>${words.notSeen(tool)}</p>` : tablePart(days, messages, ways)}
<p><b>${words.toDo}</b> ${action}</p><ul class="sm">${sources.map((source) => html`<li>${source}</li>`)}</ul>
`;
}
