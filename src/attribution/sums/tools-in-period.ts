// Finds the tools of one activity period: the candidates, the owner of each channel, and the providers of other channels.

import {
  type AgentLoop,
  FOLLOWS_US,
  findAgentLoop,
  findConversation,
  findMessage,
  findMessageLoop,
  findStreamedCall,
  type StreamedCall,
} from '../../catalogue/agent-loop.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { type CompiledTool, formatMatch } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { RIVAL } from '../../model/confidence.ts';
import { addTo } from '../../model/grouped-by.ts';
import { phrase, type Sentence } from '../../model/sentences.ts';
import type { QueriedName, UsageExchange } from '../../model/usage.ts';
import { joinWords } from '../../text/quantity.ts';
import { findEndpoint, getExchangeRole } from '../estimates/channel-role.ts';
import { buildDoubtItem, warnOfApart } from '../evidence/context.ts';
import { gatherEvidence } from '../evidence/evidence.ts';
import {
  buildContextItem,
  buildItem,
  type Candidate,
  describe,
  type GatheredItem,
  GRADES,
  listPrograms,
  strongestGrade,
} from '../evidence/item.ts';
import { buildOwnership, findSlicesApart, type Ownership } from '../evidence/ownership.ts';
import { type IsDirect, isAttempt } from '../evidence/program-behavior.ts';
import type { ActivityPeriod, Channel, ProgramBehavior, Slice } from '../traffic/channel.ts';
import { narrowChannel } from '../traffic/channels.ts';
import { listSensors } from '../traffic/copies.ts';
import { type HostSensors, listQuarters, nameSensors } from '../traffic/host-sensors.ts';
import {
  buildProviderRow,
  buildToolInPeriod,
  findProvider,
  NONE_SETTLED,
  type Share,
  type ToolExchange,
  type ToolInPeriod,
} from './tool-in-period.ts';

/** Cached results for periods of one row without requests, by the facts of the row: on a large network many are equal. */
export type LonePeriodCache = Map<string, readonly ToolInPeriod[]>;
const MAX_LONE_PERIODS = 4096;

/** Part of an activity period that is evaluated separately, with its tools and providers, each once. */
export interface EvaluatedPart {
  readonly period: ActivityPeriod;
  readonly tools: readonly ToolInPeriod[];
}

/** Evaluates the period, and separately the traffic in sessions without evidence for the tools that would own it. */
export function evaluateParts(
  period: ActivityPeriod,
  catalogue: Catalogue,
  sensors: HostSensors,
  alone: LonePeriodCache,
): EvaluatedPart[] {
  const { host, channels } = period;
  const [only] = channels;
  const key = sensors.isCompared(host) ? null : getLoneKey(period);
  const known = key === null ? undefined : alone.get(key);
  if (known !== undefined && only !== undefined)
    return [{ period, tools: known.map((toolFound) => withChannel(toolFound, only, channels)) }];
  const candidates = listCandidates(period, catalogue);
  const apart = findSlicesApart(period, candidates, catalogue);
  if (apart.size > 0) {
    const [near, rest] = splitPeriod(period, apart, catalogue);
    const restCandidates = withToolsOfOtherTimes(listCandidates(rest, catalogue), rest, apart);
    return [
      { period: near, tools: findTools(near, listCandidates(near, catalogue), catalogue, sensors) },
      { period: rest, tools: findTools(rest, restCandidates, catalogue, sensors) },
    ];
  }
  const tools = findTools(period, candidates, catalogue, sensors);
  const isTimeless = tools.every(({ counted }) => counted.length === 0);
  if (key !== null && isTimeless && alone.size < MAX_LONE_PERIODS) alone.set(key, tools);
  return [{ period, tools }];
}

function splitPeriod(
  period: ActivityPeriod,
  apart: ReadonlyMap<Slice, unknown>,
  catalogue: Catalogue,
): [near: ActivityPeriod, rest: ActivityPeriod] {
  const channelsWhere = (isSelected: (slice: Slice) => boolean): Channel[] =>
    period.channels.flatMap((channel) => narrowChannel(channel, isSelected, catalogue) ?? []);
  const rest = channelsWhere((slice) => apart.has(slice));
  return [
    { ...period, channels: channelsWhere((slice) => !apart.has(slice)) },
    { ...period, channels: rest, queriedNames: [], midFlowSums: null },
  ];
}

