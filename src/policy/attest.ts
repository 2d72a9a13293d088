// Creates a statement of non-use from windows and attributions, or gives the reasons why none is possible. Every doubt
// prevents it.

import { RELAY_ID } from '../model/catalogue-words.ts';
import { MIN_LOST_BYTES } from '../model/counters.ts';
import { sumOf } from '../model/extremes.ts';
import { omitEmpty, omitUndefined } from '../model/omit-undefined.ts';
import type { Accepted, ObservedScope, Via } from '../model/policy.ts';
import type { AcceptedTraffic, Statement, StatementLimit, StatementLimits } from '../model/statement.ts';
import type { HostAttribution, HostTool } from '../model/tool.ts';
import type {
  CaptureGap,
  ClientFingerprint,
  HiddenDestination,
  HiddenPart,
  NotVisibleTraffic,
  UsageWindow,
} from '../model/usage.ts';
import type { NotVisibleKind, ReadingFlaw } from '../model/window-words.ts';
import { compareText } from '../net/address.ts';
import { matchesGlob } from '../text/glob.ts';
import { formatMinutes, joinWords, plural } from '../text/quantity.ts';
import { formatInstant, parseInstant, shortInstant } from '../time/instant.ts';
import type { TimeSpan } from '../time/spans.ts';
import { US } from '../time/units.ts';
import { localTime, openZone, type Zone } from '../time/zone.ts';
import { adviseOnHidden } from './hidden-advice.ts';
import { MAX_BYTES_TO_VENDOR, openQuarters } from './hidden-limits.ts';
import { acceptedTraffic, type HiddenTraffic } from './hidden-traffic.ts';
import { type Break, buildCover, lostShare, type Observed } from './observed.ts';
import {
  completedFlows,
  countPaths,
  forPaths,
  hasPassed,
  isGatewayAddress,
  listGateways,
  PATHS,
  type Path,
} from './paths.ts';

/** Facts of the catalogue about the tool and about names. */
export interface StatementTool {
  readonly id: string;
  readonly name: string;
  readonly endpoints: readonly { readonly host: string; readonly match: 'exact' | 'suffix' | 'glob' }[];
  readonly isListed: (name: string) => boolean;
  /** Ids of all entries of its vendor. */
  readonly vendorEntries: readonly string[];
  /**
   * Runtimes of its programs whose requests to unlisted names are not counted, because too many other programs use
   * them.
   */
  readonly unwatchedRuntimes: readonly string[];
  /** True for the hello of a program that may be the tool and may call any provider. */
  readonly mayRun: (fingerprint: ClientFingerprint) => boolean;
  /** Its requests look like those of any other tool on its runtime. */
  readonly isUnmarked: boolean;
}

export interface StatementFacts {
  readonly tool: StatementTool;
  /** Networks, addresses and groups as the user wrote them. */
  readonly scope: readonly string[];
  readonly sinceSeconds: number;
  readonly untilSeconds: number;
  readonly limits: StatementLimits;
  readonly accept: readonly Accepted[];
  /** Windows with the hosts of the scope and the period only. */
  readonly windows: readonly UsageWindow[];
  readonly attributions: readonly HostAttribution[];
  readonly traffic: HiddenTraffic;
  /** True for a part that went to a network of the tool's vendor. */
  readonly toVendor: (part: HiddenDestination) => boolean;
  readonly observed: Observed;
  readonly inScope: ObservedScope;
  /** True for an excluded local network that may contain hosts of the scope. */
  readonly mayInclude: (network: string) => boolean;
  /** Gateways that all traffic is expected to pass; null: none. */
  readonly via: Via | null;
  /** True for a window that stands for windows missing from a silent sensor. */
  readonly isSilent: (window: UsageWindow) => boolean;
  /** Records before and after the period, which show that their sensors exist. */
  readonly around: readonly Pick<UsageWindow, 'sensor' | 'startSeconds' | 'lengthSeconds'>[];
  /** Time zone of the times in sentences. */
  readonly zone: Zone;
  /** Hosts that opened a connection, queried a name, or received answers. */
  readonly clients: ReadonlySet<string>;
  /** Times at which hosts of the scope were on the network. */
  readonly presence: readonly TimeSpan[];
  /** Parts of the scope without a host. */
  readonly absent: readonly string[];
  /** Number of hosts that the scope may match: they are pseudonyms, which hide their attributes. */
  readonly pseudonyms: number;
  readonly wiretally: string;
  readonly catalogue: string;
}

