// Completes the windows of one product after all available rows were collected.

import { MAX_DISTANCE_US } from '../../model/ceilings.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { AnalyzeOptions } from '../../model/sensor.ts';
import type { CaptureGap, HostTotals, UsageWindow } from '../../model/usage.ts';
import type { TimeSpan } from '../../time/spans.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import { unionFlaws, unionGaps } from '../../window/sums.ts';
import type { Aggregator } from '../collector/aggregator.ts';
import { finishedWindows } from '../end-of-reading.ts';
import { NO_COUNTERS } from '../threads/sum-counters.ts';
import type { LogCollector } from './collect.ts';
import { type CountedLog, hasTimes, ignoredTimes } from './gaps.ts';
import { LogFilter } from './log-filter.ts';
import { isUpload } from './unseen.ts';

interface Finishing {
  readonly sensor: string;
  readonly revision: number;
  /** Lines that were not read, by format and reason. */
  readonly malformed: Readonly<Record<string, number>>;
  readonly gaps: readonly CaptureGap[];
  readonly logs: readonly CountedLog[];
}

/** Must be called after the collector has finished. */
export function finishWindows(
  aggregator: Aggregator,
  collector: LogCollector,
  { sensor, revision, malformed, gaps, logs }: Finishing,
): UsageWindow[] {
  const { packets, bytes, flows, hellos, lastUs, drops, users, isSampled } = collector;
  const counters = { ...NO_COUNTERS, packets, bytes, flows, hellosComplete: hellos, malformed };
  const finished = aggregator.finish(sensor, revision, counters, lastUs);
  const named = users?.addTo(finished) ?? finished;
  const marked = isSampled ? named.map(withSampling) : named;
  const timed = withTimes(marked.map(withUploads), logs);
  return withIgnored(finishedWindows(timed, gaps, drops), ignoredTimes(logs));
}

const withSampling = (window: UsageWindow): UsageWindow => ({
  ...window,
  ...unionFlaws([window, { flaws: ['sampled'] }]),
});

/** Adds uploads. A host may send much more to unlisted names than it receives over several connections. */
function withUploads(window: UsageWindow): UsageWindow {
  const listed = groupBy(window.rows, ({ host }) => host);
  const addRelay = (totals: HostTotals): HostTotals => {
    const { host, bytesUp, notVisible, firstUs, lastUs } = totals;
    if (!isUpload(bytesUp, 0) || notVisible.some(({ kind }) => kind === 'relay' || kind === 'unsized'))
      return totals;
    const rows = listed.get(host) ?? [];
    const lessRows = (field: 'bytesUp' | 'bytesDown' | 'flows'): number =>
      rows.reduce((left, row) => left - row[field], totals[field]);
    const up = notVisible.reduce((left, { bytes }) => left - bytes, lessRows('bytesUp'));
    const down = lessRows('bytesDown');
    if (!isUpload(up, down)) return totals;
    const sums = { flows: lessRows('flows'), bytes: up + down, firstUs, lastUs };
    return { ...totals, notVisible: [...notVisible, { kind: 'relay', hint: 'unknown', ...sums }] };
  };
  // A list of hosts that is computed while it is read takes no memory, so that it stays where no host changes.
  return window.hosts.some((totals) => addRelay(totals) !== totals)
    ? { ...window, hosts: window.hosts.map(addRelay) }
    : window;
}

/**
 * Sets observed times. Between the first and the last row of a log silence was observed, so a window reaches back to
 * the previous one.
 */
function withTimes(windows: readonly UsageWindow[], logs: readonly CountedLog[]): UsageWindow[] {
  const written = { fromUs: Number.POSITIVE_INFINITY, untilUs: Number.NEGATIVE_INFINITY };
  for (const { span } of logs.filter(hasTimes)) {
    written.fromUs = Math.min(written.fromUs, span.firstUs);
    written.untilUs = Math.max(written.untilUs, span.lastUs + 1);
  }
  return windows.map((window, i) => {
    const startUs = window.startSeconds * US;
    const endUs = startUs + window.lengthSeconds * US;
    const before = windows[i - 1];
    const fromUs =
      before === undefined
        ? Math.min(written.fromUs, firstIn(window, endUs))
        : (before.startSeconds + before.lengthSeconds) * US;
    const untilUs = i < windows.length - 1 ? endUs : Math.max(written.untilUs, lastIn(window, startUs));
    const heard = [Math.max(fromUs, startUs - MAX_DISTANCE_US), Math.min(untilUs, endUs)];
    return { ...window, heard };
  });
}

/** Marks each window of a log that was not understood, because a reader of some windows has no other sign. */
export function withIgnored(windows: readonly UsageWindow[], ignored: readonly TimeSpan[]): UsageWindow[] {
  if (ignored.length === 0) return [...windows];
  return windows.map((window) => {
    const { heard = [] } = window;
    const [fromUs = window.startSeconds * US, toUs = fromUs] = [heard[0], heard.at(-1)];
    if (!ignored.some((span) => span.fromUs < Math.max(toUs, fromUs + 1) && span.untilUs > fromUs))
      return window;
    return { ...window, ...unionGaps([window, { gaps: [{ fromUs, toUs, reason: 'logIgnored' }] }]) };
  });
}

const firstIn = ({ hosts }: UsageWindow, endUs: TimestampUs): TimestampUs =>
  hosts.map(({ firstUs }) => firstUs).reduce((least, us) => Math.min(least, us), endUs);

const lastIn = ({ hosts }: UsageWindow, startUs: TimestampUs): TimestampUs =>
  hosts.map(({ lastUs }) => lastUs + 1).reduce((most, us) => Math.max(most, us), startUs);

export const buildFilter = ({
  lookup,
  localNets = [],
  exclude = [],
  watchlist,
}: Pick<AnalyzeOptions, 'lookup' | 'localNets' | 'exclude' | 'watchlist'>): LogFilter =>
  new LogFilter({ lookup, localNets, watchlist, exclude, userAgents: watchlist.userAgents });

/** Returns counts in the order of their names. */
export const buildCounts = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