/** Adds tools of other times, which may have sent the separate traffic. */
function withToolsOfOtherTimes(
  candidates: readonly Candidate[],
  { channels }: ActivityPeriod,
  apart: ReadonlyMap<Slice, readonly Candidate[]>,
): Candidate[] {
  const all = new Map(candidates.map((candidate) => [candidate.compiled, candidate]));
  const byTool = new Map<CompiledTool, Channel[]>();
  for (const channel of channels) {
    const tools = new Set(channel.slices.flatMap((slice) => apart.get(slice) ?? []));
    for (const { compiled } of tools) addTo(byTool, compiled, channel);
  }
  for (const [compiled, own] of byTool) {
    const sentence = phrase('atOtherTimes', { what: describe(own) });
    const items = [buildItem(AT_OTHER_TIMES, 'companion', 'possible', sentence, own)];
    const existing = all.get(compiled);
    all.set(compiled, {
      compiled,
      grade: existing?.grade ?? 'possible',
      items: [...(existing?.items ?? []), ...items],
    });
  }
  return [...all.values()].sort(compareId);
}

const AT_OTHER_TIMES = { id: 'seen-at-other-times', kind: 'context' } as const;

const NONE: readonly never[] = [];

/** Returns a key of the facts of a period with one simple row; null for any other period. */
function getLoneKey({ channels, queriedNames, midFlowSums, doubt }: ActivityPeriod): string | null {
  const [channel] = channels;
  const [slice] = channel?.slices ?? NONE;
  if (channel === undefined || slice === undefined || midFlowSums !== null || doubt !== null) return null;
  const { sensor, unknownLossyFlows, row, copies, isForeign } = slice;
  if (channels.length + channel.slices.length > 2 || queriedNames.length + copies.length > 0 || isForeign)
    return null;
  if (row.exchanges.length + row.cells.length > 0 || row.helloTimesUs.length > 1) return null;
  const timeless = { host: '', firstUs: 0, lastUs: 0, helloTimesUs: NONE, communityIds: NONE, macs: NONE };
  const facts = { ...row, ...timeless };
  return JSON.stringify([facts, sensor, unknownLossyFlows, channel.isOnlyTried, row.helloTimesUs.length]);
}

/** Copies a result for another channel, the only one of its period. */
function withChannel(found: ToolInPeriod, channel: Channel, only: readonly Channel[]): ToolInPeriod {
  const inPlace = (some: readonly Channel[]): readonly Channel[] => (some.length === 0 ? some : only);
  return {
    ...found,
    firstUs: channel.firstUs,
    lastUs: channel.lastUs,
    channels: inPlace(found.channels),
    held: found.held.map((held) => ({ ...held, channel })),
    items: found.items.map((item) => ({ ...item, channels: inPlace(item.channels) })),
  };
}

function findTools(
  period: ActivityPeriod,
  candidates: readonly Candidate[],
  catalogue: Catalogue,
  sensors: HostSensors,
): ToolInPeriod[] {
  const claimed = buildOwnership(period, candidates, catalogue);
  const disguised = findDisguisedLoops(claimed, catalogue);
  const ownership = disguised.size === 0 ? claimed : withoutOwners(claimed, disguised);
  const { owners } = ownership;
  const free = period.channels.filter((channel) => !owners.has(channel));
  const found: ToolInPeriod[] = [];
  for (const candidate of candidates) {
    const share =
      candidate.grade === 'possible'
        ? possibleShare(candidate, free, ownership)
        : strongShare(candidate, ownership);
    if (share === null) continue;
    const named = buildToolInPeriod(candidate, share, candidates, catalogue);
    const doubts = listDoubtItems(candidate, named.channels, ownership);
    found.push(doubts.length === 0 ? named : { ...named, items: named.items.concat(doubts) });
  }
  const explained = new Set(found.flatMap((toolInPeriod) => listModelChannels(toolInPeriod, catalogue)));
  const agentLike = listAgentLike(
    free.filter((channel) => !explained.has(channel)),
    catalogue,
  );
  const providers = [...collectProviders(free, [...candidates, { items: agentLike }], catalogue)].map(
    ([tool, channels]) => {
      const own = new Set(channels);
      const items = agentLike.filter((item) => item.channels.some((channel) => own.has(channel)));
      return buildProviderRow(tool, channels, items, catalogue);
    },
  );
  const maximum = findMaximumRequests(providers);
  const all = [...found.map((tool) => withRequestsOfProviders(tool, maximum)), ...providers];
  return all.filter(isUse).map((toolInPeriod) => {
    const { channels, items } = toolInPeriod;
    const against = [
      ...warnOfApart(channels, period.channels),
      ...warnUnseen(period.host, channels, sensors),
      ...(period.doubt === null ? [] : [buildDoubtItem(period.doubt, channels, listQueries(items))]),
    ];
    const grade = period.doubt === null ? toolInPeriod.grade : POSSIBLE;
    return against.length === 0 ? toolInPeriod : { ...toolInPeriod, grade, items: [...items, ...against] };
  });
}

