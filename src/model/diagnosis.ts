// Diagnoses: what failed between a host and a name, where, and what to do about it.

import type { Confidence } from './words.ts';

/** Where a fault lies, from the program outwards. */
export const LEGS = ['client', 'resolver', 'local-firewall', 'proxy', 'path', 'provider', 'none'] as const;
export type Leg = (typeof LEGS)[number];

/** The closed list of faults. */
export const FAULTS = [
  'none',
  'dns-nxdomain',
  'dns-refused',
  'dns-blocked',
  'dns-timeout',
  'dns-slow',
  'dns-sinkhole',
  'tcp-blackhole',
  'tcp-refused',
  'icmp-prohibited',
  'data-blackhole',
  'mtu-blackhole',
  'split-hello',
  'sni-reset',
  'sni-drop',
  'sni-alert',
  'block-page',
  'interception-untrusted',
  'cert-expired',
  'cert-wrongname',
  'clock-wrong',
  'proxy-auth',
  'proxy-denied',
  'proxy-bad-gateway',
  'proxy-unreachable',
  'proxy-ignored',
  'proxy-lifetime',
  'idle-cut-silent',
  'idle-cut-reset',
  'buffering',
  'squeeze',
  'loss',
  'delay',
  'quic-blocked',
  'ipv6-broken',
  'provider-refused',
  'provider-tls',
  'provider-error',
  'provider-auth',
  'provider-slow',
  'captive-portal',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Diagnosis {
  readonly host: string;
  /** The server name, or the proxy's address where no name is known. */
  readonly name: string;
  /** Ids of the tools that use the name. */
  readonly tools: readonly string[];
  readonly leg: Leg;
  readonly fault: Fault;
  readonly confidence: Confidence;
  /** Of the place; with one capture point that of the fault. */
  readonly placeConfidence: Confidence;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Connections, DNS questions or requests to the name that failed so, and all of them. */
  readonly failures: number;
  readonly attempts: number;
  /** No request to the name was answered in the period. */
  readonly neverWorked: boolean;
  readonly evidence: readonly string[];
  readonly against: readonly string[];
  /** Faults that would look the same. */
  readonly alike: readonly Fault[];
  readonly advice: string;
}

/** Names that were tried and showed no fault. */
export interface CheckedName {
  readonly host: string;
  readonly name: string;
  readonly attempts: number;
}
