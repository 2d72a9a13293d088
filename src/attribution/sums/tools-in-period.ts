// From one activity period to tools: who is a candidate, who owns which channel, and which providers are left.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { CompiledTool } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import type { NameAsked } from '../../model/usage.ts';
import { agentLikeItems, isAgentLike } from '../evidence/agent-like.ts';
import { doubtItem, notSeenBy, seenApart } from '../evidence/context.ts';
import { gatherEvidence } from '../evidence/evidence.ts';
import {
  type Candidate,
  contextItem,
  describe,
  type GatheredItem,
  GRADES,
  strongestGrade,
} from '../evidence/item.ts';
import type { IsDirect } from '../evidence/manner.ts';
import { withManyTools } from '../evidence/many-tools.ts';
import { type Ownership, ownershipOf } from '../evidence/ownership.ts';
import type { ActivityPeriod, Channel } from '../traffic/channel.ts';
import type { HostSensors } from '../traffic/host-sensors.ts';
import {
  NONE_SETTLED,
  namedTool,
  providerFor,
  providerRow,
  type Share,
  type ToolInPeriod,
} from './tool-in-period.ts';

/** Tools and providers, each once. */
export function toolsIn(period: ActivityPeriod, catalogue: Catalogue, sensors: HostSensors): ToolInPeriod[] {
  const candidates = candidatesOf(period, catalogue);
  const ownership = ownershipOf(period, candidates, catalogue);
  const free = period.channels.filter((channel) => !ownership.owners.has(channel));
  const found: ToolInPeriod[] = [];
  for (const candidate of candidates) {
    const share =
      candidate.grade === 'possible' ? possibleShare(candidate, free) : strongShare(candidate, ownership);
    if (share === null) continue;
    const named = namedTool(candidate, share, candidates, catalogue);
    found.push({ ...named, items: [...named.items, ...doubtItems(candidate, ownership)] });
  }
  const agentLike = agentLikeItems(free, catalogue);
  for (const [tool, channels] of providersOf(free, [...candidates, { items: agentLike }], catalogue)) {
    const own = new Set(channels);
    const items = agentLike.filter((item) => item.channels.some((channel) => own.has(channel)));
    found.push(providerRow(tool, channels, items, catalogue));
  }
  return found.map((one) => {
    const { channels, items } = one;
    const against = [
      ...seenApart(channels, period.channels),
      ...notSeenBy(period.host, channels, sensors),
      ...(period.doubt === null ? [] : [doubtItem(period.doubt, channels, askedIn(items))]),
    ];
    const grade = period.doubt === null ? one.grade : POSSIBLE;
    return against.length === 0 ? one : { ...one, grade, items: [...items, ...against] };
  });
}

const POSSIBLE = GRADES.indexOf('possible');

const askedIn = (items: readonly GatheredItem[]): NameAsked[] => [
  ...new Set(items.flatMap(({ asked }) => asked)),
];

/** Names of services themselves: listed, and no gateway. */
export const isDirectIn =
  (catalogue: Catalogue): IsDirect =>
  (name) =>
    catalogue.isListed(name) && catalogue.providerOf(name)?.tool.kind !== 'gateway';

/** Every tool with evidence in the period, strongest first within the order of the catalogue. */
export function candidatesOf(period: ActivityPeriod, catalogue: Catalogue): Candidate[] {
  const isDirect = isDirectIn(catalogue);
  const compiled = new Set<CompiledTool>();
  for (const name of new Set([...period.channels, ...period.asked].map(({ name }) => name))) {
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
  return candidates.sort((a, b) => (a.compiled.tool.id < b.compiled.tool.id ? -1 : 1));
}

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
  const isOwn = new Map([...settled].map(([exchange, owner]) => [exchange, owner === candidate]));
  return { sure, shared, elsewhere, isOwn };
}

/** Requests that a tool which is only possible may have made. */
function doubtItems(candidate: Candidate, { owners, doubtful }: Ownership): GatheredItem[] {
  const channels = [...doubtful]
    .filter(([channel, others]) => others.length > 0 && owners.get(channel)?.includes(candidate))
    .map(([channel]) => channel);
  if (channels.length === 0) return [];
  const others = new Set(channels.flatMap((channel) => [...(doubtful.get(channel) ?? [])]));
  const names = [...others].map(({ compiled }) => compiled.tool.name).join(', ');
  const detail = `${names} may have made some of these requests: ${describe(channels)}`;
  return [contextItem('rival', 'companion', false, detail, channels)];
}

/** What a possible tool may explain: its traffic that no likely tool owns. None left: nothing to report. */
function possibleShare(candidate: Candidate, free: readonly Channel[]): Share | null {
  const speaking = candidate.items.filter(({ grade }) => grade !== null);
  const own = new Set(speaking.flatMap((item) => item.channels));
  const sure = free.filter((channel) => own.has(channel));
  if (sure.length > 0) return { sure, shared: [], elsewhere: [], isOwn: NONE_SETTLED };
  if (speaking.some((item) => item.asked.length > 0 && item.channels.length === 0))
    return { sure, shared: [], elsewhere: [], isOwn: NONE_SETTLED };
  const weakened = speaking.filter((item) => item.isWeakened).flatMap((item) => item.channels);
  return weakened.length > 0
    ? { sure: [], shared: [...new Set(weakened)], elsewhere: [], isOwn: NONE_SETTLED }
    : null;
}

/** Traffic that no tool can be named for: by API, cloud, gateway, or as a suspected relay. */
function providersOf(
  free: readonly Channel[],
  found: readonly Pick<Candidate, 'items'>[],
  catalogue: Catalogue,
): Map<ToolEntry, Channel[]> {
  const rows = new Map<ToolEntry, Channel[]>();
  const relayed = new Set(
    found.flatMap(({ items }) => items.filter(suspectsRelay).flatMap(({ channels }) => channels)),
  );
  for (const channel of free) {
    const provider = providerFor(channel, relayed, catalogue);
    if (provider === undefined) continue;
    const list = rows.get(provider);
    if (list === undefined) rows.set(provider, [channel]);
    else list.push(channel);
  }
  return rows;
}

function suspectsRelay(item: GatheredItem): boolean {
  return item.ruleKind === 'relay' || isAgentLike(item);
}