type MaximumRequests = ReadonlyMap<UsageExchange, number>;

const findMaximumRequests = (providers: readonly ToolInPeriod[]): MaximumRequests =>
  new Map(
    providers.flatMap(({ counted }) =>
      counted.map(({ exchange: { at, requests } }) => [at.exchange, requests.max] as const),
    ),
  );

/**
 * A possible tool without any request: an exchange that may be a request of another program may be one of this tool too,
 * so the rows of the tool and of the provider have the same upper end.
 */
function withRequestsOfProviders(tool: ToolInPeriod, maximum: MaximumRequests): ToolInPeriod {
  if (tool.grade !== POSSIBLE || tool.counted.some(({ exchange }) => exchange.requests.max > 0)) return tool;
  const findMaximum = ({ exchange, role }: ToolExchange): number =>
    getExchangeRole(role) === 'inference' ? (maximum.get(exchange.at.exchange) ?? 0) : 0;
  if (!tool.counted.some((held) => findMaximum(held) > 0)) return tool;
  const counted = tool.counted.map((held): ToolExchange => {
    const max = findMaximum(held);
    if (max === 0) return held;
    return { ...held, exchange: { ...held.exchange, mayBeRequest: true, requests: { min: 0, max } } };
  });
  return { ...tool, counted };
}

const withoutOwners = (claimed: Ownership, disguised: ReadonlySet<Channel>): Ownership => ({
  ...claimed,
  owners: new Map([...claimed.owners].filter(([channel]) => !disguised.has(channel))),
});

/** Warns of sensors that saw the host in the same quarter hours, but none of these flows. */
function warnUnseen(host: string, channels: readonly Channel[], sensors: HostSensors): GatheredItem[] {
  if (!sensors.isCompared(host)) return [];
  const slices = channels.flatMap((channel) => channel.slices);
  const saw = new Set(slices.flatMap(listSensors));
  const quarters = listQuarters(slices.map(({ windowSeconds }) => windowSeconds));
  const others = sensors.listSensorsIn(host, quarters).filter((sensor) => !saw.has(sensor));
  if (others.length === 0) return [];
  const sentence = phrase('notSeenBySensor', { sensor: nameSensors(others) });
  return [buildContextItem('not-seen-by-sensor', 'network', false, sentence, channels)];
}

/** False for connections that were blocked or failed before any request: they are attempts, not use. */
const isUse = ({ channels }: ToolInPeriod): boolean =>
  channels.length === 0 || channels.some((channel) => !isAttempt(channel));

const POSSIBLE = GRADES.indexOf('possible');

const listQueries = (items: readonly GatheredItem[]): QueriedName[] => [
  ...new Set(items.flatMap(({ queriedNames }) => queriedNames)),
];

/** True for names of services themselves: listed, and not a gateway. */
export const isDirectIn =
  (catalogue: Catalogue): IsDirect =>
  (name) =>
    catalogue.isListed(name) && catalogue.providerOf(name)?.tool.kind !== 'gateway';

