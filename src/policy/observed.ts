// Observed time, derived from windows with their gaps: the basis of verdicts.

import type { InterfaceDown } from '../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { type TimestampUs, US } from '../time/units.ts';

/** Between two captures: rotation takes milliseconds, a quiet network seconds. A gap that a sensor reports counts. */
const JOIN_US = 60 * US;

/** Half-open. */
export interface ObservedSpan {
  readonly fromUs: TimestampUs;
  readonly untilUs: TimestampUs;
}

/** Where reading ended before its input did. */
export interface Break {
  readonly reason: 'cut' | 'interrupted';
  readonly fromUs: TimestampUs;
  /** Null: unknown. */
  readonly untilUs: TimestampUs | null;
}

/** Facts of the read in addition to its windows. */
export interface ReadingFacts {
  readonly interrupted: boolean;
  /** Inputs, or parts of them, of unknown time. */
  readonly unread: readonly string[];
  /** Interfaces of a live sensor that are down; absent where none is. */
  readonly down?: readonly InterfaceDown[];
  /** The requested span in Unix seconds; null: all data. */
  readonly sinceSeconds: number | null;
  readonly untilSeconds: number | null;
}

export interface Observed extends ReadingFacts {
  /** Sorted, and none touches another. */
  readonly spans: readonly ObservedSpan[];
  /** From the first window to the end of the last, or of a subsequent gap; null without any. */
  readonly whole: ObservedSpan | null;
  readonly breaks: readonly Break[];
  /** Packets of the windows, and losses. */
  readonly traffic: readonly {
    readonly startSeconds: number;
    readonly packets: number;
    readonly kernelDrops: number;
  }[];
}

/**
 * A sensor observes from its first to its last packet (a live one: from its first to its last window), without its
 * gaps; one of several sensors suffices, unless one of a fleet was silent or its windows were lost.
 * `around`: all known windows, where `windows` are those of a span.
 */
export function observedOf(
  windows: readonly UsageWindow[],
  reading: ReadingFacts,
  around: readonly UsageWindow[] = windows,
): Observed {
  const sensors = new Map<string, UsageWindow[]>();
  const known = new Set([...around, ...windows]);
  for (const window of known) {
    const ofSensor = sensors.get(window.sensor);
    if (ofSensor === undefined) sensors.set(window.sensor, [window]);
    else ofSensor.push(window);
  }
  const gaps = [...known].flatMap((window) => window.gaps ?? []);
  const seen = joinedSpans([...sensors.values()].flatMap(spansOfSensor), gaps);
  // In a fleet each sensor covers traffic that no other one sees.
  const unseen = gaps.filter(({ reason }) => reason === 'silent' || reason === 'givenUp');
  const holes = unseen.map(({ fromUs, toUs }) => ({ fromUs, untilUs: toUs }));
  return {
    ...reading,
    spans: withoutAny(seen, holes),
    whole: wholeOf([...sensors.values()].map(edgesOf), gaps),
    breaks: gaps
      .flatMap(({ reason, fromUs, toUs }) =>
        reason === 'cut' || reason === 'interrupted'
          ? [{ reason, fromUs, untilUs: toUs > fromUs ? toUs : null }]
          : [],
      )
      .filter((gap) => concernsSpan(gap, reading))
      .sort((a, b) => a.fromUs - b.fromUs || compareText(a.reason, b.reason)),
    traffic: windows.map(({ startSeconds, stats }) => ({
      startSeconds,
      packets: stats.packets,
      kernelDrops: stats.kernelDrops,
    })),
  };
}

/** True for a break that overlaps the requested span. */
function concernsSpan({ fromUs, untilUs }: Break, { sinceSeconds, untilSeconds }: ReadingFacts): boolean {
  if (untilSeconds !== null && fromUs >= untilSeconds * US) return false;
  return sinceSeconds === null || untilUs === null || untilUs > sinceSeconds * US;
}

/** From its first packet to its last one; without packets, by its windows. */
function edgesOf(windows: readonly UsageWindow[]): ObservedSpan {
  const first = windows.reduce((least, window) =>
    window.startSeconds < least.startSeconds ? window : least,
  );
  const last = windows.reduce((most, window) => (endOf(window) > endOf(most) ? window : most));
  let fromUs = Number.POSITIVE_INFINITY;
  for (const host of first.hosts) fromUs = Math.min(fromUs, host.firstUs);
  let lastUs = Number.NEGATIVE_INFINITY;
  for (const host of last.hosts) lastUs = Math.max(lastUs, host.lastUs);
  return {
    fromUs: Number.isFinite(fromUs) ? fromUs : first.startSeconds * US,
    untilUs: Number.isFinite(lastUs) ? Math.min(lastUs + 1, endOf(last)) : endOf(last),
  };
}

