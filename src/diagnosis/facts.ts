// The facts of one host, by name, as rules read them.

import { leastOf } from '../model/extremes.ts';
import type { OutcomeKind } from '../model/outcome.ts';
import type { ClientFingerprint, OutcomeCell, UsageExchange } from '../model/usage.ts';
import { isInside } from '../net/private-networks.ts';

/** The catalogue has these facts about names. */
export interface NameKnowledge {
  /** Ids of the tools that use the name. */
  toolsOf(name: string): readonly string[];
  /** Requests to a model go to the name. */
  isModel(name: string): boolean;
  /** Posts of telemetry go to the name too. */
  isMixed(name: string): boolean;
  /** The runtime that sends a hello of this form; null: not known. */
  runtimeOf(fingerprint: ClientFingerprint): RuntimeName | null;
}

export interface RuntimeName {
  readonly id: string;
  /** For people: "Node 22-24 fetch". */
  readonly label: string;
}

/** Connections of one runtime to a name. */
export interface RuntimeUse extends RuntimeName {
  readonly flows: number;
  /** Requests that were answered. */
  readonly answered: number;
  /** The catalogue knows the runtime; other programs are told apart by their ciphers. */
  readonly isKnown: boolean;
  /** Size of the largest and the smallest hello. */
  readonly helloBytesMax: number;
  readonly helloBytesMin: number;
}

/** Fewer connections of a runtime may be chance. */
const MIN_REFUSED = 2;

export interface RuntimeSplit {
  readonly refusing: readonly RuntimeUse[];
  readonly accepting: readonly RuntimeUse[];
}

/**
 * Runtimes of the host that got answers from a name, and those that got none; null: no such difference. `isCompared`: the
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

/** An exchange at its time. */
export interface TimedExchange extends UsageExchange {
  readonly startUs: number;
}

/** Answers that are longer may come from a model. */
export const SMALL_ANSWER = 1_500;
const STREAMED_RECORDS = 4;

/** A model streams this much: a refusal has one or two records. */
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
  /** Those of them after an answered SYN to a server outside, without a proxy. */
  readonly outside: readonly OutcomeCell[];
  /** DNS queries for the name with a search domain behind it. */
  readonly searched: readonly OutcomeCell[];
  /** Sorted by time. */
  readonly exchanges: readonly TimedExchange[];
  /** Packets of connections in captures, from the client and to it. */
  readonly packetsUp: number;
  readonly packetsDown: number;
  readonly quic: QuicFlows | null;
  /** Sorted by label. */
  readonly runtimes: readonly RuntimeUse[];
  /** Requests to a model go to the name. */
  readonly isModel: boolean;
  /** Posts of telemetry go to the name too. */
  readonly isMixed: boolean;
}

export interface HostFacts {
  readonly host: string;
  readonly names: readonly NameFacts[];
  /** Those of all names. */
  readonly outside: readonly OutcomeCell[];
  /** The host sent packets to addresses outside, other than DNS queries. */
  readonly isElsewhere: boolean;
  /** The host exchanged data with servers of other names, without a proxy. */
  readonly isDirect: boolean;
  /** Sent by the host in captures. */
  readonly bytesUp: number | null;
  /** All that is known of the host is from captures. */
  readonly isCaptured: boolean;
}

const isIp6 = (address: string): boolean => address.includes(':');
export const onIp6 = (cell: OutcomeCell): boolean => isIp6(cell.server);

export const ofKind = (facts: NameFacts, ...kinds: readonly OutcomeKind[]): OutcomeCell[] =>
  facts.cells.filter(({ kind }) => kinds.includes(kind));

export const cellCount = (cells: readonly OutcomeCell[]): number =>
  cells.reduce((sum, { count }) => sum + count, 0);
export const sumOf = (
  cells: readonly OutcomeCell[],
  field: 'value' | 'repeated' | 'segments' | 'delayMs',
): number => cells.reduce((sum, cell) => sum + cell[field], 0);
export const firstOf = (cells: readonly OutcomeCell[]): number =>
  cells.reduce((least, { firstUs }) => Math.min(least, firstUs), Number.POSITIVE_INFINITY);
export const lastOf = (cells: readonly OutcomeCell[]): number =>
  cells.reduce((most, { lastUs }) => Math.max(most, lastUs), Number.NEGATIVE_INFINITY);

/** Connections that carried an answered request. */
export const served = (facts: NameFacts): OutcomeCell[] =>
  ofKind(facts, 'served', 'resetInSilence', 'closedInAnswer', 'requestUnheard');

/** Fewer failures than these may be chance. */
const MIN_FAILURES = 3;

/**
 * Only success in the time of the failures counts: a rule that came later, or was lifted, left the other connections alone.
 */
export function withinFailures(
  works: readonly OutcomeCell[],
  failures: readonly OutcomeCell[],
): OutcomeCell[] {
  if (cellCount(failures) < MIN_FAILURES) return [...works];
  const [from, to] = [firstOf(failures), lastOf(failures)];
  return works.filter(({ firstUs, lastUs }) => lastUs >= from && firstUs <= to);
}