/** Lists every tool with evidence in the period, strongest first, else in the order of the catalogue. */
export function listCandidates(period: ActivityPeriod, catalogue: Catalogue): Candidate[] {
  const isDirect = isDirectIn(catalogue);
  const compiled = new Set<CompiledTool>();
  for (const name of new Set([...period.channels, ...period.queriedNames].map(({ name }) => name))) {
    for (const tool of catalogue.candidates(name)) compiled.add(tool);
    if (!isDirect(name)) for (const tool of catalogue.relayTools()) compiled.add(tool);
  }
  for (const { userAgent } of period.channels) {
    if (userAgent !== null) for (const tool of catalogue.toolsByUserAgent(userAgent)) compiled.add(tool);
  }
  const found = [...compiled].map((tool) => ({ tool, items: gatherEvidence(tool, period, isDirect) }));
  const candidates: Candidate[] = [];
  for (const { tool, items } of withManyTools(found)) {
    const grade = strongestGrade(items);
    if (grade === null) continue;
    candidates.push({ compiled: tool, grade: period.doubt === null ? grade : 'possible', items });
  }
  return candidates.sort(compareId);
}

const compareId = (a: Candidate, b: Candidate): number => (a.compiled.tool.id < b.compiled.tool.id ? -1 : 1);

function strongShare(candidate: Candidate, { owners, perhaps, doubtful, settled }: Ownership): Share {
  const sure: Channel[] = [];
  const shared: Channel[] = [];
  const elsewhere: Channel[] = [];
  for (const [channel, rivals] of owners) {
    if (!rivals.includes(candidate)) continue;
    if (rivals.length === 1) (doubtful.has(channel) ? shared : sure).push(channel);
    else if (rivals[0] === candidate) shared.push(channel);
    else elsewhere.push(channel);
  }
  for (const [channel, others] of perhaps) if (others.includes(candidate)) elsewhere.push(channel);
  return { sure, shared, elsewhere, settledExchanges: markOwned(candidate, settled) };
}

const markOwned = (candidate: Candidate, settled: Ownership['settled']): Share['settledExchanges'] =>
  settled.size === 0
    ? NONE_SETTLED
    : new Map([...settled].map(([exchange, owner]) => [exchange, owner === candidate]));

/** Warns of requests of an owner, or of no known program, that a possible tool may have made. */
function listDoubtItems(
  candidate: Candidate,
  held: readonly Channel[],
  { owners, perhaps, doubtful }: Ownership,
): GatheredItem[] {
  const listOthers = (channel: Channel): readonly Candidate[] => {
    if (owners.get(channel)?.includes(candidate)) return doubtful.get(channel) ?? [];
    // Each tool that may have sent what no tool owns is named.
    const isOpen = candidate.grade === 'possible' && !owners.has(channel);
    return isOpen ? (perhaps.get(channel) ?? []) : [];
  };
  const channels = held.filter((channel) => listOthers(channel).some((other) => other !== candidate));
  if (channels.length === 0) return [];
  const others = new Set(channels.flatMap(listOthers));
  others.delete(candidate);
  const tool = joinWords([...others].map(({ compiled }) => compiled.tool.name));
  const sentence = phrase('sameRequests', { tool, what: describe(channels) });
  return [buildContextItem(RIVAL, 'companion', false, sentence, channels)];
}

/**
 * Returns the traffic that a possible tool may explain: its traffic that no likely tool owns, and requests of an owner, or of
 * no known program, that it may have made. Without either, there is nothing to report.
 */
function possibleShare(
  candidate: Candidate,
  free: readonly Channel[],
  { doubtful, perhaps, settled }: Ownership,
): Share | null {
  const none = { sure: [], shared: [], elsewhere: [], settledExchanges: NONE_SETTLED };
  const speaking = candidate.items.filter(({ grade }) => grade !== null);
  const own = new Set(speaking.flatMap((item) => item.channels));
  const sure = free.filter((channel) => own.has(channel));
  const others = [...new Set([...doubtful.keys(), ...perhaps.keys()])].filter(
    (channel) =>
      !sure.includes(channel) &&
      [doubtful, perhaps].some((rivals) => rivals.get(channel)?.includes(candidate) === true),
  );
  if (sure.length > 0)
    return { ...none, sure, elsewhere: others, settledExchanges: markOwned(candidate, settled) };
  if (speaking.some((item) => item.queriedNames.length > 0 && item.channels.length === 0)) return none;
  const weakened = speaking.filter((item) => item.isWeakened).flatMap((item) => item.channels);
  if (weakened.length > 0) return { ...none, shared: [...new Set(weakened)] };
  return others.length > 0
    ? { ...none, shared: others, settledExchanges: markOwned(candidate, settled) }
    : null;
}

