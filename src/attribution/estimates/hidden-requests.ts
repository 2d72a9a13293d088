// Estimates requests without an exchange: in capture gaps, in flows without a beginning, and in the cells of busy rows.

import { isAmong } from '../../catalogue/name-index.ts';
import type { ExchangeFacts } from '../../catalogue/schema.ts';
import type { Range } from '../../model/report.ts';
import {
  EXCHANGE_COUNTS,
  EXCHANGE_FLAGS,
  type ExchangeCell,
  type ExchangeCounts,
  type UsageExchange,
} from '../../model/usage.ts';
import type { Channel, Slice, TimedExchange } from '../traffic/channel.ts';
import { listMidFlowSums } from '../traffic/mid-flows.ts';
import { hasSocketForm } from '../traffic/socket.ts';
import type { Classified, FindRole } from './classified.ts';
import { computeLoss, STREAM_RECORDS, SURE_UP } from './merged.ts';

/** A smaller hole contains no relevant record, only acknowledgements of settings, alerts, or the Finished of a client. */
const MIN_MISSING_BYTES = 60;
/** A flow without recognized records may hold one request per this number of bytes: the size of small ones in recordings. */
const UNCUT_BYTES = 5000;

const NO_EXCHANGE: UsageExchange = {
  ...(Object.fromEntries(EXCHANGE_COUNTS.map((name) => [name, 0])) as ExchangeCounts),
  startMs: 0,
  flow: 0,
};

/** Lists traffic without exchanges, with the maximum number of requests in each. */
export function listHiddenRequests(
  channels: readonly Channel[],
  roleOf: FindRole,
  facts: ExchangeFacts | undefined,
  relays: readonly Channel[] = [],
): Classified[] {
  const model = channels.filter((channel) => roleOf(channel) === 'inference');
  return [
    ...model.flatMap((channel) => estimateInHoles(channel, facts)),
    ...model.flatMap((channel) => channel.slices.flatMap((slice) => estimateBeyondLimit(channel, slice))),
    ...estimateLostFlows(model),
    ...listWithoutHello(relays),
    ...listCrossedFlows(model),
  ];
}

/**
 * No DNS answer names a gateway, so a connection to it without a captured hello has no name. It may contain as many requests as
 * each of the others.
 */
function listWithoutHello(relays: readonly Channel[]): Classified[] {
  const [channel] = relays;
  const slices = relays.flatMap((relay) => relay.slices);
  const [slice] = slices;
  if (channel === undefined || slice === undefined) return [];
  const byWindow = new Map(
    slices.map((slice) => [`${slice.sensor} ${slice.windowSeconds}`, slice.unknownLossyFlows]),
  );
  const unnamed = [...byWindow.values()].reduce((sum, flows) => sum + flows, 0);
  if (unnamed === 0) return [];
  const [large, flows] = [
    relays.reduce((sum, { exchanges }) => sum + exchanges.filter(isLarge).length, 0),
    relays.reduce((sum, relay) => sum + relay.flows, 0),
  ];
  return [buildHidden(channel, slice, unnamed * Math.ceil(large / Math.max(1, flows)))];
}

const isLarge = ({ exchange: { bytesUp, recordsDown } }: TimedExchange): boolean =>
  bytesUp >= SURE_UP && recordsDown >= STREAM_RECORDS;

function estimateInHoles(channel: Channel, facts: ExchangeFacts | undefined): Classified[] {
  const isSocket = hasSocketForm(facts, channel);
  const found = channel.slices.flatMap((slice) => {
    const max = isSocket ? limitInSocket(slice) : limitHidden(channel, slice, facts);
    return max === 0 ? [] : [buildHidden(channel, slice, max)];
  });
  return found.length > 0 || isSocket ? found : estimateInUnrecognizedBytes(channel);
}

/** Captures that begin later contain flows without a known owner, which may all continue these flows. */
function listCrossedFlows(channels: readonly Channel[]): Classified[] {
  return listMidFlowSums(channels).flatMap((midFlowSums) => {
    const channel = channels.find((candidate) => candidate.midFlowSums === midFlowSums);
    const slice = channel?.slices.at(-1);
    if (channel === undefined || slice === undefined) return [];
    return [buildHidden(channel, slice, Math.ceil(midFlowSums.bytes / UNCUT_BYTES))];
  });
}

/** Classes of ExchangeCell (window/sums.ts): requests from 2 KiB on, from 512 B on, and answers by their records. */
const LARGE_UP = 5;
const SMALL_UP = 1;
const SIZES_OF_ANSWERS = 5;
const STREAMED = 2 * SIZES_OF_ANSWERS;
const LONG_STREAM = 3 * SIZES_OF_ANSWERS;
/** Bytes of request headers, as in exchanges.ts. */
const HEADER_BYTES = 420;

