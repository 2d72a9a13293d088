// Collects the facts of one host by name for the rules.

import { findMaximum, findMinimum } from '../model/extremes.ts';
import type { OutcomeKind } from '../model/outcome.ts';
import type { ClientFingerprint, OutcomeCell, UsageExchange } from '../model/usage.ts';
import { isInside } from '../net/private-networks.ts';

/** Facts of the catalogue about names. */
export interface NameKnowledge {
  /** Returns the ids of the tools that use the name. */
  toolsOf(name: string): readonly string[];
  /** True if model requests go to the name. */
  isModel(name: string): boolean;
  /** True if telemetry goes to the name too. */
  isMixed(name: string): boolean;
  /** Returns the runtime that sends a hello of this form; null: unknown. */
  runtimeOf(fingerprint: ClientFingerprint): RuntimeName | null;
}

export interface RuntimeName {
  readonly id: string;
  /** Label for people: "Node 22-24 fetch". */
  readonly label: string;
}

/** Connections of one runtime to a name. */
export interface RuntimeUse extends RuntimeName {
  readonly flows: number;
  /** Requests that were answered. */
  readonly answered: number;
  /** True if the catalogue contains the runtime. Other programs are distinguished by their ciphers. */
  readonly isKnown: boolean;
  /** Size of the largest and the smallest hello. */
  readonly helloBytesMax: number;
  readonly helloBytesMin: number;
}

/** Minimum connections of a runtime. */
const MIN_REFUSED = 2;

export interface RuntimeSplit {
  readonly refusing: readonly RuntimeUse[];
  readonly accepting: readonly RuntimeUse[];
}

/**
 * Returns runtimes of the host with answers from a name, and those without; null: no such difference. `isCompared`:
 * runtimes that may be among those without answers.
 */
export function splitRuntimes(
  { runtimes }: NameFacts,
  isCompared: (runtime: RuntimeUse) => boolean = ({ isKnown }) => isKnown,
): RuntimeSplit | null {
  const accepting = runtimes.filter(({ answered }) => answered > 0);
  const refusing = runtimes.filter(
    (runtime) =>
      isCompared(runtime) &&
      runtime.answered === 0 &&
      runtime.flows >= MIN_REFUSED &&
      accepting.every(({ id }) => id !== runtime.id),
  );
  return refusing.length === 0 || accepting.length === 0 ? null : { refusing, accepting };
}

export const runtimeLabels = (list: readonly RuntimeUse[]): string =>
  list.map(({ label }) => label).join('; ');

/** An exchange with its time. */
export interface TimedExchange extends UsageExchange {
  readonly startUs: number;
}

/** Maximum size of an answer that cannot come from a model. */
export const SMALL_ANSWER = 1_500;
const STREAMED_RECORDS = 4;

/** True for a streamed answer. A refusal has one or two records. */
export const isStreamed = ({ bytesDown, recordsDown }: UsageExchange): boolean =>
  bytesDown > SMALL_ANSWER && recordsDown >= STREAMED_RECORDS;

/** QUIC flows of a name. */
export interface QuicFlows {
  readonly flows: number;
  readonly isAnswered: boolean;
  readonly firstUs: number;
  readonly lastUs: number;
}

export interface NameFacts {
  readonly host: string;
  readonly name: string;
  readonly cells: readonly OutcomeCell[];
  /** Cells after an answered SYN of a server outside, without a proxy. */
  readonly outside: readonly OutcomeCell[];
  /** DNS queries for the name with an appended search domain. */
  readonly searched: readonly OutcomeCell[];
  /** Sorted by time. */
  readonly exchanges: readonly TimedExchange[];
  /** Packets of connections in captures, sent by the client; below, received by it. */
  readonly packetsUp: number;
  readonly packetsDown: number;
  readonly quic: QuicFlows | null;
  /** Sorted by label. */
  readonly runtimes: readonly RuntimeUse[];
  /** Model requests go to the name. */
  readonly isModel: boolean;
  /** Telemetry goes to the name too. */
  readonly isMixed: boolean;
}

export interface HostFacts {
  readonly host: string;
  readonly names: readonly NameFacts[];
  /** Cells of all names after an answered SYN of a server outside, without a proxy. */
  readonly outside: readonly OutcomeCell[];
  /** The host sent packets other than DNS queries to addresses outside. */
  readonly isElsewhere: boolean;
  /** The host exchanged data with servers of other names, without a proxy. */
  readonly isDirect: boolean;
  /** Bytes that the host sent in captures. */
  readonly bytesUp: number | null;
  /** Bytes that it received in captures. */
  readonly bytesDown: number | null;
  /** All facts about the host come from captures. */
  readonly isCaptured: boolean;
}

