// A map of AI services and their clients: services down, clients across, requests in the cells.

import type { ReportService } from '../../model/report.ts';
import { compareHosts } from '../../net/address.ts';
import { type Html, html, join, NOTHING } from '../../report/html/markup.ts';
import type { PageModel } from '../../report/html/page-model.ts';
import { placeOf } from '../../report/sections/services.ts';
import { formatCount, plural } from '../../text/quantity.ts';
import { addressOf, keepSpan, type Question } from '../question.ts';
import { hostPath } from './links.ts';

const MAX_SERVICES = 60;
/** The clients of most services. */
const MAX_CLIENTS = 24;

/** NOTHING without services. */
export function serviceMapSection({ document }: PageModel, question: Question): Html {
  const services = document.services.filter(({ clients }) => clients.length > 0);
  if (services.length === 0) return NOTHING;
  const used = new Map<string, number>();
  for (const { clients } of services)
    for (const { host } of clients) used.set(host, (used.get(host) ?? 0) + 1);
  const clients = [...used]
    .sort((a, b) => b[1] - a[1] || compareHosts(a[0], b[0]))
    .slice(0, MAX_CLIENTS)
    .map(([host]) => host)
    .sort(compareHosts);
  const rows = services.slice(0, MAX_SERVICES).map((service) => {
    const cells = clients.map((host) => html`<td class="n">${cellOf(service, host)}</td>`);
    return html`<tr><th scope="row">${service.product} <span class="mono sn">${placeOf(service)}</span></th>${cells}</tr>`;
  });
  const heads = clients.map((host) => html`<th scope="col" class="n">${hostLink(host, question)}</th>`);
  const left = [
    ...(used.size > clients.length ? [plural(used.size - clients.length, 'more client')] : []),
    ...(services.length > rows.length ? [plural(services.length - rows.length, 'more service')] : []),
  ];
  return html`<section id="map" aria-labelledby="maph"><h2 id="maph">Services and their clients</h2><p class="lead">Requests of each client. A relay is a service; its clients are the users.</p>
<div class="scroll" role="region" aria-label="Services and their clients, table" tabindex="0"><table><caption class="sr">Requests of each client to each AI service</caption><thead><tr><th scope="col">Service</th>${heads}</tr></thead><tbody>
${join(rows, '\n')}</tbody></table></div>${left.length === 0 ? '' : html`<p class="sm soft">${left.join(' and ')} in the data.</p>`}</section>
`;
}

function cellOf({ clients }: ReportService, host: string): string {
  const client = clients.find((one) => one.host === host);
  if (client === undefined) return '';
  const { min, max } = client.requests ?? { min: 0, max: null };
  if (max === null && min === 0) return '?';
  return max === null ? `${formatCount(min)}+` : formatCount(min);
}

const hostLink = (host: string, question: Question): Html =>
  html`<a href="${addressOf(hostPath(host), keepSpan(question))}">${host}</a>`;
