// Describes a finding of a rule, before it becomes a diagnosis.

import type { Confidence } from '../model/confidence.ts';
import type { Fault, Leg } from '../model/faults.ts';
import { SOCKS_STATUS } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { findFirstUs, findLastUs, sumCounts, type TimedExchange } from './facts.ts';

/** Two causes that leave the same packets, and a test that distinguishes them. */
export interface Doubt {
  /** Follows the summary. */
  readonly causes: string;
  /** Precedes the advice. */
  readonly test: string;
}

/** A sentence of a finding, or nothing if its condition is not met. */
export type Statement = string | false | undefined;

export interface Finding {
  readonly fault: Exclude<Fault, 'none'>;
  readonly leg?: Leg;
  readonly confidence: Confidence;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly failures: number;
  /** Cells for the course in the diagnosis. */
  readonly cells: readonly OutcomeCell[];
  readonly exchanges?: readonly TimedExchange[];
  /** Connections through the same proxy, to other names, with answers. */
  readonly worked?: number;
  readonly evidence: readonly Statement[];
  readonly against?: readonly Statement[];
  /** The device, resolver or proxy in the packets. */
  readonly at?: string;
  /** Senders of ICMP messages, and a proxy that was bypassed. */
  readonly devices?: readonly string[];
  /** Another program on the host reaches the same name, so its connections fail only in this program. */
  readonly isReachedByOther?: true;
  /** Replaces the faults that look the same. */
  readonly alike?: readonly Fault[];
  readonly summary?: string;
  /** A function receives the displayed host, which may be a pseudonym. */
  readonly advice?: string | ((host: string) => string);
  readonly doubt?: Doubt;
}

export const listStatements = (statements: readonly Statement[]): string[] =>
  statements.filter((statement) => typeof statement === 'string');

type FindingParts = Omit<Finding, 'fault' | 'confidence' | 'firstUs' | 'lastUs' | 'failures' | 'cells'> &
  Partial<Finding>;

export const buildFinding = (
  fault: Finding['fault'],
  confidence: Confidence,
  cells: readonly OutcomeCell[],
  more: FindingParts,
): Finding => ({
  fault,
  confidence,
  firstUs: findFirstUs(cells),
  lastUs: findLastUs(cells),
  failures: sumCounts(cells),
  cells,
  ...more,
});

/** ICMP 3/9, 3/10, 3/13 and ICMPv6 1/1: administratively prohibited. */
export const PROHIBITED: ReadonlySet<number> = new Set([3 * 256 + 9, 3 * 256 + 10, 3 * 256 + 13, 256 + 1]);

/** Formats "12 ms" or "3.4 s". */
export const formatDuration = (us: number): string =>
  us >= 1_000_000
    ? `${(us / 1_000_000).toFixed(1)} s`
    : us >= 10_000
      ? `${Math.round(us / 1000)} ms`
      : us >= 50
        ? `${(us / 1000).toFixed(1)} ms`
        : 'less than 0.1 ms';

/** Alerts, RFC 8446, section 6. */
const ALERTS: Readonly<Record<number, string>> = {
  0: 'close',
  20: 'bad record',
  40: 'handshake failure',
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'revoked certificate',
  45: 'expired certificate',
  46: 'unknown certificate',
  48: 'unknown CA',
  49: 'access denied',
  50: 'decoding error',
  51: 'decryption error',
  70: 'protocol version',
  80: 'internal error',
  112: 'unknown name',
  116: 'certificate required',
  120: 'no common protocol',
};

/** Formats "48 (unknown CA)". */
export const formatAlert = (alert: number): string =>
  ALERTS[alert] === undefined ? String(alert) : `${alert} (${ALERTS[alert]})`;

/** Replies, RFC 1928 §6. */
const SOCKS_REPLIES: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'not allowed by the rules',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'address type not supported',
};
/** Replies of SOCKS 4, "SOCKS: A protocol for TCP proxy across firewalls". */
const SOCKS4_REPLIES: Readonly<Record<number, string>> = {
  91: 'rejected or failed',
  92: 'no identd on the client',
  93: 'another user ID than identd',
};

export const isSocks = (status: number): boolean => status >= SOCKS_STATUS.reply4;

/** Formats the refusal of a proxy: "status 403", "SOCKS 5 reply 2 (not allowed by the rules)". */
export function formatRefusal(status: number): string {
  if (status === SOCKS_STATUS.noMethod) return 'SOCKS 5 method 255 (no acceptable method)';
  if (status === SOCKS_STATUS.loginFailed) return 'a failed SOCKS 5 login';
  if (status > SOCKS_STATUS.reply5) return formatReply(5, status - SOCKS_STATUS.reply5, SOCKS_REPLIES);
  return isSocks(status) ? formatReply(4, status - SOCKS_STATUS.reply4, SOCKS4_REPLIES) : `status ${status}`;
}

const formatReply = (version: number, code: number, texts: Readonly<Record<number, string>>): string =>
  `SOCKS ${version} reply ${code}${texts[code] === undefined ? '' : ` (${texts[code]})`}`;

export const formatCount = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`;
export const formatConnections = (cells: readonly OutcomeCell[]): string =>
  formatCount(sumCounts(cells), 'connection');
export const formatQueries = (count: number): string => formatCount(count, 'DNS query', 'DNS queries');
