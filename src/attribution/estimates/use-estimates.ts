// Computes figures from classified exchanges: requests, prompts and sessions as ranges, minutes, bytes to the model, telemetry.

import type { ToolEntry } from '../../catalogue/schema.ts';
import type { ToolSums } from '../../model/counters.ts';
import { sumOf } from '../../model/extremes.ts';
import type { Range, ToolUse } from '../../model/report.ts';
import { asReason, phrase, type Sentence } from '../../model/sentences.ts';
import { EXCHANGE_FLAGS, type UsageRow } from '../../model/usage.ts';
import { NO_ESTIMATES, NO_REQUEST_SEEN } from '../../model/withheld.ts';
import type { Channel } from '../traffic/channel.ts';
import { listMidFlowSums } from '../traffic/mid-flows.ts';
import type { Classified } from './classified.ts';
import type { Estimates, Shortfall } from './shortfall.ts';

/** Limits of the pause between two prompts of a person: the true count is between the counts of both limits. */
export const PROMPT_PAUSES_US = { shortest: 4_000_000, longest: 20_000_000 } as const;
export const SESSION_PAUSE_US = 1_800_000_000;
const MINUTE_US = 60_000_000;

/** An exchange, and if it certainly belongs to the row: otherwise it counts only in the upper end. */
export interface Counted {
  readonly exchange: Classified;
  readonly isSure: boolean;
}

export type UseEstimates = Pick<ToolUse, keyof typeof NO_ESTIMATES>;

const ESTIMATES = ['requests', 'prompts', 'activeMinutes', 'modelPayloadUp', 'telemetry'] as const;

/** Shared results by reason, because rows of a large network withhold the same estimates. */
const WITHHELD = new Map<string, UseEstimates>();

export function withheldEstimates(reason: Sentence): UseEstimates {
  let estimates = WITHHELD.get(reason.text);
  if (estimates === undefined) {
    estimates = { ...NO_ESTIMATES, withheld: listWithheld(ESTIMATES, reason) };
    WITHHELD.set(reason.text, estimates);
  }
  return estimates;
}

const BYTES_UP = ['bytesUp', 'payloadUp'] as const;
const BYTES_DOWN = ['bytesDown', 'payloadDown'] as const;
const NO_SIZES = phrase('unsized');
const NO_BYTES = listWithheld([...BYTES_UP, ...BYTES_DOWN], phrase('onlyAsked'));

interface Unsized {
  readonly traffic: Pick<ToolSums, 'flows' | 'bytesUp' | 'bytesDown'>;
  readonly shortfall: Pick<Shortfall, 'unsizedUp' | 'unsizedDown'>;
}

/** Lists the unknown fields: sums that a log does not count, or without a connection, are not zero. */
export function unsizedFields({ traffic, shortfall }: Unsized): UseEstimates['withheld'] {
  if (traffic.flows + traffic.bytesUp + traffic.bytesDown === 0) return NO_BYTES;
  const { unsizedUp, unsizedDown } = shortfall;
  return [
    ...(unsizedUp > 0 ? listWithheld(BYTES_UP, NO_SIZES) : []),
    ...(unsizedDown > 0 ? listWithheld(BYTES_DOWN, NO_SIZES) : []),
  ];
}

function listWithheld(fields: readonly string[], reason: Sentence): UseEstimates['withheld'] {
  return fields.map((field) => ({ field, ...asReason(reason) }));
}

const OF_REQUESTS = ['requests', 'prompts', 'activeMinutes', 'modelPayloadUp'] as const;
const NO_REQUESTS = listWithheld(OF_REQUESTS, NO_REQUEST_SEEN);

/**
 * The absence of requests is never certain: the tool may have used a gateway, a relay or another address of the machine.
 * Requests to an API were observed.
 */
export function withoutSureZero(estimates: UseEstimates, { kind }: ToolEntry): UseEstimates {
  if (estimates.requests === null || estimates.requests.max > 0 || kind === 'api' || kind === 'gateway')
    return estimates;
  return {
    ...estimates,
    activeMinutes: null,
    modelPayloadUp: null,
    requests: null,
    prompts: null,
    sessions: null,
    withheld: NO_REQUESTS,
  };
}

export function unknownEstimates(): UseEstimates {
  return NO_ESTIMATES;
}
/** A flow without a hello that sent less than this made no model request. */
const MIN_UNCUT_BYTES = 2000;

/**
 * Returns payload without exchanges: of flows whose handshake was not captured, so that the start of their records is
 * unknown, and of flows whose application data is not in the capture.
 */
function sumUncutPayload({ fingerprint, exchanges, slices }: Channel): number {
  if (exchanges.length > 0) return 0;
  if (fingerprint !== null && !slices.some(({ row }) => row.cutShortFlows > 0)) return 0;
  const payload = slices.reduce((sum, { row }) => sum + row.payloadUp, 0);
  return payload >= MIN_UNCUT_BYTES ? payload : 0;
}

