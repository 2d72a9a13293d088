// From merged windows to tools: which host used which tool, with what evidence, and what it did.

import type { TimestampUs } from '../model/flow.ts';
import type { HostAttribution, HostTool } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { Zone } from '../model/zone.ts';
import { agentLikePieces, isAgentLike } from './agent-like.ts';
import { type Catalogue, type JudgedTool, RELAY_ID } from './catalogue.ts';
import { type Channel, type Stay, staysOf } from './channels.ts';
import { gatherEvidence } from './evidence.ts';
import { withManyTools } from './many-tools.ts';
import { type Candidate, ownersOf } from './ownership.ts';
import { GRADES, type Piece, strongestGrade } from './piece.ts';
import { RowBuilder } from './rows.ts';
import { isProviderKind } from './rules.ts';
import type { ToolEntry } from './schema.ts';

export interface AttributeOptions {
  /** Zone of the days in `days`. */
  readonly zone: Zone;
  /** When a store knows earlier windows: the first time a tool was ever seen on the host. */
  readonly firstSeenEver?: (host: string, tool: string) => TimestampUs | null;
}

/** Windows must be merged: each (sensor, start) at most once. Pure: the same windows give the same answer. */
export function attribute(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: AttributeOptions,
): HostAttribution[] {
  const attributions: HostAttribution[] = [];
  for (const [host, stays] of staysOf(windows, catalogue)) {
    const attribution = attributeHost(host, stays, catalogue, options);
    if (attribution.tools.length + attribution.providers.length > 0) attributions.push(attribution);
  }
  return attributions;
}

function attributeHost(
  host: string,
  stays: readonly Stay[],
  catalogue: Catalogue,
  options: AttributeOptions,
): HostAttribution {
  const tools = new Map<string, RowBuilder>();
  const providers = new Map<string, RowBuilder>();
  const builder = (rows: Map<string, RowBuilder>, tool: ToolEntry): RowBuilder => {
    let row = rows.get(tool.id);
    if (row === undefined) {
      row = new RowBuilder(tool, catalogue);
      rows.set(tool.id, row);
    }
    return row;
  };
  for (const stay of stays) {
    judgeStay(stay, catalogue, (tool, isProvider) => builder(isProvider ? providers : tools, tool));
  }
  const finish = (rows: Map<string, RowBuilder>): HostTool[] =>
    [...rows.values()]
      .map((row) => row.build(options.firstSeenEver?.(host, row.tool.id) ?? null, options.zone))
      .sort(byStrength);
  return { host, tools: finish(tools), providers: finish(providers) };
}

/** Adds what one stay says to the rows it says it of. */
export function judgeStay(
  stay: Stay,
  catalogue: Catalogue,
  rowFor: (tool: ToolEntry, isProvider: boolean) => RowBuilder,
): void {
  const candidates = candidatesOf(stay, catalogue);
  const owners = ownersOf(stay, candidates, catalogue);
  const free = stay.channels.filter((channel) => !owners.has(channel));
  for (const candidate of candidates) {
    const share =
      candidate.grade === 'possible' ? possibleShare(candidate, free) : strongShare(candidate, owners);
    if (share !== null) rowFor(candidate.judged.tool, false).addTool(candidate, share, candidates);
  }
  const agentLike = agentLikePieces(free, catalogue);
  for (const [tool, channels] of providersOf(free, [...candidates, { pieces: agentLike }], catalogue)) {
    const pieces = agentLike.filter((piece) => piece.channels.some((channel) => channels.includes(channel)));
    rowFor(tool, true).addProvider(channels, pieces);
  }
}

export function byStrength(a: HostTool, b: HostTool): number {
  const strength = GRADES.indexOf(b.use.confidence) - GRADES.indexOf(a.use.confidence);
  const bytes = b.use.bytesUp + b.use.bytesDown - a.use.bytesUp - a.use.bytesDown;
  return strength || bytes || (a.use.tool < b.use.tool ? -1 : 1);
}

