// Converts the report to events, to which each output then gives its field names: uses, server names, findings, the
// sensor.

import type { FindingResult, Severity } from '../../model/findings.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type {
  Finding,
  FindingService,
  HostReport,
  PolicyHeader,
  ReportDocument,
  ToolName,
  ToolUse,
} from '../../model/report.ts';
import { parseAddress } from '../../net/address.ts';
import { plural } from '../../text/quantity.ts';
import { getPlace } from '../sections/services.ts';
import { readingState } from '../text/blind-spots.ts';
import { ruledName } from '../text/finding-words.ts';
import { hostsByName } from '../text/hosts-by-name.ts';
import type { PolicyRule } from '../text/policy-outcome.ts';
import { findHiddenBytes } from '../text/use-bytes.ts';

export type ReportEvent =
  | { readonly type: 'use'; readonly host: HostReport; readonly use: ToolUse; readonly isProvider: boolean }
  /** One server name of a use. The counts of all names add up to those of the use. */
  | { readonly type: 'name'; readonly host: HostReport; readonly use: ToolUse; readonly name: ToolName }
  | {
      readonly type: 'finding';
      readonly finding: Finding;
      readonly rule: PolicyRule | null;
      readonly host: HostReport | null;
      readonly use: ToolUse | null;
      readonly toolName: string;
    };

export type EventOf<K extends ReportEvent['type']> = Extract<ReportEvent, { readonly type: K }>;

/** Yields events one by one, because those of a large network need not be in memory at once. */
export function* reportEvents(document: ReportDocument): Iterable<ReportEvent> {
  for (const event of useEvents(document)) {
    yield event;
    yield* nameEvents(event);
  }
  yield* findingEvents(document);
}

export function* useEvents({ hosts }: Pick<ReportDocument, 'hosts'>): Iterable<EventOf<'use'>> {
  for (const host of hosts) {
    const { tools, providers } = host;
    for (const use of tools) yield { type: 'use', host, use, isProvider: false };
    for (const use of providers) yield { type: 'use', host, use, isProvider: true };
  }
}

export function* nameEvents({ host, use }: EventOf<'use'>): Iterable<EventOf<'name'>> {
  // A possible row repeats the figures of the provider's row, so its names would be counted twice.
  if (use.confidence === 'possible' && host.providers.length > 0) return;
  for (const name of use.names) yield { type: 'name', host, use, name };
}

export function* findingEvents(document: ReportDocument): Iterable<EventOf<'finding'>> {
  const findings = document.findings ?? [];
  if (findings.length === 0) return;
  const hosts = hostsByName(document);
  const rules = new Map((document.policy?.rules ?? []).map((rule) => [rule.id, rule]));
  for (const finding of findings) {
    const host = hosts.get(finding.host) ?? null;
    const use =
      [...(host?.tools ?? []), ...(host?.providers ?? [])].find(
        (candidate) => candidate.tool === finding.tool,
      ) ?? null;
    const toolName = use?.name ?? ruledName(document, finding.tool) ?? finding.tool;
    yield { type: 'finding', finding, rule: rules.get(finding.rule) ?? null, host, use, toolName };
  }
}

/** One server of an event, and the addresses of all. Null if a log has none or the server has a pseudonym. */
export interface Destination {
  readonly address: string | null;
  readonly port: number | null;
  readonly addresses: readonly string[];
}

/** Selects the name that most bytes were sent to. */
export function findDestination(names: readonly ToolName[]): Destination {
  const [most] = [...names].sort((a, b) => b.payloadUp - a.payloadUp);
  const addresses = (most?.servers ?? []).filter((server) => parseAddress(server) !== null);
  return { address: addresses[0] ?? null, port: most?.serverPorts[0] ?? null, addresses };
}

/** Returns the host itself for a service. */
export function findingDestination({ finding, use }: EventOf<'finding'>): Destination {
  if (finding.service === undefined) return findDestination(use?.names ?? []);
  const addresses = parseAddress(finding.host) === null ? [] : [finding.host];
  return { address: addresses[0] ?? null, port: finding.service.port, addresses };
}

export const SEVERITY_NUMBER: Readonly<Record<Severity, number>> = {
  critical: 1,
  high: 1,
  medium: 2,
  low: 3,
  info: 4,
};

/** Returns figures without an equivalent in other formats, in the namespace of wiretally. */
export function ownFields(use: ToolUse): Record<string, unknown> {
  return {
    tool: use.tool,
    tool_name: use.name,
    vendor: use.vendor,
    kind: use.kind,
    confidence: use.confidence,
    first_seen: use.firstSeen,
    last_seen: use.lastSeen,
    active_minutes: use.activeMinutes,
    requests: use.requests,
    prompts: use.prompts,
    sessions: use.sessions,
    model_payload_up: use.modelPayloadUp,
    telemetry:
      use.telemetry === null
        ? null
        : {
            payload_up: use.telemetry.payloadUp,
            min: use.telemetry.min,
            max: use.telemetry.max,
            share: use.telemetry.share,
            method: use.telemetry.method,
          },
  };
}

/** A report without a packet has the Unix epoch, as in Zeek's logs. */
export const NO_TIME = '1970-01-01T00:00:00.000000Z';

/** Without any input, only a verdict or an incomplete reading creates an event. */
export const hasSensorEvent = (document: ReportDocument): boolean =>
  document.period.until !== null ||
  document.summary !== undefined ||
  document.interrupted === true ||
  document.incomplete !== undefined;

