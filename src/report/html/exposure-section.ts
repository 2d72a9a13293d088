// Advisories on the page: what each says, and its answers host by host.

import type { AdvisoryHeader, ReportDocument } from '../../model/report.ts';
import type { Messages } from '../language/messages.ts';
import {
  affectedText,
  exposureHeads,
  exposureMatrix,
  exposureRows,
  matrixHeads,
} from '../text/exposure-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** NOTHING where no advisory was asked about. */
export function exposureSection({ document, messages }: PageModel): Html {
  const words = messages.page.advisories;
  const advisories = document.advisories ?? [];
  if (advisories.length === 0) return NOTHING;
  const rows = exposureMatrix(document);
  return html`<section id="advisories" aria-labelledby="advisories-h"><h2 id="advisories-h">${words.heading}</h2><p class="lead">${words.lead}</p>
${headedTable(matrixHeads(messages, rows), rows, { label: words.heading, caption: words.matrixCaption, rowHead: messages.heads.advisory, row: 'advisory', most: Number.POSITIVE_INFINITY }, messages)}
${join(advisories.map((advisory) => oneAdvisory(advisory, document, messages)))}</section>
`;
}

function oneAdvisory(advisory: AdvisoryHeader, document: ReportDocument, messages: Messages): Html {
  const words = messages.page.advisories;
  const { id, title, tool, severity, sources, action } = advisory;
  const rows = exposureRows(document, id, messages);
  return html`<h3>${title}</h3><p class="sm soft"><code>${id}</code>, ${messages.advisories.severities[severity]}: ${tool} ${affectedText(advisory, messages)}</p>
${rows.length === 0 ? html`<p>${words.notSeen(tool)}</p>` : headedTable(exposureHeads(messages), rows, { label: words.one(id), caption: words.caption, row: 'host' }, messages)}
<p><b>${words.toDo}</b> ${action}</p><ul class="sm">${sources.map((source) => html`<li>${source}</li>`)}</ul>
`;
}
