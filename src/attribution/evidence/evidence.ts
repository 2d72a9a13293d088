// Rules against what was seen: every piece of evidence for one tool in one period, with its grade after the runtime.

import type { CompiledTool } from '../../catalogue/catalogue.ts';
import type { Rule } from '../../catalogue/rules.ts';
import type { ActivityPeriod } from '../traffic/channels.ts';
import { type GatheredItem, item } from './item.ts';
import { type Manners, mannersOf } from './manner.ts';
import {
  pairEvidence,
  relayEvidence,
  sideCallEvidence,
  startUpEvidence,
  uploadEvidence,
} from './rule-behaviour.ts';
import { companionEvidence, dnsEvidence, excludeEvidence, nameEvidence } from './rule-names.ts';

export function gatherEvidence(
  compiled: CompiledTool,
  period: ActivityPeriod,
  isDirect: (name: string) => boolean,
): GatheredItem[] {
  const items: GatheredItem[] = [];
  const named = period.channels.filter((channel) => channel.nameFrom !== 'network');
  const known = { ...period, channels: named };
  const manners = mannersOf(compiled, known);
  for (const rule of compiled.rules) items.push(...applyRule(rule, compiled, known, isDirect, manners));
  const own = compiled.tool.userAgents ?? [];
  const clear = period.channels.filter(({ userAgent }) =>
    own.some(({ token }) => userAgent?.startsWith(token)),
  );
  if (clear.length > 0) {
    const said = clear[0]?.userAgent ?? '';
    const rule = { id: 'user-agent', kind: 'userAgent' } as const;
    items.push(item(rule, 'name', 'likely', `names itself in clear text: ${said}`, clear));
  }
  return items;
}

function applyRule(
  rule: Rule,
  compiled: CompiledTool,
  period: ActivityPeriod,
  isDirect: (name: string) => boolean,
  manners: Manners,
): GatheredItem[] {
  switch (rule.kind) {
    case 'name':
      return nameEvidence(rule, compiled, period, manners);
    case 'pair':
      return pairEvidence(rule, period);
    case 'sideCalls':
      return sideCallEvidence(rule, compiled, period);
    case 'companion':
      return companionEvidence(rule, compiled, period);
    case 'dns':
      return dnsEvidence(rule, compiled, period);
    case 'startUp':
      return startUpEvidence(rule, compiled, period);
    case 'upload':
      return uploadEvidence(rule, compiled, period);
    case 'relay':
      return relayEvidence(rule, compiled, period, isDirect);
    case 'exclude':
      return excludeEvidence(rule, period);
  }
}
