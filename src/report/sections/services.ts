// AI services of the local networks, and their clients.

import type { ReportDocument, ReportService, ServiceClient } from '../../model/report.ts';
import { formatEndpoint } from '../../net/address.ts';
import { formatCount } from '../../text/quantity.ts';
import { ENGLISH_WORDS, type ReportWords } from '../text/english-words.ts';
import type { Column, Section, SectionTable } from './section.ts';

/** Clients by name in a cell; all of them are in JSON. */
const MAX_NAMED = 3;

const table: SectionTable<ReportService> = {
  texts: ({ services }) => services,
  rows: ({ services }) => services,
  columns: ({ words, document }) => [
    { head: words.heads.service, kind: 'text', of: (service) => productText(service, words) },
    { head: words.heads.host, kind: 'text', of: getPlace },
    { head: words.heads.confidence, kind: 'confidence', of: ({ confidence }) => confidence },
    { head: words.heads.clients, kind: 'text', of: (service) => clientsText(service, words) },
    { head: words.heads.requests, kind: 'number', of: (service) => requestsText(service, words) },
    { head: words.heads.bytes, kind: 'bytes', of: ({ bytesUp, bytesDown }) => bytesUp + bytesDown },
    ...columnIf(document, ({ upstream }) => upstream !== undefined, {
      head: words.heads.sendsOnTo,
      kind: 'text',
      of: (service) => upstreamText(service, words),
    }),
    ...columnIf(document, hasMcp, {
      head: words.heads.mcpRequests,
      kind: 'text',
      of: ({ mcp }) => (mcp === undefined ? '–' : words.sections.services.mcp(mcp)),
    }),
    // A request with a key does not show whether the service asks for one.
    ...columnIf(document, answersWithoutKey, {
      head: words.heads.withoutCredentials,
      kind: 'text',
      of: (service) => (answersWithoutKey(service) ? words.yes : '–'),
    }),
    {
      head: words.heads.otherNetworks,
      kind: 'text',
      of: ({ exposed }) => (exposed ? words.yes : words.no),
    },
    { head: words.heads.firstSeen, kind: 'instant', of: ({ firstSeen }) => firstSeen },
    { head: words.heads.lastSeen, kind: 'instant', of: ({ lastSeen }) => lastSeen },
  ],
  noun: 'service',
  /** One line for each client; without one, the host of the service stands in its place. */
  csvLines: (service) => {
    const { clients, product, class: kind, confidence } = service;
    const rows = clients.length > 0 ? clients : [{ ...service, requests: null }];
    return rows.map(({ host, firstSeen, lastSeen, bytesUp, bytesDown, requests }) => ({
      ...{ host, row: 'service', tool: product, tool_name: getPlace(service), kind, confidence },
      ...{ first_seen: firstSeen, last_seen: lastSeen, bytes_up: bytesUp, bytes_down: bytesDown },
      ...{ requests_min: requests?.min ?? null, requests_max: requests?.max ?? null },
    }));
  },
};

const hasMcp = ({ mcp }: ReportService): boolean => mcp !== undefined;
const answersWithoutKey = ({ withoutCredentials }: ReportService): boolean => withoutCredentials === true;

/** A column that most reports have no values for. */
const columnIf = (
  { services }: ReportDocument,
  hasValue: (service: ReportService) => boolean,
  column: Column<ReportService>,
): Column<ReportService>[] => (services.some(hasValue) ? [column] : []);

/** "Ollama 0.9.2, 0.9.10". */
const productText = ({ product, versions = [] }: ReportService, words: ReportWords): string =>
  versions.length === 0
    ? product
    : `${product} ${words.andMore(versions.slice(0, MAX_NAMED), versions.length - MAX_NAMED)}`;

/** "OpenRouter (likely)". */
export const upstreamText = ({ upstream = [] }: ReportService, words: ReportWords = ENGLISH_WORDS): string =>
  upstream.length === 0
    ? '–'
    : upstream
        .map(({ name, service, confidence }) => {
          const place = service === undefined ? '' : ` ${getPlace(service)}`;
          return words.sections.services.upstream(`${name}${place}`, words.confidences[confidence]);
        })
        .join(words.listSeparator);

/** "10.0.0.7:11434", "[fd00::7]:11434". */
export const getPlace = ({ host, port }: Pick<ReportService, 'host' | 'port'>): string =>
  formatEndpoint(host, port);

function clientsText({ clients, probes }: ReportService, words: ReportWords): string {
  if (clients.length === 0) return probes === 0 ? words.none : words.sections.services.noClients(probes);
  const named = clients.slice(0, MAX_NAMED).map(({ host }) => host);
  return words.andMore(named, clients.length - named.length);
}

function requestsText({ clients }: ReportService, words: ReportWords): string {
  if (clients.length === 0) return '–';
  const min = clients.reduce((sum, { requests }) => sum + (requests?.min ?? 0), 0);
  if (!clients.some(isOpen)) return formatCount(min);
  return min === 0 ? words.notKnown : words.sections.services.orMore(formatCount(min));
}

const isOpen = ({ requests }: ServiceClient): boolean => requests === null || requests.max === null;

export const SERVICES: Section = {
  id: 'services',
  tables: [table],
  notes: ({ words: { sections }, place, document }) => [
    ...(place === 'page' ? [sections.services.lead] : []),
    sections.services.note,
    ...(document.services.some(hasMcp) ? [sections.services.mcpNote] : []),
    ...(document.services.some(answersWithoutKey) ? [sections.services.credentialsNote] : []),
  ],
  pages: ['services'],
};
