// Tells what an exchange was (a model request, a telemetry post, something small), from sizes and shape alone.

import { matchesName } from '../../catalogue/name-index.ts';
import type { ExchangeFacts } from '../../catalogue/schema.ts';
import { EXCHANGE_FLAGS } from '../../model/flow.ts';
import type { Range } from '../../model/report.ts';
import type { UsageExchange } from '../../model/usage.ts';
import type { Channel, TimedExchange } from '../traffic/channels.ts';

/** What a channel's name is to the tool whose traffic is told apart. */
export type ChannelRole = 'inference' | 'telemetry' | 'other';

export type ExchangeClass =
  | 'model' // a model request
  | 'maybe' // may be one: counted in the upper end only
  | 'telemetry'
  | 'hidden' // not seen as an exchange: what holes and uncut flows may hold
  | 'other';

export interface Classified {
  readonly channel: Channel;
  readonly at: TimedExchange;
  readonly class: ExchangeClass;
  /** Model requests in it, at least and at most. */
  readonly requests: Range;
  /** Bytes of the request's body as estimated: headers and framing taken off. */
  readonly bodyUp: number;
  /** The class rests on the name alone, not on the exchange's shape. */
  readonly byName: boolean;
}

/** A request of this size with a streamed answer is a model request; smaller ones are settings, tokens, pings. */
const SURE_UP = 1500;
/** A request of this size with a short answer may be a model request that was refused or not streamed. */
const AMBIGUOUS_UP = 2000;
/** Telemetry posts on a name that carries model requests as well are at least this large. */
const TELEMETRY_UP = 1000;
/** A smaller one with an answer of many records may be a script's first question: 494 to 1118 B in the recordings. */
const SMALL_UP = 480;
const SMALL_STREAM_RECORDS = 8;
/** An answer of this many records streams. */
const STREAM_RECORDS = 3;
/** An answer this much larger than the smallest one of the name says more than "received". */
const OVER_FLOOR = 300;
const OVER_FLOOR_MIXED = 900;
/** A list of models is larger than any completion of a line. */
const MAX_SMALL_DOWN = 5000;
/** What an empty answer measures where no small call shows it. */
const DEFAULT_FLOOR = 150;
/** Session tickets that may hide in a first answer. */
const TICKET_RECORDS = 2;
const TICKET_BYTES = 600;
/** Request headers where the tool's entry does not say more, medians of the recordings: docs/estimates.md. */
const HEADER_BYTES = { model: 420, telemetry: 300, http2: 150, webSocket: 14 } as const;
/** A refused attempt comes again with the same body, give or take a header, within this time. */
const RETRY_US = 60_000_000;
const RETRY_UP = 20_000;
const RETRY_DIFFERENCE = 64;

interface Floors {
  /** Smallest answer to a small call. */
  readonly small: ReadonlyMap<string, number>;
  /** Smallest answer of one record. */
  readonly single: ReadonlyMap<string, number>;
}

export type RoleOf = (channel: Channel) => ChannelRole;

/** Classes of all exchanges of the channels, in order of time within each channel. */
export function classifyExchanges(
  channels: readonly Channel[],
  facts: ExchangeFacts | undefined,
  roleOf: RoleOf,
): Classified[] {
  const floors = floorsOf(channels);
  const isLossy = lossOf(channels.filter((channel) => roleOf(channel) === 'inference')) > 0;
  const out: Classified[] = [];
  for (const channel of channels) {
    const role = roleOf(channel);
    const traits = traitsOf(channel, facts);
    for (const at of channel.exchanges) {
      const kind = role === 'other' ? 'other' : classOf(at.exchange, channel, role, traits, floors);
      out.push({
        channel,
        at,
        class: kind,
        requests: requestsIn(kind, channel, at.exchange, isLossy && role === 'inference'),
        bodyUp: Math.max(0, at.exchange.bytesUp - headerBytes(kind, channel, traits)),
        byName: role === 'telemetry',
      });
    }
  }
  return withRetries(out);
}

/** Above this share of missing bytes a hole may well have swallowed an answer, so that two requests look like one … */
const MUCH_LOSS = 0.015;
/** … but holes of a few segments say nothing of how much is missing elsewhere. */
const LEAST_LOST_BYTES = 6000;

