// Classifies an exchange as model request, telemetry post or small call, from sizes and shape alone.

import { isAmong } from '../../catalogue/name-index.ts';
import type { ExchangeFacts } from '../../catalogue/schema.ts';
import { findMaximum } from '../../model/extremes.ts';
import type { Range } from '../../model/report.ts';
import { COPIED_FLAG, EXCHANGE_FLAGS, type UsageExchange } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Channel, TimedExchange } from '../traffic/channel.ts';
import { hasSocketForm } from '../traffic/socket.ts';
import type { ChannelRole, Classified, ExchangeClass, FindRole } from './classified.ts';
import { computeLoss, DEFAULT_FLOOR, listMerged, STREAM_RECORDS, SURE_UP } from './merged.ts';

/** A request of this size with a short answer may be a model request that was refused or not streamed. */
const AMBIGUOUS_UP = 2000;
/** Telemetry posts on a name that carries model requests as well are at least this large. */
const TELEMETRY_UP = 1000;
/** A smaller request with an answer of many records may be the first request of a script: 494 to 1118 B in the recordings. */
const SMALL_UP = 480;
const SMALL_STREAM_RECORDS = 8;
/** A follow-up message with its headers takes 0.3 to 1.3 kB in the recordings, some 200 B over HTTP/2. */
const FOLLOW_UP = 240;
/** A streamed answer has 125 to 170 B per record in the recordings; a file fills its records. */
const MAX_MEAN_PIECE = 600;
/**
 * A smaller one than any ambiguous one whose answer is this much longer than an acknowledgement may ask for one word: an
 * interactive start with a subscription asks the model whether the quota allows it. No post of the recordings is as small.
 */
const OVER_ACKNOWLEDGEMENT = 200;
/** EncryptedExtensions, Certificate, CertificateVerify, Finished (RFC 8446 §4) and two session tickets. */
const HANDSHAKE_RECORDS = 6;
/** An answer this much larger than the smallest one of the name says more than "received". */
const OVER_FLOOR = 300;
const OVER_FLOOR_MIXED = 900;
/** A list of models is larger than any completion of a line, and than the answer to a question of a few words. */
export const MAX_SMALL_DOWN = 5000;
/** Session tickets that may hide in a first answer. */
const TICKET_RECORDS = 2;
const TICKET_BYTES = 600;
/** Request headers where the tool's entry does not say more, medians of the recordings: docs/estimates.md. */
const HEADER_BYTES = { model: 420, telemetry: 300, http2: 150, webSocket: 14 } as const;
/** A refused attempt is repeated within this time with the same body, except for some headers. */
const RETRY_US = 60_000_000;
const RETRY_UP = 4000;
const RETRY_DIFFERENCE = 64;
/** Over HTTP/2, acknowledgements of posts have separate records of 9 to 46 bytes; words of a model do not. */
const HTTP2_STREAM_BYTES = 64;

interface Floors {
  /** Smallest answer to a small call. */
  readonly small: ReadonlyMap<string, number>;
  /** Smallest answer of one record. */
  readonly single: ReadonlyMap<string, number>;
}

/** Classifies all exchanges of the channels, in order of time within each channel. */
export function classifyExchanges(
  channels: readonly Channel[],
  facts: ExchangeFacts | undefined,
  roleOf: FindRole,
): Classified[] {
  const floors = buildFloors(channels);
  const model = channels.filter((channel) => roleOf(channel) === 'inference');
  const merged = computeLoss(model) > 0 ? listMerged(model) : new Set<TimedExchange>();
  const lastUs = findMaximum(channels.map((channel) => channel.lastUs));
  const out: Classified[] = [];
  for (const channel of channels) {
    const role = roleOf(channel);
    const traits = buildTraits(channel, facts);
    const kinds = channel.exchanges.map(({ exchange }) =>
      role === 'other' ? 'other' : getClass(exchange, channel, role, traits, floors),
    );
    const hasThread = traits.hasThreads && kinds.includes('model');
    for (const [i, at] of channel.exchanges.entries()) {
      const own = kinds[i] ?? 'other';
      const kind = hasThread ? continueThread(own, at.exchange) : own;
      const mayBeRequest = isUnansweredPost(kind, role, at.exchange) || isAnswerOpen(kind, role, at, lastUs);
      out.push({
        channel,
        at,
        class: kind,
        requests: dropLowerBound(
          at.exchange,
          countRequests(mayBeRequest ? 'maybe' : kind, channel, at.exchange, merged.has(at)),
        ),
        bodyUp: Math.max(0, at.exchange.bytesUp - estimateHeader(kind, channel, traits)),
        byName: role === 'telemetry',
        mayBeRequest,
        isOversized:
          traits.isMixed && at.exchange.bytesUp > (traits.telemetryUp?.max ?? Number.POSITIVE_INFINITY),
      });
    }
  }
  return withRefused(withRetries(out));
}