export const isOverIp6 = ({ server }: OutcomeCell): boolean => server.includes(':');

export const selectCells = (facts: NameFacts, ...kinds: readonly OutcomeKind[]): OutcomeCell[] =>
  facts.cells.filter(({ kind }) => kinds.includes(kind));

/** Returns the senders of ICMP errors. */
export const listSenders = (errors: readonly OutcomeCell[]): string[] =>
  [...new Set(errors.map(({ by }) => by))].sort();
export const sumCounts = (cells: readonly OutcomeCell[]): number =>
  cells.reduce((sum, { count }) => sum + count, 0);
export const sumField = (
  cells: readonly OutcomeCell[],
  field: 'value' | 'repeated' | 'segments' | 'delayMs',
): number => cells.reduce((sum, cell) => sum + cell[field], 0);
export const findFirstUs = (cells: readonly OutcomeCell[]): number =>
  cells.reduce((least, { firstUs }) => Math.min(least, firstUs), Number.POSITIVE_INFINITY);
export const findLastUs = (cells: readonly OutcomeCell[]): number =>
  cells.reduce((most, { lastUs }) => Math.max(most, lastUs), Number.NEGATIVE_INFINITY);

/** Returns connections with an answered request. */
export const selectServed = (facts: NameFacts): OutcomeCell[] =>
  selectCells(facts, 'served', 'resetInSilence', 'closedInAnswer', 'requestUnheard');

/** Minimum failures. */
const MIN_FAILURES = 3;

/** Returns successes during the failures only, because a rule may have been added later or removed. */
export function selectDuring(
  served: readonly OutcomeCell[],
  failures: readonly OutcomeCell[],
): OutcomeCell[] {
  if (sumCounts(failures) < MIN_FAILURES) return [...served];
  const [from, to] = [findFirstUs(failures), findLastUs(failures)];
  return served.filter(({ firstUs, lastUs }) => lastUs >= from && firstUs <= to);
}

/** True if it may be a WebSocket, which a tool tries before HTTPS. */
export const isMaybeSocket = (
  { isModel }: NameFacts,
  failed: readonly OutcomeCell[],
  served: readonly OutcomeCell[],
): boolean => isModel && findFirstUs(failed) < findFirstUs(served);

export const describePart = (isSocket: boolean): string =>
  `A part of the tool, ${isSocket ? 'probably its WebSocket' : 'or another program'},`;

/** Minimum share of such connections. A loaded sensor misses single packets. */
const ONE_WAY_SHARE = 10;

/**
 * Counts connections on which the client sent data but whose SYN-ACK, which precedes data (RFC 9293 §3.5), is not in
 * the capture.
 */
const countUnheard = ({ cells }: NameFacts): number =>
  cells
    .filter(({ kind, segments }) => kind === 'opened' && segments > 0)
    .reduce(
      (sum, cell) => sum + (cell.handshakeMinUs === 0 ? cell.count : cell.count - countHandshakes(cell)),
      0,
    );

const countHandshakes = ({ handshakeDelays = [] }: OutcomeCell): number =>
  handshakeDelays.reduce((sum, count) => sum + count, 0);

/**
 * Returns the reason why only the capture may lack answers to the host; empty without a sign of it. A client that sends
 * data was answered. Outcomes of logs have no segments.
 */
export function listDoubts({ names }: HostFacts): string[] {
  const connections = names.flatMap(listConnections);
  const oneWay = names.reduce((sum, facts) => sum + countUnheard(facts), 0);
  if (oneWay === 0 || oneWay * ONE_WAY_SHARE < sumCounts(connections)) return [];
  return [
    `the client sent data on ${oneWay} of ${sumCounts(connections)} connections whose SYN-ACK is not in the capture: answers to this host may be missing from the capture`,
  ];
}

/** Returns connections with a result, for which the client knew an address. */
export const listConnections = ({ cells }: NameFacts): OutcomeCell[] =>
  cells.filter(({ kind }) => kind !== 'icmp' && !kind.startsWith('dns'));

export const DNS_ANSWERS = ['dnsAnswered', 'dnsEmpty', 'dnsPrivate', 'dnsError', 'dnsZero'] as const;

/** True if an answer to the host is in the capture. */
export const isHeard = ({ names }: HostFacts): boolean =>
  names.some(
    (facts) =>
      selectCells(facts, ...DNS_ANSWERS).length > 0 ||
      facts.cells.some(({ handshakeMinUs }) => handshakeMinUs > 0),
  );

/** Detail of a served connection: this value plus the seconds from the first SYN to the SYN-ACK, from one second on. */
const LATE_DETAIL = 2;
export const getWait = ({ detail }: OutcomeCell): number => detail - LATE_DETAIL;
/** The SYN was repeated before its answer came. */
export const isOpenedLate = (cell: OutcomeCell): boolean =>
  cell.kind === 'served' && cell.proxied === 0 && getWait(cell) >= 1;

