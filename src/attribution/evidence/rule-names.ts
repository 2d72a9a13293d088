// Applies rules about names: names of flows, names that occur together, queried names, and excluding names.

import { isAmong } from '../../catalogue/name-index.ts';
import {
  type CompiledTool,
  formatMatch,
  type Grade,
  isDerived,
  type NameRule,
  type Rule,
  type RuntimeMatch,
} from '../../catalogue/rules.ts';
import { DOUBT } from '../../model/confidence.ts';
import { phrase } from '../../model/sentences.ts';
import type { ActivityPeriod, Channel, ProgramBehavior } from '../traffic/channel.ts';
import { buildItem, channelKind, describe, type GatheredItem } from './item.ts';
import { Intervals } from './near-times.ts';
import { type Behaviors, findDoubt, isBusy, isUse } from './program-behavior.ts';

type NamedRule = NameRule | Extract<Rule, { kind: 'dns' }>;

function matchesName(rule: NamedRule, compiled: CompiledTool, name: string): boolean {
  if (!isDerived(rule)) return isAmong(rule.names, name);
  const closest = compiled.names.find(name)[0]?.pattern;
  return closest !== undefined && rule.names.includes(closest);
}

interface Group {
  readonly grade: Grade;
  readonly kind: GatheredItem['kind'];
  readonly isWeakened: boolean;
  readonly behavior: ProgramBehavior | undefined;
  readonly channels: Channel[];
}

/** Returns one item for each grade of the flows of the rule's names, and one for each reason that lowered a grade. */
export function nameEvidence(
  rule: NameRule,
  compiled: CompiledTool,
  period: ActivityPeriod,
  behaviors: Behaviors,
): GatheredItem[] {
  const groups = new Map<string, Group>();
  const explained = listExplainedFingerprints(rule, period);
  for (const channel of period.channels) {
    if (!matchesName(rule, compiled, channel.name)) continue;
    if (rule.alpn !== undefined && channel.fingerprint?.alpn.join(',') !== rule.alpn.join(',')) continue;
    const match = formatMatch(compiled, channel, rule.runtimes);
    const gives = rule.isVisited === true && mayBeVisit(channel) ? 'possible' : rule.gives;
    const seen = behaviors.get(channel);
    const grade = findGrade(gives, compiled, channel, match, seen);
    if (grade === null) continue;
    // Another tool also uses the name, and the facts that distinguish them were not seen.
    const isUnclear = rule.weakenedBy !== undefined && (seen === 'unseen' || isCutShort(channel));
    const isClaimed = isUnclear || explained.has(channel.runtime?.fingerprintClass ?? '');
    const isWeakened = isClaimed && grade !== 'possible';
    const given = isWeakened ? 'possible' : grade;
    // The behavior is reported only if it decides the grade.
    const decides = findGrade(gives, compiled, channel, match, 'use') !== 'possible';
    const behavior = decides ? seen : undefined;
    const key = `${given} ${isWeakened} ${channelKind(channel)} ${behavior}`;
    const group = groups.get(key);
    if (group !== undefined) group.channels.push(channel);
    else
      groups.set(key, {
        grade: given,
        kind: channelKind(channel),
        isWeakened,
        behavior,
        channels: [channel],
      });
  }
  return [...groups.values()].flatMap((group) => listChunks(rule, group));
}

/** True if hellos of other flows may be truncated, so that their names are missing. */
function isCutShort({ slices }: Channel): boolean {
  return slices.some(({ row }) => row.cutShortFlows > 0);
}

function listExplainedFingerprints(
  { weakenedBy }: NameRule,
  { channels }: ActivityPeriod,
): ReadonlySet<string> {
  if (weakenedBy === undefined) return new Set();
  const others = channels.filter(({ name }) => isAmong(weakenedBy, name));
  return new Set(others.map(({ runtime }) => runtime?.fingerprintClass ?? ''));
}

function listChunks(rule: NameRule, { grade, kind, isWeakened, behavior, channels }: Group): GatheredItem[] {
  const found = { ...buildItem(rule, kind, grade, describe(channels), channels), isWeakened };
  if (behavior === undefined) return [found];
  const doubt = findDoubt(behavior, channels);
  if (doubt === null) return [{ ...found, behavior }];
  const against = buildItem({ id: 'request-pattern', kind: 'context' }, 'name', null, doubt, channels);
  // Names of many tools that are used with the same behavior give one item of evidence.
  return behavior === 'call' ? [found, { ...against, behavior }] : [{ ...found, behavior }, against];
}

/** True for a browser or an unknown program: a missing hello or a name in clear text may belong to a browser. */
function mayBeVisit({ runtime, userAgent, isLogged, slices }: Channel): boolean {
  if (userAgent !== null) return false;
  if (isLogged && runtime === null) return !isNoPage(slices);
  return runtime === null || runtime.isBrowser || runtime.id === 'unknown';
}

/** Minimum bytes of a handshake and a page; an answer to a program is smaller. */
const MIN_PAGE_BYTES = 6000;

