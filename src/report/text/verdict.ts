// The verdict at the top of a report with a policy: violated, inconclusive or compliant, one paragraph per ban, in any
// language: which of its phrases a report calls for is decided here, so that no language says another thing than the next.

import { moreDestinationsIn, parseCaptureAdvice } from '../../model/capture-advice.ts';
import {
  DEFAULT_RULE,
  MCP_RULE,
  SERVICES_RULE,
  SEVERITIES,
  VERDICT_WORDS,
  type VerdictWord,
} from '../../model/findings.ts';
import type { ReportDocument, RuleSummary, VerdictReason } from '../../model/report.ts';
import { NOT_VISIBLE_KINDS } from '../../model/window-words.ts';
import { compareText } from '../../net/address.ts';
import { formatCount, plural } from '../../text/quantity.ts';
import { type Painter, type Role, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { bannedBy } from './banned.ts';
import { ENGLISH_WORDS, type ReportWords, wordIn } from './english-words.ts';
import { clockTime, type ReaderZone, readerZone, unixSeconds } from './instant-text.ts';
import { formatBreach, type PolicyRule } from './policy-outcome.ts';
import { countRule, type RuleCount } from './rule-count.ts';

/** Each text is a sentence, or the part of one, without its full stop. */
export interface Verdict {
  readonly rule: PolicyRule;
  readonly summary: RuleSummary;
  readonly label: string;
  readonly headline: string;
  /** Title of the rule; `from` is the day from which it is in force, null without one. */
  readonly title: string;
  readonly from: string | null;
  /** One sentence with the two numbers that matter. */
  readonly sentence: string;
  /** "Not seen" is true of every host: none is suspected, none may use it, none showed its telemetry. */
  readonly isClear: boolean;
  /** "9 seconds": how much of the time of the verdict was observed; null if that is not known. */
  readonly time: string | null;
  /** "1 suspected", "1 exempt", …; only what is above zero. */
  readonly counts: readonly string[];
  /** How many attempts to reach the names of what it denies were blocked; empty where none was made. */
  readonly control: string;
  /** Describes the time of the verdict and how much of it was observed; empty if none was. */
  readonly observed: string;
  /** Further reasons limit the verdict, or made it impossible. */
  readonly limits: readonly string[];
  /** Hosts of which nothing but telemetry or updates was found. */
  readonly aside: number;
  /** Hosts and days behind the numbers. */
  readonly found: RuleCount;
}

export const VERDICT_ROLES: Readonly<Record<VerdictWord, Role>> = {
  violated: 'bad',
  compliant: 'good',
  inconclusive: 'warn',
};

/**
 * Bans and required paths: violated ones first, of these the most severe, else in the order of the policy. Rules that only
 * observe or allow have no verdict worth a headline.
 */
export function verdicts(document: ReportDocument, words: ReportWords = ENGLISH_WORDS): Verdict[] {
  const rules = new Map((document.policy?.rules ?? []).map((rule) => [rule.id, rule]));
  return (document.summary?.rules ?? [])
    .flatMap((summary) => {
      const rule = rules.get(summary.rule);
      return rule !== undefined && (rule.action === 'deny' || formatBreach(rule) !== 'violation')
        ? [buildVerdict(rule, summary, document, words)]
        : [];
    })
    .sort((a, b) => rank(a) - rank(b) || severity(b) - severity(a));
}

const rank = ({ summary }: Verdict): number => VERDICT_WORDS.indexOf(summary.verdict);

const severity = ({ rule, summary }: Verdict): number =>
  summary.verdict === 'violated' ? SEVERITIES.indexOf(rule.severity) : 0;

/** Verdicts for programs, whose times are UTC, with their text. */
export const utcVerdicts = (document: ReportDocument): (Verdict & { readonly text: string })[] =>
  verdicts({ ...document, period: { ...document.period, timezone: 'UTC' } }).map((verdict) => {
    const { sentence, observed, limits } = verdict;
    const parts = [sentence, observed, ...limits].filter((part) => part !== '');
    return { ...verdict, text: `${parts.join('; ')} (times are UTC)` };
  });

export const isViolated = ({ summary }: Verdict): boolean => summary.verdict === 'violated';

export function buildVerdict(
  rule: PolicyRule,
  summary: RuleSummary,
  document: ReportDocument,
  words: ReportWords,
): Verdict {
  const phrases = words.verdict;
  const zone = readerZone(document);
  const { graceUntil, effective } = rule;
  const found = countRule(document, summary);
  const title = visibleText(ruleTitle(rule, words));
  const from = effective === null ? null : words.dateOrTime(effective, zone);
  const aside = found.hosts.aside.length;
  const { hostsSeen, reasons } = summary;
  const since =
    graceUntil === null ? phrases.whileInForce : phrases.afterGrace(words.dayOrTime(graceUntil, zone));
  const time = observedTime(summary, words);
  const breach = formatBreach(rule);
  const possible = breach === 'violation' ? found.hosts.possible.length : 0;
  const isClear =
    breach === 'violation' &&
    summary.suspected + summary.exempt + found.hosts.aside.length + possible === 0 &&
    !document.hosts.some((host) => hasRowOf(rule, host));
  const ofUse = rule.id === MCP_RULE ? 'mcp' : rule.services === undefined ? 'tool' : 'service';
  const denied = (
    { violation: ofUse, bypass: 'path', telemetrySent: 'telemetry', uploaded: 'upload' } as const
  )[breach];
  const [first = phrases.nothingRead, ...more] = reasons.map((reason) =>
    phrases.reasons[reason.reason]({
      ...buildFacts(reason, rule, summary, words, zone),
      isEmpty: document.observedBy?.length === 0,
    }),
  );
  const sentence = {
    violated: phrases.violated(summary.after, hostsSeen, since, denied, bannedBy(rule, null)),
    compliant:
      // Allowed MCP servers may have been used.
      isClear && ofUse !== 'mcp'
        ? phrases.notSeen(hostsSeen, time)
        : phrases.noViolation(hostsSeen, time, denied),
    inconclusive: first,
  }[summary.verdict];
  const isInconclusive = summary.verdict === 'inconclusive';
  const limits = isInconclusive ? more : reasons.length === 0 ? [] : [first, ...more];
  const accepted = (summary.accepted ?? []).map(({ kind, to, bytes }) =>
    phrases.accepted(words.blindSpots.kinds[kind], visibleText(to.join(', ')), words.bytes(bytes)),
  );
  return {
    ...{ rule, summary, sentence, time, isClear, aside, found, title, from },
    label: phrases.labels[summary.verdict],
    headline: phrases.headline(title, from, visibleText(rule.id), rule.rev),
    counts: countTexts(summary, found, words),
    control: controlText(summary, words),
    observed: observedText(summary, words, zone),
    limits: [
      ...provisionalLimits(document, rule.id, words),
      ...(summary.verdict === 'violated' ? limits.map(phrases.missed) : limits),
      // A violation makes a mere possibility unimportant.
      ...(summary.verdict === 'violated' || possible === 0 ? [] : [phrases.possible(possible)]),
      ...accepted,
    ],
  };
}

/** True where a row of the report is about the rule: its tool was seen, without a finding. */
const hasRowOf = ({ id }: PolicyRule, { tools, providers }: ReportDocument['hosts'][number]): boolean =>
  [...tools, ...providers].some(({ days }) => days.some(({ rules }) => rules?.includes(id)));

/** A running sensor has findings that are too fresh to be sure of; the limit states when the last of them is final. */
function provisionalLimits(document: ReportDocument, rule: string, words: ReportWords): string[] {
  const ends = (document.findings ?? []).flatMap((finding) =>
    finding.rule === rule && finding.provisionalUntil !== undefined ? [finding.provisionalUntil] : [],
  );
  const last = ends.toSorted(compareText).at(-1);
  if (last === undefined) return [];
  const zone = readerZone(document);
  return [words.verdict.provisional(ends.length, words.time(last, zone), clockTime(last, zone))];
}

function countTexts(
  { suspected, grace, exempt, paths, notSeenSince }: RuleSummary,
  { hosts }: RuleCount,
  { verdict: { counts } }: ReportWords,
): string[] {
  const all: readonly (readonly [number, (count: number) => string])[] = [
    [suspected, counts.suspected],
    [grace, counts.grace],
    [exempt, counts.exempt],
    [hosts.aside.length, counts.aside],
    [hosts.attempted.length, counts.attempted],
    [paths?.through.length ?? 0, counts.throughGateways],
    [notSeenSince, counts.notSeenSince],
  ];
  return all.flatMap(([count, say]) => (count > 0 ? [say(count)] : []));
}

/** States if what the rule denies is stopped; empty where nothing was tried. */
function controlText({ control }: RuleSummary, words: ReportWords): string {
  if (control === undefined) return '';
  const { control: phrases, placeNotKnown } = words.verdict;
  const { blocked, failed, passed, hostsPassed, legs } = control;
  const total = blocked + failed + passed;
  const places = legs.map(
    ({ leg, blocked: count }) => `${leg === null ? placeNotKnown : words.legs[leg]} ${formatCount(count)}`,
  );
  return [
    phrases.blocked(total, blocked, places.join(words.listSeparator), blocked === total),
    ...(failed === 0 ? [] : [phrases.failed(failed)]),
    phrases.passed(passed, hostsPassed),
  ].join(words.clauseSeparator);
}

const UNITS = [
  { unit: 'day', seconds: DAY_SECONDS, least: 4 },
  { unit: 'hour', seconds: 3600, least: 2 },
  { unit: 'minute', seconds: 60, least: 2 },
  { unit: 'second', seconds: 1, least: 0 },
] as const;

/** Observed time is never overstated, and a little of it is not nothing: "8.9", "0.058". */
function roundedDown(amount: number): string {
  const digits = amount >= 1 || amount === 0 ? 1 : Math.min(6, 1 - Math.floor(Math.log10(amount)));
  return String(Math.floor(amount * 10 ** digits) / 10 ** digits);
}

/** Null for a span without a length. */
const unitOf = (seconds: number): (typeof UNITS)[number] | undefined =>
  seconds <= 0 ? undefined : UNITS.find(({ least, seconds: size }) => seconds >= least * size);

/** Observed seconds of a span of `whole` seconds; a short capture has a share alone. */
const observedSeconds = ({ seconds, share }: Observation, whole: number): number =>
  seconds === 0 ? share * whole : Math.min(seconds, whole);

type Observation = NonNullable<RuleSummary['observed']>;

const lengthOf = ({ since, until }: Observation): number => unixSeconds(until) - unixSeconds(since);

function observedTime({ observed }: RuleSummary, words: ReportWords): string | null {
  const seen = observed === null ? 0 : observedSeconds(observed, lengthOf(observed));
  const unit = unitOf(seen);
  return unit === undefined
    ? null
    : words.verdict.time(unit.unit, words.amount(roundedDown(seen / unit.seconds)));
}

/** Sensors of a sentence; the document lists all. */
const MAX_SENSORS = 5;

/** The minutes of the ends of a shorter span may be the same. */
const EXACT_SECONDS = 300;

/** "38 of 42 hours from 13 July 00:00 to 14 July 18:00 were observed"; empty where nothing is known. */
function observedText({ observed }: RuleSummary, words: ReportWords, zone: ReaderZone): string {
  if (observed === null) return '';
  const { since, until, share, sensors = [] } = observed;
  const whole = lengthOf(observed);
  const unit = unitOf(whole);
  const amount = (of: number): string => roundedDown(of / (unit?.seconds ?? 1));
  const time = whole < EXACT_SECONDS ? words.exactTime : words.time;
  const said = words.verdict.observed(
    time(since, zone),
    time(until, zone),
    share === 1 ? null : words.share(share),
    {
      unit: unit?.unit ?? null,
      seen: amount(observedSeconds(observed, whole)),
      all: amount(whole),
    },
  );
  if (sensors.length === 0) return said;
  const list = [...sensors].sort((a, b) => b.share - a.share).slice(0, MAX_SENSORS);
  return words.verdict.observedBySensor(
    said,
    list.map((sensor) => `${visibleText(sensor.sensor)} ${words.share(sensor.share)}`).join(', '),
    sensors.length - list.length,
  );
}

/** A verdict is no list of files. */
const MAX_NAMES = 3;

function buildFacts(
  reason: VerdictReason,
  rule: PolicyRule,
  { hostsSeen, hostsNotVisible }: RuleSummary,
  words: ReportWords,
  zone: ReaderZone,
): object {
  const { since = null, until = null, share = 0, detail = '', kinds = [], advice = [] } = reason;
  const time = (instant: string | null): string | null =>
    instant === null ? null : words.time(instant, zone);
  const names = detail.split(', ');
  return {
    ...{
      since: time(since),
      until: time(until),
      hostsSeen,
      hostsNotVisible,
      hasGrace: rule.graceUntil !== null,
    },
    ...{ share: words.share(share), isMost: share > 0.5 },
    detail: visibleText(detail),
    /** Used by reasons that count. */
    amount: Number(detail),
    /** Used by reasons that list inputs. */
    names: visibleText(names.slice(0, MAX_NAMES).join(', ')),
    moreNames: Math.max(0, names.length - MAX_NAMES),
    hasNames: detail !== '',
    unmet: unmetText(reason, rule, words),
    kinds: kinds.map((kind) => words.blindSpots.kinds[kind]).join(words.listSeparator),
    /** The advice resolves the reason. */
    advice: visibleText(advice.map((line) => words.clauseSeparator + adviceText(line, words)).join('')),
  };
}

/** Longer lists are for programs and the policy file, not for a sentence. */
const MAX_ACCEPTED = 4;

/** Lines of a policy are the same in every language. */
function adviceText(line: string, { verdict: phrases, blindSpots }: ReportWords): string {
  const advice = parseCaptureAdvice(line);
  if (advice !== null) return phrases.captureAdvice[advice];
  const more = moreDestinationsIn(line);
  if (more === null) {
    const destinations = line.split(', ').length - 1;
    return destinations > MAX_ACCEPTED ? phrases.acceptLine(destinations) : line;
  }
  const kind = NOT_VISIBLE_KINDS.find((candidate) => candidate === more.kind);
  return phrases.moreDestinations(more.count, kind === undefined ? more.kind : blindSpots.kinds[kind]);
}

/** Names what a rule requires and some tools never meet; `detail`, which is English, if a document has no more. */
function unmetText(
  { unmet, detail = '' }: VerdictReason,
  { tools: ruled = [], toolNames = [] }: PolicyRule,
  words: ReportWords,
): string {
  if (unmet === undefined) return visibleText(detail);
  const { verdict: phrases, confidences, listSeparator, clauseSeparator } = words;
  const texts = unmet.map(({ requirement, required, tools, moreTools }) => {
    const names = tools.map((tool) => toolNames[ruled.indexOf(tool)] ?? tool).join(listSeparator);
    const roles = required.map((role) => wordIn(words.roles, role) ?? role).join(phrases.orRole);
    const all = moreTools > 0 ? phrases.moreTools(names, formatCount(moreTools)) : names;
    const best = confidences[required[0] === 'certain' ? 'likely' : 'possible'];
    return phrases.unmet[requirement](all, roles, best);
  });
  return visibleText(texts.join(clauseSeparator));
}

export function verdictLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const all = verdicts(document);
  const longest = Math.max(0, ...all.map(({ label }) => label.length));
  return all.flatMap((verdict) => {
    const label = verdict.label.padEnd(longest + 2);
    const indent = ' '.repeat(label.length);
    const room = Math.max(30, width - label.length);
    const [first = '', ...rest] = wrap(verdict.headline, room);
    const notVisible = verdict.summary.verdict === 'compliant' ? seenSentence(document) : '';
    return [
      paint(VERDICT_ROLES[verdict.summary.verdict], label) + first,
      ...[
        ...rest,
        ...wrap(verdict.sentence, room),
        ...wrapWhole(verdict.counts, room),
        ...wrap(verdict.control, room),
        ...wrap(verdict.observed, room),
        ...verdict.limits.flatMap((limit) => wrap(limit, room)),
        ...wrap(notVisible, room),
      ].map((line) => indent + line),
      '',
    ];
  });
}

