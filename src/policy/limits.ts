// What limits the verdict of a rule: when it was in force and what of that time, and of the hosts in it, was seen.

import type { Policy, Rule } from '../model/policy.ts';
import type { RuleSummary, VerdictReason } from '../model/report.ts';
import { formatInstant } from '../time/instant.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import { coverOf, type Observed, type Span } from './observed.ts';
import { scopeIncludes } from './scope.ts';
import type { PolicySubject } from './subjects.ts';

/** Of the time in force: below it a rule is not called kept … */
const LEAST_OBSERVED = 0.95;
/** … nor where so much of it at a stretch was not observed: time enough for a piece of work. */
const LONGEST_GAP_US = 3600 * US;
/** Above this share, of bytes or of hosts, nothing is said of what could not be looked into. */
const MOST_NOT_VISIBLE = 0.5;
/** Above this share of lost packets estimates are withheld, and so is a verdict. */
const MOST_LOST = 0.01;

export interface Limits
  extends Pick<RuleSummary, 'observed' | 'reasons' | 'inScope' | 'hostsSeen' | 'hostsDark' | 'darkShare'> {}

/** `subjects` are those that the scope means at any time. */
export function limitsOf(
  policy: Policy,
  rule: Rule,
  subjects: readonly PolicySubject[],
  observed: Observed | null,
): Limits {
  const { span, reasons: ofTime } = spanInForce(rule, observed);
  const seen = whatWasSeen(policy, rule, subjects, span);
  const cover = observed === null || span === null ? null : coverOf(observed, span);
  const reasons = [
    ...ofTime,
    ...(observed === null ? [] : ofReading(rule, observed)),
    ...(span === null || ofTime.length > 0 ? [] : ofHosts(seen)),
    ...(span === null || cover === null ? [] : ofCover(span, cover)),
    ...(observed === null || span === null ? [] : ofLoss(observed, span)),
    ...ofEvidence(rule),
  ];
  return {
    observed:
      span === null || cover === null || !Number.isFinite(span.fromUs + span.untilUs)
        ? null
        : {
            since: formatInstant(span.fromUs),
            until: formatInstant(span.untilUs),
            seconds: Math.round(cover.observedUs / US),
            share: cover.observedUs / (span.untilUs - span.fromUs),
          },
    reasons,
    ...seen,
  };
}

/** From where on use is a violation; null: it never is. */
function enforcedFrom({ effective, graceUntil, until }: Rule): number | null {
  const from = graceUntil ?? effective ?? Number.NEGATIVE_INFINITY;
  return until !== null && until <= from ? null : from;
}