/** True for telemetry by shape without an answer, which may also be a stopped model request. */
const isUnansweredPost = (
  kind: ExchangeClass,
  role: ChannelRole,
  { bytesUp, recordsDown }: UsageExchange,
): boolean => kind === 'telemetry' && role !== 'telemetry' && recordsDown === 0 && bytesUp >= AMBIGUOUS_UP;

/** A post of telemetry is acknowledged with fewer bytes than the head of a streamed answer has. */
const MAX_ACKNOWLEDGED = 300;
/** Times of an exchange are rounded to 0.1 s, three of them. */
const END_US = 500_000;

/**
 * Telemetry by its shape, with the last packets of the tool: its answer may have gone on, and then it was a model request.
 * A capture that ends, or a hole in it, cuts the answer of the last request to a few records.
 */
function isAnswerOpen(
  kind: ExchangeClass,
  role: ChannelRole,
  { endUs, exchange }: TimedExchange,
  lastUs: TimestampUs,
): boolean {
  const { bytesUp, bytesDown, flags } = exchange;
  if (kind !== 'telemetry' || role === 'telemetry' || bytesUp < AMBIGUOUS_UP) return false;
  if (bytesDown <= MAX_ACKNOWLEDGED || (flags & EXCHANGE_FLAGS.closed) !== 0) return false;
  return endUs >= lastUs - END_US;
}

/** A small request with a streamed answer continues a conversation if a certain model request is near. */
function continueThread(own: ExchangeClass, exchange: UsageExchange): ExchangeClass {
  const { bytesUp, recordsDown } = exchange;
  if (bytesUp < FOLLOW_UP || bytesUp >= SURE_UP || recordsDown < STREAM_RECORDS) return own;
  return isInPieces(exchange) ? 'model' : 'maybe';
}

/** True for an answer in small pieces, as a model sends it: a file fills its records. */
export function isInPieces({ bytesDown, recordsDown }: UsageExchange): boolean {
  const piece = bytesDown / recordsDown;
  return recordsDown >= SMALL_STREAM_RECORDS && piece >= HTTP2_STREAM_BYTES && piece <= MAX_MEAN_PIECE;
}

/** An exchange that may be a copy in another flow counts only in the upper end. */
const dropLowerBound = ({ flags }: UsageExchange, range: Range): Range =>
  (flags & COPIED_FLAG) === 0 ? range : { ...range, min: 0 };

/**
 * Counts requests. Over HTTP/2 several requests may be in progress before the first is answered. If bytes are missing, a
 * part of the handshake may look like an answer.
 */
function countRequests(
  kind: ExchangeClass,
  channel: Channel,
  exchange: UsageExchange,
  isMerged: boolean,
): Range {
  const isDamaged = (exchange.flags & EXCHANGE_FLAGS.bytesMissing) !== 0;
  // The rest of a handshake is in the answer only if bytes of the server are missing.
  const mayHoldHandshake =
    (exchange.flags & EXCHANGE_FLAGS.first) !== 0 && channel.slices.some(({ row }) => row.lostDown > 0);
  const more = isMerged ? 1 : 0;
  if (kind === 'model') {
    const parallel = countParallel(channel, exchange);
    const minimum = (exchange.flags & EXCHANGE_FLAGS.allAnswered) !== 0 ? parallel : 1;
    const mayBeNone =
      (isDamaged && exchange.recordsDown < STREAM_RECORDS + (mayHoldHandshake ? HANDSHAKE_RECORDS : 0)) ||
      isOfSmallCalls(channel, exchange);
    return { min: mayBeNone ? 0 : minimum, max: parallel + more };
  }
  return { min: 0, max: kind === 'maybe' ? 1 + more : more };
}

/** After a delayed packet, several small calls with answers of one record look like one streamed answer. */
const isOfSmallCalls = ({ isHttp2 }: Channel, { messagesUp, recordsDown }: UsageExchange): boolean =>
  !isHttp2 && messagesUp > 1 && recordsDown < messagesUp + STREAM_RECORDS - 1;

/**
 * Returns the maximum number of parallel requests: the number of request heads that can each have a body larger than a
 * setting.
 */
function countParallel(channel: Channel, { messagesUp, bytesUp }: UsageExchange): number {
  if (!channel.isHttp2) return 1;
  return Math.max(1, Math.min(messagesUp, Math.floor(bytesUp / SURE_UP)));
}

