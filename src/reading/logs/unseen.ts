// Connections that a log cannot see into. They count as traffic that is not visible, as the same flows of packets do.

import type { HostTotalsRecord, NotVisibleSums } from '../../model/flow.ts';
import type { AppHint } from '../../model/window-words.ts';
import { words } from '../../text/word-lists.ts';
import { DNS_OVER_TLS_PORT, UNKNOWN_UDP_BYTES } from '../collector/not-visible.ts';

/** Protocols that carry others, by parts of the words with which Zeek and Suricata name them. */
const CARRIERS: readonly (readonly [part: string, hint: AppHint])[] = [
  ['ssh', 'ssh'],
  ['wireguard', 'wireguard'],
  ['openvpn', 'openvpn'],
  ['ipsec', 'ipsec'],
  ['ike', 'ipsec'],
];

/** Parts of the words for DNS over TLS and over QUIC. */
const OF_DNS = ['ssl', 'tls', 'quic', 'dns'] as const;
/** Protocols whose hellos have a name, among the words of a connection. */
const NAMING = /(?:^|,)(?:ssl|tls|dtls|quic|https)(?:,|$)/;

export const isNamingService = (service: string): boolean => NAMING.test(service);

export const isTunnelService = (service: string): boolean =>
  CARRIERS.some(([part]) => service.includes(part));

export interface LoggedEnds {
  readonly serverPort: number;
  /** The protocol that the sensor recognized, as it names it; null: none. */
  readonly service: string | null;
  /** A row had the name of the server, or of the target. */
  readonly isNamed: boolean;
  /** The sensor did not see the beginning of a TCP connection. */
  readonly isMidFlow: boolean;
  readonly isUdp: boolean;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** False where packets of TCP are known to have none. */
  readonly hasData: boolean;
}

/** Kinds of unobserved traffic of a connection without a listed name. */
export function unseenIn(ends: LoggedEnds): readonly NotVisibleSums[] {
  const { serverPort, service, isNamed, isMidFlow, isUdp, bytesUp, bytesDown, hasData } = ends;
  const bytes = bytesUp + bytesDown;
  const isDns = serverPort === DNS_OVER_TLS_PORT && OF_DNS.some((part) => service?.includes(part));
  if (isDns) return [{ kind: 'dns', hint: 'unknown', flows: 1, bytes }];
  if (service !== null) {
    const carrier = CARRIERS.find(([part]) => service.includes(part));
    if (carrier !== undefined) return [{ kind: 'tunnel', hint: carrier[1], flows: 1, bytes }];
    return isNamed || bytes === 0 || !NAMING.test(service) ? NOTHING : unnamedTraffic(bytes);
  }
  // Tunnels change their ports before many bytes went by, use one for each direction, or those of DNS and of clocks.
  const few = isFew(bytes) ? { isFew: true as const } : {};
  if (isUdp) return [{ kind: 'tunnel', hint: 'unknown', flows: 1, bytes, ...few }];
  // Probes of closed ports and of health come in any number, and carry nothing.
  if (!hasData && isFew(bytes)) return NOTHING;
  return [{ kind: isMidFlow ? 'midFlow' : 'tunnel', hint: 'unknown', flows: 1, bytes, ...few }];
}

/** A connection may have any name. */
export const unnamedTraffic = (bytes: number): readonly NotVisibleSums[] => [
  { kind: 'unnamed', hint: 'unknown', flows: 1, bytes },
];

const isFew = (bytes: number): boolean => bytes < UNKNOWN_UDP_BYTES;

/** Pairs of hosts whose rows are added up; rows of others are not visible at once. */
const MAX_PAIRS = 65_536;

/** Small connections of no known protocol, by pair of hosts. */
export class FewBytes {
  readonly #pairs = new Map<string, number>();

  /** The totals as they are not visible: few bytes are not, until those of the same hosts add up to more. */
  sum(totals: HostTotalsRecord): HostTotalsRecord {
    const [part] = totals.notVisible;
    if (part?.isFew !== true) return totals;
    const key = `${totals.host} ${totals.peer ?? ''}`;
    const known = this.#pairs.get(key);
    if (known === undefined && this.#pairs.size >= MAX_PAIRS) return totals;
    const bytes = (known ?? 0) + totals.bytesUp + totals.bytesDown;
    this.#pairs.set(key, bytes);
    return isFew(bytes) ? { ...totals, notVisible: [] } : totals;
  }
}

const NOTHING: readonly NotVisibleSums[] = [];

/** Protocols without ports that carry no others: ICMP, IGMP, ICMPv6, OSPF, PIM, VRRP. */
const CARRY_NOTHING: ReadonlySet<number> = new Set([1, 2, 58, 89, 103, 112]);
/** Their words in logs. */
const CARRY_NOTHING_WORDS: ReadonlySet<string> = new Set(words('icmp ipv6-icmp icmpv6 igmp ospf pim vrrp'));

/** A row of another protocol than TCP and UDP, as IPsec or GRE, by its number or word: nothing of it can be looked into. */
export function unseenOfProtocol(protocol: string, bytes: number): readonly NotVisibleSums[] {
  const number = /^\d{1,3}$/.test(protocol) ? Number(protocol) : null;
  const carriesNothing =
    number === null ? CARRY_NOTHING_WORDS.has(protocol.toLowerCase()) : CARRY_NOTHING.has(number);
  return carriesNothing || bytes === 0 ? NOTHING : [{ kind: 'tunnel', hint: 'unknown', flows: 1, bytes }];
}
