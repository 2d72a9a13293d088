// Builds the use of one tool in one activity period: its channels and exchanges with their roles, and the evidence.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { type Grade, isProviderKind } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { PROGRAM_KINDS, RELAY_ID, type Role, type Specificity } from '../../model/catalogue-words.ts';
import { DOUBT } from '../../model/confidence.ts';
import { sumOf } from '../../model/extremes.ts';
import { phrase, type Sentence } from '../../model/sentences.ts';
import type { UsageExchange } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { type ChannelEndpoint, findEndpoint, getExchangeRole } from '../estimates/channel-role.ts';
import { classifyExchanges, isInPieces, MAX_SMALL_DOWN } from '../estimates/exchanges.ts';
import { listHiddenRequests } from '../estimates/hidden-requests.ts';
import { buildRequests, type Counted } from '../estimates/use-estimates.ts';
import { listContext, listGatewayItems, warnOfDuplicates, warnOfParts } from '../evidence/context.ts';
import { buildContextItem, type Candidate, type GatheredItem, GRADES, isNameless } from '../evidence/item.ts';
import type { Channel, Slice, TimedExchange } from '../traffic/channel.ts';
import type { PeriodEvidence } from './evidence-items.ts';
import { type FirstLast, noSpan, widen } from './period-sums.ts';

export interface ToolChannel {
  readonly channel: Channel;
  /** False if its bytes are in the sums of another tool. */
  readonly counts: boolean;
  /** False if it may belong to another tool. */
  readonly isSure: boolean;
  readonly role: Role;
  readonly specificity: Specificity;
}

export interface ToolExchange extends Counted {
  /** An exchange counts if its channel does. */
  readonly counts: boolean;
  readonly role: Role;
}

export interface ToolInPeriod extends PeriodEvidence, FirstLast {
  readonly tool: ToolEntry;
  readonly isProvider: boolean;
  /** Index into GRADES. */
  readonly grade: number;
  readonly held: readonly ToolChannel[];
  readonly counted: readonly ToolExchange[];
  readonly settledExchanges: SettledExchanges;
}

/** Channels with figures in the sums of a tool: certain ones, and shared ones. */
export interface Share {
  readonly sure: readonly Channel[];
  readonly shared: readonly Channel[];
  /** Shared channels whose bytes are in the sums of another tool, so that they count once. */
  readonly elsewhere: readonly Channel[];
  /** Exchanges of shared channels that certainly belong to this tool, or to another one. */
  readonly settledExchanges: SettledExchanges;
}

export type SettledExchanges = ReadonlyMap<UsageExchange, boolean>;

export const NONE_SETTLED: SettledExchanges = new Map();

export function buildToolInPeriod(
  candidate: Candidate,
  share: Share,
  candidates: readonly Candidate[],
  catalogue: Catalogue,
): ToolInPeriod {
  const { tool } = candidate.compiled;
  const found = buildToolTraffic(tool, share, catalogue);
  const span = { firstUs: found.firstUs, lastUs: found.lastUs };
  for (const { queriedNames } of candidate.items) for (const queried of queriedNames) widen(span, queried);
  // All evidence for the tool may belong to another one, whose times then apply.
  if (found.channels.length === 0)
    for (const { channels } of candidate.items) for (const channel of channels) widen(span, channel);
  const isListed = (name: string): boolean => catalogue.isListed(name);
  const behind = listGatewayItems(candidate, found.channels, isListed);
  const items = candidate.items.concat(listContext(candidate, candidates), behind, found.items);
  const { channels, held, counted, settledExchanges } = found;
  const { firstUs, lastUs } = span;
  const grade = GRADES.indexOf(candidate.grade);
  return {
    channels,
    held,
    counted,
    settledExchanges,
    firstUs,
    lastUs,
    tool,
    isProvider: false,
    grade,
    items,
  };
}

