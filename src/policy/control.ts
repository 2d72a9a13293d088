// Checks whether a firewall or proxy blocks the tools that a rule denies. Lists connections to names of denied tools while
// the rule was in force, and their results. A blocked attempt is not use.

import type { Severity } from '../model/findings.ts';
import { PASSED_KINDS } from '../model/outcome.ts';
import type { Policy, Rule, RuleTool } from '../model/policy.ts';
import type { ControlFacts } from '../model/policy-summary.ts';
import type { EvidenceItem, Finding, ReportAttempt } from '../model/report.ts';
import { asDetail, phrase, type Sentence } from '../model/sentences.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { joinWords } from '../text/quantity.ts';
import type { Zone } from '../time/zone.ts';
import { NEXT_STEPS } from './finding.ts';
import { buildUse, matchesTool } from './match.ts';
import { findPhase, isAllowedAt } from './phases.ts';
import type { PolicySubject } from './subjects.ts';

/** Attempts of hosts, and facts of the catalogue about the names. */
export interface AttemptFacts {
  /** Returns the outcomes of a host's connections, by the start of their quarter hours. */
  listOutcomes(host: string): ReadonlyMap<number, readonly OutcomeCell[]>;
  /**
   * Returns names for which a log has a DNS query of the host and no connection follows, by the start of their quarter
   * hours.
   */
  listQueriedAlone(host: string): ReadonlyMap<number, readonly string[]>;
  /** Returns names that the host contacted without any answer, by the start of their quarter hours. */
  unanswered(host: string): ReadonlyMap<number, readonly string[]>;
  /** Returns the tools and providers of a name; none for names that other programs share. */
  toolsOf(name: string): readonly RuleTool[];
  listAttemptsIn(cells: readonly OutcomeCell[]): readonly ReportAttempt[];
}

export function listControlFacts(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  attemptFacts: AttemptFacts,
  zone: Zone,
): ControlFacts[] {
  const { host } = subject.identity;
  const byName = new Map<string, { tools: readonly RuleTool[]; cells: OutcomeCell[]; days: Set<string> }>();
  // Connections to other names in the same quarter hours show by comparison where a fault lies.
  const sameTime: OutcomeCell[] = [];
  for (const [startSeconds, cells] of attemptFacts.listOutcomes(host)) {
    let isInForce = false;
    for (const cell of cells) {
      const tools = listDenied(policy, rule, subject, attemptFacts.toolsOf(cell.name), startSeconds);
      if (tools.length === 0) continue;
      isInForce = true;
      const entry = byName.get(cell.name) ?? { tools, cells: [], days: new Set<string>() };
      byName.set(cell.name, entry);
      entry.cells.push(cell);
      entry.days.add(zone.dayOf(startSeconds));
    }
    if (isInForce) for (const cell of cells) sameTime.push(cell);
  }
  if (byName.size === 0) return [];
  const attempts = attemptFacts.listAttemptsIn(sameTime);
  return [...byName]
    .map(([name, { tools, cells, days }]) => ({
      host,
      name,
      tools,
      passed: countPassed(cells),
      attempts: attempts.filter((attempt) => attempt.name === name),
      days: [...days].sort(compareText),
    }))
    .filter((facts) => facts.attempts.length + facts.passed > 0)
    .sort((a, b) => compareText(a.name, b.name));
}

/**
 * `isQueriedAlone`: a log has a query for a name of a denied tool, and no connection follows. `isUnanswered`: a hello to such
 * a name was captured, and no answer. The connection may take a path that is not observed, or continue after the capture.
 */
export function findOpenContacts(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  attemptFacts: AttemptFacts | null,
): { readonly isQueriedAlone: boolean; readonly isUnanswered: boolean } {
  if (attemptFacts === null) return { isQueriedAlone: false, isUnanswered: false };
  const { host } = subject.identity;
  const hasDenied = (contacts: ReadonlyMap<number, readonly string[]>): boolean =>
    [...contacts].some(([start, names]) =>
      names.some((name) => listDenied(policy, rule, subject, attemptFacts.toolsOf(name), start).length > 0),
    );
  return {
    isQueriedAlone: hasDenied(attemptFacts.listQueriedAlone(host)),
    isUnanswered: hasDenied(attemptFacts.unanswered(host)),
  };
}

/** Counts connections that transported a request. */
const countPassed = (cells: readonly OutcomeCell[]): number =>
  cells.reduce((sum, { kind, count }) => sum + (PASSED_KINDS.has(kind) ? count : 0), 0);

/**
 * Returns the denied tools of a name. Returns none if an allowed tool uses the name as well, because a connection to it
 * does not violate the rule.
 */
function listDenied(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  tools: readonly RuleTool[],
  at: number,
): readonly RuleTool[] {
  const denied = tools.filter((tool) => {
    if (!matchesTool(rule.match, tool)) return false;
    return findPhase(policy, rule, subject, buildUse(tool), at) === 'after';
  });
  const isShared =
    denied.length > 0 && tools.some((tool) => isAllowedAt(policy, subject, buildUse(tool), at));
  return isShared ? [] : denied;
}

