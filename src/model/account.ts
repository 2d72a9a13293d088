// The account of traffic: every byte on the wire is in one class, by host and window.

import type { NotVisibleTraffic } from './usage.ts';

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
  readonly hidden: readonly NotVisibleTraffic[]; // sum by key, sorted by key
}
