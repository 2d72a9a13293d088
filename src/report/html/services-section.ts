// AI services of the local networks on the page: hosts, products and clients.

import { SERVICE_NOTE, serviceHeads } from '../text/service-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

const WORDS = { label: 'AI services, table', caption: 'AI services and their clients', row: 'service' };

/** NOTHING without services. */
export function servicesSection({ document }: PageModel): Html {
  const { services } = document;
  if (services.length === 0) return NOTHING;
  return html`<section id="services" aria-labelledby="svch"><h2 id="svch">AI services on your networks</h2><p class="lead">Model servers, relays, MCP servers and agents that answered hosts of these networks. ${SERVICE_NOTE}</p>
${headedTable(serviceHeads(document), services, WORDS)}</section>
`;
}
