// Declares the section on traffic, time and packets that were not visible, and their effect on the report.

import { RELAY_ID } from '../../model/catalogue-words.ts';
import { MAX_LOSS } from '../../model/counters.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';
import { capitalize, formatCount } from '../../text/quantity.ts';
import {
  caveatSentences,
  damageSentences,
  formatGaps,
  hiddenState,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import type { ReportWords } from '../text/english-words.ts';
import { notVisibleRows, notVisibleShare } from '../text/not-visible-text.ts';
import type { Section, SectionTable } from './section.ts';

interface Unseen {
  readonly what: string;
  readonly hosts: string;
  readonly share: string;
  /** The visible part on the wire. */
  readonly wire: string;
  readonly effect: string;
}

const table: SectionTable<Unseen> = {
  texts: ({ unseen: { title, caption } }) => ({ title, caption }),
  rows: (document, { words }) => [
    ...trafficRows(document, words),
    ...sensorRows(document, words),
    {
      what: words.sections.unseen.otherNetworks,
      hosts: '?',
      share: '–',
      wire: words.sections.unseen.otherNetworksWire,
      effect: words.sections.unseen.otherNetworksEffect,
    },
  ],
  columns: ({ words: { heads, sections } }) => {
    const { what, wire, wireShort, effect, effectShort } = sections.unseen;
    return [
      { head: what, kind: 'text', of: (row) => row.what },
      { head: heads.hosts, kind: 'number', of: ({ hosts }) => hosts },
      { head: heads.bytes, kind: 'number', of: ({ share }) => share },
      { head: wire, shortHead: wireShort, kind: 'text', of: (row) => row.wire },
      { head: effect, shortHead: effectShort, kind: 'text', of: (row) => row.effect },
    ];
  },
  most: { page: Number.POSITIVE_INFINITY },
};

function trafficRows(document: ReportDocument, words: ReportWords): Unseen[] {
  const { kinds, effect } = words.blindSpots;
  return notVisibleRows(document).map((spot) => ({
    what: capitalize(kinds[spot.kind]),
    hosts: String(
      document.hosts.filter((host) => host.notVisible.some(({ kind }) => kind === spot.kind)).length,
    ),
    share: words.share(spot.share),
    wire: `${words.flows(spot.flows)}${words.listSeparator}${words.bytes(spot.bytes)}`,
    effect: `${effect(spot.kind, spot.effect ?? '')}${relayNote(document, words, spot.kind)}`,
  }));
}

/** True if tools were selected. Then the document lacks other rows. */
export const hasToolSelection = ({ selection }: ReportDocument): boolean =>
  (selection?.tools.length ?? 0) > 0;

/** Returns a note if hosts with a suspected relay have no row of it, because other traffic identifies their tool. */
function relayNote(document: ReportDocument, words: ReportWords, kind: NotVisibleKind): string {
  if (kind !== 'relay' || hasToolSelection(document)) return '';
  const named = document.hosts.filter(
    ({ notVisible, providers }) =>
      notVisible.some((spot) => spot.kind === kind) && !providers.some(({ tool }) => tool === RELAY_ID),
  ).length;
  return named === 0 ? '' : ` ${words.sections.unseen.relayed(named)}`;
}

/** Lists rows that concern all hosts. */
function sensorRows(document: ReportDocument, words: ReportWords): Unseen[] {
  const { packets, kernelDrops } = document.stats;
  const own = words.sections.unseen;
  const row = (what: string, wire: string, effect: string, share = '–'): Unseen => ({
    what,
    hosts: own.all,
    share,
    wire,
    effect,
  });
  const unrecorded = unrecordedSentence(document, words);
  const lost = kernelDrops / (packets + kernelDrops);
  const lossText = own.lossText(formatCount(kernelDrops), formatCount(packets + kernelDrops));
  const lossEffect = own.lossEffect(words.share(MAX_LOSS), lost > MAX_LOSS);
  return [
    ...formatGaps(document, words).map(({ text, isOne }) =>
      row(isOne ? own.gap : own.gaps, text, isOne ? own.gapEffect : own.gapsEffect),
    ),
    ...(kernelDrops > 0 ? [row(own.loss, lossText, lossEffect, words.share(lost))] : []),
    ...(unrecorded === null ? [] : [row(own.span, own.spanText(unrecorded), own.spanEffect)]),
    ...damageSentences(document, words).map((sentence) =>
      row(own.damaged, `${sentence}${words.fullStop.trimEnd()}`, own.damagedEffect),
    ),
    ...caveatSentences(document, words).map((sentence) =>
      row(own.limited, `${sentence}${words.fullStop.trimEnd()}`, own.limitedEffect),
    ),
  ];
}

export const UNSEEN: Section = {
  id: 'unseen',
  tables: [table],
  notes: ({ document, words }) => {
    const notVisible = notVisibleShare(document);
    return [
      words.sections.unseen.lead(
        notVisible === 0 ? null : words.share(notVisible),
        words.blindSpots.nothingHidden(hiddenState(document)),
      ),
    ];
  },
  // Terminal and Markdown use sentences instead.
  places: ['page'],
};