interface Traits {
  readonly isMixed: boolean;
  /** True if a tool posts telemetry to the name, so that a large request with a short answer may be telemetry. */
  readonly isPostedTo: boolean;
  /** Smallest request among the messages of a WebSocket; null for other flows. */
  readonly webSocketUp: number | null;
  /** Smallest such request if the hello is missing, so that the flow may be a WebSocket. */
  readonly maybeWebSocketUp: number | null;
  readonly isCopiedTo: boolean;
  readonly carriesTelemetry: boolean;
  readonly telemetryUp: ExchangeFacts['telemetryUp'];
  readonly isHttp2: boolean;
  readonly smallInferenceUp: number | null;
  readonly hasThreads: boolean;
  readonly telemetryHeaderBytes: number | null;
}

function buildTraits(channel: Channel, facts: ExchangeFacts | undefined): Traits {
  const isListed = (names: readonly string[] | undefined): boolean => isAmong(names ?? [], channel.name);
  const alpn = channel.fingerprint?.alpn.join(',') ?? '';
  const socket = facts?.websocket;
  const fingerprint = facts?.telemetryForms?.find(({ runtime }) => runtime === channel.runtime?.id);
  const small = facts?.smallInference;
  return {
    isMixed: isListed(facts?.mixed),
    isPostedTo: isListed(facts?.postedTo),
    isCopiedTo: isListed(facts?.copiedTo),
    maybeWebSocketUp:
      socket !== undefined && channel.fingerprint === null && isListed(socket.names) ? socket.minUp : null,
    webSocketUp: socket !== undefined && hasSocketForm(facts, channel) ? socket.minUp : null,
    carriesTelemetry: fingerprint === undefined || fingerprint.alpn.join(',') === alpn,
    telemetryUp: facts?.telemetryUp,
    isHttp2: channel.isHttp2,
    hasThreads: isListed(facts?.threads),
    smallInferenceUp: small !== undefined && isListed(small.names) ? small.minUp : null,
    telemetryHeaderBytes: facts?.telemetryHeaderBytes ?? null,
  };
}

function estimateHeader(kind: ExchangeClass, channel: Channel, traits: Traits): number {
  if (traits.webSocketUp !== null) return HEADER_BYTES.webSocket;
  if (kind === 'telemetry' && traits.telemetryHeaderBytes !== null) return traits.telemetryHeaderBytes;
  if (channel.isHttp2) return HEADER_BYTES.http2;
  return kind === 'telemetry' ? HEADER_BYTES.telemetry : HEADER_BYTES.model;
}

function buildFloors(channels: readonly Channel[]): Floors {
  const small = new Map<string, number>();
  const single = new Map<string, number>();
  const keepLowest = (map: Map<string, number>, name: string, value: number): void => {
    map.set(name, Math.min(map.get(name) ?? Number.POSITIVE_INFINITY, value));
  };
  for (const { name, exchanges } of channels) {
    for (const { exchange } of exchanges) {
      if (exchange.recordsDown === 0 || exchange.recordsDown > 2) continue;
      if (exchange.bytesUp < SURE_UP) keepLowest(small, name, exchange.bytesDown);
      if (exchange.recordsDown === 1) keepLowest(single, name, exchange.bytesDown);
    }
  }
  return { small, single };
}

function getClass(
  exchange: UsageExchange,
  channel: Channel,
  role: ChannelRole,
  traits: Traits,
  floors: Floors,
): ExchangeClass {
  if (role === 'telemetry') return 'telemetry';
  const { webSocketUp, maybeWebSocketUp } = traits;
  if (webSocketUp !== null) return classifyMessage(exchange, webSocketUp);
  const kind = requestClass(exchange, channel, traits, floors);
  if (maybeWebSocketUp === null || kind === classifyMessage(exchange, maybeWebSocketUp)) return kind;
  return 'maybe';
}

function requestClass(
  exchange: UsageExchange,
  channel: Channel,
  traits: Traits,
  floors: Floors,
): ExchangeClass {
  const { bytesUp, recordsDown } = exchange;
  if (recordsDown > 0 && bytesUp >= SURE_UP && isStreamed(exchange, channel.name, traits, floors))
    return 'model';
  if (traits.smallInferenceUp !== null && recordsDown > 0 && bytesUp >= traits.smallInferenceUp) {
    if (exchange.bytesDown > MAX_SMALL_DOWN) return 'other';
    // After the first request of a flow, HTTP/2 repeats no header (RFC 7541 §2.3.2): a request of this size has a body, and
    // only completions are posted to these names.
    return channel.isHttp2 && (exchange.flags & EXCHANGE_FLAGS.first) === 0 ? 'model' : 'maybe';
  }
  if (bytesUp >= SMALL_UP && bytesUp < SURE_UP && recordsDown >= SMALL_STREAM_RECORDS) return 'maybe';
  if (traits.isMixed && bytesUp >= TELEMETRY_UP)
    return mayAskForQuota(exchange, channel.name, floors) ? 'maybe' : postClass(bytesUp, traits);
  return bytesUp >= AMBIGUOUS_UP && !traits.isCopiedTo ? 'maybe' : 'other';
}