function estimateCell({ upClass, answerClass, count }: ExchangeCell): Range {
  if (upClass >= LARGE_UP) return { min: answerClass >= STREAMED ? count : 0, max: count };
  return { min: 0, max: upClass >= SMALL_UP && answerClass >= LONG_STREAM ? count : 0 };
}

/** Estimates exchanges beyond the limit of a row: they came after the kept ones, until its last packet. */
function estimateBeyondLimit(channel: Channel, { row, windowSeconds }: Slice): Classified[] {
  const lastMs = row.exchanges.reduce((last, { startMs }) => Math.max(last, startMs), 0);
  const startUs = windowSeconds * 1_000_000 + lastMs * 1000;
  return row.cells.flatMap((cell) => {
    const requests = estimateCell(cell);
    if (requests.max === 0) return [];
    return [
      {
        channel,
        at: { startUs, endUs: Math.max(startUs, row.lastUs), exchange: NO_EXCHANGE },
        class: requests.min > 0 ? ('model' as const) : ('hidden' as const),
        requests,
        bodyUp: Math.max(0, cell.bytesUp - cell.count * HEADER_BYTES),
        byName: false,
      },
    ];
  });
}

/** Estimates requests of flows that have no name because their hello is missing, by the share of lost bytes. */
function estimateLostFlows(channels: readonly Channel[]): Classified[] {
  const loss = computeLoss(channels);
  const [channel] = channels;
  const slice = channel?.slices[0];
  if (loss === 0 || channel === undefined || slice === undefined) return [];
  const flows = channels.reduce((sum, channel) => sum + channel.flows, 0);
  return [buildHidden(channel, slice, Math.ceil(flows * loss))];
}

/** Payload of handshake, record headers and rounding of sizes (collector/row.cc). */
const HANDSHAKE_BYTES = 200;
const ROUNDING = 0.03;

/** Estimates requests in bytes without an exchange: if bytes are missing, the records after a hole may be unreadable. */
function estimateInUnrecognizedBytes(channel: Channel): Classified[] {
  const [slice] = channel.slices;
  if (slice === undefined || channel.fingerprint === null) return [];
  let [sent, lost, recognized, hello] = [0, 0, 0, 0];
  for (const { row } of channel.slices) {
    sent += row.payloadUp;
    lost += row.lostUp;
    hello = Math.max(hello, row.helloBytesMax);
    for (const { bytesUp } of [...row.exchanges, ...row.cells]) recognized += bytesUp;
  }
  if (lost < MIN_MISSING_BYTES) return [];
  const rest = (sent + lost) * (1 - ROUNDING) - recognized - channel.flows * (hello + HANDSHAKE_BYTES);
  return rest < SURE_UP ? [] : [buildHidden(channel, slice, Math.ceil(rest / UNCUT_BYTES))];
}

function limitHidden(channel: Channel, { row }: Slice, facts: ExchangeFacts | undefined): number {
  const isUncut = channel.fingerprint === null && channel.exchanges.length === 0;
  if (isUncut) {
    const most = Math.max(row.payloadUp + row.lostUp, row.payloadDown);
    return most < SURE_UP ? 0 : Math.ceil(most / UNCUT_BYTES);
  }
  if (row.lostUp < MIN_MISSING_BYTES) return 0;
  const small = facts?.smallInference;
  if (small !== undefined && isAmong(small.names, channel.name)) return Math.ceil(row.lostUp / small.minUp);
  const isDamaged = row.exchanges.some(({ flags }) => (flags & EXCHANGE_FLAGS.bytesMissing) !== 0);
  return isDamaged ? 0 : 1;
}

/**
 * Messages of a WebSocket are small and close to each other: a hole may contain one with its answer, or the answer
 * between two, which then look like one. Each has some separate segments.
 */
function limitInSocket({ row }: Slice): number {
  const lost =
    (row.lostUp < MIN_MISSING_BYTES ? 0 : row.lostUp) + (row.lostDown < MIN_MISSING_BYTES ? 0 : row.lostDown);
  return Math.ceil(lost / UNCUT_BYTES);
}

function buildHidden(channel: Channel, { row }: Slice, max: number): Classified {
  return {
    channel,
    at: { startUs: row.firstUs, endUs: row.firstUs, exchange: NO_EXCHANGE },
    class: 'hidden',
    requests: { min: 0, max },
    bodyUp: 0,
    byName: false,
  };
}