type Reason = Statement['reasons'][number];

export function buildStatement(facts: StatementFacts): Statement {
  const { tool, scope, sinceSeconds, untilSeconds, limits, windows, traffic, absent } = facts;
  const span = { fromUs: sinceSeconds * US, untilUs: untilSeconds * US };
  const cover = buildCover(facts.observed.spansOf(facts.inScope), span);
  const bytes = buildBytes(windows);
  const hidden = measureHidden(facts);
  const traced = withoutPassed(facts);
  const found = findHosts(traced);
  const longestUs = cover.longest === null ? 0 : cover.longest.untilUs - cover.longest.fromUs;
  const observed: Statement['observed'] = {
    hours: roundToHundredths(cover.observedUs / (3600 * US)),
    share: roundDown(Math.min(1, cover.observedUs / Math.max(1, span.untilUs - span.fromUs))),
    longestGapMinutes: roundToHundredths(longestUs / (60 * US)),
    gaps: facts.observed.gaps.map(({ fromUs, toUs, reason }) => ({
      from: formatInstant(fromUs),
      to: formatInstant(toUs),
      reason,
    })),
  };
  // On a quiet network, hosts are visible by ARP, DHCP and similar only, and nothing was used.
  const hosts =
    facts.clients.size > 0
      ? facts.clients
      : new Set(windows.flatMap((window) => window.hosts.map(({ host }) => host)));
  const reasons: Reason[] = [
    ...listPathReasons(traced),
    ...listFoundReasons(tool, found.hosts, limits),
    ...listRuntimeReasons(tool, limits),
    // A mirror with an unknown encapsulation shows only traffic inside.
    ...listHostReasons(bytes.lookedInto === 0 && bytes.inside > 0 ? 0 : hosts.size, absent),
    ...reasonIf(
      facts.pseudonyms > 0,
      'pseudonyms',
      'a pseudonym hides whether the scope includes it',
      facts.pseudonyms,
    ),
    ...listTimeReasons(facts, observed),
    ...listPacketReasons(facts, bytes),
    ...listFlawReasons(facts),
    ...listHiddenReasons(hidden, limits),
    ...reasonIf(
      traffic.withoutAccount.length > 0,
      'noAccount',
      'windows were written by an earlier version, which did not record hidden traffic',
    ),
  ];
  const result = reasons.length > 0 ? 'noStatement' : facts.via === null ? 'notObserved' : 'allPassed';
  const { zone } = facts;
  const period = {
    since: formatInstant(span.fromUs),
    until: formatInstant(span.untilUs),
    ...(zone.name === 'UTC' ? {} : { timezone: zone.name }),
  };
  const where = scope.length === 0 ? 'the network' : scope.join(', ');
  return {
    schema: 1,
    wiretally: facts.wiretally,
    catalogue: facts.catalogue,
    tool: tool.id,
    toolName: tool.name,
    scope,
    period,
    limits,
    result,
    ...(facts.via === null ? {} : { via: listGateways(facts.via), flows: traced.flows }),
    sentence:
      result === 'noStatement'
        ? `No statement about ${tool.name} is possible: ${reasons.map(({ detail }) => detail).join('; ')}.`
        : `${
            facts.via === null
              ? `${tool.name} was not observed`
              : `All ${plural(traced.flows.through, 'connection')} of ${tool.name} passed ${listGateways(facts.via).join(' or ')}`
          } on the ${hosts.size === 1 ? 'only host' : `${hosts.size} hosts`} of ${where} that ${hosts.size === 1 ? 'was' : 'were'} seen from ${periodText(period)}, under the conditions of this statement.`,
    reasons,
    observed,
    hosts: {
      seen: hosts.size,
      hidden: hidden.hosts,
      hours: roundToHundredths(buildCover(facts.presence, span).observedUs / (3600 * US)),
    },
    ...omitEmpty({ accepted: hidden.accepted, advice: hidden.advice }),
    bytes,
    sensors: listSensors(facts),
    conditions: listConditions(facts),
    found: found.counts,
  };
}

