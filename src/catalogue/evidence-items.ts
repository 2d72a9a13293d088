// Pieces of evidence as a reader sees them: those of a whole row, and those of some quarter hours alone.

import { compareText } from '../model/address.ts';
import { formatInstant } from '../model/instant.ts';
import type { EvidenceItem } from '../model/report.ts';
import type { Channel } from './channels.ts';
import type { Piece } from './piece.ts';

/** How many community ids a piece of evidence lists. */
export const MAX_COMMUNITY_IDS = 8;

const QUARTER_SECONDS = 900;

/** What one stay says of a tool, and the channels that it holds for it. */
export interface StayEvidence {
  readonly channels: readonly Channel[];
  readonly pieces: readonly Piece[];
}

/** Pieces of all stays, the same said once. */
export function evidenceItems(pieces: readonly Piece[]): EvidenceItem[] {
  const items = new Map<string, EvidenceItem & { firstUs: number; lastUs: number }>();
  for (const { rule, kind, speaksFor, detail, channels, asked } of pieces) {
    const spans = [...channels, ...asked];
    const firstUs = Math.min(...spans.map((span) => span.firstUs));
    const lastUs = Math.max(...spans.map((span) => span.lastUs));
    if (spans.length === 0) continue;
    const key = `${speaksFor ? 0 : 1} ${kind} ${rule} ${detail}`;
    const old = items.get(key);
    const first = Math.min(firstUs, old?.firstUs ?? firstUs);
    const last = Math.max(lastUs, old?.lastUs ?? lastUs);
    const ids = new Set([
      ...(old?.communityIds ?? []),
      ...channels.flatMap(({ communityIds }) => communityIds),
    ]);
    items.set(key, {
      kind,
      rule,
      detail,
      for: speaksFor,
      first: formatInstant(first),
      last: formatInstant(last),
      flows: (old?.flows ?? 0) + channels.reduce((sum, channel) => sum + channel.flows, 0),
      communityIds: [...ids].sort(compareText).slice(0, MAX_COMMUNITY_IDS),
      firstUs: first,
      lastUs: last,
    });
  }
  return [...items.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([, { firstUs: _first, lastUs: _last, ...item }]) => item);
}

/** Said of evidence that a judgement rests on, and that lies outside the quarter hours asked for. */
const ELSEWHEN = 'before or after this finding, in the same period of activity';

/**
 * Of the stays that reach into the quarter hours (their starts, Unix time): each piece with the times and flows that it
 * has in them. A piece that has none there still speaks for the whole stay: it keeps its own times and says so.
 */
export function evidenceIn(stays: readonly StayEvidence[], quarters: ReadonlySet<number>): EvidenceItem[] {
  const isIn = (seconds: number): boolean =>
    quarters.has(Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS);
  const reachesIn = ({ channels, pieces }: StayEvidence): boolean =>
    [...channels, ...pieces.flatMap((piece) => piece.channels)].some(({ slices }) =>
      slices.some(({ windowSeconds }) => isIn(windowSeconds)),
    ) || pieces.some(({ asked }) => asked.some(({ firstUs }) => isIn(firstUs / 1_000_000)));
  return evidenceItems(
    stays.filter(reachesIn).flatMap(({ pieces }) => pieces.map((piece) => partOf(piece, isIn))),
  );
}

function partOf(piece: Piece, isIn: (seconds: number) => boolean): Piece {
  const channels = piece.channels.flatMap((channel) => partOfChannel(channel, isIn));
  const asked = piece.asked.filter(({ firstUs }) => isIn(firstUs / 1_000_000));
  if (channels.length + asked.length > 0) return { ...piece, channels, asked };
  return { ...piece, detail: `${piece.detail} (${ELSEWHEN})` };
}

function partOfChannel(channel: Channel, isIn: (seconds: number) => boolean): Channel[] {
  const slices = channel.slices.filter(({ windowSeconds }) => isIn(windowSeconds));
  if (slices.length === 0) return [];
  return [
    {
      ...channel,
      slices,
      firstUs: Math.min(...slices.map(({ row }) => row.firstUs)),
      lastUs: Math.max(...slices.map(({ row }) => row.lastUs)),
      flows: slices.reduce((sum, { row }) => sum + row.flows, 0),
      communityIds: [...new Set(slices.flatMap(({ row }) => row.communityIds))].sort(compareText),
    },
  ];
}
