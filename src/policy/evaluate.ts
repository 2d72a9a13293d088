// The evaluation: hosts' use by quarter hours against the rules of a policy, held by the time of the event.

import type { Policy, Rule } from '../model/policy.ts';
import type { EvidenceItem, Finding, RuleSummary, Severity } from '../model/report.ts';
import type { HostTool, UsageQuarter } from '../model/tool.ts';
import { RELAY_ID } from '../model/tool.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { openZone } from '../time/zone.ts';
import { exposedPart } from './exposure.ts';
import { limitsOf } from './limits.ts';
import { matchesProvider, matchesTool } from './match.ts';
import type { Observed } from './observed.ts';
import { type Phases, splitPhases } from './phases.ts';
import {
  addUp,
  hasUse,
  isAttempt,
  isProven,
  isSideActivity,
  meets,
  type RuleEvidence,
} from './rule-evidence.ts';
import { type HostIdentity, isExcluded, namesMacs, scopeIncludes } from './scope.ts';
import type { PolicySubject } from './subjects.ts';
import { summarise } from './summary.ts';

export interface PolicyResult {
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleSummary[];
}

interface Seen {
  readonly subject: PolicySubject;
  readonly tool: HostTool;
  readonly phases: Phases;
}

/**
 * Evaluates every host against every rule. Same subjects in any order: same result. Without `observed`, who asks for
 * findings alone: the verdicts then speak of all time.
 */
export function evaluate(
  policy: Policy,
  subjects: readonly PolicySubject[],
  observed: Observed | null = null,
): PolicyResult {
  const evaluated = subjects
    .filter((subject) => !everyone(subject).some((identity) => isExcluded(policy, identity)))
    .sort((a, b) => compareHosts(a.identity.host, b.identity.host));
  const findings: Finding[] = [];
  const rules: RuleSummary[] = [];
  for (const rule of rulesInForce(policy)) {
    const found = evaluateRule(policy, rule, evaluated, observed);
    findings.push(...found.findings);
    rules.push(found.summary);
  }
  findings.sort(
    (a, b) => compareText(a.rule, b.rule) || compareHosts(a.host, b.host) || compareText(a.id, b.id),
  );
  return { findings, rules };
}

function everyone({ identity, identities }: PolicySubject): HostIdentity[] {
  return [identity, ...(identities?.values() ?? [])];
}

/** The policy's rules, and what its default says of everything else. */
function rulesInForce(policy: Policy): readonly Rule[] {
  if (policy.default !== 'deny') return policy.rules;
  const rest: Rule = {
    id: 'default',
    rev: 1,
    title: 'What no rule allows is denied',
    priority: Number.NEGATIVE_INFINITY,
    match: { tools: [], vendors: [], kinds: ['cli', 'ide', 'ide-extension', 'agent', 'chat'] },
    related: [],
    scope: { groups: [], networks: [], macs: [], vlans: [], names: [], hosts: [] },
    action: 'deny',
    severity: 'medium',
    effective: null,
    until: null,
    announced: null,
    graceUntil: null,
    graceSeverity: 'info',
    evidence: { confidence: 'likely', roles: ['inference', 'mcp'], minRequests: 1, minActiveMinutes: 0 },
    also: { telemetryOnly: null, updateOnly: null, relaySuspected: null },
    references: [],
    owner: null,
    unprovable: null,
  };
  return [...policy.rules, rest];
}

function evaluateRule(
  policy: Policy,
  rule: Rule,
  subjects: readonly PolicySubject[],
  observed: Observed | null,
): { findings: Finding[]; summary: RuleSummary } {
  const inScope = subjects.filter((subject) =>
    everyone(subject).some((identity) => scopeIncludes(policy, rule.scope, identity)),
  );
  const findings: Finding[] = [];
  const hosts = {
    beforeAnnounced: new Set<string>(),
    before: new Set<string>(),
    seen: new Set<string>(),
    inForce: new Set<string>(),
  };
  for (const subject of inScope) {
    const host = subject.identity.host;
    const matched = matchedIn(policy, rule, subject).map(
      (tool): Seen => ({ subject, tool, phases: splitPhases(policy, rule, subject, tool) }),
    );
    for (const seen of matched) {
      const quarters = seen.phases.quarters;
      const { announced } = rule;
      const early = quarters.before.filter(
        (quarter) => announced !== null && quarter.startSeconds < announced,
      );
      if (addUp(rule, early).qualifies) hosts.beforeAnnounced.add(host);
      if (addUp(rule, quarters.before).qualifies) hosts.before.add(host);
      if (Object.values(quarters).some((list) => hasUse(rule, list))) hosts.seen.add(host);
      const inForce = [...quarters.grace, ...quarters.after, ...quarters.exempt];
      if (addUp(rule, inForce).qualifies) hosts.inForce.add(host);
    }
    if (rule.action !== 'deny') continue;
    const doubts = uncheckedExceptions(policy, rule, subject);
    for (const found of findingsOf(policy, rule, subject, matched))
      findings.push(withMachineDoubt(withDoubts(found, doubts), subject));
  }
  const limits = limitsOf(policy, rule, inScope, observed);
  return { findings, summary: summarise(rule, limits, findings, hosts) };
}