/** Minimum size of a hello that may need two packets. */
export const LARGE_HELLO = 1_200;

type CapturedSide = 'client' | 'server';

/** Returns the only captured side of the host's connections; null: both, or unknown. */
export function findOnlySide(host: HostFacts): CapturedSide | null {
  if (!isHeard(host) && host.names.some((facts) => countUnheard(facts) > 0)) return 'client';
  return host.isCaptured && host.bytesUp === 0 && isHeard(host) ? 'server' : null;
}

/** Returns the only captured side of the connections to a name. */
export function findSideOfName(facts: NameFacts): CapturedSide | null {
  const { packetsUp, packetsDown } = facts;
  const unheard = countUnheard(facts);
  if (packetsUp > 0 && packetsDown === 0)
    return unheard > 0 && unheard === sumCounts(listConnections(facts)) ? 'client' : null;
  return packetsDown > 0 && packetsUp === 0 ? 'server' : null;
}

/**
 * True for outcomes after an answered SYN of a server outside. In redirections, a device on the path answered instead.
 */
export const isOutside = (cell: OutcomeCell): boolean =>
  cell.handshakeMinUs > 0 && cell.proxied === 0 && cell.kind !== 'connectStatus' && !isInside(cell.server);

/** Returns the hops of a TTL, from the initial values of operating systems; null: unknown. */
export const findHops = (ttl: number): number | null => {
  if (ttl === 0) return null;
  const initial = [64, 128, 255].find((candidate) => ttl <= candidate) ?? 255;
  return initial - ttl;
};

/** The answers of servers outside to this host, for comparison; null without any. */
export interface Outside {
  readonly rttUs: number;
  readonly ttls: ReadonlySet<number>;
}

export function measureOutside({ names }: HostFacts, except: string): Outside | null {
  let rttUs = Number.POSITIVE_INFINITY;
  const ttls = new Set<number>();
  for (const { name, outside } of names) {
    if (name === except) continue;
    for (const { handshakeMinUs, handshakeTtlMin, handshakeTtlMax } of outside) {
      rttUs = Math.min(rttUs, handshakeMinUs);
      ttls.add(handshakeTtlMin).add(handshakeTtlMax);
    }
  }
  return ttls.size === 0 ? null : { rttUs, ttls };
}

/** Maximum hops and round trip of a device near the client. */
export const NEAR_HOPS = 2;
export const NEAR_US = 5_000;

/** True if the packet that ended a handshake came from a device before the server; null: unknown. */
export function isFromNear(cells: readonly OutcomeCell[], outside: Outside | null): boolean | null {
  const delays = cells.flatMap(({ delayMinUs }) => (delayMinUs > 0 ? [delayMinUs] : []));
  const rtts = cells.flatMap(({ handshakeMinUs }) => (handshakeMinUs > 0 ? [handshakeMinUs] : []));
  const rttUs = rtts.length > 0 ? findMinimum(rtts) : (outside?.rttUs ?? null);
  const ttl = cells.find(({ ttlMin }) => ttlMin > 0)?.ttlMin ?? 0;
  const own = new Set(
    cells.flatMap(({ handshakeTtlMin, handshakeTtlMax }) => [handshakeTtlMin, handshakeTtlMax]),
  );
  own.delete(0);
  const expected = own.size > 0 ? own : outside?.ttls;
  const isOtherTtl = ttl > 0 && expected !== undefined && expected.size > 0 && !expected.has(ttl);
  const delayUs = delays.length === 0 ? 0 : findMinimum(delays);
  if (rttUs !== null) return isOtherTtl || delayUs * 2 < rttUs;
  const hops = findHops(ttl);
  if (hops !== null) return hops <= NEAR_HOPS;
  return delayUs === 0 ? null : delayUs < NEAR_US;
}

/** Maximum hops of a device that is nearer than servers of other names. Content networks are near, and behind more. */
const BOX_HOPS = 4;

/** True if a device answers the SYN instead of a server outside. */
export function answersFromNear(cells: readonly OutcomeCell[], outside: Outside | null): boolean {
  const open = cells.filter(({ handshakeMinUs }) => handshakeMinUs > 0);
  if (open.length === 0) return false;
  const rttUs = findMinimum(open.map(({ handshakeMinUs }) => handshakeMinUs));
  const hops = findHops(findMaximum(open.map(({ handshakeTtlMax }) => handshakeTtlMax)));
  if (outside !== null && outside.rttUs > rttUs * 4 && (hops ?? 0) <= BOX_HOPS) return true;
  return hops === null ? rttUs < NEAR_US : hops <= NEAR_HOPS;
}
