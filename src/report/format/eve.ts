// Writes NDJSON in the form of Suricata 8's EVE log (its etc/schema.json): uses, server names, alerts, statistics.
// Fields of Suricata keep their names and types. All other fields are below "wiretally".

import type { Severity } from '../../model/findings.ts';
import { omitEmpty, omitUndefined } from '../../model/omit-undefined.ts';
import type { ReportDocument, ToolUse } from '../../model/report.ts';
import { findBytes } from '../../model/withheld.ts';
import { parseAddress } from '../../net/address.ts';
import { fnv1a } from '../../text/fnv1a.ts';
import { jsonText } from '../../text/json-text.ts';
import type { PolicyRule } from '../text/policy-outcome.ts';
import { findReadBytes } from '../text/use-bytes.ts';
import {
  type Correction,
  correctionType,
  type Destination,
  describeCorrection,
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

/** EVE writes the offset without a colon and never "Z". */
const eveTime = (instant: string): string => instant.replace(/Z$/, '+0000');

export function* renderEve(document: ReportDocument): Iterable<string> {
  const host = document.sensor === null ? {} : { host: document.sensor };
  const formatLine = (event: Record<string, unknown>): string => `${jsonText({ ...event, ...host })}\n`;
  for (const event of reportEvents(document)) yield formatLine(buildEveEvent(event));
  if (hasSensorEvent(document)) yield formatLine(buildStatsEvent(document, document.period.until ?? NO_TIME));
}

/** Pseudonyms are not addresses, so only wiretally.host has them. */
const buildSource = (host: string): Record<string, string> =>
  parseAddress(host) === null ? {} : { src_ip: host };

const buildDestination = ({ address, port }: Destination): Record<string, unknown> =>
  omitEmpty({ dest_ip: address, dest_port: port });

function buildEveEvent(event: ReportEvent): Record<string, unknown> {
  if (event.type === 'finding') return buildAlertEvent(event);
  const { host, use } = event;
  const common = {
    timestamp: eveTime(use.lastSeen),
    event_type: 'wiretally',
    ...buildSource(host.host),
    ...(host.mac === null ? {} : { ether: { src_mac: host.mac } }),
  };
  if (event.type === 'use') {
    return {
      ...common,
      wiretally: {
        type: event.isProvider ? 'provider' : 'tool',
        host: host.host,
        host_name: host.name,
        ...ownFields(use),
        flows: use.flows,
      },
    };
  }
  const { name } = event;
  return {
    ...common,
    ...buildDestination(findDestination([name])),
    tls: { sni: name.name, ...buildFingerprint(use) },
    flow: {
      bytes_toserver: findBytes(use, 'bytesUp', name),
      bytes_toclient: findBytes(use, 'bytesDown', name),
      start: eveTime(use.firstSeen),
      end: eveTime(use.lastSeen),
    },
    wiretally: {
      type: 'name',
      host: host.host,
      tool: use.tool,
      confidence: use.confidence,
      role: name.role,
      specificity: name.specificity,
      flows: name.flows,
      payload_up: findBytes(use, 'payloadUp', name),
      payload_down: findBytes(use, 'payloadDown', name),
    },
  };
}

/** A name belongs to a fingerprint only if the use has a single one. */
function buildFingerprint(use: ToolUse): Record<string, unknown> {
  const [only, ...others] = use.fingerprints;
  if (only === undefined || others.length > 0) return {};
  return { ja3: { hash: only.ja3 }, ja4: only.ja4, client_alpns: only.alpn };
}

const buildAlert = (
  { id, rev, title }: Pick<PolicyRule, 'id' | 'rev' | 'title'>,
  signature: string,
  severity: Severity,
): Record<string, unknown> => ({
  action: 'allowed',
  gid: 1,
  signature_id: signatureId(id),
  rev,
  signature,
  category: title,
  severity: SEVERITY_NUMBER[severity],
});

function buildAlertEvent(event: EventOf<'finding'>): Record<string, unknown> {
  const { finding, rule, host, toolName } = event;
  const communityId = finding.evidence.flatMap((item) => item.communityIds)[0];
  return {
    timestamp: eveTime(finding.last),
    event_type: 'alert',
    ...buildSource(finding.host),
    ...buildDestination(findingDestination(event)),
    ...omitUndefined({ community_id: communityId }),
    ...(host?.mac ? { ether: { src_mac: host.mac } } : {}),
    alert: {
      ...buildAlert(
        { id: finding.rule, rev: finding.rev, title: rule?.title ?? 'AI coding tool' },
        describeFinding(finding, toolName),
        finding.severity,
      ),
      ...omitEmpty({ references: finding.references }),
    },
    wiretally: {
      type: 'finding',
      id: finding.id,
      rule: finding.rule,
      host: finding.host,
      tool: finding.tool,
      result: finding.result,
      severity: finding.severity,
      confidence: finding.confidence,
      first: finding.first,
      last: finding.last,
      active_minutes: finding.activeMinutes,
      requests: finding.requests,
      payload_up: finding.payloadUp,
      ...serviceFields(finding),
      exception: finding.exception,
      ...(finding.life === undefined ? {} : { state: finding.life.state, assignee: finding.life.assignee }),
      ...(finding.provisionalUntil === undefined
        ? {}
        : { provisional: true, provisional_until: finding.provisionalUntil }),
    },
  };
}

/** Writes one line. It identifies the corrected alerts by rule, host and tool. */
export function renderEveCorrection(correction: Correction): string {
  const { id, rule, host, tool, was, result, time } = correction;
  const event = {
    timestamp: eveTime(time),
    event_type: 'alert',
    ...buildSource(host),
    alert: buildAlert(rule, describeCorrection(correction), 'info'),
    wiretally: { type: correctionType(correction), id, rule: rule.id, host, tool, was, result },
  };
  return `${JSON.stringify(event)}\n`;
}

/** A name of the catalogue whose answer had an ECH configuration. */
export interface EchOffer {
  readonly id: string;
  readonly name: string;
  readonly resolver: string;
  readonly ttlSeconds: number;
  /** RFC 3339. */
  readonly time: string;
}

/** Writes one line. */
export function renderEveEchOffer({ id, name, resolver, ttlSeconds, time }: EchOffer): string {
  const event = {
    timestamp: eveTime(time),
    event_type: 'alert',
    alert: buildAlert(
      { id: 'ech', rev: 1, title: 'Encrypted ClientHello' },
      `${name} offers Encrypted ClientHello`,
      'info',
    ),
    wiretally: { type: 'ech', id, name, resolver, ttl: ttlSeconds },
  };
  return `${jsonText(event)}\n`;
}

/** Computes a stable number in Suricata's range for local rules, 1 000 000 to 1 999 999 (FNV-1a of the rule's id). */
export function signatureId(rule: string): number {
  return 1_000_000 + ((fnv1a(rule) >>> 0) % 1_000_000);
}

function buildStatsEvent(document: ReportDocument, until: string): Record<string, unknown> {
  const { stats } = document;
  return {
    timestamp: eveTime(until),
    event_type: 'stats',
    stats: {
      capture: { kernel_packets: stats.packets + stats.kernelDrops, kernel_drops: stats.kernelDrops },
      decoder: { pkts: stats.packets, bytes: findReadBytes(document) },
      flow: { total: stats.flows },
    },
    wiretally: { type: 'sensor', ...sensorFields(document) },
  };
}
