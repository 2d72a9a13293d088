// Finds use that did not pass the gateways of a rule, and use for which this is undecidable.

import { RELAY_ID } from '../model/catalogue-words.ts';
import type { Policy, Rule, Via } from '../model/policy.ts';
import type { EvidenceItem } from '../model/report.ts';
import { asDetail, phrase } from '../model/sentences.ts';
import type { HostTool, UsageQuarter } from '../model/tool.ts';
import type { UsageRow } from '../model/usage.ts';
import { floorToQuarter, US } from '../time/units.ts';
import type { Zone } from '../time/zone.ts';
import { buildFinding, type Found, listPhaseFindings, type Seen } from './finding.ts';
import { buildPaths, type FoundPaths, isGateway, type Path, type ToolPaths } from './paths.ts';
import { findEarlierRule, findIdentity, splitPhases } from './phases.ts';
import { addUp, hasUse, mayMeet } from './rule-evidence.ts';
import type { PolicySubject } from './subjects.ts';

/** Use of a tool under a rule with a required path; null if no part of it took that path. */
export interface OnPaths {
  readonly seen: Seen;
  readonly around: Seen | null;
  readonly unclear: Seen | null;
  readonly paths: ToolPaths;
}

/** Divides use by its path. A gateway is not a user: its clients are. */
export function divideByPath(
  policy: Policy,
  rule: Rule,
  via: Via,
  subject: PolicySubject,
  matched: readonly Seen[],
  zone: Zone,
): OnPaths[] {
  if (isGateway(rule, subject.identity)) return [];
  return [...matched, ...findUnseen(policy, rule, subject, matched, zone)].map((seen): OnPaths => {
    const paths = buildPaths(via, seen.whole, seen.names ?? null);
    const pick = (path: Path, part: HostTool | null): Seen | null => {
      if (part === null) return null;
      const { use, quarters } = part;
      const evidenceIn = (selected: ReadonlySet<number>): EvidenceItem[] => [
        ...paths.evidenceIn(path, selected),
        ...(part.evidenceIn?.(selected) ?? []),
      ];
      const sensorsIn = (selected: ReadonlySet<number>): readonly string[] =>
        part.sensorsIn?.(selected) ?? [];
      const phases = splitPhases(policy, rule, subject, { ...seen, quarters });
      return { ...seen, phases, tool: { use, evidenceIn, sensorsIn } };
    };
    return { seen, paths, around: pick('around', paths.around), unclear: pick('unclear', paths.unclear) };
  });
}

/**
 * Selects unknown programs with an API of the vendor and, if a tool of the rule was observed too, with a suspected
 * relay. A tool that is possible behind a relay has its own row.
 */
function findUnseen(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  matched: readonly Seen[],
  zone: Zone,
): Seen[] {
  const isRelayed = matched.some(({ whole }) =>
    whole.quarters.some(({ byRole }) => byRole.relay !== undefined),
  );
  const isRelayMeant = rule.also.relaySuspected !== null && matched.length > 0 && !isRelayed;
  return subject.providers
    .filter((tool) => !matched.some(({ use }) => use === tool.use))
    .filter(({ use }) => (use.tool === RELAY_ID ? isRelayMeant : rule.match.vendors.includes(use.vendor)))
    .map((tool): Seen => {
      const phases = splitPhases(policy, rule, subject, tool);
      return { subject, use: tool.use, tool, whole: tool, phases, ceiling: 'possible', isUnseen: true, zone };
    });
}

/** Creates findings: traffic outside the path is like use of a denied tool; unclear traffic is suspected. */
export function listBypasses(rule: Rule, { around, unclear }: OnPaths): Found[] {
  const shown = around ?? unclear;
  if (shown?.isUnseen === true) return findUnclear(rule, shown);
  const direct = around === null ? [] : findBypasses(rule, around);
  const isSettled = direct.some(({ found: { result } }) => result === 'bypass' || result === 'suspected');
  return isSettled || unclear === null ? direct : [...direct, ...findUnclear(rule, unclear)];
}

const findBypasses = (rule: Rule, seen: Seen): Found[] =>
  listPhaseFindings(rule, seen).map(({ found, isOpen }) => ({
    found: found.result === 'exempt' ? found : withLookalikes(found),
    isOpen,
  }));

function findUnclear(rule: Rule, seen: Seen): Found[] {
  const { after } = seen.phases.quarters;
  const severity = rule.also.relaySuspected ?? 'low';
  const used = after.filter((quarter) => hasUse(rule, [quarter]));
  if (used.length === 0) return [];
  const sum = addUp(rule, used);
  const found = buildFinding(rule, { ...seen, ceiling: 'possible' }, 'suspected', severity, sum);
  return [{ found, isOpen: mayMeet(rule, sum) }];
}

/** Adds the reason for doubt that a capture on this side cannot distinguish the traffic from a direct connection. */
function withLookalikes(found: Found['found']): Found['found'] {
  const { first, last } = found;
  const item: EvidenceItem = {
    kind: 'network',
    rule: 'path-lookalike',
    for: false,
    ...asDetail(phrase('lookalike')),
    first,
    last,
    flows: 0,
    communityIds: [],
  };
  return { ...found, against: [...found.against, item] };
}

/** Adds the hosts and connections by path, while the rule is in force after its grace period. */
export function notePaths(hosts: FoundPaths, rule: Rule, { seen, around, unclear, paths }: OnPaths): void {
  const { host } = seen.subject.identity;
  const quarters = new Set(quartersInForce(seen).map(({ startSeconds }) => startSeconds));
  if (seen.isUnseen !== true)
    for (const counts of paths.daysIn(quarters, seen.zone.dayOf))
      hosts.days.push({ host, tool: seen.use.tool, ...counts });
  const isUsed = (use: Seen | null): boolean => use !== null && hasUse(rule, quartersInForce(use));
  if (isUsed(around)) hosts.around.add(host);
  if (isUsed(unclear)) hosts.unclear.add(host);
  if (!isUsed(seen)) return;
  for (const path of ['through', 'unknown'] as const) if (paths.isOn(path, quarters)) hosts[path].add(host);
}

const quartersInForce = ({ phases }: Seen): readonly UsageQuarter[] => phases.quarters.after;

/**
 * Removes relays that are accounted for. Traffic with a gateway of the rule is no suspected relay, and traffic of a
 * tool that an earlier rule governs does not concern this rule.
 */
export function withoutKnownRelays(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  rows: ReadonlySet<UsageRow>,
): PolicySubject {
  const cache = new Map<number, number>();
  const add = (start: number, { bytesUp, bytesDown }: Pick<UsageRow, 'bytesUp' | 'bytesDown'>): void => {
    cache.set(start, (cache.get(start) ?? 0) + bytesUp + bytesDown);
  };
  for (const row of rows) add(floorToQuarter(row.firstUs / US), row);
  for (const tool of subject.tools) {
    for (const { startSeconds, confidence, isInRow, isDoubted, byRole } of tool.quarters) {
      if (byRole.relay === undefined || confidence === 'possible' || !isInRow || isDoubted) continue;
      const host = findIdentity(subject, tool, startSeconds);
      if (findEarlierRule(policy, rule, host, tool, startSeconds) !== null) add(startSeconds, byRole.relay);
    }
  }
  if (cache.size === 0) return subject;
  const activity = subject.activity.map((quarter) => {
    const notVisibleBytes = Math.max(0, quarter.notVisibleBytes - (cache.get(quarter.startSeconds) ?? 0));
    return { ...quarter, notVisibleBytes };
  });
  return { ...subject, activity };
}
