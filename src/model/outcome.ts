// Declares outcomes of connections and DNS queries: the attempt, its end, and measurements that locate a fault. These
// are facts; diagnosis/ derives verdicts.

/** Words of OutcomeKind in native-bindings/src/base/event.h, by number. That file documents each. */
export const CONNECTION_OUTCOMES = [
  'served',
  'opened',
  'synSilent',
  'synReset',
  'icmp',
  'helloSilent',
  'helloFrontLost',
  'helloRestLost',
  'helloReset',
  'helloClosed',
  'helloUnanswered',
  'serverAlert',
  'answerFrontLost',
  'answerRefused',
  'requestUnheard',
  'resetInSilence',
  'closedInAnswer',
  'connectStatus',
  'connectUnanswered',
  'requestUnanswered',
  'quicSilent',
] as const;
export type ConnectionOutcome = (typeof CONNECTION_OUTCOMES)[number];

/** Values of the detail of `connectStatus` for a SOCKS proxy: SocksStatus of native-bindings/src/base/event.h. */
export const SOCKS_STATUS = {
  /** The code of the reply, 91 to 93, is added. */
  reply4: 4000,
  /** The code of the reply (RFC 1928 §6), 1 to 8, is added. */
  reply5: 5000,
  noMethod: 5255,
  loginFailed: 5300,
} as const;

/** Detail of `helloReset`: a reset before any byte of the client. */
export const BEFORE_DATA = 4;

/** Detail of `synSilent`: SYN-ACKs came, and the client repeated its SYN. */
export const IGNORED_ANSWER = 1;

/** Details of `requestUnanswered`: bytes in the middle of an answer never came, or it broke off within a record. */
export const BROKEN_OFF = { hole: 1, record: 2 } as const;

/** Kinds of a cell: those of connections, then those of DNS queries. */
export const OUTCOME_KINDS = [
  ...CONNECTION_OUTCOMES,
  /** The answer contains an address. */
  'dnsAnswered',
  /** Detail: the response code. */
  'dnsError',
  /** The answer has no error and no address. */
  'dnsEmpty',
  /** The answer is 0.0.0.0 or ::. */
  'dnsZero',
  /** The answer is a private address. */
  'dnsPrivate',
  'dnsUnanswered',
  /** The answer was cut, and asks the client to repeat its query over TCP (RFC 7766 §5). Detail: the record type. */
  'dnsTruncated',
] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** The connection transported a request, so all middleboxes before it let it pass. */
export const PASSED_KINDS: ReadonlySet<OutcomeKind> = new Set([
  'served',
  'requestUnheard',
  'resetInSilence',
  'closedInAnswer',
  'requestUnanswered',
]);

/** The connection was blocked or failed before any request. It counts as an attempt, not as use. */
export const ATTEMPT_KINDS: ReadonlySet<OutcomeKind> = new Set([
  'synSilent',
  'synReset',
  'helloSilent',
  'helloFrontLost',
  'helloRestLost',
  'helloReset',
  'helloClosed',
  'helloUnanswered',
  'serverAlert',
  'answerFrontLost',
  'answerRefused',
  'connectStatus',
  'connectUnanswered',
  'quicSilent',
]);

/** Detail of "answerRefused" where the client ended TLS 1.3 in order; otherwise its alert in clear + 1, or 0. */
export const ENDED_IN_ORDER = 300;

/** Returns the client's alert in clear text; null: none. */
export const findAlert = (detail: number): number | null =>
  detail === 0 || detail === ENDED_IN_ORDER ? null : detail - 1;

/** Queries that got no address. */
export const UNRESOLVED_KINDS: ReadonlySet<OutcomeKind> = new Set([
  'dnsError',
  'dnsEmpty',
  'dnsZero',
  'dnsUnanswered',
]);

/** DNS record type of queries for an IPv4 address (RFC 1035 §3.2.2). */
export const TYPE_A = 1;

/**
 * passed: a request was sent. stopped: no request was sent. unresolved: no answer contained an address for the name.
 */
export const CONNECTION_RESULTS = ['passed', 'stopped', 'unresolved'] as const;
export type ConnectionResult = (typeof CONNECTION_RESULTS)[number];

/**
 * Classifies an outcome; null for connections without an end and for answered queries. An IPv6 query without an address
 * is no failure, because most names have none.
 */
export function connectionResult(kind: OutcomeKind, detail: number): ConnectionResult | null {
  if (PASSED_KINDS.has(kind)) return 'passed';
  if (ATTEMPT_KINDS.has(kind)) return 'stopped';
  return UNRESOLVED_KINDS.has(kind) && (kind !== 'dnsEmpty' || detail === TYPE_A) ? 'unresolved' : null;
}

/** Connections to the names of one tool. A name of several tools counts for each of them. */
export interface ConnectionCount extends Readonly<Record<ConnectionResult, number>> {
  readonly tool: string;
}

/** Flags of a connection, as counts of a cell. */
export const OUTCOME_FLAG_COUNTS = [
  /** The connection went through a proxy. */
  'proxied',
  /** A reset or SYN-ACK has a sequence number that no host accepts. */
  'outOfWindow',
  /** The side whose packet decides the outcome sent more packets after it. */
  'continued',
  'tls12',
  /** The client ended the connection. */
  'byClient',
  /** Its last packets are not in the capture. */
  'cutOff',
] as const;

export const OUTCOME_SUMS = [
  'count',
  ...OUTCOME_FLAG_COUNTS,
  'repeated',
  'segments',
  /** The sum of `delayMs`, for a mean. */
  'delayMs',
  'value',
] as const;

/**
 * States if the gateway that logged a connection decrypted it, by the detail of `served`. Packets and most logs do not
 * show it: unknown.
 */
export const INSPECTIONS = ['unknown', 'inspected', 'notInspected'] as const;
export type Inspection = (typeof INSPECTIONS)[number];

export const OUTCOME_MAXIMA = [
  'delayMaxUs',
  'handshakeMaxUs',
  'ttlMax',
  'handshakeTtlMax',
  'valueMax',
  'fastestKbit',
] as const;

/** Smallest values above zero of a cell; 0: none. */
export const OUTCOME_MINIMA = [
  'delayMinUs',
  'handshakeMinUs',
  'ttlMin',
  'handshakeTtlMin',
  'valueMin',
] as const;

/** Upper bounds of the delay buckets in ms; the last bucket has none. The error of a figure from buckets is at most a third. */
export const DELAY_BOUNDS_MS = [
  ...[1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700],
  ...[1000, 1500, 2000, 3000, 5000, 7000, 10_000, 15_000, 20_000, 30_000, 60_000],
] as const;

export const OUTCOME_DELAYS = [
  /** Time between SYN and SYN-ACK; through a proxy, of the connection to the proxy. */
  'handshakeDelays',
  /** Time between the first request and its answer. */
  'answerDelays',
] as const;

/** Adds counts by bucket; undefined: no counts. */
export function addCounts(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  return long.map((count, i) => count + (short[i] ?? 0));
}

/** A connection in a log: it has no delays, TTLs and retransmissions. */
export interface OutcomeRecord {
  readonly tsUs: number;
  readonly lastUs: number;
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly kind: ConnectionOutcome;
  readonly detail: number;
  /** Empty: unknown, or known only from another source than the connection. */
  readonly name: string;
  readonly isProxied: boolean;
}