function mayAskForQuota(
  { bytesUp, bytesDown, recordsDown }: UsageExchange,
  name: string,
  floors: Floors,
): boolean {
  if (bytesUp >= AMBIGUOUS_UP || recordsDown === 0) return false;
  return bytesDown >= (floors.single.get(name) ?? DEFAULT_FLOOR) + OVER_ACKNOWLEDGEMENT;
}

/** Classifies a large request with a short answer on a mixed name: a post, or a refused model request. */
function postClass(bytesUp: number, { carriesTelemetry, telemetryUp }: Traits): ExchangeClass {
  if (!carriesTelemetry || bytesUp < (telemetryUp?.min ?? 0)) return 'other';
  return bytesUp > (telemetryUp?.max ?? Number.POSITIVE_INFINITY) ? 'maybe' : 'telemetry';
}

/** Classifies messages of a WebSocket: the first exchange is the upgrade; later, each answered message is a request. */
function classifyMessage(exchange: UsageExchange, leastUp: number): ExchangeClass {
  if ((exchange.flags & EXCHANGE_FLAGS.first) !== 0) return 'other';
  return exchange.bytesUp >= leastUp && exchange.recordsDown > 0 ? 'model' : 'other';
}

function isStreamed(exchange: UsageExchange, name: string, traits: Traits, floors: Floors): boolean {
  const mayHoldTickets =
    (exchange.flags & EXCHANGE_FLAGS.first) !== 0 && (exchange.flags & EXCHANGE_FLAGS.noTicketsSeen) !== 0;
  const moreRecords = mayHoldTickets ? TICKET_RECORDS : 0;
  const isLong = !traits.isHttp2 || exchange.bytesDown >= HTTP2_STREAM_BYTES * exchange.recordsDown;
  if (isLong && exchange.recordsDown >= STREAM_RECORDS + moreRecords) return true;
  const floor =
    floors.small.get(name) ?? (traits.isMixed ? (floors.single.get(name) ?? DEFAULT_FLOOR) : undefined);
  if (floor === undefined)
    return exchange.bytesUp >= AMBIGUOUS_UP && !traits.isPostedTo && !traits.isCopiedTo;
  const over = (traits.isMixed ? OVER_FLOOR_MIXED : OVER_FLOOR) + (mayHoldTickets ? TICKET_BYTES : 0);
  return exchange.bytesDown >= floor + over;
}

/**
 * A refused attempt looks like a telemetry post: a large request, a short answer; but its body is repeated. If it is
 * repeated next on the same flow, the class is certain; elsewhere a post may have the same size by chance.
 */
function withRetries(classified: readonly Classified[]): Classified[] {
  const out: Classified[] = [...classified];
  const later = new LaterModels();
  const nextOfFlow = new Map<string, Classified>();
  const order = [...classified.keys()].sort((a, b) => getStart(classified[b]) - getStart(classified[a]));
  const channels = new Map(
    [...new Set(classified.map(({ channel }) => channel))].map((channel, i) => [channel, i]),
  );
  for (const i of order) {
    const exchange = classified[i];
    if (exchange === undefined) continue;
    const flow = `${channels.get(exchange.channel)} ${exchange.at.exchange.flow}`;
    const found = reclassifyRetry(exchange, nextOfFlow.get(flow), later);
    out[i] = found;
    nextOfFlow.set(flow, found);
    if (found.class === 'model') later.add(found);
  }
  return out;
}

/**
 * A repeatedly refused model request looks like posts of one size, and a server that refuses all calls always sends the
 * same answer:
 * both may also be telemetry.
 */
