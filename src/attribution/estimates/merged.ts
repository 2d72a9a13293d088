// Finds damaged exchanges that may contain two requests: the whole answer between two uploads is missing, or the whole upload
// between two answers. Scattered holes do not have this effect, so each must have the size and the pause of two.

import { EXCHANGE_FLAGS, type UsageExchange } from '../../model/usage.ts';
import type { Channel, TimedExchange } from '../traffic/channel.ts';

/** Sizes and pause of the smallest request with a streamed answer on the channels. */
interface Smallest {
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly waitMs: number;
}

/** An answer with this many records is streamed. */
export const STREAM_RECORDS = 3;
/** A request of this size with a streamed answer is a model request; smaller ones are settings, tokens, pings. */
export const SURE_UP = 1500;
/** Size of an empty answer if no small call shows it. */
export const DEFAULT_FLOOR = 150;

/** Lists exchanges of the channels that may contain one more request. */
export function listMerged(channels: readonly Channel[]): ReadonlySet<TimedExchange> {
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
    if (answers > 0 && isUnanswered(timedExchange.exchange, smallest)) answers--;
    else if (uploads > 0 && isWithoutUpload(timedExchange.exchange, smallest)) uploads--;
    else continue;
    merged.add(timedExchange);
  }
  return merged;
}

/** Returns null without a request to compare with. Undamaged ones are preferred, because holes shift times. */
function findSmallest(channels: readonly Channel[]): Smallest | null {
  const streamed = channels
    .flatMap(({ exchanges }) => exchanges.map(({ exchange }) => exchange))
    .filter(({ bytesUp, recordsDown }) => bytesUp >= SURE_UP && recordsDown >= STREAM_RECORDS);
  const whole = streamed.filter((exchange) => !isDamaged(exchange));
  const timed = whole.length > 0 ? whole : streamed.filter(({ waitMs }) => waitMs > 0);
  if (streamed.length === 0) return null;
  const findLeast = (field: keyof Smallest, among: readonly UsageExchange[]): number =>
    among.reduce((smallest, exchange) => Math.min(smallest, exchange[field]), Number.POSITIVE_INFINITY);
  return {
    bytesUp: findLeast('bytesUp', streamed),
    bytesDown: findLeast('bytesDown', streamed),
    waitMs: timed.length > 0 ? findLeast('waitMs', timed) : 0,
  };
}

const isDamaged = ({ flags }: UsageExchange): boolean => (flags & EXCHANGE_FLAGS.bytesMissing) !== 0;

/** True for two uploads with a missing answer between them. */
function isUnanswered({ bytesUp, uploadMs }: UsageExchange, { bytesUp: least, waitMs }: Smallest): boolean {
  return bytesUp >= least + SURE_UP && uploadMs >= waitMs;
}

/** True for two answers with the pause of a missing upload between them. */
function isWithoutUpload({ bytesDown, largestGapMs }: UsageExchange, smallest: Smallest): boolean {
  return bytesDown >= smallest.bytesDown + DEFAULT_FLOOR && largestGapMs >= smallest.waitMs;
}

/** Above this share of missing bytes, an answer may be missing completely, so that two requests look like one. */
const MUCH_LOSS = 0.015;
/** Fewer missing bytes, a few segments, are no evidence for further loss. */
const MIN_LOST_BYTES = 6000;

/** Returns the share of missing bytes if it is so large that exchanges may be missing; else 0. */
export function computeLoss(channels: readonly Channel[]): number {
  let lost = 0;
  let payload = 0;
  for (const { slices } of channels) {
    for (const { row } of slices) {
      lost += row.lostUp + row.lostDown;
      payload += row.payloadUp + row.payloadDown;
    }
  }
  const share = lost / Math.max(1, lost + payload);
  return share > MUCH_LOSS && lost >= MIN_LOST_BYTES ? share : 0;
}
