// AI services of the local networks on the page: hosts, products and clients.

import { serviceHeads } from '../text/service-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** NOTHING without services. */
export function servicesSection({ document, messages }: PageModel): Html {
  const { tables } = messages.page;
  const { services } = document;
  if (services.length === 0) return NOTHING;
  return html`<section id="services" aria-labelledby="services-h"><h2 id="services-h">${tables.services}</h2><p class="lead">${tables.servicesLead} ${messages.services.note}</p>
${headedTable(serviceHeads(document, messages), services, { label: tables.servicesLabel, caption: tables.servicesCaption, row: 'service' }, messages)}</section>
`;
}
