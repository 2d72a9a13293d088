// How much of a document's span was observed: what a comparison may rest on.

import type { ComparedSpan, ReportDocument } from '../../model/report.ts';
import { parseInstant } from '../../time/instant.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { darkShare } from '../text/blind-spots.ts';
import { nextDay } from '../text/instant.ts';

interface Stretch {
  readonly fromUs: TimestampUs;
  readonly untilUs: TimestampUs;
}

/** Null for a document without a span: nothing is kept of it. */
export function observationOf(document: ReportDocument, zone: Zone): ComparedSpan | null {
  const { since, until } = document.period;
  if (since === null || until === null) return null;
  const span = { fromUs: parseInstant(since), untilUs: parseInstant(until) };
  const { packets, kernelDrops } = document.stats;
  const seen = observedStretches(document, span, zone);
  return {
    since,
    until,
    seconds: (span.untilUs - span.fromUs) / US,
    observedSeconds: Math.round(seen.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0) / US),
    sensors: (document.observedBy ?? []).map(({ sensor }) => sensor),
    hosts: document.hosts.filter(({ presence }) => presence.length > 0).length,
    lossShare: kernelDrops === 0 ? 0 : kernelDrops / (packets + kernelDrops),
    notVisibleShare: darkShare(document),
  };
}

/**
 * A sensor sees from its first window to the end of its last; a gap of any of them counts for all, since it is unknown what
 * it alone would have seen, and so does a day on which none has a window.
 */
function observedStretches(document: ReportDocument, span: Stretch, zone: Zone): Stretch[] {
  const seen = joined(
    (document.observedBy ?? []).map(({ first, last }) => ({
      fromUs: Math.max(span.fromUs, parseInstant(first)),
      untilUs: Math.min(span.untilUs, parseInstant(last)),
    })),
  );
  const gaps = document.coverage.flatMap(({ gaps: all }) =>
    all.flatMap(({ from, to }) =>
      to === null ? [] : [{ fromUs: parseInstant(from), untilUs: parseInstant(to) }],
    ),
  );
  const holes = joined([...gaps, ...daysWithout(document, zone)]);
  return seen.flatMap((stretch) => without(stretch, holes));
}

/** Between days with windows: stretches of days that have none. */
function daysWithout({ coverage }: ReportDocument, zone: Zone): Stretch[] {
  const seen = coverage.map(({ date }) => date);
  return seen.slice(1).flatMap((date, i) => {
    const from = nextDay(seen[i] ?? date);
    return from >= date ? [] : [{ fromUs: zone.startOfDay(from) * US, untilUs: zone.startOfDay(date) * US }];
  });
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = all.at(-1);
    if (last === undefined || stretch.fromUs > last.untilUs) all.push(stretch);
    else if (stretch.untilUs > last.untilUs)
      all[all.length - 1] = { fromUs: last.fromUs, untilUs: stretch.untilUs };
  }
  return all;
}

function without(whole: Stretch, holes: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = [];
  let { fromUs } = whole;
  for (const hole of holes) {
    left.push({ fromUs, untilUs: Math.min(hole.fromUs, whole.untilUs) });
    fromUs = Math.max(fromUs, hole.untilUs);
  }
  left.push({ fromUs, untilUs: whole.untilUs });
  return left.filter((stretch) => stretch.untilUs > stretch.fromUs);
}
