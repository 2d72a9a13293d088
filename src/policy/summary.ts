// Computes the verdict of a rule, with its counts, over all hosts or some of them.

import { BREACHES, type FindingResult, type OptOutReason } from '../model/findings.ts';
import { groupBy } from '../model/grouped-by.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { Rule } from '../model/policy.ts';
import {
  type ControlFacts,
  type OptOutUse,
  type RuleFacts,
  type SummaryFacts,
  type UseFacts,
  withFacts,
} from '../model/policy-summary.ts';
import type {
  OptOut,
  PolicySummary,
  ReportAttempt,
  RuleControl,
  RuleSummary,
  VerdictReason,
} from '../model/report.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { countReason, findLimits, observedSince } from './limits.ts';
import { isEvaluated } from './match.ts';
import { listPaths, narrowPaths } from './paths.ts';

/** Summarizes all facts. `tools` are listed in the summary and do not limit it. */
export const summarizePolicy = (rules: readonly RuleFacts[], tools: readonly string[] = []): PolicySummary =>
  withFacts(rules.map(summarizeRule), { rules, tools });

/** Computes the summary of some hosts and tools (empty: all) from the facts of a larger one. */
export function narrowSummary(
  { rules, tools: narrowed }: SummaryFacts,
  isWantedHost: (host: string) => boolean,
  tools: readonly string[],
): PolicySummary {
  const part = rules.map((facts) => buildPart(facts, isWantedHost, tools));
  return summarizePolicy(part, tools.length === 0 ? narrowed : tools);
}

function buildPart(
  { rule, findings, open, uses, unnamed, paths, optOuts: listOptOuts, limits, control }: RuleFacts,
  isWantedHost: (host: string) => boolean,
  tools: readonly string[],
): RuleFacts {
  const isWantedTool = (tool: string): boolean => tools.length === 0 || tools.includes(tool);
  const isWanted = ({ host, tool }: { readonly host: string; readonly tool: string }): boolean =>
    isWantedHost(host) && isWantedTool(tool);
  return {
    rule,
    findings: findings.filter(isWanted),
    open: open.filter(isWanted),
    uses: uses.filter(isWanted),
    unnamed: unnamed.filter(isWanted),
    paths: paths === null ? null : narrowPaths(paths, isWantedHost, isWantedTool),
    optOuts: listOptOuts.filter(isWanted),
    control: control.filter(
      ({ host, tools: denied }) => isWantedHost(host) && denied.some(({ id }) => isWantedTool(id)),
    ),
    limits: {
      ...limits,
      hosts: limits.hosts.filter(({ host }) => isWantedHost(host)),
      contested: limits.contested.filter(isWantedHost),
      pseudonyms: limits.pseudonyms.filter(isWantedHost),
      // A part without some hosts makes a statement about the remaining hosts only.
      notSeen: limits.hosts.every(({ host }) => isWantedHost(host)) ? limits.notSeen : [],
    },
  };
}

/** Returns null for a rule without a condition on telemetry. */
function findAnswers({ rule, optOuts: uses, limits: facts }: RuleFacts): OptOut[] | null {
  if (rule.telemetry === null) return null;
  const byHost = groupBy(facts.hosts, ({ host }) => host);
  return optOuts(uses, (host) => {
    const isHost = (name: string): boolean => name === host;
    const { reasons } = findLimits({
      ...facts,
      hosts: byHost.get(host) ?? [],
      contested: facts.contested.filter(isHost),
      pseudonyms: facts.pseudonyms.filter(isHost),
      notSeen: [],
    });
    return { observedSince: (us) => observedSince(facts, us), isClear: areHarmless(reasons) };
  });
}

function summarizeRule(facts: RuleFacts): RuleSummary {
  const { rule, findings, open, uses, unnamed, paths, control } = facts;
  const [limits, answers] = [findLimits(facts.limits), findAnswers(facts)];
  const selectHosts = (results: readonly FindingResult[]): Set<string> =>
    new Set(findings.filter(({ result }) => results.includes(result)).map(({ host }) => host));
  const listHosts = (isSelected: (use: UseFacts) => boolean): Set<string> =>
    new Set(uses.filter(isSelected).map(({ host }) => host));
  const [violators, suspected] = [selectHosts(BREACHES), selectHosts(['suspected'])];
  const found = new Set(findings.map(({ host }) => host));
  const before = listHosts((use) => use.before.length > 0);
  const inForce = listHosts((use) => use.isInForce);
  const stopped = [...before].filter((host) => !inForce.has(host));
  const controlled = summarizeControl(control, violators);
  const { observed, inScope, hostsSeen, hostsNotVisible, notVisibleShare, accepted } = limits;
  const unproven = [...listHosts((use) => use.isUnproven)].filter((host) => !violators.has(host)).length;
  const unsure = new Set(open.map(({ host }) => host)).size;
  const unanswered = new Set(
    (answers ?? []).filter(({ answer }) => answer === 'cannotSay').map(({ host }) => host),
  ).size;
  const others = new Set(unnamed.map(({ host }) => host)).size;
  const reasons: VerdictReason[] = [
    ...limits.reasons,
    ...countReason('suspected', unsure),
    ...countReason('otherPrograms', others),
    ...countReason('path', paths?.unknown.size ?? 0),
    ...countReason('optOut', unanswered),
    ...countReason('unproven', unproven),
  ];
  return {
    rule: rule.id,
    verdict: getVerdict(rule, violators.size, reasons),
    observed,
    reasons,
    inScope,
    hostsSeen,
    hostsNotVisible,
    notVisibleShare,
    ...omitUndefined({ accepted }),
    concerned: new Set([...listHosts(({ isSeen }) => isSeen), ...suspected]).size,
    before: before.size,
    grace: [...selectHosts(['grace'])].filter((host) => !violators.has(host)).length,
    after: violators.size,
    suspected: [...suspected].filter((host) => !violators.has(host)).length,
    exempt: selectHosts(['exempt']).size,
    // Without hosts since the effective date, none is reported as missing.
    notSeenSince: hostsSeen === 0 ? 0 : stopped.filter((host) => !found.has(host)).length,
    beforeAnnounced:
      rule.announced === null ? null : listHosts(({ isBeforeAnnounced }) => isBeforeAnnounced).size,
    changes: {
      stopped: sortHosts(stopped),
      wentOn: sortHosts([...before].filter((host) => inForce.has(host))),
      began: sortHosts([...inForce].filter((host) => !before.has(host))),
    },
    earlier: uses
      .filter((use) => use.before.length > 0)
      .map(({ host, tool, before: days }) => ({ host, tool, days }))
      .sort((a, b) => compareHosts(a.host, b.host) || compareText(a.tool, b.tool)),
    ...(paths === null ? {} : { paths: listPaths(paths) }),
    ...(answers === null ? {} : { optOuts: answers }),
    ...(controlled === null ? {} : { control: controlled }),
  };
}

