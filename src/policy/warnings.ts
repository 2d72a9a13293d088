// Rules that are well formed and still do nothing, or ask for what cannot be had.

import type { CatalogueFacts, Rule } from '../model/policy.ts';
import type { Complaints } from './complaints.ts';
import { matchesTool } from './match.ts';
import { unprovableOf } from './provable.ts';
import { isWholeNetwork } from './scope.ts';

/** Rules that can never fire, are shadowed, or ask for a proof that names cannot give. */
export function warnAboutRules(
  rules: readonly Rule[],
  catalogue: CatalogueFacts,
  complaints: Complaints,
): void {
  rules.forEach((rule, i) => {
    const tools = catalogue.tools.filter((tool) => matchesTool(rule.match, tool));
    if (tools.length === 0)
      complaints.warn(['rules', i, 'match'], 'no tool of the catalogue matches: the rule can never fire');
    if (rule.action === 'deny' || rule.evidence.confidence === 'certain') {
      for (const { why } of unprovableOf(rule, tools)) complaints.warn(['rules', i, 'evidence'], why);
    }
    if (rule.until !== null && rule.graceUntil !== null && rule.until <= rule.graceUntil) {
      complaints.warn(
        ['rules', i, 'until'],
        'the rule ends before its grace period does: no use is ever a violation',
      );
    }
    const shadow = rules.find(
      (other, j) => other !== rule && isShadowedBy(rule, other, j < i, tools, catalogue),
    );
    if (shadow !== undefined) {
      complaints.warn(
        ['rules', i],
        `rule "${shadow.id}" stands above it and takes every host, tool and time: the rule can never fire`,
      );
    }
  });
}

function isShadowedBy(
  rule: Rule,
  other: Rule,
  isEarlier: boolean,
  tools: readonly CatalogueFacts['tools'][number][],
  catalogue: CatalogueFacts,
): boolean {
  const isAbove = other.priority > rule.priority || (other.priority === rule.priority && isEarlier);
  if (!isAbove || tools.length === 0) return false;
  const always =
    (other.effective === null || (rule.effective !== null && other.effective <= rule.effective)) &&
    (other.until === null || (rule.until !== null && other.until >= rule.until));
  const known = new Set(
    catalogue.tools.filter((tool) => matchesTool(other.match, tool)).map((tool) => tool.id),
  );
  return isWholeNetwork(other.scope) && always && tools.every((tool) => known.has(tool.id));
}
