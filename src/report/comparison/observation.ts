// Determines how much of a document's span was observed, which limits its comparisons.

import type { ComparedSpan, ComparisonLimit, ReportDocument } from '../../model/report.ts';
import { DERIVED_SENSOR_NAME } from '../../model/sensor.ts';
import { parseInstant } from '../../time/instant.ts';
import { spansWithout, type TimeSpan, uniteSpans } from '../../time/spans.ts';
import { US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { isWeekend, nextDay, unixSeconds } from '../text/instant-text.ts';
import { notVisibleShare } from '../text/not-visible-text.ts';

/** Returns null for a document without a span: no windows are kept for it. */
export function findObservation(document: ReportDocument, zone: Zone): ComparedSpan | null {
  const { since, until } = document.period;
  if (since === null || until === null) return null;
  const span = { fromUs: parseInstant(since), untilUs: parseInstant(until) };
  const { packets, kernelDrops } = document.stats;
  return {
    since,
    until,
    ...observedSeconds(document, span, zone),
    sensors: (document.observedBy ?? []).map(({ sensor }) => sensor),
    hosts: document.hosts.filter(({ presence }) => presence.length > 0).length,
    lossShare: kernelDrops === 0 ? 0 : kernelDrops / (packets + kernelDrops),
    notVisibleShare: notVisibleShare(document),
  };
}

export function observedSeconds(when: ObservedTime, span: TimeSpan, zone: Zone): Observed {
  const seen = observedSpans(when, span, zone);
  return {
    seconds: (span.untilUs - span.fromUs) / US,
    observedSeconds: Math.round(seen.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0) / US),
  };
}

/** The times at which sensors observed. */
export type ObservedTime = Pick<ReportDocument, 'coverage' | 'observedBy'>;

/**
 * Lists observed spans. A sensor observes from its first window to the end of its last. A gap of any sensor counts for
 * all, because it is unknown what only this sensor would have seen. A day without any window counts as a gap too.
 */
export function observedSpans(when: ObservedTime, span: TimeSpan, zone: Zone): TimeSpan[] {
  const seen = uniteSpans(
    (when.observedBy ?? []).map(({ first, last }) => ({
      fromUs: Math.max(span.fromUs, parseInstant(first)),
      untilUs: Math.min(span.untilUs, parseInstant(last)),
    })),
  );
  const gaps = when.coverage.flatMap(({ gaps: all }) =>
    all.flatMap(({ from, to }) =>
      to === null ? [] : [{ fromUs: parseInstant(from), untilUs: parseInstant(to) }],
    ),
  );
  return spansWithout(seen, [...gaps, ...listDaysWithout(when, zone)]);
}

/** Lists runs of days without windows between days that have some. */
function listDaysWithout({ coverage }: ObservedTime, zone: Zone): TimeSpan[] {
  const seen = coverage.map(({ date }) => date);
  return seen.slice(1).flatMap((date, i) => {
    const from = nextDay(seen[i] ?? date);
    return from >= date ? [] : [{ fromUs: zone.startOfDay(from) * US, untilUs: zone.startOfDay(date) * US }];
  });
}

// Finds the reasons that prevent or limit a comparison. All are reported, because an apparent change of use may be a
// gap in the observation.

/** Minimum observed share of a span for a comparison. */
const MIN_OBSERVED_SHARE = 0.5;
/** Below this observed share, the share is reported. */
const WHOLE = 0.995;
/** Above this share of lost packets, estimates are withheld elsewhere too. */
const MAX_LOST = 0.01;
/** Spans of whole days differ by an hour if clocks change. */
const SAME_LENGTH_SECONDS = 2 * 3600;
/** Above this increase of the hidden share, a tool's traffic may have become hidden. */
const MUCH_MORE_HIDDEN = 0.05;
/** Maximum days whose weekends are counted. The weekends of longer spans are balanced. */
const MAX_DAYS = 400;

export interface Side {
  readonly document: ReportDocument;
  readonly span: ComparedSpan;
}

type Which = 'before' | 'after';

