// AI services of the local networks in words: the columns of their table, for every format.

import type { ReportDocument, ReportService, ServiceClient } from '../../model/report.ts';
import { formatEndpoint } from '../../net/address.ts';
import { ENGLISH_WORDS } from './english-words.ts';
import type { Head } from './heads.ts';
import { readerZone } from './instant.ts';
import { formatCount } from './quantity.ts';
import type { ReportWords } from './report-words.ts';

/** Clients by name in a cell; all of them are in JSON. */
const MAX_NAMED = 3;

export function serviceHeads(document: ReportDocument, words: ReportWords): readonly Head<ReportService>[] {
  const zone = readerZone(document);
  const { heads } = words;
  return [
    { head: heads.service, of: ({ product }) => product },
    { head: heads.host, of: placeOf },
    { head: heads.confidence, of: ({ confidence }) => words.confidences[confidence] },
    { head: heads.clients, of: (service) => clientsText(service, words) },
    { head: heads.requests, isNumber: true, of: (service) => requestsText(service, words) },
    { head: heads.bytes, isNumber: true, of: (service) => words.bytes(service.bytesUp + service.bytesDown) },
    ...(document.services.some(({ upstream }) => upstream !== undefined)
      ? [{ head: heads.sendsOnTo, of: (service: ReportService) => upstreamText(service, words) }]
      : []),
    { head: heads.otherNetworks, of: ({ exposed }) => (exposed ? words.yes : words.no) },
    { head: heads.firstSeen, of: ({ firstSeen }) => words.shortTime(firstSeen, zone) },
    { head: heads.lastSeen, of: ({ lastSeen }) => words.shortTime(lastSeen, zone) },
  ];
}

/** "OpenRouter (likely)". */
export const upstreamText = ({ upstream = [] }: ReportService, words: ReportWords = ENGLISH_WORDS): string =>
  upstream.length === 0
    ? '–'
    : upstream
        .map(({ name, service, confidence }) => {
          const place = service === undefined ? '' : ` ${placeOf(service)}`;
          return words.services.upstream(`${name}${place}`, words.confidences[confidence]);
        })
        .join(words.listSeparator);

/** "10.0.0.7:11434", "[fd00::7]:11434". */
export const placeOf = ({ host, port }: Pick<ReportService, 'host' | 'port'>): string =>
  formatEndpoint(host, port);

function clientsText({ clients, probes }: ReportService, words: ReportWords): string {
  if (clients.length === 0) return probes === 0 ? words.none : words.services.noClients(probes);
  const named = clients.slice(0, MAX_NAMED).map(({ host }) => host);
  return words.andMore(named, clients.length - named.length);
}

function requestsText({ clients }: ReportService, words: ReportWords): string {
  if (clients.length === 0) return '–';
  const min = clients.reduce((sum, { requests }) => sum + (requests?.min ?? 0), 0);
  if (!clients.some(isOpen)) return formatCount(min);
  return min === 0 ? words.notKnown : words.services.orMore(formatCount(min));
}

const isOpen = ({ requests }: ServiceClient): boolean => requests === null || requests.max === null;