function matchedIn({ timezone }: Policy, { match }: Rule, subject: PolicySubject): HostTool[] {
  const { advisories } = match;
  if (advisories !== undefined)
    return subject.tools.flatMap((tool) => exposedPart(tool, advisories, openZone(timezone)));
  return [
    ...subject.tools.filter(({ use }) => matchesTool(match, { ...use, id: use.tool })),
    ...subject.providers.filter(({ use }) => matchesProvider(match, { id: use.tool, kind: use.kind })),
  ];
}

/** Exceptions by MAC, when the MAC of the host is not known: it may be one of the machines they mean. */
function uncheckedExceptions(policy: Policy, rule: Rule, subject: PolicySubject): string[] {
  if (everyone(subject).every(({ mac }) => mac !== null)) return [];
  return policy.exceptions
    .filter((item) => item.rule === rule.id && namesMacs(policy, item.scope))
    .map(({ id }) => id);
}

function withDoubts(found: Finding, exceptions: readonly string[]): Finding {
  if (exceptions.length === 0) return found;
  const detail = `the MAC of this host was not seen: whether ${exceptions.join(', ')} covers it is not known`;
  return withDoubt(found, 'exception-by-mac', detail);
}

/** An address is not a machine: where several showed it, each of them may be the one. */
function withMachineDoubt(found: Finding, { isOfSeveral }: PolicySubject): Finding {
  if (isOfSeveral !== true) return found;
  const detail =
    'more than one machine showed this address, by their MACs: at several sites, or one after the other; any of them may be the one';
  return withDoubt(found, 'several-machines', detail);
}

/** What is said against a finding as a whole; nothing is, where it is exempt. */
function withDoubt(found: Finding, rule: string, detail: string): Finding {
  if (found.result === 'exempt') return found;
  const { first, last } = found;
  const doubt: EvidenceItem = {
    ...{ kind: 'network', rule, detail, for: false },
    ...{ first, last, flows: 0, communityIds: [] },
  };
  return { ...found, against: [...found.against, doubt] };
}

function findingsOf(policy: Policy, rule: Rule, subject: PolicySubject, matched: readonly Seen[]): Finding[] {
  const found: Finding[] = [];
  for (const seen of matched) found.push(...findingsOfTool(rule, seen));
  const isSettled = found.some((finding) => finding.result === 'violation' || finding.result === 'suspected');
  if (isSettled) return found;
  const hints = subject.providers
    .concat(subject.tools)
    .filter((tool) => !matched.some((seen) => seen.tool === tool))
    .filter(
      (tool) =>
        rule.related.includes(tool.use.tool) ||
        rule.match.vendors.includes(tool.use.vendor) ||
        (tool.use.tool === RELAY_ID && rule.also.relaySuspected !== null),
    )
    .map((tool): Seen => ({ subject, tool, phases: splitPhases(policy, rule, subject, tool) }))
    .filter((seen) => hasUse(rule, seen.phases.quarters.after));
  const hint = hints[0];
  if (hint !== undefined) {
    const severity =
      hint.tool.use.tool === RELAY_ID ? (rule.also.relaySuspected ?? 'low') : suspicion(rule.severity);
    found.push(finding(rule, hint, 'suspected', severity, addUp(rule, hint.phases.quarters.after)));
  }
  return found;
}

