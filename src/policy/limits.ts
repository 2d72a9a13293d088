// Determines the limits of a rule's verdict: its time in force, and the observed part of that time and of its hosts.

import { MIN_LOST_BYTES } from '../model/counters.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { HostIdentity, ObservedScope, Policy, Rule } from '../model/policy.ts';
import type { HiddenOfHost, HostBytes, LimitFacts } from '../model/policy-summary.ts';
import type { RuleSummary, VerdictReason } from '../model/report.ts';
import { HIDDEN_ENTRY } from '../text/pseudonym.ts';
import { formatInstant } from '../time/instant.ts';
import { findHull, type TimeSpan } from '../time/spans.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import { HiddenInTime, listReasons } from './hidden-limits.ts';
import type { HiddenTraffic } from './hidden-traffic.ts';
import { type Break, buildCover, lostShare, type Observed } from './observed.ts';
import { isLogOf } from './paths.ts';
import { isInScope } from './phases.ts';
import { mayInclude, observeScope } from './scope.ts';
import type { PolicySubject } from './subjects.ts';

/** Minimum observed share of the time in force for a compliant verdict. */
const MIN_OBSERVED_SHARE = 0.95;
/** Maximum unobserved time without a break for a compliant verdict. A longer one is sufficient for a task. */
const LONGEST_GAP_US = 3600 * US;
/** Maximum share of bytes or hosts that were not inspected, for a conclusive verdict. */
export const MAX_NOT_VISIBLE_SHARE = 0.5;
/** Above this share of tunnels in the bytes of a host, all of its work may be inside. */
export const MAX_TUNNELLED_SHARE = 0.9;
/** Above this share of bytes with one captured direction, model requests may be among them. */
const MAX_ONE_WAY_SHARE = 0.1;
/** Maximum share of lost packets, or of missing bytes of a host, for a conclusive verdict. */
const MAX_LOST_SHARE = 0.01;

/** Fields that determine a verdict over some hosts. */
type Limits = Pick<
  RuleSummary,
  'observed' | 'reasons' | 'inScope' | 'hostsSeen' | 'hostsNotVisible' | 'notVisibleShare' | 'accepted'
>;

/** The bytes of a host by quarter hour, its machines, and if it contacted a name of the rule without a connection. */
export type BytesOfHost = Pick<PolicySubject, 'identity' | 'identities' | 'activity' | 'isSighted'> & {
  readonly isQueriedAlone: boolean;
  readonly isUnanswered: boolean;
};

/**
 * Hosts of one rule: subjects in its scope at any time, and hosts that it may match by contested names or as
 * pseudonyms.
 */
export interface HostsOfRule {
  readonly subjects: readonly BytesOfHost[];
  readonly contested: readonly string[];
  readonly pseudonyms: readonly string[];
  /** Entries of the scope whose hosts had no traffic. */
  readonly notSeen: readonly string[];
}

/** `observed` and `hidden`: see `evaluate`. */
export function buildLimitFacts(
  policy: Policy,
  rule: Rule,
  { subjects, contested, pseudonyms, notSeen }: HostsOfRule,
  observed: Observed | null,
  hidden: HiddenTraffic | null,
): LimitFacts {
  const { span, reasons: ofTime } = findSpanInForce(rule, observed);
  const inForce = findTimeInForce(rule, observed);
  const hidings = new HiddenInTime(policy, rule, hidden);
  const hosts = subjects.map((subject) => sumBytes(policy, rule, subject, inForce, hidings));
  const inScope = observeScope(policy, rule.scope, [
    ...subjects.map(({ identity }) => identity.host),
    ...pseudonyms,
  ]);
  // True for the log of a gateway, which contains no traffic that does not pass it.
  const isBlind = (sensor: string): boolean => rule.via !== null && isLogOf(rule.via, sensor);
  const spans = observed?.spansOf(inScope, isBlind) ?? [];
  const cover = observed === null || span === null ? null : buildCover(spans, span);
  return {
    observed: buildObservedPart(span, cover, observed?.spansBySensor(inScope, isBlind) ?? []),
    span,
    spans: observed === null ? null : spans,
    ofTime,
    ofReading: observed === null ? [] : listReadingReasons(rule, observed),
    last: [
      ...(span === null || cover === null ? [] : listCoverReasons(span, cover, observed)),
      ...(observed === null || span === null
        ? []
        : [
            ...listLossReasons(observed, span, inScope),
            ...listFlawReasons(observed, span, inScope, (network) => mayInclude(policy, rule.scope, network)),
          ]),
      ...listEvidenceReasons(rule),
    ],
    withoutAccount: hidden?.withoutAccount.filter((start) => isWithin(start, inForce)) ?? [],
    hosts,
    unowned: hidings.host('', (start) => isWithin(start, inForce)),
    contested,
    pseudonyms,
    notSeen,
    policy: { accept: policy.accept, hiddenBytes: policy.hiddenBytes },
  };
}

