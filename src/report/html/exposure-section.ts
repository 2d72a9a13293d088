// Advisories on the page: what each says, and its answers host by host.

import type { AdvisoryHeader } from '../../model/report.ts';
import {
  affectedText,
  EXPOSURE_HEADS,
  type ExposureRow,
  exposureMatrix,
  exposureRows,
  MATRIX_HEADS,
} from '../text/exposure-words.ts';
import { headedTable, type TableWords } from './headed-table.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

const MATRIX_WORDS = {
  label: 'Advisories, table',
  caption: 'Hosts with each result, by advisory, the gravest first',
  rowHead: 'Advisory',
  row: 'advisory',
  most: Number.POSITIVE_INFINITY,
};

const wordsOf = (id: string): TableWords<ExposureRow> => ({
  label: `Advisory ${id}, table`,
  caption: 'Days with each answer, by host',
  row: 'host',
});

/** NOTHING where no advisory was asked about. */
export function exposureSection({ document }: PageModel): Html {
  const advisories = document.advisories ?? [];
  if (advisories.length === 0) return NOTHING;
  return html`<section id="advisories" aria-labelledby="advh"><h2 id="advh">Advisories</h2><p class="lead">Which hosts ran an affected version, by what their starts show. “May” and “cannot say” are not “no”.</p>
${headedTable(MATRIX_HEADS, exposureMatrix(document), MATRIX_WORDS)}
${join(advisories.map((advisory) => oneAdvisory(advisory, exposureRows(document, advisory.id))))}</section>
`;
}

function oneAdvisory(advisory: AdvisoryHeader, rows: readonly ExposureRow[]): Html {
  const { id, title, tool, severity, sources, action } = advisory;
  return html`<h3>${title}</h3><p class="sm soft"><code>${id}</code>, ${severity}: ${tool} ${affectedText(advisory)}</p>
${rows.length === 0 ? html`<p>${tool} was not seen on any host in that time.</p>` : headedTable(EXPOSURE_HEADS, rows, wordsOf(id))}
<p><b>What to do:</b> ${action}</p><ul class="sm">${sources.map((source) => html`<li>${source}</li>`)}</ul>
`;
}