/** `channels`: those of the estimates. `carried`: those of the traffic; a log may have counted no bytes of any of them. */
export function buildShortfall(channels: readonly Channel[], carried: readonly Channel[]): Shortfall {
  const sum = { lost: 0, payload: 0, payloadUp: 0, flows: 0, oneWay: 0, established: 0, uncut: 0 };
  let isCut = false;
  for (const { bytes } of listMidFlowSums(channels)) sum.uncut += bytes;
  for (const channel of channels) {
    const { slices, exchanges } = channel;
    sum.uncut += sumUncutPayload(channel);
    if (exchanges.length > 0) isCut = true;
    for (const { row } of slices) {
      sum.lost += row.lostUp + row.lostDown;
      sum.payload += row.payloadUp + row.payloadDown;
      sum.payloadUp += row.payloadUp;
      sum.flows += row.flows;
      sum.oneWay += row.oneWay;
      sum.established += row.establishedFlows;
      if (row.cells.length > 0) isCut = true;
    }
  }
  const { lost, payload, payloadUp, flows, oneWay, established, uncut } = sum;
  // Without a channel for estimates, the others decide whether requests could have been seen.
  const logged = sumSlices(channels.length > 0 ? channels : carried, ({ loggedSlices }) => loggedSlices);
  const unsizedUp = sumSlices(carried, (row) => row.unsizedUp);
  const unsizedDown = sumSlices(carried, (row) => row.unsizedDown);
  return {
    lost,
    payload,
    payloadUp,
    flows,
    oneWay,
    established,
    uncut,
    logged,
    unsizedUp,
    unsizedDown,
    isCut,
  };
}

const sumSlices = (channels: readonly Channel[], value: (row: UsageRow) => number): number =>
  channels.reduce((sum, { slices }) => slices.reduce((all, { row }) => all + value(row), sum), 0);

export function buildRequests(counted: readonly Counted[]): Range {
  let min = 0;
  let max = 0;
  for (const { exchange, isSure } of counted) {
    if (isSure) min += exchange.requests.min;
    max += exchange.requests.max;
  }
  return { min, max };
}

/** True if some exchanges were cut by packets, because record headers were not in the capture. */
export function isCutByPackets(counted: readonly Counted[]): boolean {
  return counted.some(
    ({ exchange }) =>
      exchange.class !== 'other' && (exchange.at.exchange.flags & EXCHANGE_FLAGS.byPackets) !== 0,
  );
}

/** Lists minutes of UTC (Unix time / 60) with a model request in progress, sorted. */
export function listActiveMinutes(counted: readonly Counted[]): number[] {
  const minutes: number[] = [];
  const modelRequests = counted.filter(({ exchange, isSure }) => exchange.class === 'model' && isSure);
  // In order of time, so that a minute with many requests is visited once.
  for (const { exchange } of modelRequests.sort((a, b) => a.exchange.at.startUs - b.exchange.at.startUs)) {
    const first = Math.max(
      Math.floor(exchange.at.startUs / MINUTE_US),
      (minutes.at(-1) ?? Number.NEGATIVE_INFINITY) + 1,
    );
    const last = Math.floor(exchange.at.endUs / MINUTE_US);
    for (let minute = first; minute <= last; minute++) minutes.push(minute);
  }
  return minutes;
}

export function sumModelPayload(counted: readonly Counted[]): number {
  return sumOf(counted, ({ exchange, isSure }) =>
    exchange.class === 'model' && isSure ? exchange.bodyUp : 0,
  );
}

interface TelemetrySum {
  readonly payloadUp: number;
  readonly min: number;
  readonly max: number;
  readonly byName: boolean;
}

export function buildTelemetry(counted: readonly Counted[]): TelemetrySum {
  let payloadUp = 0;
  let min = 0;
  let byName = true;
  for (const { exchange, isSure } of counted) {
    if (exchange.class !== 'telemetry') continue;
    payloadUp += exchange.bodyUp;
    if (isSure && exchange.mayBeRequest !== true) min += exchange.bodyUp;
    if (!exchange.byName) byName = false;
  }
  return { payloadUp, min, max: payloadUp, byName };
}

interface TelemetrySums {
  /** Index into GRADES. */
  readonly grade: number;
  readonly estimates: Pick<Estimates, 'telemetryPayloadUp'>;
  readonly isTelemetryByName: boolean;
}

/**
 * True if telemetry belongs to the tool: not for an API, and for a tool that is only possible only if it went to a name of its
 * collectors.
 */
export function ownsTelemetry({ kind }: ToolEntry, sums: TelemetrySums): boolean {
  if (kind === 'api' || kind === 'gateway') return false;
  return sums.grade > 0 || (sums.isTelemetryByName && sums.estimates.telemetryPayloadUp > 0);
}

export function buildEstimates(counted: readonly Counted[]): Estimates {
  const { min, max } = buildRequests(counted);
  return {
    requestsMin: min,
    requestsMax: max,
    modelPayloadUp: sumModelPayload(counted),
    telemetryPayloadUp: buildTelemetry(counted).payloadUp,
  };
}
