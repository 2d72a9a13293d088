// The account of traffic: every byte on the wire is in one class, by host and window.

import type { TimestampUs } from '../time/units.ts';
import { type AppHint, NOT_VISIBLE_KINDS } from './words.ts';

/** Why bytes are hidden, in the order of `Unseen` of native-bindings/src/collector/host.h. */
export const HIDDEN_KINDS = [
  ...NOT_VISIBLE_KINDS,
  'ssh',
  /** Media of calls: STUN, then encrypted packets. */
  'media',
  /** DNS with messages that are larger than names need. */
  'dnsTunnel',
  /** TLS or QUIC without a name, to an address that no DNS answer named. */
  'unnamed',
  /** A hello without its answer. */
  'unanswered',
  /** TCP or UDP with bytes of no known protocol. */
  'unknown',
  /** No TCP or UDP header: SCTP, unknown Ethernet types. */
  'protocol',
  /** A header is malformed or cut, or a datagram was never whole. */
  'damaged',
] as const;
export type HiddenKind = (typeof HIDDEN_KINDS)[number];

/** Hidden bytes of one host. Key: (kind, hint, server). */
export interface HiddenTraffic {
  readonly kind: HiddenKind; // key
  readonly hint: AppHint; // key
  /** Address, or pseudonym; empty: not known, or one of many. */
  readonly server: string; // key
  readonly flows: number; // sum
  readonly bytes: number; // sum
  readonly firstUs: TimestampUs; // min
  readonly lastUs: TimestampUs; // max
}

/** Bytes of whole frames on the wire. Key: host. */
export interface HostAccount {
  /** Empty: traffic without a local end, and frames without an address. */
  readonly host: string; // key
  /** A protocol was parsed to its answer, and the name or purpose is known. */
  readonly lookedInto: number; // sum
  /** Cannot carry a tool, by content: TCP without payload, ARP, DHCP, NTP. */
  readonly harmless: number; // sum
  /** Not parsed, between local networks or to a group address: it can hide a relay, not the provider. */
  readonly inside: number; // sum
  /** Everything else. */
  readonly hidden: readonly HiddenTraffic[]; // sum by key, sorted by key
}
