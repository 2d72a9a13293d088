// Finds connections that a log cannot identify. They count as traffic that is not visible, like the same flows of
// packets.

import type { HostTotalsRecord, NotVisibleSums } from '../../model/flow.ts';
import type { AppHint } from '../../model/window-words.ts';
import { splitWords } from '../../text/word-lists.ts';
import { DNS_OVER_TLS_PORT, UNKNOWN_UDP_BYTES } from '../collector/not-visible.ts';

/** Protocols that transport others, by parts of their names in Zeek and Suricata. */
const CARRIERS: readonly (readonly [part: string, hint: AppHint])[] = [
  ['ssh', 'ssh'],
  ['wireguard', 'wireguard'],
  ['openvpn', 'openvpn'],
  ['ipsec', 'ipsec'],
  ['ike', 'ipsec'],
];

/** Parts of the names of DNS over TLS and over QUIC. */
const OF_DNS = ['ssl', 'tls', 'quic', 'dns'] as const;
/** Protocols with a name in their hellos, among the services of a connection. */
const NAMING = /(?:^|,)(?:ssl|tls|dtls|quic|https)(?:,|$)/;

/** Protocols that carry requests. */
const REQUESTED = /(?:^|,)(?:ssl|tls|quic|https?|http2)(?:,|$)/;

/** Protocols whose requests state the host in clear text. */
const CLEAR_TEXT = /(?:^|,)http2?(?:,|$)/;

/** True for connections whose server is named by their requests alone. */
export const isRequestService = (service: string): boolean =>
  CLEAR_TEXT.test(service) && !NAMING.test(service);

export const isNamingService = (service: string): boolean => NAMING.test(service);

export const isTunnelService = (service: string): boolean =>
  CARRIERS.some(([part]) => service.includes(part));

export interface LoggedEnds {
  readonly serverPort: number;
  /** The name of the protocol that the sensor recognized; null: none. */
  readonly service: string | null;
  /** A row had the name of the server, or of the target. */
  readonly isNamed: boolean;
  /** A connection in clear text whose requests the logs do not contain; absent: no. */
  readonly lacksRequests?: boolean;
  /** The sensor did not capture the start of a TCP connection. */
  readonly isMidFlow: boolean;
  readonly isUdp: boolean;
  /** Null: not logged. */
  readonly bytesUp: number | null;
  readonly bytesDown: number | null;
  /** False if TCP packets certainly contain no data. */
  readonly hasData: boolean;
}

/** Returns the kinds of unobserved traffic of a connection without a listed name. */
export function classifyUnseen(ends: LoggedEnds): readonly NotVisibleSums[] {
  const { serverPort, service, isNamed, isMidFlow, isUdp, bytesUp, bytesDown, hasData } = ends;
  const bytes = (bytesUp ?? 0) + (bytesDown ?? 0);
  const isDns = serverPort === DNS_OVER_TLS_PORT && OF_DNS.some((part) => service?.includes(part));
  if (isDns) return [{ kind: 'dns', hint: 'unknown', flows: 1, bytes }];
  if (service !== null) {
    const carrier = CARRIERS.find(([part]) => service.includes(part));
    if (carrier !== undefined) return [{ kind: 'tunnel', hint: carrier[1], flows: 1, bytes }];
    const isUnnamed = !isNamed && NAMING.test(service);
    if ((isUnnamed || ends.lacksRequests === true) && bytes > 0) return unnamedTraffic(bytes);
    return REQUESTED.test(service) && isUpload(bytesUp, bytesDown) ? relayTraffic(bytes) : NOTHING;
  }
  // Tunnels change ports after few bytes, use one for each direction, or use those of DNS and NTP.
  const few = isFew(bytes) ? { isFew: true as const } : {};
  if (isUdp) return [{ kind: 'tunnel', hint: 'unknown', flows: 1, bytes, ...few }];
  // Port scans and health checks occur in any number, and transport nothing.
  if (!hasData && isFew(bytes)) return NOTHING;
  return [{ kind: isMidFlow ? 'midFlow' : 'tunnel', hint: 'unknown', flows: 1, bytes, ...few }];
}

