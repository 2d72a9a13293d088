// Verdicts and limits of the sheets from the phrases of a language: which of them a report calls for is decided here,
// so that no language says another thing than the next.

import type { ReportDocument, RuleSummary, VerdictReason } from '../../model/report.ts';
import { formatCount } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import type german from '../messages/de.json';
import { messagesIn, type ReportWords } from '../text/english-words.ts';
import { type ReaderZone, readerZone, unixSeconds } from '../text/instant.ts';
import { type CompiledMessages, type MessagesOf, messagesOf } from '../text/messages.ts';
import { darkShare, hidesNames, notVisibleRows } from '../text/not-visible.ts';
import type { Phrasing } from '../text/phrasing.ts';
import { ruleTitle } from '../text/rule-title.ts';
import { isClear, provisionalFindings, type Verdict, type VerdictText } from '../text/verdict.ts';
import type { Messages } from './english.ts';

type Phrases = MessagesOf<(typeof german)['sheet']>;
type VerdictPhrases = Phrases['verdict'];
type LimitPhrases = Phrases['limits'];

/** Of a language other than English. */
export function translated({ sheet, ...compiled }: CompiledMessages, phrasing: Phrasing): Messages {
  const words = messagesIn(compiled, phrasing);
  const phrases = messagesOf<(typeof german)['sheet']>(sheet as CompiledMessages, {
    separator: phrasing.listSeparator,
    and: phrasing.and,
  });
  return {
    ...words,
    verdict: (verdict, document, zone) => verdictText(phrases.verdict, words, verdict, document, zone),
    summary: {
      ...words.summary,
      limitsOf: (document) => limitTexts(phrases.limits, words, document),
    },
  };
}

/** What a reason that limits a verdict speaks of; times are texts. */
interface ReasonFacts {
  readonly since: string | null;
  readonly until: string | null;
  readonly share: string;
  /** More than half. */
  readonly isMost: boolean;
  readonly detail: string;
  /** What a rule requires and some tools never meet, joined. */
  readonly unmet: string;
  /** The first names of a `detail` that lists inputs. */
  readonly names: string;
  /** `detail` as a number, for the reasons that count. */
  readonly amount: number;
  readonly hostsSeen: number;
  readonly hostsDark: number;
}

const COUNTED_PARTS = [
  'suspected',
  'grace',
  'exempt',
  'aside',
  'attempted',
  'throughGateways',
  'notSeenSince',
] as const;
type CountedPart = (typeof COUNTED_PARTS)[number];

function verdictText(
  phrases: VerdictPhrases,
  words: ReportWords,
  { summary, rule, aside, found }: Verdict,
  document: ReportDocument,
  zone: ReaderZone,
): VerdictText {
  const dayOf = (instant: string): string => zone.dayOf(unixSeconds(instant));
  const since =
    rule.graceUntil === null
      ? phrases.whileInForce
      : phrases.afterGrace(words.dayIn(dayOf(rule.graceUntil), zone));
  const denied = rule.via !== undefined ? 'path' : rule.services === undefined ? 'tool' : 'service';
  const { hostsSeen } = summary;
  const [first = phrases.nothingRead, ...more] = summary.reasons.map((reason) =>
    phrases.reasons[reason.reason](factsOf(reason, summary, { phrases, words, zone })),
  );
  const sentence = {
    violated: phrases.violated(summary.after, hostsSeen, since, denied),
    compliant:
      denied !== 'path' && isClear(summary, aside)
        ? phrases.notSeen(hostsSeen, since)
        : phrases.noViolation(hostsSeen, since, denied),
    inconclusive: first,
  }[summary.verdict];
  const limits =
    summary.verdict === 'inconclusive' ? more : summary.reasons.length === 0 ? [] : [first, ...more];
  const hosts: Readonly<Record<CountedPart, number>> = {
    ...{ suspected: summary.suspected, grace: summary.grace, exempt: summary.exempt },
    ...{ aside, attempted: found.hosts.attempted.length },
    throughGateways: summary.paths?.through.length ?? 0,
    notSeenSince: summary.notSeenSince,
  };
  const provisional = provisionalFindings(document, rule.id);
  return {
    label: phrases.labels[summary.verdict],
    headline: phrases.headline(
      visibleText(ruleTitle(rule, words)),
      rule.effective === null ? null : words.date(dayOf(rule.effective)),
      visibleText(rule.id),
      rule.rev,
    ),
    sentence,
    counts: COUNTED_PARTS.filter((part) => hosts[part] > 0).map((part) => phrases.counts[part](hosts[part])),
    control: controlText(phrases, words, summary),
    observed: observedText(phrases, words, summary, zone),
    limits: [
      ...(provisional === null
        ? []
        : [phrases.provisional(provisional.count, words.time(provisional.until, readerZone(document)))]),
      ...limits.map((limit) => (summary.verdict === 'violated' ? phrases.missed(limit) : limit)),
    ],
  };
}

function observedText(
  phrases: VerdictPhrases,
  phrasing: Phrasing,
  { observed }: RuleSummary,
  zone: Zone,
): string {
  if (observed === null) return '';
  const share = observed.share === 1 ? null : phrasing.share(observed.share);
  return phrases.observed(
    phrasing.time(observed.since, zone),
    phrasing.time(observed.until, zone),
    zone.name,
    share,
  );
}