/** Every tool that some evidence of the stay speaks for, strongest first within the order of the catalogue. */
export function candidatesOf(stay: Stay, catalogue: Catalogue): Candidate[] {
  const isDirect = (name: string): boolean => {
    if (!catalogue.isListed(name)) return false;
    return catalogue.providerOf(name)?.tool.kind !== 'gateway';
  };
  const judged = new Set<JudgedTool>();
  for (const name of new Set([...stay.channels, ...stay.asked].map(({ name }) => name))) {
    for (const tool of catalogue.candidates(name)) judged.add(tool);
    if (!isDirect(name)) for (const tool of catalogue.relayTools()) judged.add(tool);
  }
  for (const { userAgent } of stay.channels) {
    if (userAgent !== null) for (const tool of catalogue.toolsByUserAgent(userAgent)) judged.add(tool);
  }
  const found = [...judged].map((tool) => ({ tool, pieces: gatherEvidence(tool, stay, isDirect) }));
  const candidates: Candidate[] = [];
  for (const { tool, pieces } of withManyTools(found)) {
    const grade = strongestGrade(pieces);
    if (grade !== null) candidates.push({ judged: tool, grade, pieces });
  }
  return candidates.sort((a, b) => (a.judged.tool.id < b.judged.tool.id ? -1 : 1));
}

/** Channels whose figures a row carries: those that are surely the tool's, and those it may share. */
export interface Share {
  readonly sure: readonly Channel[];
  readonly shared: readonly Channel[];
  /** Shared ones whose bytes another row carries, so that sums count them once. */
  readonly elsewhere: readonly Channel[];
}

function strongShare(candidate: Candidate, owners: ReadonlyMap<Channel, Candidate[]>): Share {
  const sure: Channel[] = [];
  const shared: Channel[] = [];
  const elsewhere: Channel[] = [];
  for (const [channel, rivals] of owners) {
    if (!rivals.includes(candidate)) continue;
    if (rivals.length === 1) sure.push(channel);
    else if (rivals[0] === candidate) shared.push(channel);
    else elsewhere.push(channel);
  }
  return { sure, shared, elsewhere };
}

/** What a possible tool may explain: its traffic that no likely tool owns. None left: nothing to report. */
function possibleShare(candidate: Candidate, free: readonly Channel[]): Share | null {
  const speaking = candidate.pieces.filter(({ grade }) => grade !== null);
  const sure = free.filter((channel) => speaking.some((piece) => piece.channels.includes(channel)));
  if (sure.length > 0) return { sure, shared: [], elsewhere: [] };
  if (speaking.some((piece) => piece.asked.length > 0 && piece.channels.length === 0))
    return { sure, shared: [], elsewhere: [] };
  const weakened = speaking.filter((piece) => piece.isWeakened).flatMap((piece) => piece.channels);
  return weakened.length > 0 ? { sure: [], shared: [...new Set(weakened)], elsewhere: [] } : null;
}

/** Traffic that no tool can be named for: by API, cloud, gateway, or as a suspected relay. */
function providersOf(
  free: readonly Channel[],
  found: readonly Pick<Candidate, 'pieces'>[],
  catalogue: Catalogue,
): Map<ToolEntry, Channel[]> {
  const rows = new Map<ToolEntry, Channel[]>();
  const relayed = new Set(
    found.flatMap(({ pieces }) => pieces.filter(suspectsRelay).flatMap(({ channels }) => channels)),
  );
  for (const channel of free) {
    if (channel.runtime?.isBrowser === true && !channel.runtime.isDoubtful) continue;
    const provider = providerFor(channel, relayed, catalogue);
    if (provider === undefined) continue;
    const list = rows.get(provider);
    if (list === undefined) rows.set(provider, [channel]);
    else list.push(channel);
  }
  return rows;
}

function suspectsRelay(piece: Piece): boolean {
  return piece.ruleKind === 'relay' || isAgentLike(piece);
}

function providerFor(
  channel: Channel,
  relayed: ReadonlySet<Channel>,
  catalogue: Catalogue,
): ToolEntry | undefined {
  if (channel.nameFrom === 'network') {
    const id = catalogue.networkOf(channel.name.replace(/^\[|\]$/g, ''));
    const tool = id === null ? undefined : catalogue.tool(id);
    return tool !== undefined && isProviderKind(tool) ? tool : undefined;
  }
  const known = catalogue.providerOf(channel.name)?.tool;
  return known ?? (relayed.has(channel) ? catalogue.tool(RELAY_ID) : undefined);
}