/** Formats an instant in UTC or another time zone. */
const formatTime = (seconds: number, zone: Zone): string =>
  zone.name === 'UTC' ? shortInstant(formatInstant(seconds * US)) : localTime(seconds, zone);

/** Returns a text such as "2026-07-14 08:00:00 to 2026-07-14 18:00:00 (Asia/Shanghai)". */
export function periodText({ since, until, timezone = 'UTC' }: Statement['period']): string {
  const zone = openZone(timezone);
  const [from, to] = [since, until].map((instant) => formatTime(parseInstant(instant) / US, zone));
  return `${from} to ${to}${timezone === 'UTC' ? '' : ` (${timezone})`}`;
}

const CONDITIONS: readonly string[] = [
  'traffic that no named sensor sees: other networks, mobile lines, machines outside the scope',
  'small requests to an unlisted name (below 1500 bytes), and a tool that runs without the network',
  'relays that another program runs: requests with the hello of a runtime that the tool does not have',
  'names that the catalogue of this version does not list for the tool',
];
const RELAY_CONDITION = 'requests to unlisted names, which may be a relay: the policy ignores them';

const GATEWAY_CONDITION =
  'what a gateway does with a connection: packets show that the connection went there, not that it was inspected';

const listConditions = ({ limits, via }: StatementFacts): readonly string[] => [
  ...CONDITIONS,
  ...(limits.relays === 'ignored' ? [RELAY_CONDITION] : []),
  ...(via === null ? [] : [GATEWAY_CONDITION]),
];

const buildReason = (reason: StatementLimit, detail: string, hosts?: number): Reason => ({
  reason,
  ...omitUndefined({ hosts }),
  detail: hosts === undefined ? detail : `${detail} (${plural(hosts, 'host')})`,
});

const reasonIf = (isReason: boolean, ...parts: Parameters<typeof buildReason>): Reason[] =>
  isReason ? [buildReason(...parts)] : [];

const roundToHundredths = (value: number): number => Math.round(value * 100) / 100;
/** Rounds down, so that observed time is never overstated. */
const roundDown = (value: number): number => Math.floor(value * 1e6) / 1e6;

/**
 * Facts without the traffic that passed the gateways, and without the gateways themselves, which forward it to
 * providers.
 */
interface UnpassedFacts extends StatementFacts {
  readonly flows: Readonly<Record<Path, number>>;
  /**
   * Hosts whose identified use all passed, but which also reached names of the tool directly, without an identified
   * program.
   */
  readonly directHosts: ReadonlySet<string>;
}