export function findLimits(facts: LimitFacts): Limits {
  const { observed, span, ofTime, hosts, unowned, contested, pseudonyms, notSeen, policy } = facts;
  const { conflicts, oneWayHosts, tunnelled, unconnected, unanswered, unsized, lostShare, ...seen } =
    sumObservations(hosts);
  const { reasons: ofHidden, ...accepted } = listReasons(
    policy,
    unowned,
    hosts.map((account) => account.hidden),
  );
  const reasons: VerdictReason[] = [
    ...ofTime,
    ...facts.ofReading,
    ...(span === null || ofTime.length > 0
      ? []
      : [
          // It is unknown if pseudonyms are in scope, but their connections were observed, as were those without bytes.
          ...((hosts.length === 0 && pseudonyms.length > 0) || (unsized > 0 && seen.hostsSeen === 0)
            ? []
            : listHostReasons(seen, tunnelled, unownedShare(unowned, hosts))),
          ...ofHidden,
          ...listAccountReasons(facts.withoutAccount),
        ]),
    ...countReason('unsized', unsized),
    ...countReason('unconnected', seen.notVisibleShare === null ? unanswered : unconnected),
    ...(lostShare === 0 ? [] : [{ reason: 'loss', share: lostShare } as const]),
    ...countReason('oneWay', oneWayHosts),
    ...countReason('conflict', conflicts),
    // Pseudonyms may be these hosts, and without any host another reason applies.
    ...(notSeen.length === 0 || pseudonyms.length > 0 || seen.notVisibleShare === null || ofTime.length > 0
      ? []
      : [
          {
            reason: 'notSeen',
            ...(notSeen.includes(HIDDEN_ENTRY) ? {} : { detail: notSeen.join(', ') }),
          } as const,
        ]),
    ...countReason('contestedNames', contested.length),
    ...countReason('pseudonyms', pseudonyms.length),
    ...facts.last.filter(({ reason }) => reason !== 'loss' || lostShare === 0),
  ];
  return { observed, reasons, ...seen, ...accepted };
}

/** Returns the observed seconds of the verdict's time since an instant. */
export function observedSince({ span, spans }: LimitFacts, us: number): number {
  if (spans === null) return Number.POSITIVE_INFINITY;
  if (span === null || us >= span.untilUs) return 0;
  const { fromUs, untilUs } = span;
  return buildCover(spans, { fromUs: Math.max(fromUs, us), untilUs }).observedUs / US;
}

function buildObservedPart(
  span: TimeSpan | null,
  cover: ReturnType<typeof buildCover> | null,
  sensors: ReturnType<Observed['spansBySensor']>,
): RuleSummary['observed'] {
  if (span === null || cover === null || !Number.isFinite(span.fromUs + span.untilUs)) return null;
  const share = (us: number): number => us / (span.untilUs - span.fromUs);
  const own = sensors.map(({ sensor, spans }) => ({ sensor, us: buildCover(spans, span).observedUs }));
  return {
    since: formatInstant(span.fromUs),
    until: formatInstant(span.untilUs),
    // Rounded down, as the durations of texts are.
    seconds: Math.floor(cover.observedUs / US),
    share: share(cover.observedUs),
    // A silent sensor does not limit what the others observed of their hosts.
    ...(own.some(({ us }) => us > cover.observedUs)
      ? { sensors: own.map(({ sensor, us }) => ({ sensor, share: share(us) })) }
      : {}),
  };
}