/** Reasons that limit the coverage of a verdict but do not prevent it. */
const HARMLESS: ReadonlySet<VerdictReason['reason']> = new Set(['someEvidence', 'hiddenServices']);

/** Findings remain valid in spite of unobserved traffic. The absence of findings depends on the coverage. */
function getVerdict(rule: Rule, after: number, reasons: readonly VerdictReason[]): RuleSummary['verdict'] {
  if (isEvaluated(rule) && after > 0) return 'violated';
  return areHarmless(reasons) ? 'compliant' : 'inconclusive';
}

const areHarmless = (reasons: readonly VerdictReason[]): boolean =>
  reasons.every(({ reason }) => HARMLESS.has(reason));

function sortHosts(hosts: readonly string[]): string[] {
  return [...hosts].sort(compareHosts);
}

/** Sums attempts while the rule was in force; null without any. `users`: hosts with use that the rule denies. */
function summarizeControl(facts: readonly ControlFacts[], users: ReadonlySet<string>): RuleControl | null {
  if (facts.length === 0) return null;
  const tried = facts.flatMap(({ attempts }) => attempts);
  const blocked = tried.filter(({ result }) => result === 'blocked');
  const legs = new Map<ReportAttempt['leg'], number>();
  for (const { leg, attempts } of blocked) legs.set(leg, (legs.get(leg) ?? 0) + attempts);
  const passed = facts.filter((fact) => fact.passed > 0);
  return {
    blocked: countAttempts(blocked),
    failed: countAttempts(tried) - countAttempts(blocked),
    passed: passed.reduce((sum, controlFacts) => sum + controlFacts.passed, 0),
    hostsBlocked: new Set(blocked.map(({ host }) => host)).size,
    hostsPassed: new Set([...users, ...passed.map(({ host }) => host)]).size,
    legs: [...legs]
      .map(([leg, count]) => ({ leg, blocked: count }))
      .sort((a, b) => b.blocked - a.blocked || compareText(a.leg ?? '', b.leg ?? '')),
  };
}

const countAttempts = (attempts: readonly ReportAttempt[]): number =>
  attempts.reduce((sum, attempt) => sum + attempt.attempts, 0);

/** Minimum observed time since the first use: a batch of events is sent within a minute, or when the program ends. */
const MIN_OBSERVED_SECONDS = 600;

/** Limits of one host for the verdict of the rule. */
interface HostLimits {
  /** Returns the seconds observed since an instant. */
  readonly observedSince: (us: number) => number;
  /** No limit prevents a compliant verdict about the host alone. */
  readonly isClear: boolean;
}

/** Lists answers by host and tool. A use without a quarter hour in force has no answer. */
function optOuts(uses: readonly OptOutUse[], limitsOf: (host: string) => HostLimits): OptOut[] {
  return uses
    .filter(({ firstUseUs }) => Number.isFinite(firstUseUs))
    .map(({ host, tool, payloadUp, times, firstUseUs, reasons }): OptOut => {
      const found = { host, tool, payloadUp };
      if (times !== null) {
        const [since, last] = [formatInstant(times.firstUs), formatInstant(times.lastUs)];
        return { ...found, answer: 'notKept', since, last, reasons: [] };
      }
      const { observedSince, isClear } = limitsOf(host);
      const all: OptOutReason[] = [
        ...reasons,
        ...(observedSince(firstUseUs) < MIN_OBSERVED_SECONDS ? (['short'] as const) : []),
        ...(isClear ? [] : (['limits'] as const)),
      ];
      const answer = all.length === 0 ? 'kept' : 'cannotSay';
      return { ...found, answer, since: null, last: null, reasons: all };
    })
    .sort((a, b) => compareHosts(a.host, b.host) || compareText(a.tool, b.tool));
}