function controlText(
  { control: phrases, placeNotKnown }: VerdictPhrases,
  { legs: places, listSeparator, clauseSeparator }: ReportWords,
  { control }: RuleSummary,
): string {
  if (control === undefined) return '';
  const { blocked, failed, passed, hostsPassed, legs } = control;
  const blockedAt = legs.map(
    ({ leg, blocked: count }) => `${leg === null ? placeNotKnown : places[leg]} ${formatCount(count)}`,
  );
  return [
    phrases.blocked(blocked + failed + passed, blocked, blockedAt.join(listSeparator)),
    ...(failed === 0 ? [] : [phrases.failed(failed)]),
    phrases.passed(passed, hostsPassed),
  ].join(clauseSeparator);
}

function factsOf(
  reason: VerdictReason,
  { hostsSeen, hostsDark }: RuleSummary,
  {
    phrases,
    words,
    zone,
  }: { readonly phrases: VerdictPhrases; readonly words: ReportWords; readonly zone: Zone },
): ReasonFacts {
  const { since, until, share = 0, detail = '' } = reason;
  const time = (instant: string | null | undefined): string | null =>
    instant == null ? null : words.time(instant, zone);
  return {
    ...{ since: time(since), until: time(until), hostsSeen, hostsDark },
    ...{ share: words.share(share), isMost: share > 0.5 },
    ...{
      detail: visibleText(detail),
      unmet: unmetText(reason, phrases, words),
      names: fewNames(detail),
      amount: Number(detail),
    },
  };
}

/** `detail`, which is English, where a document has no more. */
function unmetText(
  { unmet, detail = '' }: VerdictReason,
  phrases: VerdictPhrases,
  { confidences, listSeparator, clauseSeparator }: ReportWords,
): string {
  if (unmet === undefined) return visibleText(detail);
  const texts = unmet.map(({ requirement, required, tools, moreTools }) => {
    const names = tools.join(listSeparator);
    const all = moreTools > 0 ? phrases.moreTools(names, formatCount(moreTools)) : names;
    const best = confidences[required[0] === 'certain' ? 'likely' : 'possible'];
    return phrases.unmet[requirement](all, required.join(phrases.orRole), best);
  });
  return visibleText(texts.join(clauseSeparator));
}

/** A verdict is no list of files. */
const MAX_NAMES = 3;

function fewNames(detail: string): string {
  const names = detail.split(', ');
  return visibleText(names.slice(0, MAX_NAMES).join(', ')) + (names.length > MAX_NAMES ? ', …' : '');
}

/** Gaps that a sheet lists. */
const MAX_GAPS = 4;

/** Sentences with their full stops. */
function limitTexts(phrases: LimitPhrases, phrasing: ReportWords, document: ReportDocument): string[] {
  const zone = readerZone(document);
  const time = (instant: string | null): string | null =>
    instant === null ? null : phrasing.time(instant, zone);
  const { share } = phrasing;
  const some = (amount: number, text: (amount: number) => string): string[] =>
    amount === 0 ? [] : [text(amount)];
  const { packets, kernelDrops, evictedFlows, snaplenCut, malformed } = document.stats;
  const { clockErrors, withheld } = document;
  const gaps = document.coverage.flatMap((day) => day.gaps);
  return [
    hiddenText(phrases, phrasing, document),
    ...(document.unrecorded ?? []).map(({ from, to }) =>
      phrases.unrecorded(phrasing.time(from, zone), time(to)),
    ),
    ...some(kernelDrops, (drops) => phrases.lost(share(drops / (packets + drops)))),
    ...some(evictedFlows, phrases.evicted),
    ...gaps.slice(0, MAX_GAPS).map(({ from, to }) => phrases.gap(phrasing.time(from, zone), time(to))),
    ...some(Math.max(0, gaps.length - MAX_GAPS), phrases.moreGaps),
    ...(clockErrors === undefined ? [] : [phrases.clockErrors(clockErrors.packets)]),
    ...(withheld === undefined ? [] : [phrases.withheld(withheld.hosts, withheld.leastHosts)]),
    ...(document.interrupted === true ? [phrases.interrupted] : []),
    ...some(document.incomplete?.length ?? 0, phrases.unread),
    ...some(snaplenCut, phrases.cutShort),
    ...some(
      Object.values(malformed).reduce((sum, amount) => sum + amount, 0),
      phrases.malformed,
    ),
    phrases.notSeen,
    phrases.machine,
  ];
}

function hiddenText(
  phrases: LimitPhrases,
  { share: text, listSeparator, blindSpots }: ReportWords,
  document: ReportDocument,
) {
  const hidden = notVisibleRows(document).filter(({ kind }) => hidesNames(kind));
  if (hidden.length === 0) return phrases.nothingHidden;
  const kinds = hidden.map(({ kind, share }) => `${blindSpots.kinds[kind]} ${text(share)}`);
  return phrases.hidden(text(darkShare(document)), kinds.join(listSeparator));
}