function withRefused(classified: Classified[]): Classified[] {
  const posts = classified.filter((exchange) => exchange.class === 'telemetry' && !exchange.byName);
  if (posts.length === 0) return classified;
  const refusing = listRefusing(classified);
  const refused = new Set(posts.filter(({ channel }) => refusing.has(channel.name)));
  const last = new Map<string, Classified>();
  for (const post of posts.filter(mayBeRefused).sort((a, b) => a.at.startUs - b.at.startUs)) {
    const size = Math.floor(post.at.exchange.bytesUp / RETRY_DIFFERENCE);
    for (const near of [size - 1, size, size + 1]) {
      const before = last.get(`${near} ${post.channel.name}`);
      if (before === undefined || !isRetry(post, before)) continue;
      refused.add(before);
      refused.add(post);
    }
    last.set(`${size} ${post.channel.name}`, post);
  }
  return classified.map((exchange) =>
    refused.has(exchange)
      ? { ...exchange, mayBeRequest: true, requests: { ...exchange.requests, max: 1 } }
      : exchange,
  );
}

/**
 * Minimum number of hello forms: at a start, programs call a name in several forms for several purposes, with different
 * answers.
 */
const MIN_FORMS = 3;
/** Minimum size of a call with a key: a call without one, such as one that only opens the connection, has another answer. */
const MIN_KEYED_UP = 200;

/** Lists names whose answers all have the same size for every request. */
function listRefusing(classified: readonly Classified[]): Set<string> {
  const names = new Map<string, { readonly sizes: Set<number>; readonly forms: Set<Channel> }>();
  for (const { channel, at } of classified) {
    if (at.exchange.recordsDown === 0 || at.exchange.bytesUp < MIN_KEYED_UP) continue;
    const { sizes, forms } = names.get(channel.name) ?? { sizes: new Set(), forms: new Set() };
    names.set(channel.name, { sizes, forms });
    if (sizes.size < 2) sizes.add(at.exchange.bytesDown);
    forms.add(channel);
  }
  return new Set(
    [...names].flatMap(([name, { sizes, forms }]) =>
      sizes.size === 1 && forms.size >= MIN_FORMS ? [name] : [],
    ),
  );
}

const getStart = (exchange: Classified | undefined): number => exchange?.at.startUs ?? 0;

function reclassifyRetry(exchange: Classified, next: Classified | undefined, later: LaterModels): Classified {
  if (!mayBeRefused(exchange)) return exchange;
  const isRepeated = next !== undefined && isRetry(next, exchange);
  if (isRepeated && (next.class === 'model' || (exchange.isOversized && next.isOversized)))
    return { ...exchange, class: 'model', requests: dropLowerBound(exchange.at.exchange, ONCE) };
  if (exchange.class !== 'telemetry' || !later.hasRetry(exchange)) return exchange;
  return { ...exchange, class: 'maybe', requests: { min: 0, max: 1 } };
}

/** Start times of requests of one size to one name: the earliest so far, and the next later one. */
interface Begun {
  firstUs: TimestampUs;
  nextUs: TimestampUs;
}

/** Model requests by name and size. They are added in descending order of time. */
class LaterModels {
  readonly #names = new Map<string, Map<number, Begun>>();

  add({ channel, at }: Classified): void {
    const sizes = this.#names.get(channel.name) ?? new Map<number, Begun>();
    this.#names.set(channel.name, sizes);
    const { bytesUp } = at.exchange;
    const existing = sizes.get(bytesUp);
    if (existing === undefined) sizes.set(bytesUp, { firstUs: at.startUs, nextUs: Number.POSITIVE_INFINITY });
    else if (at.startUs < existing.firstUs) {
      existing.nextUs = existing.firstUs;
      existing.firstUs = at.startUs;
    }
  }

  hasRetry({ channel, at: { startUs, exchange } }: Classified): boolean {
    const sizes = this.#names.get(channel.name);
    if (sizes === undefined) return false;
    for (let difference = -RETRY_DIFFERENCE; difference <= RETRY_DIFFERENCE; difference++) {
      const begun = sizes.get(exchange.bytesUp + difference);
      if (begun === undefined) continue;
      // A request at the same time is not later.
      const laterUs = begun.firstUs > startUs ? begun.firstUs : begun.nextUs;
      if (laterUs - startUs <= RETRY_US) return true;
    }
    return false;
  }
}

const ONCE: Range = { min: 1, max: 1 };

function mayBeRefused({ class: kind, byName, at: { exchange } }: Classified): boolean {
  if (byName || exchange.recordsDown === 0 || exchange.recordsDown >= STREAM_RECORDS) return false;
  return (kind === 'telemetry' || kind === 'maybe') && exchange.bytesUp >= RETRY_UP;
}

function isRetry(again: Classified, first: Classified): boolean {
  const laterUs = again.at.startUs - first.at.startUs;
  return (
    again.channel.name === first.channel.name &&
    laterUs > 0 &&
    laterUs <= RETRY_US &&
    Math.abs(again.at.exchange.bytesUp - first.at.exchange.bytesUp) <= RETRY_DIFFERENCE
  );
}
