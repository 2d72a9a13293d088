// Lists AI services of the local networks from windows: one row for each host and port that signs identify.

import { sumOf } from '../../model/extremes.ts';
import { omitEmpty } from '../../model/omit-undefined.ts';
import type { ReportService, ServiceClient } from '../../model/report.ts';
import type { ServiceSign } from '../../model/service-signs.ts';
import {
  findServiceName,
  isClient,
  isFromOtherNetwork,
  isReached,
  requestRange,
  type ServiceName,
  sumMcp,
  sumServices,
  versionsIn,
} from '../../model/services.ts';
import type { ServiceSeen, UsageWindow } from '../../model/usage.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import { formatInstant } from '../../time/instant.ts';

export function listServices(windows: readonly Pick<UsageWindow, 'services'>[]): ReportService[] {
  const places = new Map<string, Map<string, ServiceSeen>>();
  for (const { services = [] } of windows) {
    for (const seen of services) {
      const place = `${seen.server} ${seen.port}`;
      const clients = places.get(place) ?? new Map<string, ServiceSeen>();
      places.set(place, clients);
      const existing = clients.get(seen.host);
      clients.set(seen.host, existing === undefined ? seen : sumServices(existing, seen));
    }
  }
  return [...places.values()]
    .flatMap((clients) => findService([...clients.values()]) ?? [])
    .sort((a, b) => compareHosts(a.host, b.host) || a.port - b.port);
}

function findService(all: readonly ServiceSeen[]): ReportService | null {
  const [first] = all;
  if (first === undefined) return null;
  const { server: host, port } = first;
  const signs = [...new Set(all.flatMap((seen) => seen.signs))].sort(compareText);
  const name = findServiceName(new Set(signs), port);
  if (name === null) return null;
  const reached = all.filter(isReached);
  const users = reached.filter(isClient);
  return {
    ...shownName(name),
    host,
    port,
    exposed: reached.some(isFromOtherNetwork),
    firstSeen: formatInstant(Math.min(...reached.map((seen) => seen.firstUs))),
    lastSeen: formatInstant(Math.max(...reached.map((seen) => seen.lastUs))),
    bytesUp: sumOf(all, ({ bytesUp }) => bytesUp),
    bytesDown: sumOf(all, ({ bytesDown }) => bytesDown),
    signs,
    ...buildFacts(all, signs),
    clients: users.map(buildClient).sort((a, b) => compareHosts(a.host, b.host)),
    probes: reached.length - users.length,
  };
}

function buildFacts(
  all: readonly ServiceSeen[],
  signs: readonly string[],
): Pick<ReportService, 'versions' | 'withoutCredentials' | 'mcp'> {
  const versions = versionsIn(all);
  const sign: ServiceSign = 'noCredentials';
  const [sessions = 0, lists = 0, reads = 0, calls = 0] = sumMcp(all);
  return {
    ...omitEmpty({ versions }),
    ...(signs.includes(sign) ? { withoutCredentials: true } : {}),
    ...(sessions + lists + reads + calls === 0 ? {} : { mcp: { sessions, lists, reads, calls } }),
  };
}

const shownName = ({ product, class: serviceClass, confidence }: ServiceName) => ({
  product,
  class: serviceClass,
  confidence,
});

function buildClient(seen: ServiceSeen): ServiceClient {
  return {
    host: seen.host,
    requests: requestRange(seen),
    otherNetwork: isFromOtherNetwork(seen),
    bytesUp: seen.bytesUp,
    bytesDown: seen.bytesDown,
    firstSeen: formatInstant(seen.firstUs),
    lastSeen: formatInstant(seen.lastUs),
  };
}
