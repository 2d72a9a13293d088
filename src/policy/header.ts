// A policy as the report document repeats it.

import type { CatalogueFacts, Policy, Rule } from '../model/policy.ts';
import type { PolicyHeader } from '../model/report.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { allRules, matchesTool } from './match.ts';
import { gatewaysOf } from './paths.ts';
import { rulesAbove } from './phases.ts';
import { isWholeNetwork } from './scope.ts';
import { servicesText } from './services.ts';
import { takesAllOfItsTime } from './warnings.ts';

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
      announced: instant(rule.announced),
      effective: instant(rule.effective),
      graceUntil: instant(rule.graceUntil),
      owner: rule.owner,
      ...(rule.via === null ? {} : { via: gatewaysOf(rule.via) }),
      ...(rule.match.services === undefined
        ? namesOf(toolsOf(policy, rule, catalogue))
        : { services: servicesText(rule.match.services) }),
    })),
  };
}

type Tool = CatalogueFacts['tools'][number];

/** Without those that an earlier rule takes from it on every host and at any time. */
function toolsOf(policy: Policy, rule: Rule, catalogue: CatalogueFacts): Tool[] {
  const above = rulesAbove(policy, rule).filter((other) => takesAll(other, rule));
  return catalogue.tools
    .filter((tool) => matchesTool(rule.match, tool) && !above.some(({ match }) => matchesTool(match, tool)))
    .sort((a, b) => compareText(a.id, b.id));
}

const takesAll = (other: Rule, rule: Rule): boolean =>
  isWholeNetwork(other.scope) && takesAllOfItsTime(other, rule);

const namesOf = (tools: readonly Tool[]) => ({
  tools: tools.map(({ id }) => id),
  toolNames: tools.map(({ name }) => name),
});

function instant(seconds: number | null): string | null {
  return seconds === null ? null : formatInstant(seconds * US);
}
