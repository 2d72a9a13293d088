// Builds the verdict at the top of a report with a policy: violated, inconclusive or compliant, with one paragraph per
// ban. It selects the phrases for all languages, so that their contents agree.

import { moreDestinationsIn, parseCaptureAdvice } from '../../model/capture-advice.ts';
import {
  DEFAULT_RULE,
  MCP_RULE,
  SERVICES_RULE,
  SEVERITIES,
  VERDICT_WORDS,
  type VerdictWord,
} from '../../model/findings.ts';
import { GATEWAY_LOGS } from '../../model/input-format.ts';
import type { ReportDocument, RuleSummary, VerdictReason } from '../../model/report.ts';
import { NOT_VISIBLE_KINDS } from '../../model/window-words.ts';
import { isFromLogs } from '../../model/withheld.ts';
import { compareText } from '../../net/address.ts';
import { formatCount, plural } from '../../text/quantity.ts';
import { type Painter, type Role, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { chooseUnit, roundedDown } from '../../time/duration.ts';
import { findBan } from './banned.ts';
import { ENGLISH_WORDS, type ReportWords, wordIn } from './english-words.ts';
import { clockTime, isShortSpan, type ReaderZone, readerZone, unixSeconds } from './instant-text.ts';
import { isLossy } from './not-visible-text.ts';
import { formatBreach, type PolicyRule } from './policy-outcome.ts';
import { countRule, type RuleCount } from './rule-count.ts';

/** Each text is a sentence or a part of one, without a full stop. */
export interface Verdict {
  readonly rule: PolicyRule;
  readonly summary: RuleSummary;
  readonly label: string;
  readonly headline: string;
  /** Title of the rule. `from`: the first day on which it is in force; null without one. */
  readonly title: string;
  readonly from: string | null;
  /** One sentence with the two most important numbers. */
  readonly sentence: string;
  /** "Not seen" is true for every host: none is suspected, none may have used it, none showed its telemetry. */
  readonly isClear: boolean;
  /** Observed time of the verdict, for example "9 seconds"; null if unknown. */
  readonly time: string | null;
  /** "1 suspected", "1 exempt", …; only counts above zero. */
  readonly counts: readonly string[];
  /** Number of blocked attempts to reach denied names; empty without attempts. */
  readonly control: string;
  /** Describes the time of the verdict and its observed part; empty if nothing was observed. */
  readonly observed: string;
  /** Other reasons that limit or prevent the verdict. */
  readonly limits: readonly string[];
  /** Number of hosts with telemetry or updates only. */
  readonly aside: number;
  /** Hosts and days of the numbers. */
  readonly found: RuleCount;
}

export const VERDICT_ROLES: Readonly<Record<VerdictWord, Role>> = {
  violated: 'bad',
  compliant: 'good',
  inconclusive: 'warn',
};

/**
 * Returns verdicts on bans and required paths: violated ones first, of these the most severe first, else in the order
 * of the policy. Rules that only observe or allow have no verdict in the headline.
 */
export function buildVerdicts(document: ReportDocument, words: ReportWords = ENGLISH_WORDS): Verdict[] {
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

/** Returns verdicts for programs, with times in UTC, and their text. */
export const buildUtcVerdicts = (document: ReportDocument): (Verdict & { readonly text: string })[] =>
  buildVerdicts({ ...document, period: { ...document.period, timezone: 'UTC' } }).map((verdict) => {
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
    !document.hosts.some((host) => hasRow(rule, host));
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
    violated: phrases.violated(summary.after, hostsSeen, since, denied, findBan(rule, null)),
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
    phrases.accepted(
      words.blindSpots.kinds[kind],
      visibleText(to.join(words.listSeparator)),
      words.bytes(bytes),
    ),
  );
  return {
    rule,
    summary,
    sentence,
    time,
    isClear,
    aside,
    found,
    title,
    from,
    label: phrases.labels[summary.verdict],
    headline: phrases.headline(title, from, visibleText(rule.id), rule.rev),
    counts: countTexts(summary, found, words),
    control: controlText(summary, words),
    observed: observedText(summary, words, zone, isLossy(document)),
    limits: [
      ...provisionalLimits(document, rule.id, words),
      ...(summary.verdict === 'compliant' ? unloggedLimits(document, words) : []),
      ...(summary.verdict === 'violated' ? limits.map(phrases.missed) : limits),
      // A violation makes mere possibility irrelevant.
      ...(summary.verdict === 'violated' || possible === 0 ? [] : [phrases.possible(possible)]),
      ...reasons.flatMap(({ advice = [] }) => adviceTexts(advice, words)),
      ...accepted,
    ],
  };
}

/** True if a row of the report concerns the rule: its tool was seen, without a finding. */
const hasRow = ({ id }: PolicyRule, { tools, providers }: ReportDocument['hosts'][number]): boolean =>
  [...tools, ...providers].some(({ days }) => days.some(({ rules }) => rules?.includes(id)));

/** True if logs of proxies, firewalls and web gateways are the only inputs with rows. */
const isOfGatewaysAlone = ({ inputs = [], captures }: ReportDocument): boolean => {
  const read = inputs.filter(({ rows }) => rows > 0);
  const isCaptured = captures.some(({ linkTypes }) => linkTypes.length > 0);
  return !isCaptured && read.length > 0 && read.every(({ kind }) => GATEWAY_LOGS.has(kind));
};

/**
 * True if logs are the only source of stored records, which do not state the kind of their input: they have flows and no
 * packets, or every use is of rows of logs.
 */
function isOfStoredLogs({ inputs, captures, stats, hosts }: ReportDocument): boolean {
  if (inputs !== undefined || captures.length > 0) return false;
  const uses = hosts.flatMap(({ tools, providers }) => [...tools, ...providers]);
  return stats.packets === 0 ? stats.flows > 0 : uses.length > 0 && uses.every(isFromLogs);
}

/** Limits of logs that show only what passed their gateway. */
function unloggedLimits(document: ReportDocument, { verdict: phrases }: ReportWords): string[] {
  if (isOfGatewaysAlone(document)) return [phrases.gatewaysAlone];
  return isOfStoredLogs(document) ? [phrases.storedLogsAlone] : [];
}

/** Lists findings of a running sensor that are provisional; the limit states when the last one is final. */
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
  return all.flatMap(([count, print]) => (count > 0 ? [print(count)] : []));
}

/** States if the rule's traffic is blocked; empty without attempts. */
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

/** Returns the observed seconds of a span of `whole` seconds. A short capture has only a share. */
const observedSeconds = ({ seconds, share }: Observation, whole: number): number =>
  seconds === 0 ? share * whole : Math.min(seconds, whole);

type Observation = NonNullable<RuleSummary['observed']>;

const measureSpan = ({ since, until }: Observation): number => unixSeconds(until) - unixSeconds(since);

function observedTime({ observed }: RuleSummary, words: ReportWords): string | null {
  const seen = observed === null ? 0 : observedSeconds(observed, measureSpan(observed));
  const unit = chooseUnit(seen);
  return unit === undefined
    ? null
    : words.verdict.time(unit.unit, words.amount(roundedDown(seen / unit.seconds)));
}

/** Maximum sensors in a sentence; the document lists all. */
const MAX_SENSORS = 5;

/** Returns "38 of 42 hours from 13 July 00:00 to 14 July 18:00 were observed"; empty if unknown. */
function observedText(
  { observed, reasons }: RuleSummary,
  words: ReportWords,
  zone: ReaderZone,
  lostPackets: boolean,
): string {
  if (observed === null) return '';
  const { since, until, share, sensors = [] } = observed;
  const whole = measureSpan(observed);
  const unit = chooseUnit(whole);
  const amount = (seconds: number): string => roundedDown(seconds / (unit?.seconds ?? 1));
  const time = isShortSpan(since, until) ? words.exactTime : words.time;
  const sentence = words.verdict.observed(
    time(since, zone),
    time(until, zone),
    share === 1 ? null : words.share(share),
    {
      unit: unit?.unit ?? null,
      ...{ seen: amount(observedSeconds(observed, whole)), all: amount(whole) },
      isLossy: lostPackets || reasons.some(({ reason }) => reason === 'loss'),
    },
  );
  if (sensors.length === 0) return sentence;
  const list = [...sensors].sort((a, b) => b.share - a.share).slice(0, MAX_SENSORS);
  return words.verdict.observedBySensor(
    sentence,
    list
      .map((sensor) => `${visibleText(sensor.sensor)} ${words.share(sensor.share)}`)
      .join(words.listSeparator),
    sensors.length - list.length,
  );
}

/** Maximum files in a verdict. */
const MAX_NAMES = 3;

function buildFacts(
  reason: VerdictReason,
  rule: PolicyRule,
  { hostsSeen, hostsNotVisible }: RuleSummary,
  words: ReportWords,
  zone: ReaderZone,
): object {
  const { since = null, until = null, share = 0, detail = '', kinds = [] } = reason;
  const format = since !== null && until !== null && isShortSpan(since, until) ? words.exactTime : words.time;
  const time = (instant: string | null): string | null => (instant === null ? null : format(instant, zone));
  const names = detail.split(', ');
  return {
    since: time(since),
    until: time(until),
    hostsSeen,
    hostsNotVisible,
    hasGrace: rule.graceUntil !== null,
    share: words.share(share),
    isMost: share > 0.5,
    detail: visibleText(detail),
    /** The number in reasons that count. */
    amount: Number(detail),
    /** Inputs in reasons that list them. */
    names: visibleText(names.slice(0, MAX_NAMES).join(words.listSeparator)),
    moreNames: Math.max(0, names.length - MAX_NAMES),
    hasNames: detail !== '',
    unmet: unmetText(reason, rule, words),
    kinds: kinds.map((kind) => words.blindSpots.kinds[kind]).join(words.listSeparator),
  };
}

/** Maximum accepted lines in a sentence. Programs and the policy file have all. */
const MAX_ACCEPTED = 4;

/**
 * Formats what resolves a reason. Lines of a policy are the same in every language. Without these lines, the number of
 * further destinations says nothing.
 */
function adviceTexts(advice: readonly string[], { verdict: phrases, blindSpots }: ReportWords): string[] {
  const lines = advice.map((line) => {
    const [capture, more] = [parseCaptureAdvice(line), moreDestinationsIn(line)];
    return {
      line,
      capture,
      more,
      accepted: capture === null && more === null ? line.split(', ').length - 1 : 0,
    };
  });
  const isLong = lines.some(({ accepted }) => accepted > MAX_ACCEPTED);
  return lines.flatMap(({ line, capture, more, accepted }) => {
    if (capture !== null) return [phrases.captureAdvice[capture]];
    if (more === null)
      return [
        accepted > MAX_ACCEPTED ? phrases.acceptLine(accepted) : phrases.acceptInPolicy(visibleText(line)),
      ];
    const kind = NOT_VISIBLE_KINDS.find((candidate) => candidate === more.kind);
    const named = kind === undefined ? visibleText(more.kind) : blindSpots.kinds[kind];
    return isLong ? [] : [phrases.moreDestinations(more.count, named)];
  });
}

/** More names would fill the first screen. */
const MAX_UNMET_TOOLS = 3;

/**
 * Describes what a rule requires and some tools never provide. Falls back to `detail`, which is in English, if a
 * document has nothing else.
 */
function unmetText(
  { unmet, detail = '' }: VerdictReason,
  { tools: ruled = [], toolNames = [] }: PolicyRule,
  words: ReportWords,
): string {
  if (unmet === undefined) return visibleText(detail);
  const { verdict: phrases, confidences, listSeparator, clauseSeparator } = words;
  const texts = unmet.map(({ requirement, required, tools, moreTools }) => {
    const named = tools.slice(
      0,
      moreTools + tools.length > MAX_UNMET_TOOLS ? MAX_UNMET_TOOLS - 1 : MAX_UNMET_TOOLS,
    );
    const more = moreTools + tools.length - named.length;
    const names = named.map((tool) => toolNames[ruled.indexOf(tool)] ?? tool).join(listSeparator);
    const roles = required.map((role) => wordIn(words.roles, role) ?? role).join(phrases.orRole);
    const all = more > 0 ? phrases.moreTools(names, formatCount(more)) : names;
    const best = confidences[required[0] === 'certain' ? 'likely' : 'possible'];
    return phrases.unmet[requirement](all, roles, best);
  });
  return visibleText(texts.join(clauseSeparator));
}

export function verdictLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const all = buildVerdicts(document);
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

/** Writes counts side by side without a line break inside one. */
function wrapWhole(counts: readonly string[], width: number): string[] {
  const text = counts.map((count) => count.replaceAll(' ', '\u00a0')).join('   ');
  return wrap(text, width).map((line) => line.trim().replaceAll('\u00a0', ' '));
}

/** The state of the packets that a sensor captured. */
export type SensorView =
  | { readonly state: 'notToEnd'; readonly packets: number; readonly captures: number }
  | { readonly state: 'whole' | 'cut'; readonly packets: number }
  /** `share`: percent as text. */
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

/** Describes the capture after every COMPLIANT, because "not seen" depends on it. */
function seenSentence(document: ReportDocument): string {
  const view = sensorView(document);
  switch (view.state) {
    case 'notToEnd':
      return `${plural(view.packets, 'packet')} read, but ${plural(view.captures, 'capture')} not to the end`;
    case 'whole':
      return view.packets === 0
        ? 'logs read to the end'
        : `${plural(view.packets, 'packet')} read, none lost`;
    case 'cut':
      return `${plural(view.packets, 'packet')} read, but some were cut short or are missing`;
    case 'lost':
      return `this sensor saw ${view.share} of packets`;
  }
}

/**
 * Returns the title in the policy file. A rule that "default", "services" or "mcp" creates has the title of the
 * language.
 */
export function ruleTitle(
  { id, title }: { readonly id: string; readonly title: string },
  { ruleTitles }: Pick<ReportWords, 'ruleTitles'>,
): string {
  if (id === DEFAULT_RULE) return ruleTitles.allowedTools;
  if (id === SERVICES_RULE) return ruleTitles.allowedServices;
  return id === MCP_RULE ? ruleTitles.allowedMcp : title;
}
