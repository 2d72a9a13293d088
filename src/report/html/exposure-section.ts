// Advisories on the page: what each says, and its answers host by host.

import type { AdvisoryHeader, ReportDocument } from '../../model/report.ts';
import {
  affectedText,
  EXPOSURE_HEADS,
  type ExposureRow,
  exposureMatrix,
  exposureRows,
  MATRIX_HEADS,
  type MatrixRow,
} from '../text/exposure-words.ts';
import { plural } from '../text/quantity.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** Rows of each advisory; all of them are in the data. */
const MAX_ROWS = 200;

/** NOTHING where no advisory was asked about. */
export function exposureSection({ document }: PageModel): Html {
  const advisories = document.advisories ?? [];
  if (advisories.length === 0) return NOTHING;
  return html`<section id="advisories" aria-labelledby="advh"><h2 id="advh">Advisories</h2><p class="lead">Which hosts ran an affected version, by what their starts show. “May” and “cannot say” are not “no”.</p>
${matrixTable(document)}
${join(advisories.map((advisory) => oneAdvisory(advisory, exposureRows(document, advisory.id))))}</section>
`;
}

function matrixTable(document: ReportDocument): Html {
  const rows = exposureMatrix(document);
  const heads = MATRIX_HEADS.map(
    ({ head, isNumber }) => html`<th scope="col"${isNumber ? html` class="n"` : ''}>${head}</th>`,
  );
  const cells = (row: MatrixRow): Html[] =>
    MATRIX_HEADS.map(({ head, isNumber, of }) =>
      head === 'Advisory'
        ? html`<th scope="row"><code>${of(row)}</code></th>`
        : html`<td class="${isNumber ? 'n' : 'w'}" data-l="${head}">${of(row)}</td>`,
    );
  return html`<div class="scroll" role="region" aria-label="Advisories, table" tabindex="0"><table class="cards"><caption class="sr">Hosts with each result, by advisory, the gravest first</caption><thead><tr>${heads}</tr></thead><tbody>
${join(
  rows.map((row) => html`<tr>${cells(row)}</tr>`),
  '\n',
)}</tbody></table></div>`;
}

function oneAdvisory(advisory: AdvisoryHeader, rows: readonly ExposureRow[]): Html {
  const { id, title, tool, severity, sources, action } = advisory;
  return html`<h3>${title}</h3><p class="sm soft"><code>${id}</code>, ${severity}: ${tool} ${affectedText(advisory)}</p>
${rows.length === 0 ? html`<p>${tool} was not seen on any host in that time.</p>` : exposureTable(id, rows)}
<p><b>What to do:</b> ${action}</p><ul class="sm">${sources.map((source) => html`<li>${source}</li>`)}</ul>
`;
}

function exposureTable(id: string, rows: readonly ExposureRow[]): Html {
  const left = rows.length - MAX_ROWS;
  const heads = EXPOSURE_HEADS.map(
    ({ head, isNumber }) => html`<th scope="col"${isNumber ? html` class="n"` : ''}>${head}</th>`,
  );
  const cells = (row: ExposureRow): Html[] =>
    EXPOSURE_HEADS.map(({ head, isNumber, of }, i) =>
      i === 0
        ? html`<th scope="row"><code>${of(row)}</code></th>`
        : html`<td class="${isNumber ? 'n' : 'w'}" data-l="${head}">${of(row)}</td>`,
    );
  return html`<div class="scroll" role="region" aria-label="Advisory ${id}, table" tabindex="0"><table class="cards"><caption class="sr">Days with each answer, by host</caption><thead><tr>${heads}</tr></thead><tbody>
${join(
  rows.slice(0, MAX_ROWS).map((row) => html`<tr>${cells(row)}</tr>`),
  '\n',
)}</tbody></table></div>${left > 0 ? html`<p class="sm soft">${plural(left, 'more host')} in the data.</p>` : ''}`;
}