/** `items`: further evidence about the program that opened the channels. */
export function buildProviderRow(
  tool: ToolEntry,
  channels: readonly Channel[],
  items: readonly GatheredItem[],
  catalogue: Catalogue,
): ToolInPeriod {
  const named = channels.some(
    (channel) =>
      channel.isAnswered &&
      channel.nameFrom !== 'network' &&
      channel.nameFrom !== 'dns' &&
      !isNameless(channel),
  );
  const name = [...new Set(channels.map((channel) => channel.name))].join(', ');
  const isByAddress = channels.every(({ nameFrom }) => nameFrom === 'network');
  const item: GatheredItem = {
    rule: 'provider-name',
    ruleKind: 'context',
    kind: named ? 'name' : 'network',
    grade: 'possible',
    speaksFor: true,
    sentence: isByAddress
      ? phrase('addresses', { name, vendor: tool.vendor })
      : phrase(tool.id === RELAY_ID ? getRelayReason(channels, catalogue) : 'providerNamed', { name }),
    channels,
    queriedNames: [],
    isWeakened: false,
  };
  const grade: Grade = named && tool.id !== RELAY_ID ? 'certain' : 'possible';
  const found = buildToolTraffic(
    tool,
    { sure: channels, shared: [], elsewhere: [], settledExchanges: NONE_SETTLED },
    catalogue,
  );
  const { held, settledExchanges, firstUs, lastUs } = found;
  const counted = isServed(tool) ? withSmallCalls(found.counted) : found.counted;
  const lists = isServed(tool) && buildRequests(counted).max === 0 ? listChannels(counted) : [];
  const all = [item].concat(
    listNameItems(tool, named, name, channels),
    lists.length === 0 ? [] : [buildListItem(name, lists)],
    items,
    found.items,
  );
  return {
    channels: found.channels,
    held,
    counted,
    settledExchanges,
    firstUs,
    lastUs,
    tool,
    isProvider: true,
    grade: GRADES.indexOf(grade),
    items: all,
  };
}

/** Returns the sentence with the reason to suspect a relay: any private server may use a listed name. */
const getRelayReason = (
  channels: readonly Channel[],
  catalogue: Catalogue,
): 'relayListed' | 'relayUnlisted' =>
  channels.some(({ name }) => catalogue.isListed(name)) ? 'relayListed' : 'relayUnlisted';

const isServed = ({ kind }: ToolEntry): boolean => kind === 'api' || kind === 'gateway';

const isAnsweredCall = ({ role, exchange: { class: kind, at } }: ToolExchange): boolean =>
  role === 'inference' && kind === 'other' && at.exchange.recordsDown > 0;

const isList = (held: ToolExchange): boolean =>
  isAnsweredCall(held) &&
  held.exchange.at.exchange.bytesDown > MAX_SMALL_DOWN &&
  !isInPieces(held.exchange.at.exchange);

/** Minimum duration of a streamed answer: words of a model arrive 40 ms apart in the recordings, and a long list at once. */
const MIN_STREAM_MS = 300;

const isStream = ({ exchange }: TimedExchange): boolean =>
  isInPieces(exchange) && exchange.bytesDown > MAX_SMALL_DOWN && exchange.answerMs >= MIN_STREAM_MS;

/**
 * Counts small calls as possible requests if an API had no larger one, because a prompt of a few words is as small as a
 * request for settings.
 */
function withSmallCalls(counted: readonly ToolExchange[]): readonly ToolExchange[] {
  if (buildRequests(counted).max > 0) return counted;
  return counted.map((held): ToolExchange => {
    if (!isAnsweredCall(held) || isList(held)) return held;
    const [kind, min] = isStream(held.exchange.at) ? (['model', 1] as const) : (['maybe', 0] as const);
    return { ...held, exchange: { ...held.exchange, class: kind, requests: { min, max: 1 } } };
  });
}

const listChannels = (counted: readonly ToolExchange[]): Channel[] => [
  ...new Set(counted.filter(isList).map(({ exchange }) => exchange.channel)),
];

/** Item for a program that loads the model lists of providers at its start and uses none of them. */
const buildListItem = (name: string, channels: readonly Channel[]): GatheredItem =>
  buildContextItem('model-list', 'name', false, phrase('modelList', { name }), channels);

/** Item for an entry that shares a name with the provider that it calls: the row is about the provider. */
const listNameItems = (
  { kind }: ToolEntry,
  named: boolean,
  name: string,
  channels: readonly Channel[],
): GatheredItem[] =>
  named && PROGRAM_KINDS.has(kind)
    ? [buildContextItem('shared-name', 'name', false, phrase('sharedName', { name }), channels)]
    : [];

/** Assigns roles to the channels and exchanges of a tool. `tool`: owner of the exchanges. */
export function buildToolTraffic(
  tool: ToolEntry,
  { sure, shared, elsewhere, settledExchanges }: Share,
  catalogue: Catalogue,
): Pick<ToolInPeriod, 'channels' | 'items' | 'held' | 'counted' | 'settledExchanges' | 'firstUs' | 'lastUs'> {
  const endpoints = new Map<Channel, ChannelEndpoint>();
  const span = noSpan();
  // Nearly all channels are certain, and their list is used without a copy, which would reserve memory for each host.
  const channels = shared.length + elsewhere.length === 0 ? sure : sure.concat(shared, elsewhere);
  const [isSure, isElsewhere] = [new Set(sure), new Set(elsewhere)];
  const held = channels.map((channel): ToolChannel => {
    const endpoint = findEndpoint(tool, channel, catalogue);
    const { role, specificity } = endpoint;
    endpoints.set(channel, endpoint);
    widen(span, channel);
    return { channel, counts: !isElsewhere.has(channel), isSure: isSure.has(channel), role, specificity };
  });
  const findRole = (channel: Channel) => getExchangeRole(endpoints.get(channel)?.role);
  const exchanges = [
    ...classifyExchanges(channels, tool.exchange, findRole),
    ...listHiddenRequests(
      channels,
      findRole,
      tool.exchange,
      channels.filter((channel) => endpoints.get(channel)?.role === 'relay'),
    ),
  ];
  const counted = exchanges.flatMap((exchange): ToolExchange[] => {
    const { channel } = exchange;
    const settled = settledExchanges.get(exchange.at.exchange);
    if (settled === false) return [];
    const role = endpoints.get(channel)?.role ?? 'web';
    return [{ exchange, isSure: settled ?? isSure.has(channel), counts: !isElsewhere.has(channel), role }];
  });
  const items = [...listTrustItems(channels), ...warnOfDuplicates(channels), ...warnOfParts(channels)];
  return { channels, items, held, counted, settledExchanges, firstUs: span.firstUs, lastUs: span.lastUs };
}