function spansOfSensor(windows: readonly UsageWindow[]): ObservedSpan[] {
  const gaps = windows.flatMap((window) => window.gaps ?? []);
  return withoutAny(
    [edgesOf(windows)],
    gaps.map(({ fromUs: from, toUs }) => ({ fromUs: from, untilUs: toUs })),
  );
}

/** A gap at the end does not shorten the requested time: nothing was observed in it. */
function wholeOf(edges: readonly ObservedSpan[], gaps: readonly CaptureGap[]): ObservedSpan | null {
  if (edges.length === 0) return null;
  const blind = gaps.filter(({ reason }) => isSensors(reason));
  return {
    fromUs: Math.min(...edges.map(({ fromUs }) => fromUs), ...blind.map(({ fromUs }) => fromUs)),
    untilUs: Math.max(...edges.map(({ untilUs }) => untilUs), ...blind.map(({ toUs }) => toUs)),
  };
}

/** Gaps reported by a sensor; those between captures and after truncated ones are derived from packets. */
const isSensors = (reason: CaptureGap['reason']): boolean =>
  reason === 'interfaceDown' || reason === 'notRunning' || reason === 'silent' || reason === 'givenUp';

/** Spans closer than a rotation are joined, unless a sensor reports a gap in between. */
function joinedSpans(spans: readonly ObservedSpan[], gaps: readonly CaptureGap[]): ObservedSpan[] {
  const reported = gaps.filter(({ reason }) => isSensors(reason)).sort((a, b) => a.fromUs - b.fromUs);
  let at = 0;
  // Latest end of the gaps that begin before the current span.
  let reportedUs = Number.NEGATIVE_INFINITY;
  const joined: ObservedSpan[] = [];
  for (const span of union(spans, 0)) {
    const last = joined.at(-1);
    const isNear = last !== undefined && span.fromUs - last.untilUs <= JOIN_US;
    for (let gap = reported[at]; gap !== undefined && gap.fromUs < span.fromUs; gap = reported[++at])
      reportedUs = Math.max(reportedUs, gap.toUs);
    const isReported = last !== undefined && reportedUs > last.untilUs;
    if (last !== undefined && isNear && !isReported)
      joined[joined.length - 1] = { fromUs: last.fromUs, untilUs: span.untilUs };
    else joined.push(span);
  }
  return joined;
}

const endOf = (window: UsageWindow): number => (window.startSeconds + window.lengthSeconds) * US;

/** Joins spans that overlap or are no further apart than `apartUs`. */
function union(spans: readonly ObservedSpan[], apartUs: number): ObservedSpan[] {
  const joined: ObservedSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = joined.at(-1);
    if (last === undefined || span.fromUs - last.untilUs > apartUs) joined.push(span);
    else if (span.untilUs > last.untilUs)
      joined[joined.length - 1] = { fromUs: last.fromUs, untilUs: span.untilUs };
  }
  return joined;
}

/** `spans` are sorted, and none touches another. */
function withoutAny(spans: readonly ObservedSpan[], holes: readonly ObservedSpan[]): ObservedSpan[] {
  const sorted = union(holes, 0);
  const left: ObservedSpan[] = [];
  let next = 0;
  for (const { fromUs: begin, untilUs } of spans) {
    let fromUs = begin;
    for (let hole = sorted[next]; hole !== undefined && hole.fromUs < untilUs; hole = sorted[next]) {
      if (hole.fromUs > fromUs) left.push({ fromUs, untilUs: hole.fromUs });
      fromUs = Math.max(fromUs, hole.untilUs);
      // The next span may overlap the same gap.
      if (hole.untilUs > untilUs) break;
      next++;
    }
    if (fromUs < untilUs) left.push({ fromUs, untilUs });
  }
  return left.filter((span) => span.untilUs > span.fromUs);
}

/** What of a span was observed, and the longest part of it that was not. */
export function coverOf(
  { spans }: Observed,
  span: ObservedSpan,
): { readonly observedUs: number; readonly longest: ObservedSpan | null } {
  let observedUs = 0;
  let longest: ObservedSpan | null = null;
  let fromUs = span.fromUs;
  const note = (untilUs: number): void => {
    const length = longest === null ? 0 : longest.untilUs - longest.fromUs;
    if (untilUs - fromUs > length) longest = { fromUs, untilUs };
  };
  for (const each of spans) {
    if (each.untilUs <= span.fromUs || each.fromUs >= span.untilUs) continue;
    const part = {
      fromUs: Math.max(each.fromUs, span.fromUs),
      untilUs: Math.min(each.untilUs, span.untilUs),
    };
    note(part.fromUs);
    observedUs += part.untilUs - part.fromUs;
    fromUs = part.untilUs;
  }
  note(span.untilUs);
  return { observedUs, longest };
}