/** Minimum upload that may be a request of a tool to a relay, as for packets. */
const MIN_UPLOAD_BYTES = 20_000;
/**
 * Minimum ratio of sent to received bytes. An agent sends its context again with each request, more than it receives.
 * Other connections are balanced.
 */
const UP_TO_DOWN = 3;

/**
 * No log identifies the program of a connection to an unlisted name. One that sends much more than it receives behaves like
 * that of a tool with a relay.
 */
export const isUpload = (bytesUp: number | null, bytesDown: number | null): boolean =>
  bytesUp !== null && bytesDown !== null && bytesUp >= MIN_UPLOAD_BYTES && bytesUp >= UP_TO_DOWN * bytesDown;

/** Returns the traffic of a suspected relay. No name and no address of it is kept. */
export const relayTraffic = (bytes: number): readonly NotVisibleSums[] => [
  { kind: 'relay', hint: 'unknown', flows: 1, bytes },
];

/** Returns hidden traffic, because a connection may have any name. */
export const unnamedTraffic = (bytes: number): readonly NotVisibleSums[] => [
  { kind: 'unnamed', hint: 'unknown', flows: 1, bytes },
];

const isFew = (bytes: number): boolean => bytes < UNKNOWN_UDP_BYTES;

/** Maximum pairs of hosts whose rows are summed. Rows of others are hidden immediately. */
const MAX_PAIRS = 65_536;

/** Sums small connections of unknown protocols by pair of hosts. */
export class FewBytes {
  readonly #pairs: Map<string, number>;

  /** `pairs`: bytes of earlier rows, by pair. */
  constructor(pairs: Map<string, number> = new Map()) {
    this.#pairs = pairs;
  }

  /** Returns the totals with the hidden part. Few bytes are not hidden unless those of the same hosts sum to more. */
  sum(totals: HostTotalsRecord): HostTotalsRecord {
    const [part] = totals.notVisible;
    if (part?.isFew !== true) return totals;
    const key = `${totals.host} ${totals.peer ?? ''}`;
    const existing = this.#pairs.get(key);
    const { isFew: _, ...counted } = part;
    if (existing === undefined && this.#pairs.size >= MAX_PAIRS) return { ...totals, notVisible: [counted] };
    const bytes = (existing ?? 0) + totals.bytesUp + totals.bytesDown;
    this.#pairs.set(key, bytes);
    return { ...totals, notVisible: isFew(bytes) ? NOTHING : [counted] };
  }
}

const NOTHING: readonly NotVisibleSums[] = [];

/** Protocols without ports that transport no others: ICMP, IGMP, ICMPv6, OSPF, PIM, VRRP. */
const CARRY_NOTHING: ReadonlySet<number> = new Set([1, 2, 58, 89, 103, 112]);
/** Their names in logs. */
const CARRY_NOTHING_WORDS: ReadonlySet<string> = new Set(
  splitWords('icmp ipv6-icmp icmpv6 igmp ospf pim vrrp'),
);

/**
 * Returns hidden traffic for a protocol other than TCP and UDP, such as IPsec or GRE, by its number or name, because it
 * cannot be inspected.
 */
export function classifyUnseenProtocol(protocol: string, bytes: number): readonly NotVisibleSums[] {
  const number = /^\d{1,3}$/.test(protocol) ? Number(protocol) : null;
  const carriesNothing =
    number === null ? CARRY_NOTHING_WORDS.has(protocol.toLowerCase()) : CARRY_NOTHING.has(number);
  return carriesNothing || bytes === 0 ? NOTHING : [{ kind: 'tunnel', hint: 'unknown', flows: 1, bytes }];
}