/**
 * Finds the provider of a channel; a channel of a browser has none. `relayed`: channels that may reach a model through an
 * unlisted name.
 */
export function findProvider(
  channel: Channel,
  relayed: ReadonlySet<Channel>,
  catalogue: Catalogue,
): ToolEntry | undefined {
  if (channel.runtime?.isBrowser === true && !channel.runtime.isDoubtful) return undefined;
  if (channel.nameFrom === 'network') {
    const id = catalogue.findNetworkOwner(channel.name.replace(/^\[|\]$/g, ''));
    const tool = id === null ? undefined : catalogue.tool(id);
    return tool !== undefined && isProviderKind(tool) ? tool : undefined;
  }
  const provider = catalogue.providerOf(channel.name)?.tool;
  if (provider !== undefined) return provider;
  return (relayed.has(channel) ? catalogue.tool(RELAY_ID) : catalogue.mcpServerOf(channel.name)) ?? undefined;
}

/**
 * Lists evidence against the flows themselves: packets of one direction only, contradicting packets, frames of another
 * machine, a repeated hello. Any sender of packets on the network can forge such flows.
 */
function listTrustItems(channels: readonly Channel[]): GatheredItem[] {
  const oneSided = channels.filter(isOneSided);
  return [
    ...buildItems(
      DOUBT.oneSided,
      oneSided.filter((channel) => !isOnlyLogged(channel)),
      warnOfOneSide,
    ),
    ...buildItems(DOUBT.oneSided, oneSided.filter(isOnlyLogged), warnOfUnansweredLog),
    ...buildItems(
      DOUBT.contradicted,
      channels.filter(({ slices }) => sumOf(slices, countContradicted) > 0),
      describeContradiction,
    ),
    ...buildItems(
      DOUBT.otherMachine,
      channels.filter(({ slices }) => slices.some(isForeign)),
      describeOtherMachine,
    ),
    ...buildItems(
      'copied-hello',
      channels.filter(({ slices }) => sumOf(slices, countCopied) > 0),
      warnOfCopies,
    ),
  ];
}

const countContradicted = ({ row }: Slice): number => row.contradictedSlices;
const countCopied = ({ row }: Slice): number => row.copiedHellos;
const isForeign = (slice: Slice): boolean => slice.isForeign;

function isOneSided({ isAnswered, slices }: Channel): boolean {
  return !isAnswered && slices.every(({ row }) => row.answeredSlices === 0);
}

/** Logs contain lines of a device and no packets: their sentence does not mention forged packets. */
const isOnlyLogged = ({ slices }: Channel): boolean => slices.every(({ row }) => row.loggedSlices > 0);

function buildItems(
  rule: string,
  channels: readonly Channel[],
  sentenceFor: (name: string, channels: readonly Channel[]) => Sentence,
): GatheredItem[] {
  if (channels.length === 0) return [];
  const names = [...new Set(channels.map(({ name }) => name))].sort(compareText);
  const name = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  return [buildContextItem(rule, 'network', false, sentenceFor(name, channels), channels)];
}

const warnOfOneSide = (name: string): Sentence => phrase('oneSided', { name });

const warnOfUnansweredLog = (name: string): Sentence => phrase('oneSidedLog', { name });

const describeContradiction = (name: string): Sentence => phrase('contradicted', { name });

function describeOtherMachine(name: string, channels: readonly Channel[]): Sentence {
  const slices = channels.flatMap((channel) => channel.slices.filter(isForeign));
  const macs = [...new Set(slices.flatMap(({ row }) => row.macs))].sort(compareText);
  return phrase('otherMachine', { name, macs: macs.slice(0, 4).join(', ') });
}

const warnOfCopies = (name: string): Sentence => phrase('copied', { name });
