// Explains which rule governs one host, tool and time: rule by rule, with its reason.

import type { HostIdentity, Policy, PolicyException, Rule, RuleService, RuleTool } from '../model/policy.ts';
import type {
  ExplainedException,
  ExplainedRule,
  GroupMembership,
  PolicyExplanation,
} from '../model/policy-explanation.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { openZone, zonedTime } from '../time/zone.ts';
import { allRules, buildUse, matchesService, matchesTool } from './match.ts';
import { listGateways } from './paths.ts';
import { findEarlierRule } from './phases.ts';
import {
  exemptsHost,
  findEntry,
  groupIncludes,
  groupLists,
  isExcluded,
  listGroups,
  ruleIncludes,
} from './scope.ts';
import { servicesText } from './service-findings.ts';

export interface Question {
  readonly host: HostIdentity;
  /** A tool, or a service that the host runs. */
  readonly tool: (RuleTool & { readonly name: string }) | RuleService;
  /** Unix seconds. */
  readonly at: number;
}

export function explainPolicy(policy: Policy, question: Question): PolicyExplanation {
  const { host, tool, at } = question;
  const excluded = isExcluded(policy, host);
  const rules = excluded ? [] : allRules(policy).map((rule) => explainRule(policy, rule, question));
  const deciding = rules.find(({ answer }) => answer === 'applies') ?? null;
  const rule = allRules(policy).find(({ id }) => id === deciding?.rule) ?? null;
  const exception = deciding?.exceptions.find(({ answer }) => answer === 'applies')?.id ?? null;
  return {
    schema: 1,
    policy: policy.name,
    host: host.host,
    tool: 'id' in tool ? tool.id : null,
    service: 'id' in tool ? null : tool.product,
    at: formatInstant(at * US),
    groups: listGroups(policy, host).map((group) => membershipIn(policy, group, host)),
    excluded,
    rule: rule?.id ?? null,
    ...(excluded
      ? ({ outcome: 'notRecorded', severity: null } as const)
      : buildEffect(policy, rule, exception, at)),
    exception,
    default: policy.default,
    rules,
  };
}

/** Lists the groups of the host, one line per rule and per exception of it, and the default. */
export function explanationLines(explanation: PolicyExplanation, timezone: string): string[] {
  const { host, at, groups, excluded, rules, rule } = explanation;
  const when = timeIn(timezone);
  const about = `${host} at ${when(at)}`;
  const names = groups.map(membershipText);
  if (excluded) return [`${about} belongs to a group that is never recorded: no rule is asked`, ...names];
  return [
    `${about} is in ${names.length > 0 ? names.join(', ') : 'no group'}`,
    ...rules.flatMap(({ text, exceptions }) => [
      text,
      ...exceptions.map((exception) => exceptionText(exception, when)),
    ]),
    ...(rule === null ? [`no rule applies; the policy's default is ${explanation.default}`] : []),
  ];
}

/** Finds the path from the group to a nested group whose own lists contain the host. */
function membershipIn(policy: Policy, id: string, host: HostIdentity): GroupMembership {
  const groups = new Map(policy.groups.map((group) => [group.id, group]));
  const path = [id];
  let group = groups.get(id);
  while (group !== undefined && !groupLists(group, host)) {
    // Among the inner groups that contain the host, this selects one that is not nested in another of them.
    const inner = group.groups.filter((name) => {
      const candidate = groups.get(name);
      return candidate !== undefined && groupIncludes(policy, candidate, host);
    });
    const next = inner.find((name) => !inner.some((other) => groups.get(other)?.groups.includes(name)));
    if (next === undefined) break;
    path.push(next);
    group = groups.get(next);
  }
  const entry = group === undefined ? null : findEntry(group, host);
  return { group: id, path, ...(entry ?? { by: 'hostsFile', value: null }) };
}

/** Returns a text such as "company (dept > web, cidr 10.1.0.0/24)". */
function membershipText({ group, path, by, value }: GroupMembership): string {
  const within = path.length > 1 ? `${path.slice(1).join(' > ')}, ` : '';
  return `${group} (${within}${value === null ? 'hosts file' : `${by} ${value}`})`;
}

function explainRule(policy: Policy, rule: Rule, question: Question): ExplainedRule {
  const { host, tool, at } = question;
  const when = timeIn(policy.timezone);
  const { answer, why } = reasonAgainst(policy, rule, question, when);
  const other = answer === 'applies' ? findEarlierRule(policy, rule, host, buildUse(tool), at) : null;
  const exceptions = policy.exceptions
    .filter((item) => item.rule === rule.id)
    .map((item) => explainException(policy, item, question));
  const exempt = exceptions.find((exception) => exception.answer === 'applies');
  const text =
    other !== null
      ? `${rule.id} would apply, but ${other.id} comes first`
      : answer === 'applies'
        ? `${rule.id} (rev ${rule.rev}, ${rule.title}) applies: ${effectText(rule, { exempt, at, when })}`
        : `${rule.id} does not apply: ${why}`;
  return {
    rule: rule.id,
    rev: rule.rev,
    title: rule.title,
    action: rule.action,
    answer: other === null ? answer : 'afterOther',
    before: other?.id ?? null,
    effective: instant(rule.effective),
    graceUntil: instant(rule.graceUntil),
    until: instant(rule.until),
    exceptions,
    text,
  };
}