/** Collects traffic without a known tool by API, cloud, gateway, or as a suspected relay. */
function collectProviders(
  free: readonly Channel[],
  found: readonly Pick<Candidate, 'items'>[],
  catalogue: Catalogue,
): Map<ToolEntry, Channel[]> {
  const rows = new Map<ToolEntry, Channel[]>();
  const relayed = new Set(
    found.flatMap(({ items }) => items.filter(suspectsRelay).flatMap(({ channels }) => channels)),
  );
  for (const channel of free) {
    const provider = findProvider(channel, relayed, catalogue);
    if (provider !== undefined) addTo(rows, provider, channel);
  }
  return rows;
}

function suspectsRelay(item: GatheredItem): boolean {
  return item.ruleKind === 'relay' || isAgentLike(item);
}

// Combines the names of many tools that one program used with the same behavior: they show a monitor, a crawler or a resolver, not
// many tools.

interface Found {
  readonly tool: CompiledTool;
  readonly items: readonly GatheredItem[];
}

/** Minimum number of tools with queried but unvisited names that indicates a resolver, a scanner or a block list. */
const MANY_QUERIED = 2;
/** Minimum number of tools that one program resembles before it counts as a crawler, by the way it used their names. */
const MANY: Readonly<Partial<Record<ProgramBehavior, number>>> = { call: 3, varied: 2, modest: 4 };

/** Lowers the evidence of tools if many tools have the same, and states this. */
function withManyTools(found: readonly Found[]): Found[] {
  const onlyQueriedCount = found.filter(({ items }) => items.some(isOnlyQueried)).length;
  const programs = groupByProgram(found);
  return found.map(({ tool, items }) => ({
    tool,
    items: items.map((item) => {
      if (onlyQueriedCount >= MANY_QUERIED && isOnlyQueried(item))
        return lowerGrade(item, phrase('ofSeveralTools', { said: item.sentence }));
      const enough = item.behavior === undefined ? undefined : MANY[item.behavior];
      if (enough === undefined) return item;
      const many = listKeys(item).reduce((most, key) => Math.max(most, programs.get(key)?.size ?? 0), 0);
      if (many < enough) return item;
      return lowerGrade(item, phrase('manyTools', { said: item.sentence, number: many }));
    }),
  }));
}

function isOnlyQueried({ ruleKind, grade }: GatheredItem): boolean {
  return ruleKind === 'dns' && grade !== null;
}

function lowerGrade(item: GatheredItem, sentence: Sentence): GatheredItem {
  const grade = item.grade === null ? null : 'possible';
  return { ...item, grade, sentence };
}

/** Lists keys of programs, identified by their hello, with their behavior at a name. */
function listKeys({ channels, behavior }: GatheredItem): string[] {
  if (behavior === undefined) return [];
  return [...new Set(channels.map(({ runtime }) => `${behavior} ${runtime?.fingerprintClass ?? ''}`))];
}

function groupByProgram(found: readonly Found[]): Map<string, Set<CompiledTool>> {
  const programs = new Map<string, Set<CompiledTool>>();
  for (const { tool, items } of found) {
    for (const key of items.flatMap(listKeys)) {
      const tools = programs.get(key);
      if (tools === undefined) programs.set(key, new Set([tool]));
      else tools.add(tool);
    }
  }
  return programs;
}

// Programs without a known tool that have traffic of an agent with a model: evidence for the row of a provider, and the
// reason to suspect a relay behind an unlisted name. It is never evidence for a tool.

const RULE = { id: 'agent-like', kind: 'context' } as const;

function isAgentLike({ rule }: Pick<GatheredItem, 'rule'>): boolean {
  return rule === RULE.id;
}