export function listLimits(before: Side, after: Side, zone: Zone): ComparisonLimit[] {
  return [
    ...limitsOfSide('before', before),
    ...limitsOfSide('after', after),
    ...limitsOfSensors(before, after),
    ...limitsOfLength(before, after, zone),
    ...limitsOfNotVisible(before, after),
    ...limitsOfRules('before', before),
    ...limitsOfRules('after', after),
  ];
}

const observedShare = ({ seconds, observedSeconds }: Observed): number =>
  seconds <= 0 ? 0 : Math.min(1, observedSeconds / seconds);

type Observed = Pick<ComparedSpan, 'seconds' | 'observedSeconds'>;

/** True if enough of a span was observed for a comparison. */
export const isObserved = (span: Observed): boolean => observedShare(span) >= MIN_OBSERVED_SHARE;

function limitsOfSide(span: Which, side: Side): ComparisonLimit[] {
  const { document } = side;
  const limits: ComparisonLimit[] = [];
  const share = 1 - observedShare(side.span);
  if (!isObserved(side.span)) limits.push({ limit: 'notObserved', span, share });
  else if (1 - share < WHOLE) limits.push({ limit: 'partly', span, share });
  if (document.coverage.some(({ gaps }) => gaps.some(({ to }) => to === null)))
    limits.push({ limit: 'openGap', span });
  const silent = (document.sensors ?? []).filter((sensor) => sensor.silent.length > 0);
  if (silent.length > 0) limits.push({ limit: 'silent', span, names: silent.map(({ sensor }) => sensor) });
  if (document.interrupted === true || document.incomplete !== undefined)
    limits.push({ limit: 'incomplete', span });
  if (side.span.lossShare > MAX_LOST) limits.push({ limit: 'loss', span, share: side.span.lossShare });
  return limits;
}

function limitsOfSensors(before: Side, after: Side): ComparisonLimit[] {
  const [old, now] = [before.span.sensors, after.span.sensors];
  const only = (span: Which, these: readonly string[], others: readonly string[]): ComparisonLimit[] => {
    const names = these.filter((sensor) => !others.includes(sensor) && !DERIVED_SENSOR_NAME.test(sensor));
    return names.length === 0 ? [] : [{ limit: 'sensors', span, names }];
  };
  if (old.length === 0 || now.length === 0) return [];
  return [...only('before', old, now), ...only('after', now, old)];
}

function limitsOfLength(before: Side, after: Side, zone: Zone): ComparisonLimit[] {
  const apart = Math.abs(before.span.seconds - after.span.seconds);
  if (apart > SAME_LENGTH_SECONDS) return [{ limit: 'length', span: null }];
  const [old, now] = [countWeekends(before.span, zone), countWeekends(after.span, zone)];
  return old === now ? [] : [{ limit: 'weekend', span: null }];
}

function countWeekends({ since, until }: ComparedSpan, zone: Zone): number | null {
  let day = zone.dayOf(unixSeconds(since));
  const last = zone.dayOf(unixSeconds(until) - 1);
  let count = 0;
  for (let i = 0; day <= last; i++) {
    if (i >= MAX_DAYS) return null;
    if (isWeekend(day)) count++;
    day = nextDay(day);
  }
  return count;
}

function limitsOfNotVisible(before: Side, after: Side): ComparisonLimit[] {
  const more = after.span.notVisibleShare - before.span.notVisibleShare;
  if (Math.abs(more) < MUCH_MORE_HIDDEN) return [];
  return [{ limit: 'notVisible', span: more > 0 ? 'after' : 'before', share: Math.abs(more) }];
}

/**
 * Lists rules that were not in force. Before a rule and in its grace period nothing violates it, so a rise from zero
 * would be caused by the rule.
 */
function limitsOfRules(span: Which, { document, span: { since, until } }: Side): ComparisonLimit[] {
  const [from, to] = [unixSeconds(since), unixSeconds(until)];
  const names = (document.policy?.rules ?? [])
    .filter(({ action, effective, graceUntil }) => {
      const begins = graceUntil ?? effective;
      return action !== 'observe' && begins !== null && unixSeconds(begins) > from && from < to;
    })
    .map(({ id }) => id);
  return names.length === 0 ? [] : [{ limit: 'rule', span, names }];
}