/**
 * Returns the time in which use is a violation, within the requested span. A host with traffic was observed even during
 * a gap. Null if the time is unknown.
 */
function findTimeInForce(rule: Rule, observed: Observed | null): TimeSpan | null {
  const from = enforcedFrom(rule);
  if (from === null) return null;
  const since = observed?.sinceSeconds ?? Number.NEGATIVE_INFINITY;
  const until = observed?.untilSeconds ?? Number.POSITIVE_INFINITY;
  return {
    fromUs: Math.max(from, since) * US,
    untilUs: Math.min(rule.until ?? Number.POSITIVE_INFINITY, until) * US,
  };
}

/** Lists the machines of a host with traffic while use was a violation. */
export function listMachinesInForce(
  rule: Rule,
  subject: PolicySubject,
  observed: Observed | null,
): Set<HostIdentity> {
  const span = findTimeInForce(rule, observed);
  const inForce = subject.activity.filter(
    ({ startSeconds, bytes, isInside }) => bytes > 0 && !isInside && isWithin(startSeconds, span),
  );
  const machines = new Set(
    inForce.map(({ startSeconds }) => subject.identities?.get(startSeconds) ?? subject.identity),
  );
  if (inForce.length > 0)
    for (const machine of [...(subject.toolIdentities?.values() ?? []), subject.claimed])
      if (machine !== undefined) machines.add(machine);
  return machines;
}

/** Returns the first instant at which use is a violation; null: never. */
function enforcedFrom({ effective, graceUntil, until }: Rule): number | null {
  const from = graceUntil ?? effective ?? Number.NEGATIVE_INFINITY;
  return until !== null && until <= from ? null : from;
}

/** Returns the time of the verdict: in force after the grace period, within the data or the requested span. */
function findSpanInForce(
  rule: Rule,
  observed: Observed | null,
): { readonly span: TimeSpan | null; readonly reasons: readonly VerdictReason[] } {
  const enforced = enforcedFrom(rule);
  if (enforced === null) return { span: null, reasons: [{ reason: 'onlyGrace' }] };
  const fromUs = enforced * US;
  const untilUs = rule.until === null ? Number.POSITIVE_INFINITY : rule.until * US;
  if (observed === null) return { span: { fromUs, untilUs }, reasons: [] };
  const { whole } = observed;
  if (whole === null) return { span: null, reasons: [{ reason: 'noHosts' }] };
  const beginsUs = observed.sinceSeconds === null ? whole.fromUs : observed.sinceSeconds * US;
  const endsUs = observed.untilSeconds === null ? whole.untilUs : observed.untilSeconds * US;
  if (beginsUs >= endsUs) return { span: null, reasons: [{ reason: 'noHosts' }] };
  const effectiveUs = (rule.effective ?? Number.NEGATIVE_INFINITY) * US;
  if (endsUs <= effectiveUs) {
    return { span: null, reasons: [{ reason: 'notYetInForce', since: formatInstant(effectiveUs) }] };
  }
  if (endsUs <= fromUs)
    return { span: null, reasons: [{ reason: 'onlyGrace', until: formatInstant(fromUs) }] };
  if (beginsUs >= untilUs) {
    return { span: null, reasons: [{ reason: 'ended', since: formatInstant(untilUs) }] };
  }
  return { span: { fromUs: Math.max(fromUs, beginsUs), untilUs: Math.min(untilUs, endsUs) }, reasons: [] };
}

/**
 * Lists breaks in the time in force, and inputs of unknown time. An interrupted read leaves all time unknown, because
 * the inputs that were not read may be of any time.
 */
