// The verdict at the top of a report with a policy: violated, inconclusive or compliant, one paragraph per ban.

import { DEFAULT_RULE, VERDICT_WORDS, type VerdictWord } from '../../model/findings.ts';
import type { ReportDocument, RuleSummary } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { plural } from '../../text/quantity.ts';
import { type Painter, type Role, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { bannedBy, bannedTool, verbOf } from './banned.ts';
import { clockTime, formatDate, policyZone, readerZone, unixSeconds } from './instant.ts';
import type { PolicyRule } from './outcome.ts';
import { countRule, type RuleCount } from './rule-count.ts';
import { graceEnd, observedSentence, reasonWords } from './verdict-words.ts';

/** Texts of a verdict: each part a sentence, or the part of one, without its full stop. */
export interface VerdictText {
  readonly label: string;
  readonly headline: string;
  /** One sentence with the two numbers that matter. */
  readonly sentence: string;
  /** "1 suspected", "1 exempt", …; only what is above zero. */
  readonly counts: readonly string[];
  /** How many attempts to reach the names of what it denies were blocked; empty where none was made. */
  readonly control: string;
  /** Which time it speaks of and how much of that was observed; empty where none was. */
  readonly observed: string;
  /** What else limits it, or made it impossible. */
  readonly limits: readonly string[];
}

export interface Verdict extends VerdictText {
  readonly rule: PolicyRule;
  readonly summary: RuleSummary;
  readonly label: Uppercase<VerdictWord>;
  /** Hosts of which nothing but telemetry or updates was found. */
  readonly aside: number;
  /** Hosts and days behind the numbers. */
  readonly found: RuleCount;
}

export const VERDICT_ROLES: Readonly<Record<Verdict['label'], Role>> = {
  VIOLATED: 'bad',
  COMPLIANT: 'good',
  INCONCLUSIVE: 'warn',
};

/** Bans and required paths, the worst first; rules that only observe or allow have no verdict worth a headline. */
export function verdicts(document: ReportDocument): Verdict[] {
  const zone = policyZone(document);
  const rules = new Map((document.policy?.rules ?? []).map((rule) => [rule.id, rule]));
  const dayZone = readerZone(document);
  const all: Verdict[] = [];
  for (const summary of document.summary?.rules ?? []) {
    const rule = rules.get(summary.rule);
    if (rule !== undefined && (rule.action === 'deny' || rule.via !== undefined))
      all.push(
        verdictOf(
          rule,
          summary,
          zone,
          countRule(document, summary),
          provisionalLimits(document, rule.id, dayZone),
        ),
      );
  }
  return all.sort((a, b) => rank(a) - rank(b));
}

const rank = ({ summary }: Verdict): number => VERDICT_WORDS.indexOf(summary.verdict);

/** Of a running sensor: findings that are too fresh to be sure of, and when the last of them no longer is; null without one. */
export function provisionalFindings(
  { findings = [] }: ReportDocument,
  rule: string,
): { readonly count: number; readonly until: string } | null {
  const until = findings.flatMap((finding) =>
    finding.rule === rule && finding.provisionalUntil !== undefined ? [finding.provisionalUntil] : [],
  );
  const last = until.toSorted(compareText).at(-1);
  return last === undefined ? null : { count: until.length, until: last };
}

function provisionalLimits(document: ReportDocument, rule: string, zone: Zone): string[] {
  const provisional = provisionalFindings(document, rule);
  if (provisional === null) return [];
  const { count, until } = provisional;
  const [are, them] = count === 1 ? ['is', 'it'] : ['are', 'them'];
  return [
    `${plural(count, 'finding')} ${are} provisional until ${clockTime(until, zone)}: other signs may explain ${them}`,
  ];
}

function verdictOf(
  rule: PolicyRule,
  summary: RuleSummary,
  zone: Zone,
  found: RuleCount,
  provisional: readonly string[],
): Verdict {
  const aside = found.hosts.aside.length;
  const attempted = found.hosts.attempted.length;
  const from = rule.effective === null ? '' : `, from ${formatDate(zone.dayOf(unixSeconds(rule.effective)))}`;
  const end = graceEnd(rule, zone);
  const grace = end === null ? '' : ` after the grace period (from ${end})`;
  const since = grace !== '' ? grace : rule.effective === null ? '' : ' while the rule was in force';
  const seen = `${plural(summary.hostsSeen, 'host')} in scope`;
  const [first = 'nothing was read', ...more] = summary.reasons.map((reason) =>
    reasonWords(reason, rule, summary, zone),
  );
  const sentence = {
    violated: `${summary.after} of ${seen} ${verbOf(rule)} ${whatOf(rule)}${rule.via === undefined ? '' : ' around the required gateways'}${grace === '' ? ' while the rule was in force' : grace}`,
    compliant: `${rule.via !== undefined ? 'no use around the required gateways was found on' : isClear(summary, aside) ? 'not seen on any of' : 'no violation was found on'} ${seen}${since}`,
    inconclusive: first,
  }[summary.verdict];
  const limits =
    summary.verdict === 'inconclusive' ? more : summary.reasons.length === 0 ? [] : [first, ...more];
  const counts = [
    summary.suspected > 0 ? `${summary.suspected} suspected` : '',
    summary.grace > 0 ? `${summary.grace} only in the grace period` : '',
    summary.exempt > 0 ? `${summary.exempt} exempt` : '',
    aside > 0 ? `${aside} only telemetry or updates` : '',
    attempted > 0 ? `${attempted} only attempted it` : '',
    ...pathCounts(summary),
    summary.notSeenSince > 0 ? `${summary.notSeenSince} not seen since` : '',
  ].filter((text) => text !== '');
  return {
    rule,
    summary,
    label: summary.verdict.toUpperCase() as Verdict['label'],
    headline: `${visibleText(rule.title)}${from} (${visibleText(rule.id)} rev ${rule.rev})`,
    sentence,
    observed: observedSentence(summary, zone),
    control: controlSentence(summary),
    limits: [
      ...provisional,
      ...(summary.verdict === 'violated'
        ? limits.map((limit) => `more may have been missed: ${limit}`)
        : limits),
    ],
    counts,
    aside,
    found,
  };
}

/** "none of 8 attempts", "3 of 8 attempts", "all 8 attempts". */
function shareText(count: number, total: number): string {
  const all = plural(total, 'attempt');
  if (count === 0) return `none of ${all}`;
  return count === total && total > 1 ? `all ${all}` : `${count} of ${all}`;
}

/** Whether what the rule denies is stopped; empty where nothing was tried. */
function controlSentence({ control }: RuleSummary): string {
  if (control === undefined) return '';
  const { blocked, failed, passed, hostsPassed, legs } = control;
  const total = blocked + failed + passed;
  const places = legs.map(({ leg, blocked: count }) => `${leg ?? 'place not known'} ${count}`);
  const parts = [
    `${shareText(blocked, total)} to reach its names ${blocked > 1 ? 'were' : 'was'} blocked${blocked === 0 ? '' : ` (${places.join(', ')})`}`,
    failed === 0 ? '' : `${failed} failed for another reason`,
    passed === 0 ? 'none passed' : `${passed} passed, from ${plural(hostsPassed, 'host')}`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

const pathCounts = ({ paths }: RuleSummary): string[] =>
  paths === undefined || paths.through.length === 0 ? [] : [`${paths.through.length} through the gateways`];

/** The headline names a single tool. */
const whatOf = (rule: PolicyRule): string =>
  rule.services === undefined && rule.id !== DEFAULT_RULE && (rule.tools?.length ?? 0) < 2
    ? 'it'
    : bannedTool(bannedBy(rule, null));

/** True where "not seen" is true of every host: none is suspected, none may use it, none showed its telemetry. */
export const isClear = ({ suspected, exempt }: RuleSummary, aside: number): boolean =>
  suspected + exempt + aside === 0;

export function verdictLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const all = verdicts(document);
  const longest = Math.max(0, ...all.map(({ label }) => label.length));
  return all.flatMap((verdict) => {
    const label = verdict.label.padEnd(longest + 2);
    const indent = ' '.repeat(label.length);
    const room = Math.max(30, width - label.length);
    const [first = '', ...rest] = wrap(verdict.headline, room);
    const notVisible = verdict.label === 'COMPLIANT' ? seenSentence(document) : '';
    return [
      paint(VERDICT_ROLES[verdict.label], label) + first,
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

/** What a sensor saw of the packets. */
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
