// Writes NDJSON in the Elastic Common Schema 8.17 (elastic.co, ECS Field Reference). Fields without an ECS equivalent
// are below "wiretally".

import { omitEmpty } from '../../model/omit-undefined.ts';
import type { HostReport, ReportDocument } from '../../model/report.ts';
import { findBytes } from '../../model/withheld.ts';
import { parseAddress } from '../../net/address.ts';
import { jsonText } from '../../text/json-text.ts';
import { findReadBytes } from '../text/use-bytes.ts';
import {
  type Destination,
  describeFinding,
  type EventOf,
  findDestination,
  findingDestination,
  hasSensorEvent,
  NO_TIME,
  ownFields,
  type ReportEvent,
  reportEvents,
  SEVERITY_NUMBER,
  sensorFields,
  serviceFields,
} from './events.ts';

const ECS_VERSION = '8.17.0';

export function* renderEcs(document: ReportDocument): Iterable<string> {
  const observer = {
    vendor: 'Wiretally',
    product: 'wiretally',
    type: 'sensor',
    version: document.wiretally,
    ...omitEmpty({ name: document.sensor }),
  };
  const formatLine = (event: Record<string, unknown>): string =>
    `${jsonText({ ...event, ecs: { version: ECS_VERSION }, observer })}\n`;
  for (const event of reportEvents(document)) yield formatLine(buildEcsEvent(event, document));
  if (hasSensorEvent(document))
    yield formatLine(buildSensorEvent(document, document.period.until ?? NO_TIME));
}

/** Returns the categorization fields of ECS. */
const categorize = (kind: 'event' | 'metric' | 'alert', dataset: string): Record<string, unknown> => ({
  kind,
  category: ['network'],
  type: ['info'],
  module: 'wiretally',
  dataset: `wiretally.${dataset}`,
});

function buildEcsEvent(event: ReportEvent, document: ReportDocument): Record<string, unknown> {
  if (event.type === 'finding') return buildFindingEvent(event, document);
  const { host, use } = event;
  const buildBase = (dataset: string) => ({
    '@timestamp': use.lastSeen,
    event: { ...categorize('event', dataset), start: use.firstSeen, end: use.lastSeen },
  });
  if (event.type === 'use') {
    return {
      ...buildBase('use'),
      source: buildSource(host),
      related: buildRelated(
        host,
        use.fingerprints.map(({ ja3 }) => ja3),
      ),
      // ECS has a field for one hash; wiretally has all of them.
      ...(use.fingerprints.length === 1 ? { tls: { client: { ja3: use.fingerprints[0]?.ja3 } } } : {}),
      wiretally: {
        row: event.isProvider ? 'provider' : 'tool',
        ...ownFields(use),
        flows: use.flows,
        ja3: use.fingerprints.map(({ ja3 }) => ja3),
        ja4: use.fingerprints.map(({ ja4 }) => ja4),
      },
    };
  }
  const { name } = event;
  const [sent, received] = [findBytes(use, 'bytesUp', name), findBytes(use, 'bytesDown', name)];
  return {
    ...buildBase('name'),
    source: { ...buildSource(host), bytes: sent },
    destination: { ...destinationFields(findDestination([name])), domain: name.name, bytes: received },
    network: { bytes: sent === null || received === null ? null : sent + received },
    tls: { client: { server_name: name.name } },
    related: buildRelated(host, [], [name.name], findDestination([name]).addresses),
    wiretally: {
      tool: use.tool,
      confidence: use.confidence,
      role: name.role,
      specificity: name.specificity,
      flows: name.flows,
    },
  };
}

function buildSource(host: HostReport): Record<string, unknown> {
  return {
    address: host.host,
    ...omitEmpty({
      ip: parseAddress(host.host) === null ? null : host.host,
      // ECS requires the notation of RFC 7042: upper case with hyphens.
      mac: host.mac?.toUpperCase().replaceAll(':', '-'),
      domain: host.name,
    }),
  };
}

const destinationFields = ({ address, port }: Destination): Record<string, unknown> =>
  omitEmpty({ address, ip: address, port });

/** Fields that analysts pivot on. */
function buildRelated(
  host: HostReport,
  hashes: readonly string[],
  names: readonly string[] = [],
  servers: readonly string[] = [],
): Record<string, readonly string[]> {
  const isAddress = parseAddress(host.host) !== null;
  const addresses = [...(isAddress ? [host.host] : []), ...servers];
  const hosts = [...(isAddress ? [] : [host.host]), ...(host.name === null ? [] : [host.name]), ...names];
  return omitEmpty({ ip: [...new Set(addresses)], hosts: [...new Set(hosts)], hash: [...new Set(hashes)] });
}

function buildSensorEvent(document: ReportDocument, until: string): Record<string, unknown> {
  const { stats, period } = document;
  return {
    '@timestamp': until,
    event: { ...categorize('metric', 'sensor'), ...omitEmpty({ start: period.since }), end: until },
    network: { bytes: findReadBytes(document), packets: stats.packets },
    wiretally: { flows: stats.flows, kernel_drops: stats.kernelDrops, ...sensorFields(document) },
  };
}

function buildFindingEvent(event: EventOf<'finding'>, document: ReportDocument): Record<string, unknown> {
  const { finding, rule, host, toolName } = event;
  // The field requires a URL, but a policy may name a notice or a paragraph.
  const url = finding.references.find((reference) => /^https?:\/\//.test(reference));
  const destination = findingDestination(event);
  const communityIds = [...new Set(finding.evidence.flatMap((item) => item.communityIds))];
  return {
    '@timestamp': finding.last,
    message: describeFinding(finding, toolName),
    event: {
      ...categorize('alert', 'finding'),
      id: finding.id,
      severity: SEVERITY_NUMBER[finding.severity],
      start: finding.first,
      end: finding.last,
    },
    source: host === null ? { address: finding.host } : buildSource(host),
    ...(destination.address === null && destination.port === null
      ? {}
      : { destination: destinationFields(destination) }),
    ...omitEmpty({ related: host && buildRelated(host, [], [], destination.addresses) }),
    // ECS has a field for one flow; wiretally has all known flows.
    ...(communityIds.length === 0 ? {} : { network: { community_id: communityIds[0] } }),
    rule: {
      id: finding.rule,
      version: String(finding.rev),
      ...omitEmpty({ name: rule?.title, ruleset: document.policy?.name, reference: url }),
    },
    wiretally: {
      tool: finding.tool,
      result: finding.result,
      severity: finding.severity,
      confidence: finding.confidence,
      active_minutes: finding.activeMinutes,
      requests: finding.requests,
      payload_up: finding.payloadUp,
      ...serviceFields(finding),
      exception: finding.exception,
      references: finding.references,
      community_ids: communityIds,
    },
  };
}
