// A policy as the report document repeats it.

import type { CatalogueFacts, Policy, Rule } from '../model/policy.ts';
import type { PolicyHeader } from '../model/report.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { matchesTool } from './match.ts';

export function policyHeader(policy: Policy, sha256: string, catalogue: CatalogueFacts): PolicyHeader {
  return {
    name: policy.name,
    sha256,
    timezone: policy.timezone,
    rules: policy.rules.map((rule) => ({
      id: rule.id,
      rev: rule.rev,
      title: rule.title,
      action: rule.action,
      announced: instant(rule.announced),
      effective: instant(rule.effective),
      graceUntil: instant(rule.graceUntil),
      owner: rule.owner,
      tools: toolsOf(rule, catalogue),
    })),
  };
}

function toolsOf(rule: Rule, catalogue: CatalogueFacts): string[] {
  return catalogue.tools
    .filter((tool) => matchesTool(rule.match, tool))
    .map((tool) => tool.id)
    .sort();
}

function instant(seconds: number | null): string | null {
  return seconds === null ? null : formatInstant(seconds * US);
}
