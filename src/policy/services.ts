// AI services that a host runs, as rules see them: what hosts of its own network and what hosts of others do with each.

import type { Policy, Rule, ServiceMatch } from '../model/policy.ts';
import type { EvidenceItem, FindingService, ToolUse } from '../model/report.ts';
import {
  isClient,
  isFromOtherNetwork,
  isReached,
  type ServiceName,
  serviceNameOf,
  signsOfName,
  signWords,
  sumServices,
} from '../model/services.ts';
import type { HostTool, UsageQuarter } from '../model/tool.ts';
import { NO_TOOL_SUMS, type ServiceSeen, type UsageWindow } from '../model/usage.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { QUARTER_SECONDS } from '../time/units.ts';
import type { SeenUse } from './finding.ts';
import { matchesService, type ServiceOfRule } from './match.ts';
import { joinPhases, splitPhases } from './phases.ts';
import type { PolicySubject } from './subjects.ts';

type Entry = ServiceSeen & { readonly startSeconds: number };

/** A service of a host, or the part of it that hosts of other networks reached. */
export interface HostService extends ServiceOfRule {
  readonly name: ServiceName;
  readonly port: number;
  readonly entries: readonly Entry[];
  readonly quarters: readonly UsageQuarter[];
}

/** By the host that runs them. The name rests on all that was read, as in the report. */
export function servicesByHost(
  windows: readonly Pick<UsageWindow, 'services' | 'startSeconds'>[],
): ReadonlyMap<string, readonly HostService[]> {
  const places = new Map<string, Entry[]>();
  for (const { services = [], startSeconds } of windows) {
    const start = Math.floor(startSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
    for (const seen of services) {
      const place = `${seen.server} ${seen.port}`;
      const known = places.get(place);
      const entry = { ...seen, startSeconds: start };
      if (known === undefined) places.set(place, [entry]);
      else known.push(entry);
    }
  }
  const byHost = new Map<string, HostService[]>();
  for (const entries of places.values()) {
    const [first] = entries;
    if (first === undefined) continue;
    const own = byHost.get(first.server) ?? [];
    byHost.set(first.server, own);
    own.push(...partsOf(first.port, entries));
  }
  return byHost;
}

function partsOf(port: number, entries: readonly Entry[]): HostService[] {
  const name = serviceNameOf(new Set(entries.flatMap(({ signs }) => signs)), port);
  if (name === null) return [];
  const { product, class: serviceClass } = name;
  const reached = entries.filter(isReached);
  return [false, true].flatMap((isExposed) => {
    const own = reached.filter((seen) => isFromOtherNetwork(seen) === isExposed);
    if (own.length === 0) return [];
    const quarters = quartersOf(own, name);
    return [{ name, port, product, class: serviceClass, isExposed, entries: own, quarters }];
  });
}

function quartersOf(entries: readonly Entry[], { confidence }: ServiceName): UsageQuarter[] {
  const byStart = new Map<number, Entry[]>();
  for (const entry of entries)
    byStart.set(entry.startSeconds, [...(byStart.get(entry.startSeconds) ?? []), entry]);
  return [...byStart].map(([startSeconds, own]) => quarterOf(startSeconds, own, confidence));
}

/** That a service answered is what a rule asks about: requests are its clients' and have no threshold. */
export function quarterOf(
  startSeconds: number,
  entries: readonly Pick<ServiceSeen, 'firstUs' | 'lastUs' | 'bytesUp' | 'bytesDown'>[],
  confidence: UsageQuarter['confidence'],
): UsageQuarter {
  const traffic = {
    firstUs: entries.reduce((least, { firstUs }) => Math.min(least, firstUs), Number.POSITIVE_INFINITY),
    lastUs: entries.reduce((most, { lastUs }) => Math.max(most, lastUs), Number.NEGATIVE_INFINITY),
    flows: 1,
    bytesUp: sumOf(entries, ({ bytesUp }) => bytesUp),
    bytesDown: sumOf(entries, ({ bytesDown }) => bytesDown),
    payloadUp: sumOf(entries, ({ bytesUp }) => bytesUp),
    payloadDown: sumOf(entries, ({ bytesDown }) => bytesDown),
    requests: null,
  };
  return {
    ...{ startSeconds, isInRow: true, confidence, ...traffic },
    ...{ activeMinutes: null, telemetryPayloadUp: null, modelPayloadUp: null },
    byRole: { inference: traffic },
  };
}

/** Services that a rule matches, with the phases of their quarter hours: one for each port. */
export function servicesIn(policy: Policy, rule: Rule, subject: PolicySubject): SeenUse[] {
  const { services: match } = rule.match;
  if (match === undefined) return [];
  const byPort = new Map<number, HostService[]>();
  for (const service of subject.services ?? [])
    if (matchesService(match, service))
      byPort.set(service.port, [...(byPort.get(service.port) ?? []), service]);
  return [...byPort.values()].flatMap((parts) => {
    const [first] = parts;
    return first === undefined ? [] : [seenOf(policy, rule, subject, first, parts)];
  });
}

function seenOf(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  { name, port, product }: HostService,
  parts: readonly HostService[],
): SeenUse {
  const use = useOf(`${product}:${port}`, name);
  const phases = joinPhases(
    parts.map((service) => splitPhases(policy, rule, subject, { use, service, quarters: service.quarters })),
  );
  const quarters = parts.flatMap((part) => part.quarters);
  const entries = parts.flatMap((part) => part.entries);
  const tool: HostTool = {
    use,
    quarters,
    evidenceIn: (starts) => evidenceOf(name, entriesIn(entries, starts), entries),
  };
  const serviceIn = (starts: ReadonlySet<number>): FindingService =>
    findingService(name, port, entriesIn(entries, starts));
  return { use, tool, whole: tool, phases, serviceIn };
}

const entriesIn = (entries: readonly Entry[], starts: ReadonlySet<number>): Entry[] =>
  entries.filter(({ startSeconds }) => starts.has(startSeconds));

/** As the row of a tool, for what rules have in common. */
export function useOf(id: string, { product, class: serviceClass, confidence }: ServiceName): ToolUse {
  return {
    ...{ tool: id, name: product, vendor: '', kind: serviceClass, confidence },
    ...{ firstSeen: '', lastSeen: '', firstSeenEver: '', activeMinutes: null, ...NO_TOOL_SUMS },
    ...{ modelPayloadUp: null, requests: null, prompts: null, sessions: null, telemetry: null },
    ...{ withheld: [], days: [], names: [], fingerprints: [], evidence: [] },
  };
}

/** Signs of the time in question; where it shows none of its own, those by which the service was known before or after. */
function evidenceOf(name: ServiceName, inTime: readonly Entry[], all: readonly Entry[]): EvidenceItem[] {
  const naming = signsOfName(name);
  const items = signItems(naming, inTime);
  return [...(items.length > 0 ? items : signItems(naming, all)), ...doubtsOf(name, all)];
}

function signItems(naming: ReadonlySet<string>, entries: readonly Entry[]): EvidenceItem[] {
  const bySign = new Map<string, Entry[]>();
  for (const entry of entries)
    for (const sign of entry.signs)
      if (naming.has(sign)) bySign.set(sign, [...(bySign.get(sign) ?? []), entry]);
  return [...bySign]
    .sort(([a], [b]) => compareText(a, b))
    .map(([sign, own]) => item(sign, signWords(sign), true, own));
}

function doubtsOf({ confidence }: ServiceName, entries: readonly Entry[]): EvidenceItem[] {
  if (confidence === 'certain') return [];
  const doubt =
    confidence === 'likely'
      ? 'an administrator can give another program the same answer'
      : 'the answers could not be read, so another program may have the same route';
  return [item('unsure-service', doubt, false, entries)];
}

function item(rule: string, detail: string, isFor: boolean, entries: readonly Entry[]): EvidenceItem {
  return {
    ...{ kind: 'service', rule, detail, for: isFor },
    first: formatInstant(Math.min(...entries.map(({ firstUs }) => firstUs))),
    last: formatInstant(Math.max(...entries.map(({ lastUs }) => lastUs))),
    flows: sumOf(entries, ({ flows }) => flows),
    communityIds: [],
  };
}

function findingService(
  { product, class: serviceClass }: ServiceName,
  port: number,
  entries: readonly Entry[],
): FindingService {
  const byHost = new Map<string, ServiceSeen>();
  for (const entry of entries) {
    const known = byHost.get(entry.host);
    byHost.set(entry.host, known === undefined ? entry : sumServices(known, entry));
  }
  const all = [...byHost.values()];
  const clients = all.filter(isClient).sort((a, b) => compareHosts(a.host, b.host));
  return {
    ...{ product, class: serviceClass, port },
    exposed: all.some(isFromOtherNetwork),
    clients: clients.map(({ host, requests, isUncounted, firstUs }) => ({
      host,
      requests: { min: requests, max: isUncounted ? null : requests },
      firstSeen: formatInstant(firstUs),
    })),
    probes: all.length - clients.length,
  };
}

const sumOf = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0);

/** What a rule matches, in words: "AI services of class mcp", "AI services that hosts of other networks reached". */
export function servicesText({ classes, products, isExposed }: ServiceMatch): string {
  const named = [...classes.map((each) => `class ${each}`), ...products].join(', ');
  const which = named === '' ? '' : ` of ${named}`;
  return `AI services${which}${isExposed ? ' that hosts of other networks reached' : ''}`;
}
