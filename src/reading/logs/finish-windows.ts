// The windows of one product, once all of its rows that are known have been collected.

import type { AnalyzeOptions } from '../../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../../model/usage.ts';
import { addDrops } from '../../window/drops.ts';
import { joinDualStack } from '../../window/dual-stack.ts';
import { addGaps } from '../../window/gaps.ts';
import type { Aggregator } from '../collector/aggregator.ts';
import { NO_COUNTERS } from '../threads/sum-counters.ts';
import type { LogCollector } from './collect.ts';
import { LogFilter } from './log-filter.ts';

interface Finishing {
  readonly sensor: string;
  readonly revision: number;
  /** Lines that were not read, by format and reason. */
  readonly malformed: Readonly<Record<string, number>>;
  readonly gaps: readonly CaptureGap[];
}

/** After the collector has finished. */
export function finishWindows(
  aggregator: Aggregator,
  collector: LogCollector,
  { sensor, revision, malformed, gaps }: Finishing,
): UsageWindow[] {
  const { packets, bytes, flows, hellos, lastUs, drops, users } = collector;
  const counters = { ...NO_COUNTERS, packets, bytes, flows, hellosComplete: hellos, malformed };
  const finished = aggregator.finish(sensor, revision, counters, lastUs);
  const named = users?.addTo(finished) ?? finished;
  return addDrops(addGaps(joinDualStack(named), gaps), drops);
}

export const filterOf = ({
  lookup,
  localNets = [],
  exclude = [],
  watchlist,
}: Pick<AnalyzeOptions, 'lookup' | 'localNets' | 'exclude' | 'watchlist'>): LogFilter =>
  new LogFilter({ lookup, localNets, exclude, userAgents: watchlist.userAgents });

/** In the order of their names. */
export const countsOf = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