/** Creates the findings of one host. Each name belongs to the tool with most attempted names among those that are left. */
export function buildAttemptedFindings(
  rule: Rule,
  severity: Severity,
  facts: readonly ControlFacts[],
  { tools, providers }: PolicySubject,
): Finding[] {
  const seenTools = new Set([...tools, ...providers].map(({ use }) => use.tool));
  let unexplained = facts.filter(({ attempts }) => attempts.length > 0);
  const findings: Finding[] = [];
  for (
    let tool = findMostTriedTool(rule, unexplained, seenTools);
    tool !== null;
    tool = findMostTriedTool(rule, unexplained, seenTools)
  ) {
    const { id } = tool;
    const isOfTool = ({ tools }: ControlFacts): boolean => tools.some((ruleTool) => ruleTool.id === id);
    findings.push(buildAttemptedFinding(rule, severity, id, unexplained.filter(isOfTool)));
    unexplained = unexplained.filter((controlFacts) => !isOfTool(controlFacts));
  }
  return findings.sort((a, b) => compareHosts(a.host, b.host) || compareText(a.tool, b.tool));
}

/** Selects among matching tools: prefers one that was observed on the host, and one that the rule names itself. */
function findMostTriedTool(
  { match }: Rule,
  facts: readonly ControlFacts[],
  seenTools: ReadonlySet<string>,
): RuleTool | null {
  const weights = new Map<string, { readonly tool: RuleTool; weight: number }>();
  for (const { tools } of facts) {
    for (const tool of tools) {
      const entry = weights.get(tool.id) ?? { tool, weight: 0 };
      weights.set(tool.id, entry);
      entry.weight++;
    }
  }
  const rank = ({ tool: { id } }: { readonly tool: RuleTool }): number =>
    Number(seenTools.has(id)) * 2 + Number(match.tools.includes(id));
  const [first] = [...weights.values()].sort(
    (a, b) => b.weight - a.weight || rank(b) - rank(a) || compareText(a.tool.id, b.tool.id),
  );
  return first?.tool ?? null;
}

const CONFIDENCE_MESSAGES = { certain: 'certainly', likely: 'likely', possible: 'possibly' } as const;

function describeStop({ name, attempts, result, fault, leg, confidence }: ReportAttempt): Sentence {
  const stopped = { name, number: attempts, outcome: phrase(result) };
  if (fault === null)
    return leg === null ? phrase('stopped', stopped) : phrase('stoppedAt', { ...stopped, where: leg });
  const why = phrase(CONFIDENCE_MESSAGES[confidence], { fault });
  return leg === null
    ? phrase('stoppedWhy', { ...stopped, why })
    : phrase('stoppedBy', { ...stopped, why, where: leg });
}

const EVIDENCE_KIND: Readonly<Partial<Record<string, EvidenceItem['kind']>>> = {
  resolver: 'dns',
  proxy: 'proxy',
};

function buildAttemptedFinding(
  rule: Rule,
  severity: Severity,
  tool: string,
  facts: readonly ControlFacts[],
): Finding {
  const attempts = facts.flatMap((fact) => fact.attempts);
  const host = facts[0]?.host ?? '';
  const others = [...new Set(attempts.flatMap(({ tools }) => tools))].filter((id) => id !== tool).sort();
  const times = attempts.flatMap(({ firstSeen, lastSeen }) => [firstSeen, lastSeen]).sort();
  const [first = '', last = first] = [times[0], times.at(-1)];
  const passed = facts.reduce((sum, controlFacts) => sum + controlFacts.passed, 0);
  const buildItem = (content: Pick<EvidenceItem, 'kind' | 'detail' | 'for' | 'flows'>): EvidenceItem => ({
    ...content,
    rule: 'attempt',
    first,
    last,
    communityIds: [],
  });
  return {
    id: `${rule.id}/${rule.rev}/${host}/${tool}/attempted`,
    rule: rule.id,
    rev: rule.rev,
    host,
    tool,
    result: 'attempted',
    severity,
    // A name identifies what was tried, not the program that tried it.
    confidence: others.length > 0 ? 'possible' : 'likely',
    first,
    last,
    days: [...new Set(facts.flatMap(({ days }) => days))].sort(compareText),
    activeMinutes: 0,
    requests: { min: 0, max: 0 },
    payloadUp: 0,
    exception: null,
    evidence: attempts.map((attempt) =>
      buildItem({
        kind: EVIDENCE_KIND[attempt.leg ?? ''] ?? 'network',
        ...asDetail(describeStop(attempt)),
        for: true,
        flows: attempt.attempts,
      }),
    ),
    against: [
      ...(others.length === 0
        ? []
        : [
            buildItem({
              kind: 'name',
              ...asDetail(phrase('otherPrograms', { name: joinWords(others) })),
              for: false,
              flows: 0,
            }),
          ]),
      ...(passed === 0
        ? []
        : [
            buildItem({
              kind: 'network',
              ...asDetail(passed === 1 ? phrase('onePassed') : phrase('passed', { number: passed })),
              for: false,
              flows: passed,
            }),
          ]),
    ],
    next: NEXT_STEPS.attempted,
    references: rule.references,
  };
}