function withoutPassed(facts: StatementFacts): UnpassedFacts {
  const { via, attributions, windows, tool } = facts;
  const flows = forPaths(() => 0);
  if (via === null) return { ...facts, flows, directHosts: new Set() };
  const passed = new Set<string>();
  const isUser = ({ host }: { readonly host: string }): boolean => !isGatewayAddress(via, host);
  const selectUnexplained = (host: string, list: readonly HostTool[]): HostTool[] =>
    list.filter((used) => {
      const { counts, isWhole } = countPaths(via, used);
      if (used.use.tool === tool.id) for (const path of PATHS) flows[path] += counts[path];
      if (isWhole) passed.add(host);
      return !isWhole;
    });
  const others = attributions.filter(isUser).map((attribution) => ({
    ...attribution,
    tools: selectUnexplained(attribution.host, attribution.tools),
    providers: selectUnexplained(attribution.host, attribution.providers),
  }));
  const unpassed = windows.map((window) => ({
    ...window,
    rows: window.rows.filter((row) => isUser(row) && !hasPassed(via, row, window.sensor)),
    queriedNames: window.queriedNames.filter(isUser),
  }));
  const isName = makeNames(tool);
  const besides = unpassed
    .flatMap(({ rows }) => rows.filter((row) => passed.has(row.host)))
    .filter((row) => isName(row.name) && completedFlows(row) > 0)
    .map(({ host }) => host);
  return { ...facts, attributions: others, windows: unpassed, flows, directHosts: new Set(besides) };
}

function listPathReasons({ via, flows, tool, directHosts: besides }: UnpassedFacts): Reason[] {
  if (via === null) return [];
  const { around, unclear, unknown, through } = flows;
  const open = unclear + unknown;
  return [
    ...reasonIf(around > 0, 'around', `${plural(around, 'connection')} of ${tool.name} went directly`),
    ...reasonIf(open > 0, 'unclear', `the way of ${plural(open, 'connection')} of ${tool.name} is not clear`),
    ...reasonIf(
      around + open === 0 && besides.size > 0,
      'around',
      `names of ${tool.name} were reached in another way too`,
      besides.size,
    ),
    ...reasonIf(around + open + through === 0, 'notUsed', `no connection of ${tool.name} was seen`),
  ];
}

type FoundHosts = Readonly<Record<keyof Statement['found'], Set<string>>>;

function findHosts({ tool, windows, attributions }: StatementFacts): {
  readonly hosts: FoundHosts;
  readonly counts: Statement['found'];
} {
  const none = (): Set<string> => new Set();
  const hosts: FoundHosts = {
    uses: none(),
    possible: none(),
    telemetry: none(),
    attempts: none(),
    nearby: none(),
    unknownNames: none(),
    unlisted: none(),
    services: none(),
  };
  const isName = makeNames(tool);
  /** Names that a program used which is certainly another one. */
  const explained = new Set<string>();
  const unexplained = new Set<string>();
  for (const { host, tools, providers } of attributions) {
    for (const used of tools) {
      if (tool.isUnmarked && used.use.tool !== tool.id)
        for (const { part } of used.apis ?? [])
          for (const { name } of part.use.names) unexplained.add(`${host} ${name}`);
      if (used.use.tool === tool.id) noteUse(host, used, hosts);
      else if (isNamelessUse(tool, used.use)) hosts.nearby.add(host);
      else if (used.use.confidence !== 'possible')
        for (const { name } of used.use.names) explained.add(`${host} ${name}`);
    }
    for (const { use } of providers) {
      const isNear =
        use.tool === tool.id || use.tool === RELAY_ID || use.names.some(({ name }) => isName(name));
      if (isNear || isNamelessUse(tool, use)) hosts.nearby.add(host);
      // No program is identified for these requests.
      if (use.requests?.max !== 0) for (const { name } of use.names) unexplained.add(`${host} ${name}`);
    }
  }
  for (const { rows, queriedNames, hellos = [], services = [] } of windows) {
    for (const { host, unlistedRequests } of hellos) if (unlistedRequests > 0) hosts.unlisted.add(host);
    for (const { host, uses } of services) if (uses > 0) hosts.services.add(host);
    for (const { host, name, fingerprint } of rows) {
      if (fingerprint === null || name.startsWith('[')) continue;
      if (!tool.isListed(name)) hosts.unknownNames.add(host);
      if (unexplained.has(`${host} ${name}`) && tool.mayRun(fingerprint)) hosts.nearby.add(host);
    }
    for (const { host, name } of queriedNames)
      if (isName(name) && !explained.has(`${host} ${name}`)) hosts.attempts.add(host);
  }
  for (const host of hosts.uses) for (const list of [hosts.possible, hosts.telemetry]) list.delete(host);
  // The tool itself queried its names.
  for (const host of [...hosts.uses, ...hosts.telemetry]) hosts.attempts.delete(host);
  const counts = Object.fromEntries(Object.entries(hosts).map(([key, list]) => [key, list.size]));
  return { hosts, counts: counts as Statement['found'] };
}

