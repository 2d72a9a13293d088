// Builds the reported items of evidence: those of a whole row, and those of some quarter hours.

import { findMaximum, findMinimum } from '../../model/extremes.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { EvidenceItem } from '../../model/report.ts';
import { asDetail, phrase } from '../../model/sentences.ts';
import { compareText } from '../../net/address.ts';
import { formatInstant } from '../../time/instant.ts';
import { QUARTER_SECONDS } from '../../time/units.ts';
import { smallestTexts } from '../../window/sums.ts';
import type { GatheredItem } from '../evidence/item.ts';
import type { Channel } from '../traffic/channel.ts';
import { listReporters } from '../traffic/copies.ts';
import { type EvidenceSums, noSpan, widen } from './period-sums.ts';

/** Maximum number of Community IDs per item of evidence. */
const MAX_COMMUNITY_IDS = 8;

/** The evidence of one activity period for a tool, with its channels. */
export interface PeriodEvidence {
  readonly channels: readonly Channel[];
  readonly items: readonly GatheredItem[];
}

/** Sums equal items, and omits items without a time. */
export function listEvidenceSums(items: readonly GatheredItem[]): EvidenceSums[] {
  const sums: EvidenceSums[] = [];
  for (const { rule, kind, speaksFor, sentence, channels, queriedNames } of items) {
    if (channels.length + queriedNames.length === 0) continue;
    const span = noSpan();
    let flows = 0;
    for (const channel of channels) {
      widen(span, channel);
      flows += channel.flows;
    }
    for (const queried of queriedNames) widen(span, queried);
    const { firstUs, lastUs } = span;
    const [only] = channels;
    const communityIds =
      only !== undefined && channels.length === 1
        ? only.communityIds
        : channels.flatMap((channel) => channel.communityIds);
    sums.push({ speaksFor, kind, rule, sentence, firstUs, lastUs, flows, communityIds });
  }
  return addEvidence(sums);
}

/** Sums equal items of one or many periods. */
export function addEvidence(all: readonly EvidenceSums[]): EvidenceSums[] {
  const sums = new Map<string, Mutable<EvidenceSums>>();
  for (const evidenceSums of all) {
    const key = evidenceSumsOrder(evidenceSums);
    const sum = sums.get(key);
    if (sum === undefined) {
      const { speaksFor, kind, rule, sentence, firstUs, lastUs, flows } = evidenceSums;
      const communityIds = selectIds(evidenceSums.communityIds);
      sums.set(key, { speaksFor, kind, rule, sentence, firstUs, lastUs, flows, communityIds });
      continue;
    }
    widen(sum, evidenceSums);
    sum.flows += evidenceSums.flows;
    sum.communityIds = selectIds([...sum.communityIds, ...evidenceSums.communityIds]);
  }
  return [...sums.values()];
}

const selectIds = (ids: readonly string[]): string[] => smallestTexts(ids, MAX_COMMUNITY_IDS);

const evidenceSumsOrder = ({ speaksFor, kind, rule, sentence }: EvidenceSums): string =>
  `${speaksFor ? 0 : 1} ${kind} ${rule} ${sentence.text}`;

/** Sorts items with those for the tool first. Each item must occur once. */
export function finishEvidence(sums: readonly EvidenceSums[]): EvidenceItem[] {
  if (sums.length < 2) return sums.map(finishItem);
  return sums
    .map((sum) => ({ order: evidenceSumsOrder(sum), one: sum }))
    .sort((a, b) => compareText(a.order, b.order))
    .map(({ one: item }) => finishItem(item));
}

function finishItem(sums: EvidenceSums): EvidenceItem {
  const { kind, rule, sentence, speaksFor, firstUs, lastUs, flows, communityIds } = sums;
  const first = formatInstant(firstUs);
  const last = lastUs === firstUs ? first : formatInstant(lastUs);
  return {
    kind,
    rule,
    ...asDetail(sentence),
    for: speaksFor,
    first,
    last,
    flows,
    communityIds: selectIds(communityIds),
  };
}

/**
 * Lists the evidence of the periods that overlap the quarter hours (their starts, Unix time): each item has the times
 * and flows that lie in them. An item without any is still evidence for the whole period: it keeps its own times
 * and states this. With `rules`, only the evidence of these rules is listed.
 */
export function listEvidenceItems(
  periods: readonly PeriodEvidence[],
  quarters: ReadonlySet<number>,
  rules?: ReadonlySet<string>,
): EvidenceItem[] {
  const isSelected = ({ rule }: GatheredItem): boolean => rules?.has(rule) ?? true;
  const matching = periods.filter(({ items }) => items.some(isSelected));
  if (matching.length === 0) return [];
  const isIn = buildOverlapTest(quarters);
  const reachesIn = ({ channels, items }: PeriodEvidence): boolean =>
    [...channels, ...items.flatMap((item) => item.channels)].some(({ slices }) =>
      slices.some(({ windowSeconds }) => isIn(windowSeconds)),
    ) || items.some(({ queriedNames }) => queriedNames.some(({ firstUs }) => isIn(firstUs / 1_000_000)));
  const items = matching.filter(reachesIn).flatMap((period) => period.items.filter(isSelected));
  return finishEvidence(listEvidenceSums(items.map((item) => buildPart(item, isIn))));
}

/** Lists sensors that report channels of the quarter hours (their starts, Unix time), sorted. */
export function listEvidenceSensors(
  periods: readonly PeriodEvidence[],
  quarters: ReadonlySet<number>,
): string[] {
  const isIn = buildOverlapTest(quarters);
  const reporters = periods
    .flatMap(({ channels }) => channels)
    .flatMap(({ slices }) => slices.filter(({ windowSeconds }) => isIn(windowSeconds)))
    .flatMap(listReporters);
  return [...new Set(reporters)].sort(compareText);
}

const buildOverlapTest =
  (quarters: ReadonlySet<number>) =>
  (seconds: number): boolean =>
    quarters.has(Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS);

function buildPart(item: GatheredItem, isIn: (seconds: number) => boolean): GatheredItem {
  const channels = item.channels.flatMap((channel) => partOfChannel(channel, isIn));
  const queriedNames = item.queriedNames.filter(({ firstUs }) => isIn(firstUs / 1_000_000));
  if (channels.length + queriedNames.length > 0) return { ...item, channels, queriedNames };
  return { ...item, sentence: phrase('outsideFinding', { said: item.sentence }) };
}

function partOfChannel(channel: Channel, isIn: (seconds: number) => boolean): Channel[] {
  const slices = channel.slices.filter(({ windowSeconds }) => isIn(windowSeconds));
  if (slices.length === 0) return [];
  return [
    {
      ...channel,
      slices,
      firstUs: findMinimum(slices.map(({ row }) => row.firstUs)),
      lastUs: findMaximum(slices.map(({ row }) => row.lastUs)),
      flows: slices.reduce((sum, { row }) => sum + row.flows, 0),
      communityIds: [...new Set(slices.flatMap(({ row }) => row.communityIds))].sort(compareText),
    },
  ];
}
