// Well-formed rules without effect, or with requirements that cannot be met.

import type { CatalogueFacts, Rule } from '../model/policy.ts';
import { matchesTool } from './match.ts';
import type { PolicyErrors } from './policy-errors.ts';
import { unprovableOf } from './provable.ts';
import { isWholeNetwork } from './scope.ts';

/** Rules that never fire, are shadowed, or require evidence that names cannot provide. */
export function warnAboutRules(
  rules: readonly Rule[],
  catalogue: CatalogueFacts,
  errors: PolicyErrors,
): void {
  const meant = rules.map(({ match }) => catalogue.tools.filter((tool) => matchesTool(match, tool)));
  const ids = meant.map((tools) => new Set(tools.map(({ id }) => id)));
  rules.forEach((rule, i) => {
    const tools = meant[i] ?? [];
    if (tools.length === 0 && rule.match.services === undefined)
      errors.warn(['rules', i, 'match'], 'no tool of the catalogue matches: the rule can never fire');
    if (rule.action === 'deny' || rule.evidence.confidence === 'certain') {
      for (const { why } of unprovableOf(rule, tools)) errors.warn(['rules', i, 'evidence'], why);
    }
    if (rule.until !== null && rule.graceUntil !== null && rule.until <= rule.graceUntil) {
      errors.warn(
        ['rules', i, 'until'],
        'the rule ends before its grace period does: no use is ever a violation',
      );
    }
    const shadow = rules.find(
      (other, j) =>
        isAbove(other, rule, j < i) &&
        tools.length > 0 &&
        isWiderThan(other, rule) &&
        tools.every(({ id }) => ids[j]?.has(id)),
    );
    if (shadow !== undefined) {
      errors.warn(
        ['rules', i],
        `rule "${shadow.id}" precedes it and matches every host, tool and time: the rule can never apply`,
      );
    }
  });
}

function isAbove(other: Rule, rule: Rule, isEarlier: boolean): boolean {
  return other.priority > rule.priority || (other.priority === rule.priority && isEarlier);
}

/** True when a rule is for every host, and in force whenever another one is. */
export const isWiderThan = (other: Rule, rule: Rule): boolean =>
  isWholeNetwork(other.scope) && takesAllOfItsTime(other, rule);

/** True when a rule is in force whenever another one is. */
export function takesAllOfItsTime(other: Rule, rule: Rule): boolean {
  return (
    (other.effective === null || (rule.effective !== null && other.effective <= rule.effective)) &&
    (other.until === null || (rule.until !== null && other.until >= rule.until))
  );
}