/** True if the bytes exclude a page: a browser receives more than it sends. Works for logs without fingerprints. */
function isNoPage(slices: Channel['slices']): boolean {
  const rows = slices.map(({ row }) => row);
  const sum = (count: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((all, row) => all + count(row), 0);
  const [up, down, flows] = [
    sum((row) => row.payloadUp),
    sum((row) => row.payloadDown),
    sum((row) => row.flows),
  ];
  if (sum(({ unsizedDown }) => unsizedDown) > 0) return false;
  if (down < flows * MIN_PAGE_BYTES) return true;
  return rows.some(({ largeLogged }) => largeLogged > 0) && up > down;
}

export function applyCompanionRule(
  rule: Extract<Rule, { kind: 'companion' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const sets = rule.names.map((names) =>
    period.channels.filter(
      (c) => isAmong(names, c.name) && formatMatch(compiled, c, rule.runtimes) === 'yes',
    ),
  );
  const [first, ...rest] = sets;
  const spanUs = rule.withinSeconds * 1_000_000;
  const restTimes = rest.map(buildTimes);
  const together = (first ?? []).filter((channel) =>
    restTimes.every((others) => isNear(channel, others, spanUs)),
  );
  if (together.length === 0) return [];
  const times = buildTimes(together);
  const beside = rest.flat().filter((other) => isNear(other, times, spanUs));
  const all = [...together, ...beside];
  // A monitor may also contact both, but only a working program sends data to each.
  const near = new Set(all);
  const works = sets.every((channels) => {
    const mine = channels.filter((channel) => near.has(channel));
    return isUse(mine) || mine.some((channel) => channel.isLogged && isBusy(channel));
  });
  const grade = works ? rule.gives : 'possible';
  const sentence = phrase('within', { number: rule.withinSeconds / 60, what: describe(all) });
  return [buildItem(rule, 'companion', grade, sentence, all)];
}

const buildTimes = (channels: readonly Channel[]): Intervals =>
  new Intervals(channels.flatMap(({ slices }) => slices.map(({ row }) => row)));

const isNear = ({ slices }: Channel, others: Intervals, spanUs: number): boolean =>
  slices.some(({ row }) => others.hasNear(row, spanUs));

/** Returns evidence of queried names without visits; other rules evaluate visits. */
export function applyDnsRule(
  rule: Extract<Rule, { kind: 'dns' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const queriedNames = period.queriedNames.filter(({ name }) => matchesName(rule, compiled, name));
  if (queriedNames.length === 0 || period.channels.some(({ name }) => matchesName(rule, compiled, name)))
    return [];
  const name = [...new Set(queriedNames.map((queried) => queried.name))].slice(0, 4).join(', ');
  // Any web page can make a browser query any name.
  const found = { ...buildItem(rule, 'dns', 'possible', phrase('askedFor', { name }), []), queriedNames };
  const isProven =
    queriedNames.some(({ count }) => count > 0) && queriedNames.some(({ addresses }) => addresses.length > 0);
  const isForgeable = !isProven && !isDerived(rule) && queriedNames.every(({ isLogged }) => !isLogged);
  const [id, doubt] = isForgeable
    ? [DOUBT.oneSided, phrase('oneMachine', { name })]
    : ['asked-alone', phrase('askedAlone', { name })];
  return [found, { ...buildItem({ id, kind: 'context' }, 'network', null, doubt, []), queriedNames }];
}

export function excludeEvidence(
  rule: Extract<Rule, { kind: 'exclude' }>,
  period: ActivityPeriod,
): GatheredItem[] {
  const channels = period.channels.filter(
    ({ name, runtime }) =>
      isAmong(rule.names, name) && runtime !== null && rule.runtimes.includes(runtime.id),
  );
  if (channels.length === 0) return [];
  return [buildItem(rule, 'fingerprint', null, phrase('notThis', { what: describe(channels) }), channels)];
}

const LOWERED: Readonly<Record<Grade, Grade>> = {
  certain: 'likely',
  likely: 'possible',
  possible: 'possible',
};

/**
 * Returns the grade after reductions: the runtime does not match, the behavior is not that of the tool, or the name is
 * estimated.
 */
function findGrade(
  gives: Grade,
  compiled: CompiledTool,
  channel: Channel,
  match: RuntimeMatch,
  behavior: ProgramBehavior | undefined,
): Grade | null {
  let grade: Grade | null = gives;
  if (match === 'browser')
    return channel.runtime?.isDoubtful === true && gives === 'certain' ? 'possible' : null;
  if (match === 'otherProgram') grade = gives === 'certain' ? 'possible' : null;
  // A log without fingerprints is no evidence for or against the runtime.
  else if (match === 'unknown' && channel.isLogged && channel.fingerprint === null)
    grade = gives === 'certain' ? 'likely' : LOWERED[gives];
  else if (match === 'unknown') grade = LOWERED[gives];
  if (grade === null || grade === 'possible') return grade;
  if (channel.nameFrom === 'network' || channel.nameFrom === 'dns') return 'possible';
  if (behavior === undefined || behavior === 'call')
    return isVisitToChat(compiled, channel) ? 'likely' : 'possible';
  return grade === 'certain' && canBeCertain(compiled, channel, behavior) ? 'certain' : 'likely';
}

/** True for a visit of a chat page with a browser, which is use of the chat. */
function isVisitToChat({ tool }: CompiledTool, { runtime }: Channel): boolean {
  return tool.kind === 'chat' && runtime?.isBrowser === true;
}

/** True if the name certainly belongs to the tool, its runtime was recorded, and its behavior was seen. */
function canBeCertain(compiled: CompiledTool, { name }: Channel, behavior: ProgramBehavior): boolean {
  if (behavior === 'varied' || behavior === 'unseen') return false;
  if (compiled.tool.runtimes === undefined && compiled.tool.userAgents === undefined) return false;
  return compiled.names.find(name)[0]?.value.confidence !== 'low';
}
