// Applies the rules of one tool to one activity period. Returns every item of evidence, with its grade after the check of the
// runtime.

import type { CompiledTool, Rule } from '../../catalogue/rules.ts';
import { phrase } from '../../model/sentences.ts';
import type { ActivityPeriod, Channel } from '../traffic/channel.ts';
import { buildItem, type GatheredItem, USER_AGENT_RULE } from './item.ts';
import { type Behaviors, findBehaviors, type IsDirect } from './program-behavior.ts';
import {
  applyPairRule,
  applyRelayRule,
  applySideCallRule,
  applyStartUpRule,
  applyUploadRule,
} from './rule-behavior.ts';
import { applyCompanionRule, applyDnsRule, excludeEvidence, nameEvidence } from './rule-names.ts';
import { limitToPage } from './web-page.ts';

/**
 * Evidence requires flows with packets of both ends. Other flows give `possible` at most: any sender of packets on the
 * network can forge them.
 */
export function gatherEvidence(
  compiled: CompiledTool,
  period: ActivityPeriod,
  isDirect: IsDirect,
): GatheredItem[] {
  const seen = period.channels.filter(({ isLogged }) => !isLogged);
  if (seen.length === period.channels.length) return gatherBoth(compiled, period, isDirect);
  // Evidence from packets keeps its grade; evidence that needs rows of logs gets a lower one.
  const ofPackets = gatherBoth(compiled, { ...period, channels: seen }, isDirect);
  const ofAll = gatherBoth(compiled, period, isDirect);
  const isLogged = ({ channels, queriedNames }: GatheredItem): boolean =>
    queriedNames.length > 0 || channels.some((channel) => channel.isLogged);
  return [
    ...ofPackets.filter(({ queriedNames }) => queriedNames.length === 0),
    ...ofAll.filter(isLogged).map(limitToLikely),
  ];
}

/** Limits evidence from logs to likely: a row has no requests and no rhythm, which make a name certain. */
function limitToLikely(item: GatheredItem): GatheredItem {
  return item.grade === 'certain' ? { ...item, grade: 'likely' } : item;
}

function gatherBoth(compiled: CompiledTool, period: ActivityPeriod, isDirect: IsDirect): GatheredItem[] {
  const answered = period.channels.filter(({ isAnswered }) => isAnswered);
  if (answered.length === period.channels.length) return listItems(compiled, period, isDirect);
  const isProven = new Set(answered);
  const isSeen = answered.length + period.queriedNames.length > 0;
  const proven = isSeen ? listItems(compiled, { ...period, channels: answered }, isDirect) : [];
  const others = listItems(compiled, period, isDirect).filter(({ channels }) =>
    channels.some((channel) => !isProven.has(channel)),
  );
  const allowed = proven.filter(({ kind }) => kind !== 'dns' || others.length === 0);
  return [...allowed, ...others.map((item) => weaken(item, isProven))];
}

function weaken(item: GatheredItem, isProven: ReadonlySet<Channel>): GatheredItem {
  if (item.grade === null) return item;
  const channels = item.channels.filter((channel) => !isProven.has(channel));
  return { ...item, channels, grade: 'possible', isWeakened: item.isWeakened || item.grade !== 'possible' };
}

function listItems(compiled: CompiledTool, period: ActivityPeriod, isDirect: IsDirect): GatheredItem[] {
  const items: GatheredItem[] = [];
  const named = period.channels.filter((channel) => channel.nameFrom !== 'network');
  const namedPeriod = named.length === period.channels.length ? period : { ...period, channels: named };
  const behaviors = findBehaviors(compiled, namedPeriod, isDirect);
  for (const rule of compiled.rules)
    items.push(
      ...applyRule(rule, compiled, namedPeriod, isDirect, behaviors).flatMap((found) =>
        limitToPage(compiled, found),
      ),
    );
  const own = compiled.tool.userAgents ?? [];
  const clear = period.channels.filter(({ userAgent }) =>
    own.some(({ token }) => userAgent?.startsWith(token)),
  );
  if (clear.length > 0) {
    const program = clear[0]?.userAgent ?? '';
    const rule = { id: USER_AGENT_RULE, kind: 'userAgent' } as const;
    // A page can set the token in requests to its own server, and other tools imitate it.
    const isListed = clear.some(({ name }) => compiled.names.find(name).length > 0);
    const grade = isListed ? 'likely' : 'possible';
    items.push(buildItem(rule, 'name', grade, phrase('userAgent', { text: program }), clear));
  }
  items.push(...gatherLoggedQueries(compiled, period));
  return items;
}

/** Returns queried names of a vendor as weak evidence if the only source is a log of DNS queries. */
function gatherLoggedQueries(
  { names, rules }: CompiledTool,
  { queriedNames, channels }: ActivityPeriod,
): GatheredItem[] {
  if (channels.length > 0 || rules.some(({ kind }) => kind === 'dns')) return [];
  const listed = queriedNames.filter(
    ({ name, isLogged }) => isLogged && names.find(name)[0]?.value.specificity === 'vendor',
  );
  if (listed.length === 0) return [];
  const firstNames = [...new Set(listed.map(({ name }) => name))].slice(0, 4).join(', ');
  const rule = { id: 'vendor-name-asked', kind: 'dns' } as const;
  return [
    {
      ...buildItem(rule, 'dns', 'possible', phrase('askedFor', { name: firstNames }), []),
      queriedNames: listed,
    },
  ];
}

function applyRule(
  rule: Rule,
  compiled: CompiledTool,
  period: ActivityPeriod,
  isDirect: IsDirect,
  behaviors: Behaviors,
): GatheredItem[] {
  switch (rule.kind) {
    case 'name':
      return nameEvidence(rule, compiled, period, behaviors);
    case 'pair':
      return applyPairRule(rule, compiled, period);
    case 'sideCalls':
      return applySideCallRule(rule, compiled, period);
    case 'companion':
      return applyCompanionRule(rule, compiled, period);
    case 'dns':
      return applyDnsRule(rule, compiled, period);
    case 'startUp':
      return applyStartUpRule(rule, compiled, period, isDirect);
    case 'upload':
      return applyUploadRule(rule, compiled, period);
    case 'relay':
      return applyRelayRule(rule, compiled, period, isDirect);
    case 'exclude':
      return excludeEvidence(rule, period);
  }
}
