// Why a rule fires or not for one host, tool and time: rule by rule, in plain words.

import type { HostIdentity, Policy, Rule, RuleService } from '../model/policy.ts';
import { allRules, matchesService, matchesTool, useOf } from './match.ts';
import { gatewaysOf } from './paths.ts';
import { ruleBefore } from './phases.ts';
import { groupsOf, isExcluded, scopeIncludes } from './scope.ts';
import { servicesText } from './services.ts';

export interface Question {
  readonly host: HostIdentity;
  /** A tool, or a service that the host runs. */
  readonly tool:
    | { readonly id: string; readonly name: string; readonly vendor: string; readonly kind: string }
    | RuleService;
  /** Unix seconds. */
  readonly at: number;
}

/** Lines of text: the host's groups, then one line per rule, then which rule governs. */
export function explainPolicy(policy: Policy, question: Question): string[] {
  const { host, tool } = question;
  if (isExcluded(policy, host))
    return [`${host.host} belongs to a group that is never recorded: no rule is asked`];
  const groups = groupsOf(policy, host);
  const lines = [`${host.host} ${groups.length > 0 ? `is in ${groups.join(', ')}` : 'is in no group'}`];
  let governing: Rule | null = null;
  const use = useOf(tool);
  for (const rule of allRules(policy)) {
    const reason = whyNot(policy, rule, question);
    if (reason !== null) lines.push(`${rule.id} does not apply: ${reason}`);
    else if (governing !== null || ruleBefore(policy, rule, host, use, question.at) !== null) {
      lines.push(`${rule.id} would apply, but ${governing?.id ?? 'a rule above it'} comes first`);
    } else {
      governing = rule;
      lines.push(`${rule.id} (rev ${rule.rev}, ${rule.title}) applies: ${effectOf(policy, rule, question)}`);
    }
  }
  if (governing === null)
    lines.push(
      'id' in tool && policy.rest === null
        ? `no rule applies; the policy's default is ${policy.default}`
        : 'no rule applies',
    );
  return lines;
}

function whyNot(policy: Policy, rule: Rule, question: Question): string | null {
  const { tool } = question;
  if (!('id' in tool)) {
    const { services } = rule.match;
    if (services === undefined) return 'it is about tools';
    if (!matchesService(services, tool)) return `it is about ${servicesText(services)}`;
  } else if (!matchesTool(rule.match, tool)) return `it does not name ${tool.name}`;
  if (!scopeIncludes(policy, rule.scope, question.host)) return 'the host is outside its scope';
  if (rule.effective !== null && question.at < rule.effective)
    return `it takes effect on ${utc(rule.effective)}`;
  if (rule.until !== null && question.at >= rule.until) return `it ended on ${utc(rule.until)}`;
  return null;
}

function effectOf(policy: Policy, rule: Rule, question: Question): string {
  if (rule.action === 'observe') return 'use is only observed';
  if (rule.action === 'allow' && rule.via === null) return 'use is allowed';
  const exception = policy.exceptions.find(
    (item) =>
      item.rule === rule.id &&
      (item.from === null || question.at >= item.from) &&
      question.at < item.until &&
      scopeIncludes(policy, item.scope, question.host),
  );
  if (exception !== undefined) return `use is exempt by ${exception.id} until ${utc(exception.until)}`;
  const { evidence } = rule;
  if (rule.match.services !== undefined) return serviceEffect(rule, question.at);
  const needs = `at least ${evidence.confidence}, ${counted(evidence.minRequests, 'request')} and ${counted(evidence.minActiveMinutes, 'active minute')} in roles ${evidence.roles.join(', ')}`;
  if (rule.graceUntil !== null && question.at < rule.graceUntil) {
    return `use is a grace finding (${rule.graceSeverity}) until ${utc(rule.graceUntil)}; it needs ${needs}`;
  }
  if (rule.via !== null)
    return `use through ${gatewaysOf(rule.via).join(', ')} is allowed; use around them is a bypass (${rule.severity}); it needs ${needs}, less than that is suspected`;
  return `use is a violation (${rule.severity}); it needs ${needs}, less than that is suspected`;
}

function serviceEffect({ evidence, graceUntil, graceSeverity, severity }: Rule, at: number): string {
  const needs = `at least ${evidence.confidence}, less than that is suspected`;
  return graceUntil !== null && at < graceUntil
    ? `the service is a grace finding (${graceSeverity}) until ${utc(graceUntil)}; it needs ${needs}`
    : `the service is a violation (${severity}); it needs ${needs}`;
}

function utc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