/** Share of the bytes that are missing from the capture, where it is so much that exchanges may be missing; else 0. */
export function lossOf(channels: readonly Channel[]): number {
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

/**
 * Over HTTP/2 several requests may be under way before the first is answered. Where bytes are missing, a piece of the
 * handshake may look like an answer.
 */
function requestsIn(kind: ExchangeClass, channel: Channel, exchange: UsageExchange, isLossy: boolean): Range {
  const isDamaged = (exchange.flags & EXCHANGE_FLAGS.bytesMissing) !== 0;
  const more = isDamaged && isLossy && exchange.bytesUp >= SURE_UP ? 1 : 0;
  if (kind === 'model') {
    const parallel = channel.isHttp2 ? Math.max(1, exchange.messagesUp) : 1;
    return { min: isDamaged && exchange.recordsDown < STREAM_RECORDS ? 0 : 1, max: parallel + more };
  }
  return { min: 0, max: kind === 'maybe' ? 1 + more : more };
}

interface Traits {
  readonly isMixed: boolean;
  /** Some tool posts telemetry to the name: a large request with a short answer may be that. */
  readonly isPostedTo: boolean;
  /** Smallest request among the messages of a WebSocket; null for other flows. */
  readonly webSocketUp: number | null;
  readonly carriesTelemetry: boolean;
  readonly smallInferenceUp: number | null;
  readonly telemetryHeaderBytes: number | null;
}

function traitsOf(channel: Channel, facts: ExchangeFacts | undefined): Traits {
  const among = (names: readonly string[] | undefined): boolean =>
    names?.some((pattern) => matchesName(pattern, channel.name)) === true;
  const alpn = channel.form?.alpn.join(',') ?? '';
  const socket = facts?.websocket;
  const isSocket =
    socket !== undefined &&
    among(socket.names) &&
    channel.runtime?.id === socket.runtime &&
    alpn === socket.alpn.join(',');
  const form = facts?.telemetryForms?.find(({ runtime }) => runtime === channel.runtime?.id);
  const small = facts?.smallInference;
  return {
    isMixed: among(facts?.mixed),
    isPostedTo: among(facts?.postedTo),
    webSocketUp: isSocket ? socket.minUp : null,
    carriesTelemetry: form === undefined || form.alpn.join(',') === alpn,
    smallInferenceUp: small !== undefined && among(small.names) ? small.minUp : null,
    telemetryHeaderBytes: facts?.telemetryHeaderBytes ?? null,
  };
}

function headerBytes(kind: ExchangeClass, channel: Channel, traits: Traits): number {
  if (traits.webSocketUp !== null) return HEADER_BYTES.webSocket;
  if (kind === 'telemetry' && traits.telemetryHeaderBytes !== null) return traits.telemetryHeaderBytes;
  if (channel.isHttp2) return HEADER_BYTES.http2;
  return kind === 'telemetry' ? HEADER_BYTES.telemetry : HEADER_BYTES.model;
}

function floorsOf(channels: readonly Channel[]): Floors {
  const small = new Map<string, number>();
  const single = new Map<string, number>();
  const lower = (map: Map<string, number>, name: string, value: number): void => {
    map.set(name, Math.min(map.get(name) ?? Number.POSITIVE_INFINITY, value));
  };
  for (const { name, exchanges } of channels) {
    for (const { exchange } of exchanges) {
      if (exchange.recordsDown === 0 || exchange.recordsDown > 2) continue;
      if (exchange.bytesUp < SURE_UP) lower(small, name, exchange.bytesDown);
      if (exchange.recordsDown === 1) lower(single, name, exchange.bytesDown);
    }
  }
  return { small, single };
}

function classOf(
  exchange: UsageExchange,
  channel: Channel,
  role: ChannelRole,
  traits: Traits,
  floors: Floors,
): ExchangeClass {
  if (role === 'telemetry') return 'telemetry';
  if (traits.webSocketUp !== null) return webSocketClass(exchange, traits.webSocketUp);
  const { bytesUp, recordsDown } = exchange;
  if (recordsDown > 0 && bytesUp >= SURE_UP && isStreamed(exchange, channel.name, traits, floors))
    return 'model';
  if (traits.smallInferenceUp !== null && recordsDown > 0 && bytesUp >= traits.smallInferenceUp) {
    if (exchange.bytesDown > MAX_SMALL_DOWN) return 'other';
    // Behind the first request of a flow HTTP/2 repeats no header (RFC 7541 §2.3.2): what is this large has a body, and
    // nothing but completions is posted to these names.
    return channel.isHttp2 && (exchange.flags & EXCHANGE_FLAGS.first) === 0 ? 'model' : 'maybe';
  }
  if (bytesUp >= SMALL_UP && bytesUp < SURE_UP && recordsDown >= SMALL_STREAM_RECORDS) return 'maybe';
  if (traits.isMixed && bytesUp >= TELEMETRY_UP) return traits.carriesTelemetry ? 'telemetry' : 'other';
  return bytesUp >= AMBIGUOUS_UP ? 'maybe' : 'other';
}

/** The first exchange is the upgrade; after it each message that is answered is a request. */
function webSocketClass(exchange: UsageExchange, leastUp: number): ExchangeClass {
  if ((exchange.flags & EXCHANGE_FLAGS.first) !== 0) return 'other';
  return exchange.bytesUp >= leastUp && exchange.recordsDown > 0 ? 'model' : 'other';
}

function isStreamed(exchange: UsageExchange, name: string, traits: Traits, floors: Floors): boolean {
  const mayHoldTickets =
    (exchange.flags & EXCHANGE_FLAGS.first) !== 0 && (exchange.flags & EXCHANGE_FLAGS.noTicketsSeen) !== 0;
  const moreRecords = mayHoldTickets ? TICKET_RECORDS : 0;
  if (exchange.recordsDown >= STREAM_RECORDS + moreRecords) return true;
  const floor =
    floors.small.get(name) ?? (traits.isMixed ? (floors.single.get(name) ?? DEFAULT_FLOOR) : undefined);
  if (floor === undefined) return exchange.bytesUp >= AMBIGUOUS_UP && !traits.isPostedTo;
  const over = (traits.isMixed ? OVER_FLOOR_MIXED : OVER_FLOOR) + (mayHoldTickets ? TICKET_BYTES : 0);
  return exchange.bytesDown >= floor + over;
}

/** A refused attempt looks like a telemetry post: a large request, a short answer; but its body comes again. */
function withRetries(classified: readonly Classified[]): Classified[] {
  const models = classified.filter((one) => one.class === 'model');
  return classified.map((one) => {
    if (one.class !== 'telemetry' || one.byName || one.at.exchange.bytesUp < RETRY_UP) return one;
    const again = models.some(
      (model) =>
        model.channel.name === one.channel.name &&
        model.at.startUs > one.at.startUs &&
        model.at.startUs - one.at.startUs <= RETRY_US &&
        Math.abs(model.at.exchange.bytesUp - one.at.exchange.bytesUp) <= RETRY_DIFFERENCE,
    );
    return again ? { ...one, class: 'maybe' as const, requests: { min: 0, max: 1 } } : one;
  });
}