interface Reason {
  readonly answer: Exclude<ExplainedRule['answer'], 'afterOther'>;
  readonly why: string;
}

function reasonAgainst(policy: Policy, rule: Rule, { host, tool, at }: Question, when: TimeText): Reason {
  if (!('id' in tool)) {
    const { services } = rule.match;
    if (services === undefined) return { answer: 'otherTool', why: 'it is about tools' };
    if (!matchesService(services, tool))
      return { answer: 'otherTool', why: `it is about ${servicesText(services)}` };
  } else if (!matchesTool(rule.match, tool))
    return { answer: 'otherTool', why: `it does not name ${tool.name}` };
  if (!ruleIncludes(policy, rule, host))
    return { answer: 'outsideScope', why: 'the host is outside its scope' };
  if (rule.effective !== null && at < rule.effective)
    return { answer: 'notYet', why: `it takes effect on ${when(rule.effective)}` };
  if (rule.until !== null && at >= rule.until)
    return { answer: 'ended', why: `it ended on ${when(rule.until)}` };
  return { answer: 'applies', why: '' };
}

function explainException(
  policy: Policy,
  { id, scope, from, until }: PolicyException,
  { host, at }: Question,
): ExplainedException {
  const answer = !exemptsHost(policy, scope, host)
    ? 'outsideScope'
    : from !== null && at < from
      ? 'notYet'
      : at < until
        ? 'applies'
        : 'ended';
  return { id, answer, from: instant(from), until: formatInstant(until * US) };
}

function exceptionText({ id, answer, from, until }: ExplainedException, when: TimeText): string {
  const why = {
    applies: `covers the host until ${when(until)}`,
    outsideScope: 'does not cover the host',
    notYet: `covers the host from ${from === null ? '' : when(from)}`,
    ended: `covered the host until ${when(until)}`,
  }[answer];
  return `  exception ${id} ${why}`;
}

/** States the result of use under the governing rule, or else under the default of the policy. */
function buildEffect(
  policy: Policy,
  rule: Rule | null,
  exception: string | null,
  at: number,
): Pick<PolicyExplanation, 'outcome' | 'severity'> {
  const action = rule?.action ?? policy.default;
  if (rule === null || (action !== 'deny' && rule.via === null))
    return { outcome: action === 'allow' ? 'allowed' : 'observed', severity: null };
  if (exception !== null) return { outcome: 'exempt', severity: 'info' };
  if (isInGrace(rule, at)) return { outcome: 'grace', severity: rule.graceSeverity };
  return { outcome: rule.via === null ? 'violation' : 'bypass', severity: rule.severity };
}

const isInGrace = ({ graceUntil }: Rule, at: number): boolean => graceUntil !== null && at < graceUntil;

interface EffectAt {
  readonly exempt: ExplainedException | undefined;
  readonly at: number;
  readonly when: TimeText;
}

function effectText(rule: Rule, { exempt, at, when }: EffectAt): string {
  if (rule.action === 'observe') return 'use is only observed';
  if (rule.telemetry !== null)
    return `use is allowed; telemetry is a finding (${rule.severity}), with at least ${rule.evidence.confidence}`;
  if (rule.upload !== null)
    return `use is allowed; more than ${rule.upload.above} bytes sent per ${rule.upload.per} are a finding (${rule.severity}), with at least ${rule.evidence.confidence}`;
  if (rule.action === 'allow' && rule.via === null) return 'use is allowed';
  if (exempt !== undefined) return `use is exempt by ${exempt.id} until ${when(exempt.until)}`;
  const { evidence } = rule;
  if (rule.match.services !== undefined) return serviceEffect(rule, at, when);
  const amounts = [
    ...(evidence.minRequests > 0 ? [formatCounted(evidence.minRequests, 'request')] : []),
    ...(evidence.minActiveMinutes > 0 ? [formatCounted(evidence.minActiveMinutes, 'active minute')] : []),
  ];
  const needs = `at least ${[evidence.confidence, ...amounts].join(', ')} in roles ${evidence.roles.join(', ')}`;
  if (rule.graceUntil !== null && isInGrace(rule, at))
    return `use is a grace finding (${rule.graceSeverity}) until ${when(rule.graceUntil)}; it needs ${needs}`;
  if (rule.via !== null)
    return `use through ${listGateways(rule.via).join(', ')} is allowed; use around them is a bypass (${rule.severity}); it needs ${needs}, less than that is suspected`;
  return `use is a violation (${rule.severity}); it needs ${needs}, less than that is suspected`;
}

function serviceEffect(rule: Rule, at: number, when: TimeText): string {
  const { evidence, graceUntil, graceSeverity, severity } = rule;
  const needs = `at least ${evidence.confidence}, less than that is suspected`;
  return graceUntil !== null && isInGrace(rule, at)
    ? `the service is a grace finding (${graceSeverity}) until ${when(graceUntil)}; it needs ${needs}`
    : `the service is a violation (${severity}); it needs ${needs}`;
}

const instant = (seconds: number | null): string | null =>
  seconds === null ? null : formatInstant(seconds * US);

/** Formats Unix seconds or an RFC 3339 text in UTC as "2026-07-13 00:00:00 (Asia/Shanghai)". */
type TimeText = (time: number | string) => string;

function timeIn(timezone: string): TimeText {
  const zone = openZone(timezone);
  return (time) => zonedTime(typeof time === 'number' ? time : Date.parse(time) / 1000, zone);
}

const formatCounted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