/** True for use of an address of the tool's vendor over a connection without a name. */
const isNamelessUse = (tool: StatementTool, use: HostTool['use']): boolean =>
  tool.vendorEntries.includes(use.tool) && use.names.some(({ name }) => name.startsWith('['));

function noteUse(host: string, { use, quarters }: HostTool, hosts: FoundHosts): void {
  if (use.confidence === 'possible') hosts.possible.add(host);
  else if (quarters.some(({ byRole }) => byRole.inference ?? byRole.mcp ?? byRole.relay))
    hosts.uses.add(host);
  else hosts.telemetry.add(host);
}

function makeNames({ endpoints }: StatementTool): (name: string) => boolean {
  return (name) =>
    endpoints.some(({ host, match }) => {
      if (match === 'glob') return matchesGlob(host, name, 1);
      const plain = match === 'suffix' ? host.replace(/^\*?\./, '') : host;
      return name === plain || (match === 'suffix' && name.endsWith(`.${plain}`));
    });
}

function listFoundReasons(
  { name, isUnmarked }: StatementTool,
  hosts: FoundHosts,
  { relays }: StatementLimits,
): Reason[] {
  const limits: readonly (readonly [keyof FoundHosts, StatementLimit, string])[] = [
    ['uses', 'used', `${name} was used`],
    ['telemetry', 'used', `telemetry or updates of ${name} were seen`],
    ['possible', 'possible', `${name} is possible`],
    [
      'nearby',
      'nearby',
      isUnmarked
        ? `a program that may be ${name} used its names, a name that may be a relay, or a provider: no name or start belongs to ${name} alone`
        : `an unknown program used names of ${name}, a name that may be a relay, or a provider that ${name} can use`,
    ],
    ['unknownNames', 'unknownNames', 'an AI runtime used names that no catalogue lists'],
    ...(relays === 'ignored' ? [] : MAY_BE_RELAY),
    ['attempts', 'asked', `names of ${name} were queried, and no known program explains these queries`],
  ];
  return limits.flatMap(([list, reason, detail]) =>
    reasonIf(hosts[list].size > 0, reason, detail, hosts[list].size),
  );
}

const MAY_BE_RELAY: readonly (readonly [keyof FoundHosts, StatementLimit, string])[] = [
  [
    'unlisted',
    'unlisted',
    'a runtime of AI tools sent large requests to unlisted names, which may be a relay',
  ],
  ['services', 'service', 'an AI service in the local networks was used, and any tool can use this service'],
];

function listRuntimeReasons(
  { name, unwatchedRuntimes }: StatementTool,
  { relays }: StatementLimits,
): Reason[] {
  const runtimes = unwatchedRuntimes.join(', ');
  return reasonIf(
    relays !== 'ignored' && unwatchedRuntimes.length > 0,
    'runtime',
    `requests of ${name} to a relay would not show: too many other programs use its runtime (${runtimes})`,
  );
}

function listHostReasons(seen: number, absent: readonly string[]): Reason[] {
  if (seen === 0)
    return [buildReason('noHosts', 'no host of the scope was seen in traffic that can be read')];
  return reasonIf(absent.length > 0, 'noHosts', `no host of ${absent.join(', ')} was on the network`);
}

const isIgnored = ({ reason }: Break): boolean => reason === 'ignored';

