// Finds AI services that a rule matches on a host, with their evidence and clients.

import { sumOf } from '../model/extremes.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { Policy, Rule, ServiceMatch } from '../model/policy.ts';
import type { EvidenceItem, FindingService, Range, ToolUse } from '../model/report.ts';
import { asDetail, phrase, type Sentence } from '../model/sentences.ts';
import { signWords } from '../model/service-signs.ts';
import {
  findAdvisorySubject,
  isClient,
  isFromOtherNetwork,
  requestRange,
  type ServiceName,
  signsOfName,
  sumServices,
} from '../model/services.ts';
import type { HostTool } from '../model/tool.ts';
import type { ServiceSeen } from '../model/usage.ts';
import { UNMEASURED_USE } from '../model/withheld.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { openZone } from '../time/zone.ts';
import { type ExposedTime, listServiceDays, selectExposedQuarters } from './advisory-exposure.ts';
import type { SeenUse } from './finding.ts';
import { matchesService } from './match.ts';
import { joinPhases, splitPhases } from './phases.ts';
import type { HostService, PolicySubject, ServiceEntry } from './subjects.ts';

/** Lists services that a rule matches, one entry per port, with the phases of their quarter hours. */
export function listServices(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  match = rule.match.services,
): SeenUse[] {
  if (match === undefined) return [];
  const matched = (subject.services ?? []).filter((service) => matchesService(match, service));
  return [...groupBy(matched, ({ port }) => port).values()].flatMap((parts) => {
    const [first] = parts;
    return first === undefined ? [] : [buildSeenUse(policy, rule, subject, first, parts)];
  });
}

/** Lists services that advisories of a rule affect, by the versions that they stated. An answer counts as use. */
export function listExposedServices(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  exposedTime: ExposedTime,
): SeenUse[] {
  const { advisories = [] } = rule.match;
  const services = subject.services ?? [];
  // Almost all rules and hosts end here, because opening a time zone takes longer than evaluating a host.
  if (!services.some(({ product }) => advisories.some(({ tool }) => tool === findAdvisorySubject(product))))
    return [];
  const zone = openZone(policy.timezone);
  return [...groupBy(services, ({ port }) => port).values()].flatMap((parts) => {
    const [first] = parts;
    const about = advisories.filter(({ tool }) => tool === findAdvisorySubject(first?.product ?? ''));
    const days = about.length === 0 ? [] : listServiceDays(parts, zone);
    const exposed = parts
      .map((part) => ({
        ...part,
        quarters: selectExposedQuarters(part.quarters, days, about, zone, exposedTime).map((quarter) => ({
          ...quarter,
          requests: ANSWERED,
        })),
      }))
      .filter(({ quarters }) => quarters.length > 0);
    return first === undefined || exposed.length === 0
      ? []
      : [buildSeenUse(policy, rule, subject, first, exposed)];
  });
}

/** At least one request was answered, because an answer states the version. */
const ANSWERED: Range = { min: 1, max: 1 };

function buildSeenUse(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  { name, port, product }: HostService,
  parts: readonly HostService[],
): SeenUse {
  const use = buildUse(`${product}:${port}`, name);
  const phases = joinPhases(
    parts.map((service) => splitPhases(policy, rule, subject, { use, service, quarters: service.quarters })),
  );
  const quarters = parts.flatMap((part) => part.quarters);
  const entries = parts.flatMap((part) => part.entries);
  const tool: HostTool = {
    use,
    quarters,
    evidenceIn: (starts) => listEvidence(name, selectEntries(entries, starts), entries),
  };
  const serviceIn = (starts: ReadonlySet<number>): FindingService =>
    findingService(name, port, selectEntries(entries, starts));
  return { use, tool, whole: tool, phases, serviceIn };
}

const selectEntries = (entries: readonly ServiceEntry[], starts: ReadonlySet<number>): ServiceEntry[] =>
  entries.filter(({ startSeconds }) => starts.has(startSeconds));

/** Presents the service as the row of a tool, for code that all rules share. */
function buildUse(id: string, { product, class: serviceClass, confidence }: ServiceName): ToolUse {
  return {
    tool: id,
    name: product,
    vendor: '',
    kind: serviceClass,
    confidence,
    firstSeen: '',
    lastSeen: '',
    firstSeenEver: '',
    ...UNMEASURED_USE,
  };
}

/**
 * Lists the signs of the time in question. If it has none, lists earlier or later signs by which the service was
 * identified.
 */
function listEvidence(
  name: ServiceName,
  inTime: readonly ServiceEntry[],
  all: readonly ServiceEntry[],
): EvidenceItem[] {
  const decisive = signsOfName(name);
  const items = signItems(decisive, inTime);
  return [...(items.length > 0 ? items : signItems(decisive, all)), ...listDoubts(name, all)];
}

function signItems(decisive: ReadonlySet<string>, entries: readonly ServiceEntry[]): EvidenceItem[] {
  const seen = entries.flatMap((entry) =>
    entry.signs.flatMap((sign) => (decisive.has(sign) ? [{ sign, entry }] : [])),
  );
  return [...groupBy(seen, ({ sign }) => sign)]
    .sort(([a], [b]) => compareText(a, b))
    .map(([sign, own]) =>
      buildItem(
        sign,
        phrase('asWritten', { text: signWords(sign) }),
        true,
        own.map(({ entry }) => entry),
      ),
    );
}

function listDoubts({ confidence }: ServiceName, entries: readonly ServiceEntry[]): EvidenceItem[] {
  if (confidence === 'certain') return [];
  const doubt = confidence === 'likely' ? phrase('sameAnswer') : phrase('sameRoute');
  return [buildItem('unsure-service', doubt, false, entries)];
}

function buildItem(
  rule: string,
  sentence: Sentence,
  isFor: boolean,
  entries: readonly ServiceEntry[],
): EvidenceItem {
  return {
    kind: 'service',
    rule,
    ...asDetail(sentence),
    for: isFor,
    first: formatInstant(Math.min(...entries.map(({ firstUs }) => firstUs))),
    last: formatInstant(Math.max(...entries.map(({ lastUs }) => lastUs))),
    flows: sumOf(entries, ({ flows }) => flows),
    communityIds: [],
  };
}

function findingService(
  { product, class: serviceClass }: ServiceName,
  port: number,
  entries: readonly ServiceEntry[],
): FindingService {
  const byHost = new Map<string, ServiceSeen>();
  for (const entry of entries) {
    const existing = byHost.get(entry.host);
    byHost.set(entry.host, existing === undefined ? entry : sumServices(existing, entry));
  }
  const all = [...byHost.values()];
  const clients = all.filter(isClient).sort((a, b) => compareHosts(a.host, b.host));
  return {
    product,
    class: serviceClass,
    port,
    exposed: all.some(isFromOtherNetwork),
    clients: clients.map((seen) => ({
      host: seen.host,
      requests: requestRange(seen),
      firstSeen: formatInstant(seen.firstUs),
    })),
    probes: all.length - clients.length,
  };
}

/**
 * Describes the services that a rule matches: "AI services of class mcp", "AI services that hosts of other networks
 * reached".
 */
export function servicesText({ classes, products, isExposed }: ServiceMatch): string {
  const named = [...classes.map((name) => `class ${name}`), ...products].join(', ');
  const which = named === '' ? '' : ` of ${named}`;
  return `AI services${which}${isExposed ? ' that hosts of other networks reached' : ''}`;
}
