// From one activity period to tools: who is a candidate, who owns which channel, and which providers are left.

import type { Catalogue, JudgedTool } from '../../catalogue/catalogue.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { RELAY_ID } from '../../model/tool.ts';
import { agentLikePieces, isAgentLike } from '../evidence/agent-like.ts';
import { gatherEvidence } from '../evidence/evidence.ts';
import { withManyTools } from '../evidence/many-tools.ts';
import { type Candidate, type Ownership, ownershipOf } from '../evidence/ownership.ts';
import { type Piece, strongestGrade } from '../evidence/piece.ts';
import type { ActivityPeriod, Channel } from '../traffic/channels.ts';
import { namedTool, providerRow, type Share, type ToolInPeriod } from './tool-in-period.ts';

/** Tools and providers, each once. */
export function toolsIn(period: ActivityPeriod, catalogue: Catalogue): ToolInPeriod[] {
  const candidates = candidatesOf(period, catalogue);
  const ownership = ownershipOf(period, candidates, catalogue);
  const free = period.channels.filter((channel) => !ownership.owners.has(channel));
  const found: ToolInPeriod[] = [];
  for (const candidate of candidates) {
    const share =
      candidate.grade === 'possible' ? possibleShare(candidate, free) : strongShare(candidate, ownership);
    if (share !== null) found.push(namedTool(candidate, share, candidates, catalogue));
  }
  const agentLike = agentLikePieces(free, catalogue);
  for (const [tool, channels] of providersOf(free, [...candidates, { pieces: agentLike }], catalogue)) {
    const pieces = agentLike.filter((piece) => piece.channels.some((channel) => channels.includes(channel)));
    found.push(providerRow(tool, channels, pieces, catalogue));
  }
  return found;
}

/** Every tool that some evidence of the period speaks for, strongest first within the order of the catalogue. */
export function candidatesOf(period: ActivityPeriod, catalogue: Catalogue): Candidate[] {
  const isDirect = (name: string): boolean => {
    if (!catalogue.isListed(name)) return false;
    return catalogue.providerOf(name)?.tool.kind !== 'gateway';
  };
  const judged = new Set<JudgedTool>();
  for (const name of new Set([...period.channels, ...period.asked].map(({ name }) => name))) {
    for (const tool of catalogue.candidates(name)) judged.add(tool);
    if (!isDirect(name)) for (const tool of catalogue.relayTools()) judged.add(tool);
  }
  for (const { userAgent } of period.channels) {
    if (userAgent !== null) for (const tool of catalogue.toolsByUserAgent(userAgent)) judged.add(tool);
  }
  const found = [...judged].map((tool) => ({ tool, pieces: gatherEvidence(tool, period, isDirect) }));
  const candidates: Candidate[] = [];
  for (const { tool, pieces } of withManyTools(found)) {
    const grade = strongestGrade(pieces);
    if (grade !== null) candidates.push({ judged: tool, grade, pieces });
  }
  return candidates.sort((a, b) => (a.judged.tool.id < b.judged.tool.id ? -1 : 1));
}

function strongShare(candidate: Candidate, { owners, perhaps }: Ownership): Share {
  const sure: Channel[] = [];
  const shared: Channel[] = [];
  const elsewhere: Channel[] = [];
  for (const [channel, rivals] of owners) {
    if (!rivals.includes(candidate)) continue;
    if (rivals.length === 1) sure.push(channel);
    else if (rivals[0] === candidate) shared.push(channel);
    else elsewhere.push(channel);
  }
  for (const [channel, others] of perhaps) if (others.includes(candidate)) elsewhere.push(channel);
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