function listTimeReasons(
  facts: StatementFacts,
  { share, longestGapMinutes }: Statement['observed'],
): Reason[] {
  const { limits, observed } = facts;
  const { interrupted, unread, ignored, breaks } = observed;
  const formatPercent = (part: number): string => `${Math.floor(part * 10_000) / 100} %`;
  return [
    ...reasonIf(interrupted, 'interrupted', 'the reading was interrupted'),
    ...reasonIf(
      unread.length > 0,
      'unread',
      `${plural(unread.length, 'input')} ${unread.length === 1 ? 'was' : 'were'} not read completely`,
    ),
    ...reasonIf(!breaks.every(isIgnored), 'cut', 'an input is truncated or damaged'),
    ...reasonIf(
      ignored.length > 0 || breaks.some(isIgnored),
      'ignored',
      'a log was not understood: it has no usable line, or lines were ignored',
    ),
    ...reasonIf(
      !(share >= limits.observed),
      'unobserved',
      `only ${formatPercent(share)} of the period was observed${unobservedReason(facts)}`,
    ),
    ...reasonIf(
      !(longestGapMinutes <= limits.longestGapMinutes),
      'gap',
      `the longest gap is ${formatMinutes(longestGapMinutes)}`,
    ),
  ];
}

/** Names the sensors that were silent during a part of the period. */
function unobservedReason({
  windows,
  isSilent,
  around,
  sinceSeconds,
  untilSeconds,
  zone,
}: StatementFacts): string {
  const findCut = (bound: number): (typeof around)[number] | undefined =>
    around.find(
      ({ startSeconds, lengthSeconds }) => startSeconds < bound && bound < startSeconds + lengthSeconds,
    );
  const [first, last] = [findCut(sinceSeconds), findCut(untilSeconds)];
  const bounds = [
    ...(first === undefined ? [] : [`begin the period at ${formatTime(first.startSeconds, zone)}`]),
    ...(last === undefined
      ? []
      : [`end the period at ${formatTime(last.startSeconds + last.lengthSeconds, zone)}`]),
  ];
  if (bounds.length > 0) return `, because records are read whole: ${bounds.join(', and ')}`;
  if (windows.length === 0) return ', because no sensor has records of it';
  const silent = [...new Set(windows.filter(isSilent).map(({ sensor }) => sensor))].sort(compareText);
  const names = joinWords(silent.slice(0, MAX_NAMED));
  const more = silent.length - MAX_NAMED;
  if (silent.length === 0) return '';
  return `, because sensor${silent.length === 1 ? '' : 's'} ${names}${more > 0 ? ` and ${more} more` : ''} ${silent.length === 1 ? 'was' : 'were'} silent`;
}

/** Maximum number of sensors in a sentence. */
const MAX_NAMED = 4;

function listPacketReasons(
  { windows, limits, observed, inScope }: StatementFacts,
  { total, notVisible }: Statement['bytes'],
): Reason[] {
  let overflow = 0;
  const logged = new Set<string>();
  const oneSided = new Set<string>();
  for (const { stats, hosts, rows, heard } of windows) {
    for (const count of Object.values(stats.overflow ?? {})) overflow += count;
    // A window of a log has times and no frames.
    const isOfLog = stats.packets === 0 || (heard !== undefined && (stats.frames ?? 0) === 0);
    if (isOfLog) for (const { host, flows } of hosts) if (flows > 0) logged.add(host);
    for (const { host, loggedSlices, oneWay } of rows) {
      if (loggedSlices > 0) logged.add(host);
      if (oneWay > 0) oneSided.add(host);
    }
  }
  const missing = notVisible.find(({ kind }) => kind === 'loss')?.bytes ?? 0;
  const lost = Math.max(
    lostShare(observed.traffic, observed, inScope),
    missing < MIN_LOST_BYTES ? 0 : missing / (total + missing),
  );
  return [
    ...reasonIf(
      !(lost <= limits.lostShare),
      'loss',
      `${Math.ceil(lost * 10_000) / 100} % of the traffic is missing`,
    ),
    ...reasonIf(overflow > 0, 'overflow', 'a table of the sensor was full, so facts are missing'),
    ...reasonIf(logged.size > 0, 'logs', 'logs were read, and logs do not show hidden traffic', logged.size),
    ...reasonIf(oneSided.size > 0, 'oneSided', 'connections were seen in one direction only', oneSided.size),
  ];
}