function findingsOfTool(rule: Rule, seen: Seen): Finding[] {
  const { grace, after, exempt } = seen.phases.quarters;
  const found: Finding[] = [];
  const use = meets(rule, addUp(rule, [...grace, ...after]));
  if (hasUse(rule, exempt)) found.push(finding(rule, seen, 'exempt', 'info', addUp(rule, exempt)));
  for (const [quarters, result, severity] of [
    [grace, 'grace', rule.graceSeverity],
    [after, 'violation', rule.severity],
  ] as const) {
    if (!hasUse(rule, quarters)) continue;
    const proven = addUp(
      rule,
      quarters.filter((quarter) => isProven(rule, quarter)),
    );
    if (use && isShown(rule, proven)) found.push(finding(rule, seen, result, severity, proven));
    else if (result === 'violation')
      found.push(finding(rule, seen, 'suspected', suspicion(rule.severity), addUp(rule, quarters)));
  }
  const inForce = [...grace, ...after];
  if (!hasUse(rule, inForce) && inForce.some((quarter) => quarter.confidence !== 'possible')) {
    const side = sideActivity(rule, inForce) ?? attempt(rule, after);
    if (side !== null)
      found.push(finding(rule, seen, side.result, side.severity, addUp(rule, side.quarters)));
  }
  return found;
}

/** Thresholds are reached over the whole time in force; of a phase by itself one unit of each must be sure. */
function isShown(rule: Rule, evidence: RuleEvidence): boolean {
  const { minRequests, minActiveMinutes } = rule.evidence;
  if (!evidence.qualifies || evidence.provenRequests < Math.min(1, minRequests)) return false;
  return evidence.provenMinutes >= Math.min(1, minActiveMinutes);
}

/** What is less than a use, and the quarter hours that it was in. */
interface Side {
  readonly result: 'suspected' | 'telemetryOnly' | 'updateOnly';
  readonly severity: Severity;
  readonly quarters: readonly UsageQuarter[];
}

/** The tool ran and called its model's name without a request coming through. */
function attempt(rule: Rule, quarters: readonly UsageQuarter[]): Side | null {
  const tried = quarters.filter((quarter) => quarter.confidence !== 'possible' && isAttempt(rule, quarter));
  return tried.length === 0 ? null : { result: 'suspected', severity: 'low', quarters: tried };
}

/** Update checks or telemetry without any use: a finding only when the rule asks for it. */
function sideActivity(rule: Rule, quarters: readonly UsageQuarter[]): Side | null {
  for (const [role, result, severity] of [
    ['update', 'updateOnly', rule.also.updateOnly],
    ['telemetry', 'telemetryOnly', rule.also.telemetryOnly],
  ] as const) {
    const seen = quarters.filter((quarter) => isSideActivity(role, quarter));
    if (severity !== null && seen.length > 0) return { result, severity, quarters: seen };
  }
  return null;
}

/** What is suspected weighs a step less than what is shown. */
function suspicion(severity: Severity): Severity {
  return severity === 'critical'
    ? 'high'
    : severity === 'high'
      ? 'medium'
      : severity === 'info'
        ? 'info'
        : 'low';
}

const NEXT: Readonly<Record<Finding['result'], string>> = {
  violation: 'ask the owner of the host; the evidence lists the names and the flows',
  grace: 'tell the owner when the grace period ends',
  suspected: 'no proof: look at the host itself before anybody is asked',
  updateOnly: 'the tool is installed but was not used; removing it ends the checks',
  telemetryOnly: 'the tool runs or ran without a model request that could be seen',
  exempt: 'nothing to do before the exception ends',
};

function finding(
  rule: Rule,
  seen: Seen,
  result: Finding['result'],
  severity: Severity,
  sum: RuleEvidence,
): Finding {
  const { tool } = seen;
  const { use } = tool;
  const host = seen.subject.identity.host;
  const quarters = new Set(sum.quarters.map(({ startSeconds }) => startSeconds));
  const evidence = tool.evidenceIn?.(quarters) ?? use.evidence;
  return {
    id: `${rule.id}/${rule.rev}/${host}/${use.tool}/${result}`,
    rule: rule.id,
    rev: rule.rev,
    host,
    tool: use.tool,
    result,
    severity,
    confidence: sum.confidence ?? use.confidence,
    first: formatInstant(sum.firstUs),
    last: formatInstant(sum.lastUs),
    activeMinutes: sum.activeMinutes,
    requests: sum.requests,
    payloadUp: sum.payloadUp,
    exception: result === 'exempt' ? seen.phases.exception : null,
    evidence: evidence.filter((item) => item.for),
    against: evidence.filter((item) => !item.for),
    next: NEXT[result],
    references: rule.references,
  };
}
