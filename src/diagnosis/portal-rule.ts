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

/** True for a nearby sender. Web sites redirect too, but from afar. */
const isNear = ({ handshakeTtlMax, handshakeMinUs }: OutcomeCell): boolean =>
  handshakeMinUs > 0 &&
  (handshakeMinUs < NEAR_US || (findHops(handshakeTtlMax) ?? NEAR_HOPS + 1) <= NEAR_HOPS);

/** True if a device lets the SYN pass and answers the request instead of the server. */
const isAnsweredNear = ({ delayMinUs, handshakeMinUs }: OutcomeCell): boolean =>
  delayMinUs > 0 && delayMinUs * 4 < handshakeMinUs;

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

/** A portal stops or intercepts connections that it cannot redirect. */
const STOPPED: ReadonlySet<Fault> = new Set([
  ...(['interception-untrusted', 'cert-wrongname', 'clock-wrong', 'tcp-refused', 'tcp-blackhole'] as const),
  ...(['icmp-prohibited', 'sni-reset', 'sni-alert'] as const),
]);

/** Replaces the findings, because a portal may also answer programs that accept every certificate. */
export function withPortal(found: readonly Finding[], host: HostFacts): readonly Finding[] {
  const redirections = listRedirections(host);
  if (redirections.length === 0) return found;
  const works = host.names.flatMap(selectServed).filter((cell) => !isNear(cell));
  return found.map((finding) => {
    if (!STOPPED.has(finding.fault) || selectDuring(works, finding.cells).length > 0) return finding;
    const { cells, firstUs, lastUs, failures, evidence } = finding;
    return {
      fault: 'captive-portal',
      confidence: 'likely',
      cells,
      firstUs,
      lastUs,
      failures,
      evidence: [
        `${formatCount(sumCounts(redirections), 'request')} in clear text led to another site, by an answer of a device near the client`,
        'no server outside answered a request',
        ...evidence,
      ],
    };
  });
}
