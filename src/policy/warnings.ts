// Warns about well-formed rules without effect, or with requirements that cannot be met.

import type { CatalogueFacts, Rule } from '../model/policy.ts';
import { matchesTool } from './match.ts';
import type { PolicyErrors } from './policy-errors.ts';
import { listUnprovable } from './provable.ts';
import { isWholeNetwork } from './scope.ts';

/** Warns about rules that never match, are shadowed, or require evidence that names cannot provide. */
export function warnAboutRules(
  rules: readonly Rule[],
  catalogue: CatalogueFacts,
  errors: PolicyErrors,
): void {
  const matched = rules.map(({ match }) => catalogue.tools.filter((tool) => matchesTool(match, tool)));
  const ids = matched.map((tools) => new Set(tools.map(({ id }) => id)));
  const isMatched = (id: string): boolean => ids.some((set) => set.has(id));
  rules.forEach((rule, i) => {
    const tools = matched[i] ?? [];
    if (tools.length === 0 && rule.match.services === undefined)
      errors.warn(['rules', i, 'match'], 'no tool of the catalogue matches: the rule can never fire');
    if (rule.action === 'deny' || rule.evidence.confidence === 'certain') {
      for (const { why } of listUnprovable(rule, tools)) errors.warn(['rules', i, 'evidence'], why);
    }
    if (rule.until !== null && rule.graceUntil !== null && rule.until <= rule.graceUntil) {
      errors.warn(
        ['rules', i, 'until'],
        'the rule ends before its grace period does: no use is ever a violation',
      );
    }
    warnAboutEndedTools(i, rule, catalogue, isMatched, errors);
    warnAboutTitle(i, rule, catalogue, isMatched, errors);
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

type IsMatched = (tool: string) => boolean;

/** Warns if a tool of a rule continues under the name of a successor that no rule contains. */
function warnAboutEndedTools(
  i: number,
  { match }: Rule,
  { tools }: CatalogueFacts,
  isMatched: IsMatched,
  errors: PolicyErrors,
): void {
  for (const { id, ended = [] } of tools.filter((tool) => match.tools.includes(tool.id)))
    for (const { what, since, successors = [] } of ended) {
      const missing = successors.filter((successor) => !isMatched(successor));
      if (missing.length === 0) continue;
      const unlisted = missing.filter((id) => !tools.some((tool) => tool.id === id));
      const note = unlisted.length === 0 ? '' : ` (without a catalogue entry: ${unlisted.join(', ')})`;
      errors.warn(
        ['rules', i, 'match', 'tools'],
        `${id} ended on ${since} (${what}); no rule matches its successor ${missing.join(', ')}${note}`,
      );
    }
}

/** Warns about a title that promises all products of a vendor if rules do not match all of them. */
function warnAboutTitle(
  i: number,
  { title, match }: Rule,
  { tools }: CatalogueFacts,
  isMatched: IsMatched,
  errors: PolicyErrors,
): void {
  const matched = tools.filter(
    ({ id, vendor }) => match.tools.includes(id) || match.vendors.includes(vendor),
  );
  for (const vendor of new Set(matched.map((tool) => tool.vendor))) {
    if (!claimsEveryProduct(vendor, title)) continue;
    const missing = tools.filter((tool) => tool.vendor === vendor && !isMatched(tool.id));
    if (missing.length === 0) continue;
    errors.warn(
      ['rules', i, 'match'],
      `the title says all of ${vendor}; no rule matches ${missing.map(({ id }) => id).join(', ')} (match "vendors: [${vendor}]")`,
    );
  }
}

const ALL = String.raw`(?:\b(?:all|any|every|alle|allen|aller|jedes|sämtliche)\b|所有|全部|一切)`;
/** Words between "all" and the vendor: "all AI products of Anthropic". */
const BETWEEN = String.raw`(?:[\s-]*(?:the|ai|ki|coding|products?|tools?|services?|of|from|by|von|der|produkte|werkzeuge|dienste|产品|工具|服务|来自|的)(?![a-z]))*`;

/** Tests the title in the languages of the reports. */
function claimsEveryProduct(vendor: string, title: string): boolean {
  const name = vendor.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(
    `${ALL}${BETWEEN}[\\s-]*${name}(?![a-z])|${name}\\s*(?:公司)?\\s*的?\\s*${ALL}`,
    'iu',
  ).test(title);
}

function isAbove(other: Rule, rule: Rule, isEarlier: boolean): boolean {
  return other.priority > rule.priority || (other.priority === rule.priority && isEarlier);
}

/** True if a rule applies to every host and is in force whenever the other one is. */
export const isWiderThan = (other: Rule, rule: Rule): boolean =>
  isWholeNetwork(other.scope) && coversTimeOf(other, rule);

/** True if a rule is in force whenever the other one is. */
export function coversTimeOf(other: Rule, rule: Rule): boolean {
  return (
    (other.effective === null || (rule.effective !== null && other.effective <= rule.effective)) &&
    (other.until === null || (rule.until !== null && other.until >= rule.until))
  );
}