function listReadingReasons(rule: Rule, observed: Observed): VerdictReason[] {
  const fromUs = (enforcedFrom(rule) ?? Number.POSITIVE_INFINITY) * US;
  const untilUs = (rule.until ?? Number.POSITIVE_INFINITY) * US;
  const inForce = observed.breaks.filter(
    (gap) =>
      (gap.reason === 'interrupted' && observed.interrupted) ||
      (gap.fromUs < untilUs && (gap.untilUs === null || gap.untilUs > fromUs)),
  );
  const breaks = inForce
    .filter(({ reason }) => reason !== 'ignored')
    .map(
      (gap): VerdictReason => ({
        reason: gap.reason,
        since: formatInstant(gap.fromUs),
        until: gap.untilUs === null ? null : formatInstant(gap.untilUs),
      }),
    );
  const isReported = breaks.some(({ reason }) => reason === 'interrupted');
  return [
    ...(observed.down ?? []).map(
      ({ interface: name, sinceSeconds }): VerdictReason => ({
        reason: 'blind',
        since: formatInstant(sinceSeconds * US),
        detail: name,
      }),
    ),
    ...(observed.interrupted && !isReported ? [{ reason: 'interrupted' } as const] : []),
    ...breaks,
    ...(observed.unread.length === 0
      ? []
      : [{ reason: 'unread', detail: observed.unread.join(', ') } as const]),
    ...listIgnoredReasons(inForce, observed.ignored),
  ];
}

/** Joins breaks of such logs into one reason, because each window has a part of the time. */
function listIgnoredReasons(breaks: readonly Break[], logs: readonly string[]): VerdictReason[] {
  const ignored = breaks.filter(({ reason }) => reason === 'ignored');
  if (ignored.length + logs.length === 0) return [];
  const span = findHull(ignored.map(({ fromUs, untilUs }) => ({ fromUs, untilUs: untilUs ?? fromUs })));
  return [
    {
      reason: 'ignored',
      ...(span === null ? {} : { since: formatInstant(span.fromUs), until: formatInstant(span.untilUs) }),
      ...(logs.length === 0 ? {} : { detail: logs.join(', ') }),
    },
  ];
}

type Seen = Pick<RuleSummary, 'inScope' | 'hostsSeen' | 'hostsNotVisible' | 'notVisibleShare'>;

/** True for a quarter hour that overlaps the span. */
const isWithin = (startSeconds: number, span: TimeSpan | null): boolean =>
  span !== null && startSeconds * US + QUARTER_US > span.fromUs && startSeconds * US < span.untilUs;

function sumBytes(
  policy: Policy,
  rule: Rule,
  { identity, identities, activity, isSighted, isQueriedAlone, isUnanswered }: BytesOfHost,
  span: TimeSpan | null,
  hidings: HiddenInTime,
): HostBytes {
  let [bytes, notVisible, inside, conflicts, oneWay, tunnels, lost] = [0, 0, 0, 0, 0, 0, 0];
  let [isAnswered, isConnected, isQueried, isSeen] = [false, false, false, false];
  let [isUnsized, isUncounted] = [false, false];
  const mayBeRelayed =
    rule.action === 'deny' &&
    (rule.programs.size > 0 || rule === policy.otherTools) &&
    policy.attest.relays !== 'ignored';
  const isSelected = (start: number): boolean =>
    isWithin(start, span) && isInScope(policy, rule, identities?.get(start) ?? identity, start);
  for (const quarter of activity) {
    if (!isSelected(quarter.startSeconds)) continue;
    const accepted = hidings.accepted(identity.host, quarter.startSeconds);
    bytes += quarter.bytes;
    notVisible += Math.max(0, quarter.notVisibleBytes - accepted.all);
    conflicts += quarter.conflicts;
    oneWay += Math.max(0, quarter.oneWayBytes - accepted.oneWay);
    tunnels += Math.max(0, quarter.tunnelBytes - accepted.tunnels);
    inside += quarter.insideBytes;
    lost += quarter.lostBytes;
    isAnswered ||= quarter.isAnswered;
    isConnected ||= quarter.isConnected;
    isQueried ||= quarter.isQueried;
    isUncounted ||= quarter.isUncounted;
    isUnsized ||= mayBeRelayed && quarter.unsizedFlows > 0;
    isSeen ||= quarter.bytes > 0 && !quarter.isInside;
  }
  const hidden = hidings.host(identity.host, isSelected);
  const isUnconnected =
    isQueriedAlone || isUnanswered || (!isConnected && (isAnswered || (isQueried && bytes === 0)));
  // A mirror with an unknown encapsulation shows only traffic inside.
  if (!isSeen) bytes = 0;
  return {
    host: identity.host,
    ...omitUndefined({ isSighted }),
    bytes,
    notVisible,
    inside,
    conflicts,
    oneWay,
    tunnels,
    lost,
    isUnconnected,
    isUnanswered,
    isUnsized: isUnsized || (isUncounted && bytes === 0),
    hidden,
  };
}

