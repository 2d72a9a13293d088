// Damaged exchanges that may hold two requests: the whole answer between two uploads is missing, or the whole upload
// between two answers. Scattered holes are no such thing, so each must have the size and the pause of two.

import { EXCHANGE_FLAGS, type UsageExchange } from '../../model/usage.ts';
import type { Channel, TimedExchange } from '../traffic/channel.ts';

/** Sizes and pause of the smallest request with a streamed answer on the channels. */
interface Smallest {
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly waitMs: number;
}

/** An answer of this many records streams. */
export const STREAM_RECORDS = 3;
/** A request of this size with a streamed answer is a model request; smaller ones are settings, tokens, pings. */
export const SURE_UP = 1500;
/** An empty answer has this size when no small call shows its size. */
export const DEFAULT_FLOOR = 150;

/** Exchanges of the channels that one more request may be part of. */
export function mergedExchanges(channels: readonly Channel[]): ReadonlySet<TimedExchange> {
  const damaged = channels
    .flatMap(({ exchanges }) => exchanges)
    .filter(({ exchange }) => isDamaged(exchange) && exchange.bytesUp >= SURE_UP)
    .sort((a, b) => a.startUs - b.startUs);
  const smallest = findSmallest(channels);
  if (smallest === null) return new Set(damaged);
  const rows = channels.flatMap(({ slices }) => slices.map(({ row }) => row));
  let answers = Math.floor(rows.reduce((sum, { lostDown }) => sum + lostDown, 0) / smallest.bytesDown);
  let uploads = Math.floor(rows.reduce((sum, { lostUp }) => sum + lostUp, 0) / smallest.bytesUp);
  const merged = new Set<TimedExchange>();
  for (const timedExchange of damaged) {
    if (answers > 0 && lacksAnswer(timedExchange.exchange, smallest)) answers--;
    else if (uploads > 0 && lacksUpload(timedExchange.exchange, smallest)) uploads--;
    else continue;
    merged.add(timedExchange);
  }
  return merged;
}

/** Null when no request of the channels can be compared with. Undamaged ones are preferred: holes move times. */
function findSmallest(channels: readonly Channel[]): Smallest | null {
  const streamed = channels
    .flatMap(({ exchanges }) => exchanges.map(({ exchange }) => exchange))
    .filter(({ bytesUp, recordsDown }) => bytesUp >= SURE_UP && recordsDown >= STREAM_RECORDS);
  const whole = streamed.filter((exchange) => !isDamaged(exchange));
  const timed = whole.length > 0 ? whole : streamed.filter(({ waitMs }) => waitMs > 0);
  if (streamed.length === 0) return null;
  const least = (field: keyof Smallest, among: readonly UsageExchange[]): number =>
    among.reduce((smallest, exchange) => Math.min(smallest, exchange[field]), Number.POSITIVE_INFINITY);
  return {
    bytesUp: least('bytesUp', streamed),
    bytesDown: least('bytesDown', streamed),
    waitMs: timed.length > 0 ? least('waitMs', timed) : 0,
  };
}

const isDamaged = ({ flags }: UsageExchange): boolean => (flags & EXCHANGE_FLAGS.bytesMissing) !== 0;

/** Two uploads, the later one behind the answer that is missing. */
function lacksAnswer({ bytesUp, uploadMs }: UsageExchange, { bytesUp: least, waitMs }: Smallest): boolean {
  return bytesUp >= least + SURE_UP && uploadMs >= waitMs;
}

/** Two answers, and between them the pause in which the model read the upload that is missing. */
function lacksUpload({ bytesDown, largestGapMs }: UsageExchange, smallest: Smallest): boolean {
  return bytesDown >= smallest.bytesDown + DEFAULT_FLOOR && largestGapMs >= smallest.waitMs;
}

/** Above this share of missing bytes a hole may well have swallowed an answer, so that two requests look like one … */
const MUCH_LOSS = 0.015;
/** … but holes of a few segments say nothing of how much is missing elsewhere. */
const LEAST_LOST_BYTES = 6000;

/** Share of the bytes that are missing from the capture, where it is so much that exchanges may be missing; else 0. */
export function channelLoss(channels: readonly Channel[]): number {
  let lost = 0;
  let payload = 0;
  for (const { slices } of channels) {
    for (const { row } of slices) {
      lost += row.lostUp + row.lostDown;
      payload += row.payloadUp + row.payloadDown;
    }
  }
  const share = lost / Math.max(1, lost + payload);
  return share > MUCH_LOSS && lost >= LEAST_LOST_BYTES ? share : 0;
}
