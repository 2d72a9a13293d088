// Finds a network that requires a login: a device near the client redirects requests in clear text, and stops or
// intercepts the others.

import type { Fault } from '../model/faults.ts';
import type { OutcomeCell } from '../model/usage.ts';
import {
  findHops,
  type HostFacts,
  NEAR_HOPS,
  NEAR_US,
  selectDuring,
  selectServed,
  sumCounts,
} from './facts.ts';
import { type Finding, formatCount } from './finding.ts';

/** Status with which the network itself requires a login (RFC 6585 §6). */
export const NETWORK_LOGIN = 511;
const CLEAR_PORT = 80;

/** True if a device near the client answered. Web sites redirect too, but are further away. */
const isNear = ({ handshakeTtlMax, handshakeMinUs }: OutcomeCell): boolean =>
  handshakeMinUs > 0 &&
  (handshakeMinUs < NEAR_US || (findHops(handshakeTtlMax) ?? NEAR_HOPS + 1) <= NEAR_HOPS);

/** The answer of a server takes at least the time of its handshake; that of a device near the client far less. */
const NEAR_ANSWER_RATIO = 4;
/** True if a device lets the SYN pass and answers the request instead of the server. */
const isAnsweredNear = ({ delayMinUs, handshakeMinUs }: OutcomeCell): boolean =>
  delayMinUs > 0 && delayMinUs * NEAR_ANSWER_RATIO < handshakeMinUs;

/** Returns clear-text requests of the host that were redirected to another site. */
const listRedirections = ({ names }: HostFacts): OutcomeCell[] =>
  names.flatMap(({ name, cells }) =>
    cells.filter(
      (cell) =>
        name === '' &&
        cell.kind === 'connectStatus' &&
        cell.proxied === 0 &&
        cell.port === CLEAR_PORT &&
        (Math.floor(cell.detail / 100) === 3 || cell.detail === NETWORK_LOGIN) &&
        (isNear(cell) || isAnsweredNear(cell)),
    ),
  );

/** Faults that a portal causes when it stops or intercepts connections that it cannot redirect. */
const PORTAL_FAULTS: ReadonlySet<Fault> = new Set<Fault>([
  'interception-untrusted',
  'cert-wrongname',
  'clock-wrong',
  'tcp-refused',
  'tcp-blackhole',
  'icmp-prohibited',
  'sni-reset',
  'sni-alert',
]);

/**
 * Replaces findings that a captive portal explains. A program that accepts every certificate may get answers from the
 * portal, so only answers of distant servers contradict it.
 */
export function replaceByPortal(found: readonly Finding[], host: HostFacts): readonly Finding[] {
  const redirections = listRedirections(host);
  if (redirections.length === 0) return found;
  const served = host.names.flatMap(selectServed).filter((cell) => !isNear(cell));
  return found.map((finding) => {
    if (!PORTAL_FAULTS.has(finding.fault) || selectDuring(served, finding.cells).length > 0) return finding;
    const { cells, firstUs, lastUs, failures, evidence } = finding;
    return {
      fault: 'captive-portal',
      confidence: 'likely',
      cells,
      firstUs,
      lastUs,
      failures,
      evidence: [
        `${formatCount(sumCounts(redirections), 'request')} in clear text got a redirect to another site from a device near the client`,
        'no server outside answered a request',
        ...evidence,
      ],
    };
  });
}