/** The time that the verdict is about: in force, after grace, and inside what was read or asked for. */
function spanInForce(
  rule: Rule,
  observed: Observed | null,
): { readonly span: Span | null; readonly reasons: readonly VerdictReason[] } {
  const enforced = enforcedFrom(rule);
  if (enforced === null) return { span: null, reasons: [{ reason: 'onlyGrace' }] };
  const fromUs = enforced * US;
  const untilUs = rule.until === null ? Number.POSITIVE_INFINITY : rule.until * US;
  if (observed === null) return { span: { fromUs, untilUs }, reasons: [] };
  const [first, last] = [observed.spans[0], observed.spans.at(-1)];
  if (first === undefined || last === undefined) return { span: null, reasons: [{ reason: 'noHosts' }] };
  const beginsUs = observed.sinceSeconds === null ? first.fromUs : observed.sinceSeconds * US;
  const endsUs = observed.untilSeconds === null ? last.untilUs : observed.untilSeconds * US;
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
 * Breaks inside the time in force, and inputs of which nobody knows of what time they were. A reading that somebody
 * ended says nothing of any time: inputs that were not begun may be of all of it.
 */
function ofReading(rule: Rule, observed: Observed): VerdictReason[] {
  const fromUs = (enforcedFrom(rule) ?? Number.POSITIVE_INFINITY) * US;
  const untilUs = (rule.until ?? Number.POSITIVE_INFINITY) * US;
  const breaks = observed.breaks
    .filter(
      (gap) =>
        (gap.reason === 'interrupted' && observed.interrupted) ||
        (gap.fromUs < untilUs && (gap.untilUs === null || gap.untilUs > fromUs)),
    )
    .map(
      (gap): VerdictReason => ({
        reason: gap.reason,
        since: formatInstant(gap.fromUs),
        until: gap.untilUs === null ? null : formatInstant(gap.untilUs),
      }),
    );
  const isTold = breaks.some(({ reason }) => reason === 'interrupted');
  return [
    ...(observed.interrupted && !isTold ? [{ reason: 'interrupted' } as const] : []),
    ...breaks,
    ...(observed.unread.length === 0
      ? []
      : [{ reason: 'unread', detail: observed.unread.join(', ') } as const]),
  ];
}

type Seen = Pick<RuleSummary, 'inScope' | 'hostsSeen' | 'hostsDark' | 'darkShare'>;

/** What the sensor saw of the hosts in scope in that time. */
function whatWasSeen(
  policy: Policy,
  rule: Rule,
  subjects: readonly PolicySubject[],
  span: Span | null,
): Seen {
  const sums = { hostsSeen: 0, hostsDark: 0, bytes: 0, notVisible: 0 };
  for (const { identity, identities, activity } of subjects) {
    let [bytes, notVisible] = [0, 0];
    for (const quarter of activity) {
      const at = quarter.startSeconds * US;
      if (span === null || at + QUARTER_US <= span.fromUs || at >= span.untilUs) continue;
      if (!scopeIncludes(policy, rule.scope, identities?.get(quarter.startSeconds) ?? identity)) continue;
      bytes += quarter.bytes;
      notVisible += quarter.notVisibleBytes;
    }
    if (bytes === 0) continue;
    sums.hostsSeen++;
    if (notVisible / bytes > MOST_NOT_VISIBLE) sums.hostsDark++;
    sums.bytes += bytes;
    sums.notVisible += notVisible;
  }
  return {
    inScope: subjects.length,
    hostsSeen: sums.hostsSeen,
    hostsDark: sums.hostsDark,
    darkShare: sums.bytes === 0 ? null : sums.notVisible / sums.bytes,
  };
}

const QUARTER_US = QUARTER_SECONDS * US;

function ofHosts({ hostsSeen, hostsDark, darkShare }: Seen): VerdictReason[] {
  if (darkShare === null) return [{ reason: 'noHosts' }];
  if (darkShare > MOST_NOT_VISIBLE) return [{ reason: 'dark', share: darkShare }];
  return hostsDark / hostsSeen > MOST_NOT_VISIBLE ? [{ reason: 'dark', share: darkShare }] : [];
}

function ofCover(span: Span, { observedUs, longest }: ReturnType<typeof coverOf>): VerdictReason[] {
  const share = observedUs / (span.untilUs - span.fromUs);
  const longestUs = longest === null ? 0 : longest.untilUs - longest.fromUs;
  if (longest === null || (share >= LEAST_OBSERVED && longestUs <= LONGEST_GAP_US)) return [];
  return [
    {
      reason: 'unobserved',
      since: formatInstant(longest.fromUs),
      until: formatInstant(longest.untilUs),
      share: 1 - share,
    },
  ];
}

function ofLoss({ traffic }: Observed, span: Span): VerdictReason[] {
  let [packets, drops] = [0, 0];
  for (const window of traffic) {
    const at = window.startSeconds * US;
    if (at + QUARTER_US <= span.fromUs || at >= span.untilUs) continue;
    packets += window.packets;
    drops += window.kernelDrops;
  }
  const share = drops === 0 ? 0 : drops / (packets + drops);
  return share > MOST_LOST ? [{ reason: 'loss', share }] : [];
}

function ofEvidence({ unprovable }: Rule): VerdictReason[] {
  if (unprovable === null) return [];
  return [{ reason: unprovable.isWhole ? 'evidence' : 'someEvidence', detail: unprovable.why }];
}
