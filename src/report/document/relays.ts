// Both halves of a relay: its clients are the users, and its host sends their requests on. Nothing in the packets ties one
// request to the other, so what the host sent is joined by time, number and size.

import type { HostReport, Range, ReportService, ServiceUpstream, ToolUse } from '../../model/report.ts';
import { isRelay } from '../../model/services.ts';
import { parseInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';

/** A relay sends a request on at once. */
const SLACK_US = 60 * US;
/** It may repeat a request, and translates bodies. */
const MOST_REPEATS = 2;
const MOST_GROWTH = 8;

/** Services with `upstream` where they are relays; the others as they are. */
export function withUpstreams(
  services: readonly ReportService[],
  hosts: readonly HostReport[],
): readonly ReportService[] {
  if (!services.some(isRelay)) return services;
  return services.map((service) => {
    if (!isRelay(service) || service.clients.length === 0) return service;
    const host = hosts.find((candidate) => candidate.host === service.host);
    const uses = host === undefined ? [] : [...host.tools, ...host.providers];
    const upstream = [
      ...services.flatMap((other) => ownUse(service, other)),
      ...uses.flatMap((use) => sentOn(service, use)),
    ];
    return upstream.length === 0 ? service : { ...service, upstream };
  });
}

interface Span {
  readonly firstSeen: string;
  readonly lastSeen: string;
}

const overlaps = (a: Span, b: Span): boolean =>
  parseInstant(a.firstSeen) <= parseInstant(b.lastSeen) + SLACK_US &&
  parseInstant(b.firstSeen) <= parseInstant(a.lastSeen) + SLACK_US;

/** Finds the host of the relay among the clients of the other service, in clear text. */
function ownUse(relay: ReportService, other: ReportService): ServiceUpstream[] {
  if (other === relay) return [];
  return other.clients
    .filter((client) => client.host === relay.host && relay.clients.some((other) => overlaps(other, client)))
    .map(({ requests, bytesUp, bytesDown }) => ({
      ...{ tool: other.product, name: other.product, names: [] },
      service: { host: other.host, port: other.port },
      confidence: other.confidence,
      requests,
      ...{ bytesUp, bytesDown },
    }));
}

function sentOn(relay: ReportService, use: ToolUse): ServiceUpstream[] {
  const names = use.names.filter(({ role, name }) => SENT_TO.has(role) && !name.startsWith('['));
  if (names.length === 0 || !relay.clients.some((client) => overlaps(client, use))) return [];
  return [
    {
      ...{ tool: use.tool, name: use.name, names: names.map(({ name }) => name) },
      confidence: fits(relay, use) ? 'likely' : 'possible',
      requests: use.requests === null ? null : { min: use.requests.min, max: use.requests.max },
      ...{ bytesUp: use.bytesUp, bytesDown: use.bytesDown },
    },
  ];
}

const SENT_TO: ReadonlySet<string> = new Set(['inference', 'relay']);

/** The use has as many requests and bytes as the clients sent. */
function fits({ clients }: ReportService, { requests, bytesUp }: ToolUse): boolean {
  const min = clients.reduce((sum, client) => sum + (client.requests?.min ?? 0), 0);
  const isOpen = clients.some((client) => client.requests === null || client.requests.max === null);
  const max = isOpen
    ? Number.POSITIVE_INFINITY
    : clients.reduce((sum, client) => sum + (client.requests?.max ?? 0), 0);
  const sent = clients.reduce((sum, client) => sum + client.bytesUp, 0);
  return (
    requests !== null &&
    isWithin(requests, min / MOST_REPEATS, max * MOST_REPEATS) &&
    bytesUp <= sent * MOST_GROWTH &&
    sent <= bytesUp * MOST_GROWTH
  );
}

const isWithin = (requests: Range, min: number, max: number): boolean =>
  requests.max >= min && requests.min <= max;