/** States what the sensor could read and what it could not. Otherwise an empty log would look like "nothing used". */
export function sensorFields(document: ReportDocument): Record<string, unknown> {
  const { stats } = document;
  return {
    client_hellos: stats.clientHellos,
    malformed: stats.malformed,
    snaplen_cut: stats.snaplenCut,
    evicted_flows: stats.evictedFlows,
    reading: readingState(document),
    gaps: document.coverage.flatMap(({ gaps }) => gaps),
    ...(document.summary === undefined
      ? {}
      : {
          verdicts: document.summary.rules.map(({ rule, verdict, observed, reasons }) => ({
            rule,
            verdict,
            observed,
            reasons,
          })),
        }),
    ...omitUndefined({ unrecorded: document.unrecorded }),
    not_visible: document.notVisible.map((spot) => {
      const { kind, flows, share } = spot;
      return { kind, flows, bytes: findHiddenBytes(spot), share };
    }),
  };
}

/** A live finding that the report of the whole day contradicts or weakens. */
export interface Correction {
  readonly id: string;
  readonly rule: PolicyHeader['rules'][number];
  readonly host: string;
  readonly tool: string;
  readonly toolName: string;
  readonly was: FindingResult;
  /** Null: the finding no longer exists. The same result: a provisional finding is confirmed or stays unconfirmed. */
  readonly result: FindingResult | null;
  /** Monitoring ended before the provisional time. */
  readonly isUnconfirmed?: true;
  /** RFC 3339. */
  readonly time: string;
}

const RESULT_WORDS: Readonly<Record<FindingResult, string>> = {
  violation: 'a violation',
  grace: 'a use within the grace period',
  suspected: 'a suspicion',
  updateOnly: 'updates alone',
  telemetryOnly: 'telemetry alone',
  exempt: 'an exempt use',
  bypass: 'a use around the gateways',
  telemetrySent: 'telemetry that is switched off',
  uploaded: 'an upload above the limit',
  attempted: 'an attempt that was stopped',
};

export const correctionType = ({ was, result, isUnconfirmed }: Correction) =>
  isUnconfirmed === true ? 'unconfirmed' : was === result ? 'confirmation' : 'correction';

export function describeCorrection(correction: Correction): string {
  const { rule, host, toolName, was, result } = correction;
  if (correction.isUnconfirmed === true)
    return `unconfirmed: ${toolName} on ${host} was raised as ${RESULT_WORDS[was]}; monitoring ended before it was confirmed (${rule.id} rev ${rule.rev})`;
  if (result === was)
    return `confirmed: ${toolName} on ${host} was raised as ${RESULT_WORDS[was]}; all of the day so far shows the same (${rule.id} rev ${rule.rev})`;
  const now = result === null ? 'no finding' : RESULT_WORDS[result];
  return `correction: ${toolName} on ${host} was raised as ${RESULT_WORDS[was]}; all of the day so far shows ${now} (${rule.id} rev ${rule.rev})`;
}

export function serviceFields({ service }: Finding): Record<string, unknown> {
  if (service === undefined) return {};
  const { product, class: serviceClass, port, exposed, clients, probes } = service;
  const hosts = clients.map(({ host }) => host);
  return { service: { product, class: serviceClass, port, exposed, clients: hosts, probes } };
}

/** Returns the text after the sentence of a finding that other signs may still explain. */
export const provisionalWords = ({ provisionalUntil }: Finding): string =>
  provisionalUntil === undefined ? '' : `; provisional until ${provisionalUntil}`;

/**
 * Returns a text such as "AI service ollama runs on 10.0.0.7:11434, reached from other networks, 2 clients (SVC-1 rev
 * 1, certain)".
 */
function describeService(
  { host, rule, rev, result, confidence }: Finding,
  { product, port, exposed, clients }: FindingService,
): string {
  const verb =
    result === 'suspected'
      ? 'is suspected on'
      : result === 'grace'
        ? 'runs within the grace period on'
        : result === 'exempt'
          ? 'runs, exempt, on'
          : 'runs on';
  const reached = exposed ? ', reached from other networks' : '';
  return `AI service ${product} ${verb} ${getPlace({ host, port })}${reached}, ${plural(clients.length, 'client')} (${rule} rev ${rev}, ${confidence})`;
}

/** Returns one sentence for the message of an alert. */
export function describeFinding(finding: Finding, toolName: string): string {
  if (finding.service !== undefined) return describeService(finding, finding.service);
  const words = {
    violation: `${toolName} used on ${finding.host}`,
    grace: `${toolName} used on ${finding.host} within the grace period`,
    suspected: `${toolName} suspected on ${finding.host}`,
    updateOnly: `only updates of ${toolName} seen on ${finding.host}`,
    telemetryOnly: `only telemetry of ${toolName} seen on ${finding.host}`,
    exempt: `${toolName} used on ${finding.host}, exempt`,
    bypass: `${toolName} used on ${finding.host}, around the required gateways`,
    uploaded: `upload to ${toolName} by ${finding.host}, above the limit`,
    telemetrySent: `telemetry of ${toolName} sent by ${finding.host}`,
    attempted: `${toolName} attempted on ${finding.host}, stopped before any request`,
  };
  return `${words[finding.result]} (${finding.rule} rev ${finding.rev}, ${finding.confidence})`;
}
