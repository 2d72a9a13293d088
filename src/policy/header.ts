// Describes a policy in the report document.

import { omitEmpty } from '../model/omit-undefined.ts';
import type { CatalogueFacts, Policy, Rule, RuleTool } from '../model/policy.ts';
import type { PolicyHeader } from '../model/report.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { allRules, matchesTool } from './match.ts';
import { listGateways } from './paths.ts';
import { listRulesAbove } from './phases.ts';
import { servicesText } from './service-findings.ts';
import { isWiderThan } from './warnings.ts';

export function policyHeader(policy: Policy, sha256: string, catalogue: CatalogueFacts): PolicyHeader {
  return {
    name: policy.name,
    sha256,
    timezone: policy.timezone,
    rules: allRules(policy).map((rule) => ({
      id: rule.id,
      rev: rule.rev,
      title: rule.title,
      action: rule.action,
      severity: rule.severity,
      announced: formatOptional(rule.announced),
      effective: formatOptional(rule.effective),
      graceUntil: formatOptional(rule.graceUntil),
      owner: rule.owner,
      ...omitEmpty({
        via: rule.via && listGateways(rule.via),
        telemetry: rule.telemetry && ('off' as const),
        upload: rule.upload,
      }),
      ...(rule.match.services === undefined
        ? buildNames(listTools(policy, rule, catalogue))
        : { services: servicesText(rule.match.services) }),
    })),
  };
}

type Tool = CatalogueFacts['tools'][number];

function listTools(policy: Policy, rule: Rule, catalogue: CatalogueFacts): Tool[] {
  return catalogue.tools
    .filter((tool) => decidesAbout(policy, rule, tool))
    .sort((a, b) => compareText(a.id, b.id));
}

/** Lists rules that govern a tool on some host at some time, in their order. */
export const listRules = (policy: Policy, tool: RuleTool): Rule[] =>
  allRules(policy).filter((rule) => decidesAbout(policy, rule, tool));

/** False if an earlier rule governs the tool on every host at any time. */
function decidesAbout(policy: Policy, rule: Rule, tool: RuleTool): boolean {
  const takes = (other: Rule): boolean => isWiderThan(other, rule) && matchesTool(other.match, tool);
  return matchesTool(rule.match, tool) && !listRulesAbove(policy, rule).some(takes);
}

const buildNames = (tools: readonly Tool[]) => ({
  tools: tools.map(({ id }) => id),
  toolNames: tools.map(({ name }) => name),
});

function formatOptional(seconds: number | null): string | null {
  return seconds === null ? null : formatInstant(seconds * US);
}
