// Describes the health of connections: delays by their buckets, places, shares.

import type { DelayFigure, HealthSums } from '../../model/health.ts';
import { formatCount, formatShare } from '../../text/quantity.ts';

const S_MS = 1000;

/** Returns "20–30 ms" or "1–1.5 s". */
export function delayText(delay: DelayFigure | null): string {
  if (delay === null) return 'not measured';
  const { fromMs, toMs } = delay;
  if (toMs === null) return `above ${fromMs / S_MS} s`;
  if (fromMs === 0) return `below ${toMs} ms`;
  return toMs <= S_MS ? `${fromMs}–${toMs} ms` : `${fromMs / S_MS}–${toMs / S_MS} s`;
}

/** Returns "proxy 12, no fault found 3". */
export const placesText = ({ stoppedAt }: Pick<HealthSums, 'stoppedAt'>): string =>
  stoppedAt.map(({ leg, count }) => `${leg ?? 'no fault found'} ${formatCount(count)}`).join(', ');

/** Formats the share of repeated segments among those with data. */
export const repeatedText = ({ repeated, segments }: Pick<HealthSums, 'repeated' | 'segments'>): string =>
  segments === 0 ? 'not measured' : formatShare(repeated / segments);

/** Formats a count with its share of attempts. */
export const shareText = (count: number, { tried }: Pick<HealthSums, 'tried'>): string =>
  count === 0 || tried === 0 ? formatCount(count) : `${formatCount(count)} (${formatShare(count / tried)})`;

/** Explains the figures. */
export const HEALTH_NOTE =
  'Tried: TCP connections to names of the catalogue, and DNS queries without an address. Passed: a request was sent. Stopped: the connection ended before the first request. The rest had neither result in the capture. A name of several tools counts for each of them, so a row does not say that its tool was used. Place: where a fault was found. A single connection that ended without a fault, next to others that passed, counts here and is not in the table “Attempts”. QUIC is not counted.';

export const DELAY_NOTE =
  'Delays are counted in 30 buckets from 1 ms to 60 s. Each figure is the bucket that contains it. Through a proxy, the connection latency is that of the proxy.';