/** A tool tries its WebSocket first, and HTTPS after that. */
export const isMaybeSocket = (
  { isModel }: NameFacts,
  failed: readonly OutcomeCell[],
  works: readonly OutcomeCell[],
): boolean => isModel && firstOf(failed) < firstOf(works);

export const partText = (isSocket: boolean): string =>
  `A part of the tool, ${isSocket ? 'probably its WebSocket' : 'or another program'},`;

/** Fewer connections than one in this many are chance: a sensor under load misses single packets. */
const ONE_WAY_SHARE = 10;

/** Connections on which the client sent data, which an answered SYN precedes (RFC 9293 §3.5), without one in the capture. */
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
 * The reason why answers to the host may be missing from the capture alone; empty without a sign of it. A client that
 * sends data was answered. Outcomes of logs have no segments.
 */
export function missingAnswers({ names }: HostFacts): string[] {
  const connections = names.flatMap(listConnections);
  const oneWay = names.reduce((sum, facts) => sum + countUnheard(facts), 0);
  if (oneWay === 0 || oneWay * ONE_WAY_SHARE < cellCount(connections)) return [];
  return [
    `the client sent data on ${oneWay} of ${cellCount(connections)} connections whose SYN-ACK is not in the capture: answers to this host may be missing from the capture`,
  ];
}

/** With any result of a connection the client knew an address. */
export const listConnections = ({ cells }: NameFacts): OutcomeCell[] =>
  cells.filter(({ kind }) => kind !== 'icmp' && !kind.startsWith('dns'));

export const DNS_ANSWERS = ['dnsAnswered', 'dnsEmpty', 'dnsPrivate', 'dnsError', 'dnsZero'] as const;

/** Some answer to the host is in the capture. */
export const isHeard = ({ names }: HostFacts): boolean =>
  names.some(
    (facts) =>
      ofKind(facts, ...DNS_ANSWERS).length > 0 ||
      facts.cells.some(({ handshakeMinUs }) => handshakeMinUs > 0),
  );

type CapturedSide = 'client' | 'server';

/** The only side of the host's connections that is in the capture; null: both, or not known. */
export function findOnlySide(host: HostFacts): CapturedSide | null {
  if (!isHeard(host) && host.names.some((facts) => countUnheard(facts) > 0)) return 'client';
  return host.isCaptured && host.bytesUp === 0 && isHeard(host) ? 'server' : null;
}

/** The only side of the connections to a name. */
export function findSideOfName(facts: NameFacts): CapturedSide | null {
  const { packetsUp, packetsDown } = facts;
  const unheard = countUnheard(facts);
  if (packetsUp > 0 && packetsDown === 0)
    return unheard > 0 && unheard === cellCount(listConnections(facts)) ? 'client' : null;
  return packetsDown > 0 && packetsUp === 0 ? 'server' : null;
}

/** Outcomes after an answered SYN to a server outside. A device on the way redirects in its place. */
export const isOutside = (cell: OutcomeCell): boolean =>
  cell.handshakeMinUs > 0 && cell.proxied === 0 && cell.kind !== 'connectStatus' && !isInside(cell.server);

/** Hops that a TTL has lost on its way, by the initial values of operating systems; null: not known. */
export const findHops = (ttl: number): number | null => {
  if (ttl === 0) return null;
  const initial = [64, 128, 255].find((candidate) => ttl <= candidate) ?? 255;
  return initial - ttl;
};

/** How servers outside answer this host, for a comparison; null without one. */
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

/** True if the packet that ended a handshake came from a device before the server; null: not known. */
export function isFromNear(cells: readonly OutcomeCell[], outside: Outside | null): boolean | null {
  const delays = cells.flatMap(({ delayMinUs }) => (delayMinUs > 0 ? [delayMinUs] : []));
  const rtts = cells.flatMap(({ handshakeMinUs }) => (handshakeMinUs > 0 ? [handshakeMinUs] : []));
  const rttUs = rtts.length > 0 ? leastOf(rtts) : (outside?.rttUs ?? null);
  const ttl = cells.find(({ ttlMin }) => ttlMin > 0)?.ttlMin ?? 0;
  const own = new Set(
    cells.flatMap(({ handshakeTtlMin, handshakeTtlMax }) => [handshakeTtlMin, handshakeTtlMax]),
  );
  own.delete(0);
  const expected = own.size > 0 ? own : outside?.ttls;
  const isOtherTtl = ttl > 0 && expected !== undefined && expected.size > 0 && !expected.has(ttl);
  const delayUs = delays.length === 0 ? 0 : leastOf(delays);
  if (rttUs !== null) return isOtherTtl || delayUs * 2 < rttUs;
  const hops = findHops(ttl);
  if (hops !== null) return hops <= 2;
  return delayUs === 0 ? null : delayUs < 5000;
}