/** Sums the observations of the hosts in scope in that time. */
function sumObservations(
  hosts: readonly HostBytes[],
): Seen &
  Readonly<
    Record<
      'conflicts' | 'oneWayHosts' | 'tunnelled' | 'unconnected' | 'unanswered' | 'unsized' | 'lostShare',
      number
    >
  > {
  const sums = {
    hostsSeen: 0,
    hostsNotVisible: 0,
    bytes: 0,
    notVisible: 0,
    conflicts: 0,
    oneWayHosts: 0,
    tunnelled: 0,
    unconnected: 0,
    unanswered: 0,
    unsized: 0,
    lostShare: 0,
  };
  const mostlyLost: number[] = [];
  for (const account of hosts) {
    const { bytes, notVisible, inside, conflicts, oneWay, tunnels, lost, isUnconnected } = account;
    if (account.isUnsized) sums.unsized++;
    sums.conflicts += conflicts;
    if (isUnconnected) sums.unconnected++;
    if (account.isUnanswered) sums.unanswered++;
    const share = lost < MIN_LOST_BYTES ? 0 : lost / (bytes + lost);
    if (share > MAX_LOST_SHARE) sums.lostShare = Math.max(sums.lostShare, share);
    if (oneWay > bytes * MAX_ONE_WAY_SHARE) sums.oneWayHosts++;
    if (bytes === 0) continue;
    sums.hostsSeen++;
    // Traffic that was not parsed does not hide use, except in tunnels with most of the bytes.
    const unparsed = tunnels * 2 > bytes ? Math.max(0, notVisible - tunnels) + inside : 0;
    const isTunnelled = tunnels + unparsed > bytes * MAX_TUNNELLED_SHARE;
    if (isTunnelled) sums.tunnelled++;
    // Unparsed traffic inside shows no use, so it must not reduce the hidden share of the rest.
    const shown = Math.max(notVisible, bytes - inside);
    if (isTunnelled || notVisible > shown * MAX_NOT_VISIBLE_SHARE) sums.hostsNotVisible++;
    // Few lost bytes are most of the traffic of a host that sent little.
    else if (notVisible + lost > shown * MAX_NOT_VISIBLE_SHARE) mostlyLost.push(lost / (bytes + lost));
    sums.bytes += shown;
    sums.notVisible += notVisible;
  }
  if (
    mostlyLost.length > 0 &&
    sums.hostsNotVisible + mostlyLost.length > sums.hostsSeen * MAX_NOT_VISIBLE_SHARE
  )
    sums.lostShare = Math.max(sums.lostShare, ...mostlyLost);
  const { bytes, notVisible, ...counts } = sums;
  return {
    ...counts,
    inScope: hosts.filter(({ isSighted }) => isSighted !== true).length,
    notVisibleShare: counts.hostsSeen === 0 ? null : notVisible / Math.max(1, bytes),
  };
}

const QUARTER_US = QUARTER_SECONDS * US;

/** Returns a reason with its number of hosts, flows or conflicts; none for 0. */
export const countReason = (reason: VerdictReason['reason'], count: number): VerdictReason[] =>
  count === 0 ? [] : [{ reason, detail: String(count) }];

