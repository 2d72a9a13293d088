// AI services of the local networks in words: the columns of their table, for every format.

import type { ReportDocument, ReportService, ServiceClient } from '../../model/report.ts';
import { formatEndpoint } from '../../net/address.ts';
import type { Head } from './heads.ts';
import { readerZone, shortTime } from './instant.ts';
import { formatBytes, formatCount, plural } from './quantity.ts';

/** Clients by name in a cell; all of them are in JSON. */
const MAX_NAMED = 3;

export function serviceHeads(document: ReportDocument): readonly Head<ReportService>[] {
  const zone = readerZone(document);
  return [
    { head: 'Service', of: ({ product }) => product },
    { head: 'Host', of: placeOf },
    { head: 'Confidence', of: ({ confidence }) => confidence },
    { head: 'Clients', of: clientsText },
    { head: 'Requests', isNumber: true, of: requestsText },
    { head: 'Bytes', isNumber: true, of: (service) => formatBytes(service.bytesUp + service.bytesDown) },
    ...(document.services.some(({ upstream }) => upstream !== undefined)
      ? [{ head: 'Sends on to', of: upstreamText }]
      : []),
    { head: 'Other networks', of: ({ exposed }) => (exposed ? 'yes' : 'no') },
    { head: 'First seen', of: ({ firstSeen }) => shortTime(firstSeen, zone) },
    { head: 'Last seen', of: ({ lastSeen }) => shortTime(lastSeen, zone) },
  ];
}

/** "OpenRouter (likely)". */
export const upstreamText = ({ upstream = [] }: ReportService): string =>
  upstream.length === 0
    ? '–'
    : upstream
        .map(({ name, service, confidence }) => {
          const place = service === undefined ? '' : ` ${placeOf(service)}`;
          return `${name}${place} (${confidence})`;
        })
        .join(', ');

/** "10.0.0.7:11434", "[fd00::7]:11434". */
export const placeOf = ({ host, port }: Pick<ReportService, 'host' | 'port'>): string =>
  formatEndpoint(host, port);

function clientsText({ clients, probes }: ReportService): string {
  if (clients.length === 0) return probes === 0 ? 'none' : `none (${plural(probes, 'probe')})`;
  const named = clients.slice(0, MAX_NAMED).map(({ host }) => host);
  const left = clients.length - named.length;
  return `${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function requestsText({ clients }: ReportService): string {
  if (clients.length === 0) return '–';
  const min = clients.reduce((sum, { requests }) => sum + (requests?.min ?? 0), 0);
  if (!clients.some(isOpen)) return formatCount(min);
  return min === 0 ? 'not known' : `${formatCount(min)} or more`;
}

const isOpen = ({ requests }: ServiceClient): boolean => requests === null || requests.max === null;

/** What the table does not show. */
export const SERVICE_NOTE =
  'Services are named by what they answered in clear text; one behind TLS by its server name alone, as possible. One without requests is not visible.';