const FLAWS: readonly (readonly [ReadingFlaw, StatementLimit, string])[] = [
  ['filtered', 'filtered', 'a capture filter left packets out'],
  ['excluded', 'excluded', 'packets of excluded networks were left out'],
  ['wrongLengths', 'wrongLengths', 'packets have an original length below the captured length'],
  [
    'wrongTimes',
    'wrongTimes',
    'packets have no time, or nanoseconds in a format of microseconds, so their times are not certain',
  ],
];

function listFlawReasons({ observed, inScope, mayInclude }: StatementFacts): Reason[] {
  const { traffic, sampled, sees } = observed;
  const left = new Set(traffic.flatMap(({ excluded }) => excluded));
  const found = new Set(traffic.flatMap(({ flaws }) => flaws));
  return [
    ...reasonIf(
      sampled.some((sensor) => sees(sensor, inScope)),
      'sampled',
      'only a part of the packets was captured, as with sampling (one packet in N), a packet broker that passes the first packets of each connection, or a short snap length',
    ),
    ...FLAWS.flatMap(([flaw, reason, detail]) => reasonIf(found.has(flaw), reason, detail)),
    ...reasonIf([...left].some(mayInclude), 'excluded', 'packets of excluded local networks were left out'),
  ];
}

interface Hiding {
  /** Hosts with too many hidden bytes in a quarter hour, hosts with too many to the vendor, and the union of both. */
  readonly inQuarter: number;
  readonly toVendor: number;
  readonly hosts: number;
  readonly kinds: readonly NotVisibleKind[];
  readonly advice: readonly string[];
  readonly accepted: readonly AcceptedTraffic[];
}

/**
 * Measures the hidden traffic of each host that the policy does not accept. Traffic without a local end may belong to
 * any host.
 */
function measureHidden({ traffic, accept, limits, toVendor: isToVendor }: StatementFacts): Hiding {
  const over: { readonly parts: readonly HiddenPart[] }[] = [];
  const accepted = accept.map(() => 0);
  let [inQuarter, toVendor] = [0, 0];
  for (const [host, quarters] of traffic.hosts) {
    const unowned = host === '' ? undefined : traffic.hosts.get('');
    const large: HiddenPart[] = [];
    const vendors: HiddenPart[] = [];
    for (const list of quarters.values())
      for (const { line, bytes } of list) if (line !== -1) accepted[line] = (accepted[line] ?? 0) + bytes;
    for (const { parts, bytes } of openQuarters(quarters, unowned)) {
      if (bytes > limits.hiddenBytes) large.push(...parts);
      vendors.push(...parts.filter(isToVendor));
    }
    const isOfVendor = countBytes(vendors) > MAX_BYTES_TO_VENDOR;
    if (large.length > 0) inQuarter++;
    if (isOfVendor) toVendor++;
    const parts = [...new Set([...large, ...(isOfVendor ? vendors : [])])];
    if (parts.length > 0) over.push({ parts });
  }
  return {
    inQuarter,
    toVendor,
    hosts: over.length,
    ...adviseOnHidden(over),
    accepted: acceptedTraffic(accept, (line) => accepted[line] ?? 0),
  };
}

const countBytes = (parts: readonly { readonly bytes: number }[]): number =>
  sumOf(parts, ({ bytes }) => bytes);

