// The title of a rule: that of the policy file, or for a rule that "default" or "services" creates, that of the language.

import { DEFAULT_RULE, SERVICES_RULE } from '../../model/findings.ts';
import type { ReportWords } from './english-words.ts';

export function ruleTitle(
  { id, title }: { readonly id: string; readonly title: string },
  { ruleTitles }: Pick<ReportWords, 'ruleTitles'>,
): string {
  if (id === DEFAULT_RULE) return ruleTitles.allowedTools;
  return id === SERVICES_RULE ? ruleTitles.allowedServices : title;
}