/** Reports windows of earlier versions, which do not count hidden traffic. */
function listAccountReasons(starts: readonly number[]): VerdictReason[] {
  const [first] = starts;
  return first === undefined ? [] : [{ reason: 'noAccount', since: formatInstant(first * US) }];
}

/** Returns the share of hidden traffic without a local end, which may belong to any host. */
function unownedShare({ parts }: HiddenOfHost, hosts: readonly HostBytes[]): number {
  const hidden = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const all = hosts.reduce((sum, { bytes }) => sum + bytes, hidden);
  return all === 0 ? 0 : hidden / all;
}

function listHostReasons(
  { hostsSeen, hostsNotVisible, notVisibleShare }: Seen,
  tunnelled: number,
  unowned: number,
): VerdictReason[] {
  if (notVisibleShare === null) return [{ reason: 'noHosts' }];
  if (unowned > MAX_NOT_VISIBLE_SHARE) return [{ reason: 'notVisible', share: unowned }];
  if (notVisibleShare > MAX_NOT_VISIBLE_SHARE) return [{ reason: 'notVisible', share: notVisibleShare }];
  return tunnelled > 0 || hostsNotVisible / hostsSeen > MAX_NOT_VISIBLE_SHARE
    ? [{ reason: 'notVisible', share: notVisibleShare }]
    : [];
}

/** A record across a bound of the requested span may contain use in it, however short its unread part is. */
function listCoverReasons(
  span: TimeSpan,
  { observedUs, longest }: ReturnType<typeof buildCover>,
  observed: Observed | null,
): VerdictReason[] {
  const isCut =
    (observed?.isCutAtStart === true && span.fromUs === (observed.sinceSeconds ?? 0) * US) ||
    (observed?.isCutAtEnd === true && span.untilUs === (observed.untilSeconds ?? 0) * US);
  const share = observedUs / (span.untilUs - span.fromUs);
  const longestUs = longest === null ? 0 : longest.untilUs - longest.fromUs;
  if (longest === null || (share >= MIN_OBSERVED_SHARE && longestUs <= LONGEST_GAP_US && !isCut)) return [];
  return [
    {
      reason: 'unobserved',
      since: formatInstant(longest.fromUs),
      until: formatInstant(longest.untilUs),
      share: 1 - share,
    },
  ];
}

function listLossReasons(observed: Observed, span: TimeSpan, scope: ObservedScope): VerdictReason[] {
  const inSpan = observed.traffic.filter(({ startSeconds }) => isWithin(startSeconds, span));
  const share = lostShare(inSpan, observed, scope);
  return share > MAX_LOST_SHARE ? [{ reason: 'loss', share }] : [];
}

/** Flaws of the capture that may affect the packets of any host. */
const FLAWS_OF_VERDICTS = ['filtered', 'excluded', 'wrongLengths', 'wrongTimes'] as const;

function listFlawReasons(
  { traffic, sampled, sees }: Observed,
  span: TimeSpan,
  scope: ObservedScope,
  mayMean: (network: string) => boolean,
): VerdictReason[] {
  const inSpan = traffic.filter(({ startSeconds }) => isWithin(startSeconds, span));
  const found = new Set(inSpan.flatMap(({ flaws }) => flaws));
  const isLeftOut = [...new Set(inSpan.flatMap(({ excluded }) => excluded))].some(mayMean);
  return [
    ...(sampled.some((sensor) => sees(sensor, scope)) ? [{ reason: 'sampled' } as const] : []),
    ...FLAWS_OF_VERDICTS.filter((flaw) => found.has(flaw)).map((reason) => ({ reason })),
    ...(isLeftOut ? [{ reason: 'excludedLocal' } as const] : []),
  ];
}

function listEvidenceReasons({ unprovable, match }: Rule): VerdictReason[] {
  if ((match.services ?? match.mcp) !== undefined) return [{ reason: 'hiddenServices' }];
  if (unprovable === null) return [];
  const { isWhole, why, unmet } = unprovable;
  return [{ reason: isWhole ? 'evidence' : 'someEvidence', detail: why, unmet }];
}