/** Counts side by side; none is broken over two lines. */
function wrapWhole(counts: readonly string[], width: number): string[] {
  const text = counts.map((count) => count.replaceAll(' ', '\u00a0')).join('   ');
  return wrap(text, width).map((line) => line.trim().replaceAll('\u00a0', ' '));
}

/** A sensor saw the packets in one of these states. */
export type SensorView =
  | { readonly state: 'notToEnd'; readonly packets: number; readonly captures: number }
  | { readonly state: 'whole' | 'cut'; readonly packets: number }
  /** `share`: in percent, as text. */
  | { readonly state: 'lost'; readonly share: string };

export function sensorView(document: ReportDocument): SensorView {
  const { packets, kernelDrops, snaplenCut, clientHellos } = document.stats;
  if (kernelDrops > 0)
    return { state: 'lost', share: `${((packets / (packets + kernelDrops)) * 100).toFixed(2)} %` };
  const captures = document.captures.filter(
    ({ truncated, error }) => truncated || error !== undefined,
  ).length;
  if (captures > 0) return { state: 'notToEnd', packets, captures };
  const isWhole = snaplenCut === 0 && clientHellos.incomplete * 100 <= clientHellos.complete;
  const isLossFree = !document.notVisible.some(({ kind }) => kind === 'loss');
  return { state: isWhole && isLossFree ? 'whole' : 'cut', packets };
}

/** "Not seen" is worth what the sensor saw; it follows every COMPLIANT. */
function seenSentence(document: ReportDocument): string {
  const view = sensorView(document);
  switch (view.state) {
    case 'notToEnd':
      return `${plural(view.packets, 'packet')} read, but ${plural(view.captures, 'capture')} not to the end`;
    case 'whole':
      return `${plural(view.packets, 'packet')} read, none lost`;
    case 'cut':
      return `${plural(view.packets, 'packet')} read, but some were cut short or are missing`;
    case 'lost':
      return `this sensor saw ${view.share} of packets`;
  }
}

/** The title in the policy file, or for a rule that "default", "services" or "mcp" creates, that of the language. */
export function ruleTitle(
  { id, title }: { readonly id: string; readonly title: string },
  { ruleTitles }: Pick<ReportWords, 'ruleTitles'>,
): string {
  if (id === DEFAULT_RULE) return ruleTitles.allowedTools;
  if (id === SERVICES_RULE) return ruleTitles.allowedServices;
  return id === MCP_RULE ? ruleTitles.allowedMcp : title;
}
