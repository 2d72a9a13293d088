// Counts the findings of a rule: the hosts of each result, and those of each day. Headline, marks, chart and tables of
// every output use these numbers, so that they agree.

import type { FindingResult } from '../../model/findings.ts';
import type { Finding, ReportDocument, RuleSummary } from '../../model/report.ts';
import { isBreach } from './policy-outcome.ts';

/**
 * aside: telemetry or updates only. attempted: stopped before any request. notSince: used before the rule took effect,
 * and not since. possible: no finding, but traffic that may belong to a tool of the rule.
 */
export type CountedAs =
  | 'violation'
  | 'suspected'
  | 'grace'
  | 'exempt'
  | 'aside'
  | 'attempted'
  | 'notSince'
  | 'possible';

export interface CountedHost {
  readonly host: string;
  /** Tool of the host's first finding with this result, which determines the count. */
  readonly tool: string;
}

export type DayPhase = 'before' | 'grace' | 'violation' | 'suspected';

export interface RuleCount {
  /** Each host once for each result. A host with a violation is not suspected as well. */
  readonly hosts: Readonly<Record<CountedAs, readonly CountedHost[]>>;
  /** Hosts by day in the report's time zone. Exempt use, and traffic that is not use, is on no day. */
  readonly days: Readonly<Record<DayPhase, ReadonlyMap<string, ReadonlySet<string>>>>;
}

const ASIDE: ReadonlySet<FindingResult> = new Set(['telemetryOnly', 'updateOnly']);

export function countRule(document: ReportDocument, summary: RuleSummary): RuleCount {
  const findings = (document.findings ?? []).filter(({ rule }) => rule === summary.rule);
  const violators = selectHosts(findings, isBreach);
  const others = selectHosts(findings, ({ result }) => !ASIDE.has(result) && result !== 'attempted');
  const aside = selectHosts(findings, ({ result }) => ASIDE.has(result));
  const first = (isSelected: (finding: Finding) => boolean): CountedHost[] => {
    const hosts = new Map<string, CountedHost>();
    for (const finding of findings)
      if (isSelected(finding) && !hosts.has(finding.host))
        hosts.set(finding.host, { host: finding.host, tool: finding.tool });
    return [...hosts.values()];
  };
  const days = { before: new Map(), grace: new Map(), violation: new Map(), suspected: new Map() };
  const note = (phase: DayPhase, host: string, dates: readonly string[]): void => {
    for (const date of dates) {
      const hosts: Set<string> = days[phase].get(date) ?? new Set<string>();
      days[phase].set(date, hosts.add(host));
    }
  };
  for (const finding of findings) {
    const { result, host, days: dates } = finding;
    const phase = isBreach(finding) ? 'violation' : result;
    if (phase === 'violation' || phase === 'suspected' || phase === 'grace') note(phase, host, dates);
  }
  for (const use of summary.earlier ?? []) note('before', use.host, use.days);
  return {
    hosts: {
      violation: first(isBreach),
      suspected: first(({ result, host }) => result === 'suspected' && !violators.has(host)),
      grace: first(({ result, host }) => result === 'grace' && !violators.has(host)),
      exempt: first(({ result }) => result === 'exempt'),
      aside: first(({ result, host }) => ASIDE.has(result) && !others.has(host)),
      attempted: first(({ result, host }) => result === 'attempted' && !others.has(host) && !aside.has(host)),
      notSince: listStopped(summary, findings),
      possible: listPossible(document, summary, findings),
    },
    days,
  };
}

function listPossible(
  { hosts }: ReportDocument,
  { rule }: RuleSummary,
  findings: readonly Finding[],
): CountedHost[] {
  const found = selectHosts(findings, () => true);
  return hosts.flatMap(({ host, tools }) => {
    const use = found.has(host)
      ? undefined
      : tools.find(({ days }) =>
          days.some((day) => day.confidence === 'possible' && day.rules?.includes(rule)),
        );
    return use === undefined ? [] : [{ host, tool: use.tool }];
  });
}

/** Lists hosts that used it before and have no finding since; none if no host was seen since. */
function listStopped(summary: RuleSummary, findings: readonly Finding[]): CountedHost[] {
  if (summary.hostsSeen === 0 || summary.changes === undefined) return [];
  const found = selectHosts(findings, () => true);
  const tools = new Map((summary.earlier ?? []).map(({ host, tool }) => [host, tool]));
  return summary.changes.stopped
    .filter((host) => !found.has(host))
    .map((host) => ({ host, tool: tools.get(host) ?? '' }));
}

function selectHosts(findings: readonly Finding[], isSelected: (finding: Finding) => boolean): Set<string> {
  return new Set(findings.filter(isSelected).map(({ host }) => host));
}

/**
 * Counts hosts of some days, each once, under its most severe result. A suspicion does not replace use before the rule
 * or in grace.
 */
export function countDays(
  { days }: RuleCount,
  isSelected: (day: string) => boolean,
): Readonly<Record<DayPhase, number>> {
  const hosts = (phase: DayPhase): Set<string> =>
    new Set([...days[phase]].filter(([day]) => isSelected(day)).flatMap(([, hosts]) => [...hosts]));
  const violation = hosts('violation');
  const grace = [...hosts('grace')].filter((host) => !violation.has(host));
  const isLater = new Set([...violation, ...grace]);
  return {
    before: [...hosts('before')].filter((host) => !isLater.has(host)).length,
    grace: grace.length,
    violation: violation.size,
    suspected: [...hosts('suspected')].filter((host) => !violation.has(host)).length,
  };
}
