// AI services of the local networks on the page: hosts, products and clients.

import { plural } from '../text/quantity.ts';
import { SERVICE_NOTE, serviceHeads } from '../text/service-words.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** Rows of the table; all of them are in the data. */
const MAX_ROWS = 200;

/** NOTHING without services. */
export function servicesSection({ document }: PageModel): Html {
  const { services } = document;
  if (services.length === 0) return NOTHING;
  const heads = serviceHeads(document);
  const left = services.length - MAX_ROWS;
  const shown = services.slice(0, MAX_ROWS).map((service) => {
    const cells = heads.map(({ head, isNumber, of }, i) =>
      i === 0
        ? html`<th scope="row">${of(service)}</th>`
        : html`<td class="${isNumber === true ? 'n' : 'w'}" data-l="${head}">${of(service)}</td>`,
    );
    return html`<tr>${cells}</tr>`;
  });
  return html`<section id="services" aria-labelledby="svch"><h2 id="svch">AI services on your networks</h2><p class="lead">Model servers, relays, MCP servers and agents that answered hosts of these networks. ${SERVICE_NOTE}</p>
<div class="scroll" role="region" aria-label="AI services, table" tabindex="0"><table class="cards"><caption class="sr">AI services and their clients</caption><thead><tr>${heads.map(({ head, isNumber }) => html`<th scope="col"${isNumber === true ? html` class="n"` : ''}>${head}</th>`)}</tr></thead><tbody>
${join(shown, '\n')}</tbody></table></div>${left > 0 ? html`<p class="sm soft">${plural(left, 'more service')} in the data.</p>` : ''}</section>
`;
}
