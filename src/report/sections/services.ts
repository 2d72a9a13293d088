// Declares the section on AI services of the local networks and their clients.

import { REQUEST_ROLES } from '../../model/catalogue-words.ts';
import { sumOf } from '../../model/extremes.ts';
import type {
  Range,
  ReportDocument,
  ReportService,
  ServiceClient,
  ServiceUpstream,
  ToolUse,
} from '../../model/report.ts';
import { isRelay } from '../../model/services.ts';
import { formatEndpoint } from '../../net/address.ts';
import { formatCount } from '../../text/quantity.ts';
import { parseInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { ENGLISH_WORDS, type ReportWords } from '../text/english-words.ts';
import type { Column, Section, SectionTable } from './section.ts';

/** Maximum clients in a cell; JSON has all of them. */
const MAX_NAMED = 3;

const table: SectionTable<ReportService> = {
  texts: ({ services }) => services,
  rows: ({ services }) => services,
  columns: ({ words, document }) => [
    { head: words.heads.service, kind: 'text', of: (service) => formatProduct(service, words) },
    { head: words.heads.host, kind: 'text', of: getPlace },
    { head: words.heads.confidence, kind: 'confidence', of: ({ confidence }) => confidence },
    { head: words.heads.clients, kind: 'text', of: (service) => formatClients(service, words) },
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
    // An answer to a request with a key does not show whether the service requires the key.
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
  /** Writes one line for each client; without clients, one line with the host of the service. */
  csvLines: (service) => {
    const { clients, product, class: kind, confidence } = service;
    const rows = clients.length > 0 ? clients : [{ ...service, requests: null }];
    return rows.map(({ host, firstSeen, lastSeen, bytesUp, bytesDown, requests }) => ({
      host,
      row: 'service',
      tool: product,
      tool_name: getPlace(service),
      kind,
      confidence,
      first_seen: firstSeen,
      last_seen: lastSeen,
      bytes_up: bytesUp,
      bytes_down: bytesDown,
      requests_min: requests?.min ?? null,
      requests_max: requests?.max ?? null,
    }));
  },
};

const hasMcp = ({ mcp }: ReportService): boolean => mcp !== undefined;
const answersWithoutKey = ({ withoutCredentials }: ReportService): boolean => withoutCredentials === true;

/** Adds a column only if the report has values for it, because most reports have none. */
const columnIf = (
  { services }: ReportDocument,
  hasValue: (service: ReportService) => boolean,
  column: Column<ReportService>,
): Column<ReportService>[] => (services.some(hasValue) ? [column] : []);

/** Returns "Ollama 0.9.2, 0.9.10". */
const formatProduct = ({ product, versions = [] }: ReportService, words: ReportWords): string =>
  versions.length === 0
    ? product
    : `${product} ${words.andMore(versions.slice(0, MAX_NAMED), versions.length - MAX_NAMED)}`;

/** Returns "OpenRouter (likely)". */
export const upstreamText = ({ upstream = [] }: ReportService, words: ReportWords = ENGLISH_WORDS): string =>
  upstream.length === 0
    ? '–'
    : upstream
        .map(({ name, service, confidence }) => {
          const place = service === undefined ? '' : ` ${getPlace(service)}`;
          return words.sections.services.upstream(`${name}${place}`, words.confidences[confidence]);
        })
        .join(words.listSeparator);

/** Returns "10.0.0.7:11434" or "[fd00::7]:11434". */
export const getPlace = ({ host, port }: Pick<ReportService, 'host' | 'port'>): string =>
  formatEndpoint(host, port);

function formatClients({ clients, probes }: ReportService, words: ReportWords): string {
  if (clients.length === 0) return probes === 0 ? words.none : words.sections.services.noClients(probes);
  const named = clients.slice(0, MAX_NAMED).map(({ host }) => host);
  return words.andMore(named, clients.length - named.length);
}

function requestsText({ clients }: ReportService, words: ReportWords): string {
  if (clients.length === 0) return '–';
  const min = sumOf(clients, ({ requests }) => requests?.min ?? 0);
  if (!clients.some(isOpen)) return formatCount(min);
  return min === 0 ? words.notKnown : words.sections.services.orMore(formatCount(min));
}

const isOpen = ({ requests }: ServiceClient): boolean => requests === null || requests.max === null;

export const SERVICES: Section = {
  id: 'services',
  facts: (document) => ({ services: withUpstreams(document) }),
  tables: [table],
  notes: ({ words: { sections }, place, document }) => [
    ...(place === 'page' ? [sections.services.lead] : []),
    sections.services.note,
    ...(document.services.some(hasMcp) ? [sections.services.mcpNote] : []),
    ...(document.services.some(answersWithoutKey) ? [sections.services.credentialsNote] : []),
  ],
  pages: ['services'],
  isInFullOnly: true,
};

// Joins both sides of a relay: its clients are the users, and its host sends their requests to the provider. No packet
// links one request to the other, so requests are joined by time, number and size.

/** Maximum delay between a request to a relay and the request that it sends. */
const MAX_DELAY_US = 60 * US;
/** Maximum ratio of the numbers of requests on both sides, because a relay may repeat requests. */
const MAX_REPEATS = 2;
/** Maximum ratio of the bytes on both sides, because a relay translates bodies. */
const MAX_GROWTH = 8;

/** Adds `upstream` to services that are relays. */
export function withUpstreams({
  services,
  hosts,
}: Pick<ReportDocument, 'services' | 'hosts'>): readonly ReportService[] {
  if (!services.some(isRelay)) return services;
  return services.map((service) => {
    if (!isRelay(service) || service.clients.length === 0) return service;
    const host = hosts.find((candidate) => candidate.host === service.host);
    const uses = host === undefined ? [] : [...host.tools, ...host.providers];
    const upstream = [
      ...services.flatMap((other) => listServiceUpstreams(service, other)),
      ...uses.flatMap((use) => listToolUpstreams(service, use)),
    ];
    return upstream.length === 0 ? service : { ...service, upstream };
  });
}

interface Span {
  readonly firstSeen: string;
  readonly lastSeen: string;
}

const overlaps = (a: Span, b: Span): boolean =>
  parseInstant(a.firstSeen) <= parseInstant(b.lastSeen) + MAX_DELAY_US &&
  parseInstant(b.firstSeen) <= parseInstant(a.lastSeen) + MAX_DELAY_US;

/** Lists the other service if the host of the relay is one of its clients. */
function listServiceUpstreams(relay: ReportService, other: ReportService): ServiceUpstream[] {
  if (other === relay) return [];
  return other.clients
    .filter((client) => client.host === relay.host && relay.clients.some((other) => overlaps(other, client)))
    .map(({ requests, bytesUp, bytesDown }) => ({
      tool: other.product,
      name: other.product,
      names: [],
      service: { host: other.host, port: other.port },
      confidence: other.confidence,
      requests,
      bytesUp,
      bytesDown,
    }));
}

/** Lists the tool or provider if the host of the relay sent requests to it while the relay had clients. */
function listToolUpstreams(relay: ReportService, use: ToolUse): ServiceUpstream[] {
  const names = use.names.filter(({ role, name }) => REQUEST_ROLES.has(role) && !name.startsWith('['));
  if (names.length === 0 || !relay.clients.some((client) => overlaps(client, use))) return [];
  return [
    {
      tool: use.tool,
      name: use.name,
      names: names.map(({ name }) => name),
      confidence: hasSimilarTraffic(relay, use) ? 'likely' : 'possible',
      requests: use.requests === null ? null : { min: use.requests.min, max: use.requests.max },
      bytesUp: use.bytesUp,
      bytesDown: use.bytesDown,
    },
  ];
}

/** True if the use has about as many requests and bytes as the clients sent to the relay. */
function hasSimilarTraffic({ clients }: ReportService, { requests, bytesUp }: ToolUse): boolean {
  const min = sumOf(clients, (client) => client.requests?.min ?? 0);
  const max = sumOf(clients, (client) => (isOpen(client) ? Infinity : (client.requests?.max ?? 0)));
  const sent = sumOf(clients, (client) => client.bytesUp);
  return (
    requests !== null &&
    isWithin(requests, min / MAX_REPEATS, max * MAX_REPEATS) &&
    bytesUp <= sent * MAX_GROWTH &&
    sent <= bytesUp * MAX_GROWTH
  );
}

const isWithin = (requests: Range, min: number, max: number): boolean =>
  requests.max >= min && requests.min <= max;