function listHiddenReasons(
  { inQuarter, toVendor, kinds }: Hiding,
  { hiddenBytes }: StatementLimits,
): Reason[] {
  const list = kinds.join(', ');
  return [
    ...reasonIf(
      inQuarter > 0,
      'hidden',
      `more than ${hiddenBytes} bytes of a quarter hour could not be looked into: ${list}`,
      inQuarter,
    ),
    ...reasonIf(
      toVendor > 0,
      'hiddenVendor',
      `more than ${MAX_BYTES_TO_VENDOR} bytes went hidden to networks of the vendor`,
      toVendor,
    ),
  ];
}

/** Lists the traffic of a window that is not visible. The part without a local end comes from its account. */
const notVisibleParts = ({ account = [], hosts }: UsageWindow): readonly NotVisibleTraffic[] => [
  ...hosts.flatMap(({ notVisible }) => notVisible),
  ...account.flatMap(({ host, hidden }) => (host === '' ? hidden : [])),
];

function buildBytes(windows: readonly UsageWindow[]): Statement['bytes'] {
  let [total, inside, hidden] = [0, 0, 0];
  const kinds = new Map<NotVisibleKind, { flows: number; bytes: number }>();
  for (const window of windows) {
    const { account, hosts } = window;
    for (const { kind, flows, bytes } of notVisibleParts(window)) {
      const sum = kinds.get(kind) ?? { flows: 0, bytes: 0 };
      kinds.set(kind, sum);
      sum.flows += flows;
      sum.bytes += bytes;
    }
    for (const bytesOfHost of account ?? []) {
      const own = countBytes(bytesOfHost.hidden);
      total += bytesOfHost.lookedInto + bytesOfHost.harmless + bytesOfHost.inside + own;
      hidden += own;
      inside += bytesOfHost.inside;
    }
    // The name of a suspected relay was observed, but not the traffic that it forwards.
    for (const { notVisible } of account === undefined ? [] : hosts)
      for (const { kind, bytes } of notVisible) if (kind === 'relay') hidden += bytes;
    if (account !== undefined) continue;
    const all = hosts
      .map(({ bytesUp, bytesDown }) => bytesUp + bytesDown)
      .reduce((sum, bytes) => sum + bytes, 0);
    const notVisible = countBytes(notVisibleParts(window));
    total += all;
    hidden += Math.min(all, notVisible);
  }
  const part = (bytes: number): number => (total === 0 ? 0 : Math.min(1, bytes / total));
  return {
    total,
    lookedInto: total === 0 ? null : roundDown(Math.max(0, 1 - (hidden + inside) / total)),
    inside,
    notVisible: [...kinds]
      .sort((a, b) => compareText(a[0], b[0]))
      .map(([kind, { flows, bytes }]) => ({ kind, flows, bytes, share: part(bytes) })),
  };
}

/**
 * Lists sensors with records in the period, sensors that were silent in it, and sensors with records only before or
 * after it.
 */
function listSensors({ windows, around, isSilent }: StatementFacts): Statement['sensors'] {
  const none = () => ({ first: Infinity, last: 0, packets: 0, silent: [] as CaptureGap[] });
  const sensors = new Map(around.map(({ sensor }) => [sensor, none()]));
  for (const window of windows) {
    const { sensor, startSeconds, lengthSeconds, stats } = window;
    const span = sensors.get(sensor) ?? none();
    sensors.set(sensor, span);
    if (isSilent(window)) {
      span.silent.push(...(window.gaps ?? []));
      continue;
    }
    span.first = Math.min(span.first, startSeconds);
    span.last = Math.max(span.last, startSeconds + lengthSeconds);
    span.packets += stats.packets;
  }
  return [...sensors]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([sensor, { first, last, packets, silent }]) => ({
      sensor,
      packets,
      first: last === 0 ? null : formatInstant(first * US),
      last: last === 0 ? null : formatInstant(last * US),
      ...omitEmpty({
        silent: silent.map(({ fromUs, toUs }) => ({ from: formatInstant(fromUs), to: formatInstant(toUs) })),
      }),
    }));
}