/** Returns one item for each program and name. `free`: channels without an owner. */
function listAgentLike(free: readonly Channel[], catalogue: Catalogue): GatheredItem[] {
  const programs = new Map<string, Channel[]>();
  for (const channel of free) {
    const { name, runtime } = channel;
    if (runtime === null || runtime.isBrowser || !mayBeModel(channel, catalogue)) continue;
    // Unknown hellos with the same cipher list count as several forms of one program.
    const program = runtime.id === 'unknown' ? (channel.fingerprint?.ja4.split('_')[1] ?? '') : runtime.id;
    const key = `${name} ${program}`;
    addTo(programs, key, channel);
  }
  return [...programs.values()].flatMap((channels) => {
    const calls = channels.flatMap(({ exchanges }) =>
      exchanges.flatMap(({ startUs, exchange }) => findStreamedCall(startUs, exchange) ?? []),
    );
    const loop = findAgentLoop(calls) ?? findLoop(channels, catalogue);
    if (loop !== null)
      return [
        buildItem(RULE, 'fingerprint', 'possible', formatDetail(channels, describeLoop(loop)), channels),
      ];
    const first = channels.every(({ name }) => catalogue.isListed(name)) ? null : findConversation(calls);
    return first === null
      ? []
      : [buildItem(RULE, 'fingerprint', 'possible', formatDetail(channels, describeCall(first)), channels)];
  });
}

function findLoop(channels: readonly Channel[], catalogue: Catalogue): AgentLoop | null {
  const sockets = channels.filter(
    ({ fingerprint }) => fingerprint !== null && catalogue.keepsConversation(fingerprint),
  );
  return findMessageLoop(
    sockets.flatMap(({ exchanges }) =>
      exchanges.flatMap(({ startUs, exchange }) => findMessage(startUs, exchange) ?? []),
    ),
  );
}

/**
 * True for a name of model requests of a provider, or any name that a suspected runtime uses: a private server can be behind
 * each name, also that of a collector or of another tool.
 */
function mayBeModel({ name, nameFrom, fingerprint }: Channel, catalogue: Catalogue): boolean {
  if (nameFrom === 'network' || catalogue.providerOf(name) !== null) return true;
  return fingerprint !== null && catalogue.runtimeOf(fingerprint) !== null;
}

/** True if the channel may carry model requests of the tool itself. */
function mayAskModel(tool: ToolEntry, channel: Channel, catalogue: Catalogue): boolean {
  if (formatMatch(catalogue.compiled(tool), channel) === 'otherProgram') return false;
  return getExchangeRole(findEndpoint(tool, channel, catalogue).role) === 'inference';
}

/** Lists channels of a tool that explain an agent loop. For an unlisted name or that of a provider, the program is unknown. */
const listModelChannels = ({ tool, channels }: ToolInPeriod, catalogue: Catalogue): Channel[] =>
  channels.filter(
    (channel) =>
      catalogue.isListed(channel.name) &&
      catalogue.providerOf(channel.name) === null &&
      mayAskModel(tool, channel, catalogue),
  );

const NO_CHANNELS: ReadonlySet<Channel> = new Set();

/**
 * Lists channels with an agent loop under a name that its owners use only for telemetry, updates or login: the server
 * there does not belong to the owners.
 */
function findDisguisedLoops({ owners }: Ownership, catalogue: Catalogue): ReadonlySet<Channel> {
  if (owners.size === 0) return NO_CHANNELS;
  const others = [...owners].filter(
    ([channel, rivals]) => !rivals.some(({ compiled }) => mayAskModel(compiled.tool, channel, catalogue)),
  );
  const items = listAgentLike(
    others.map(([channel]) => channel),
    catalogue,
  );
  return new Set(items.flatMap(({ channels }) => channels));
}

const formatDetail = (channels: readonly Channel[], pattern: Sentence): Sentence =>
  phrase('unknownProgram', {
    name: channels[0]?.name ?? '',
    programs: listPrograms(channels, NO_RUNTIME),
    pattern,
  });

const NO_RUNTIME = phrase('noRuntime');

const describeCall = ({ bytesUp }: StreamedCall): Sentence =>
  phrase('oneRequest', { size: Math.round(bytesUp / 1000) });

function describeLoop({ fromBytes, toBytes, messages, following: follow, steps }: AgentLoop): Sentence {
  const least = Math.round(fromBytes / 1000);
  const rhythm = { follow, steps, span: FOLLOWS_US / 1_000_000 };
  return messages === undefined
    ? phrase('growing', { least, greatest: Math.round(toBytes / 1000), ...rhythm })
    : phrase('messages', { number: messages, size: least, ...rhythm });
}
