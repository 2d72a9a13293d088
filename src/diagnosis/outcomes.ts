// Lists how the connections and DNS queries for a name ended. Windows contain no packets, so outcomes are the source.

import type { TriedOutcome } from '../model/diagnosis.ts';
import { groupBy } from '../model/grouped-by.ts';
import { BROKEN_OFF, findAlert, IGNORED_ANSWER, type OutcomeKind } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { formatResponseCode } from './dns-rules.ts';
import { findFirstUs, findLastUs, sumCounts } from './facts.ts';
import { formatAlert, formatRefusal } from './finding.ts';

/** Maximum rows. Details of rare kinds would add more than a reader compares. */
const MAX_OUTCOMES = 20;

/** Returns rows without addresses, because a reader may know hosts by pseudonyms only. Sorted by count. */
export const listTriedOutcomes = (cells: readonly OutcomeCell[]): TriedOutcome[] =>
  [...groupBy(cells, formatOutcome)]
    .map(([text, group]) => ({
      text,
      count: sumCounts(group),
      firstSeen: formatInstant(findFirstUs(group)),
      lastSeen: formatInstant(findLastUs(group)),
    }))
    .sort((a, b) => b.count - a.count || compareText(a.text, b.text))
    .slice(0, MAX_OUTCOMES);

function formatOutcome(cell: OutcomeCell): string {
  const text = TEXTS[cell.kind];
  const words = typeof text === 'string' ? text : text(cell.detail);
  return cell.proxied > 0 ? `${words}, through a proxy` : words;
}

const TEXTS: Readonly<Record<OutcomeKind, string | ((detail: number) => string)>> = {
  served: 'Request answered',
  opened: 'SYN answered, result unknown',
  synSilent: (detail) =>
    detail === IGNORED_ANSWER ? 'SYN repeated after its SYN-ACK' : 'SYN without an answer',
  synReset: 'SYN reset',
  icmp: (detail) => `ICMP message, type ${detail >> 8} code ${detail & 255}`,
  helloSilent: 'ClientHello not acknowledged',
  helloFrontLost: 'First segment of the ClientHello not acknowledged',
  helloRestLost: 'Second segment of the ClientHello not acknowledged',
  helloReset: 'Reset after the ClientHello',
  helloClosed: 'Closed after the ClientHello',
  helloUnanswered: 'ClientHello acknowledged, not answered',
  serverAlert: (detail) => `TLS alert ${formatAlert(detail)} in answer to the ClientHello`,
  answerFrontLost: 'First segments of the ServerHello lost',
  answerRefused: (detail) => {
    const alert = findAlert(detail);
    return alert === null
      ? 'Client left after the certificate'
      : `TLS alert ${formatAlert(alert)} of the client`;
  },
  requestUnheard: 'Request sent, later packets not acknowledged',
  resetInSilence: 'Idle connection reset',
  closedInAnswer: 'Connection ended in an answer',
  connectStatus: (detail) => `Refused with ${formatRefusal(detail)}`,
  connectUnanswered: 'CONNECT without an answer',
  requestUnanswered: (detail) =>
    detail === BROKEN_OFF.hole
      ? 'Answer with missing bytes'
      : detail === BROKEN_OFF.record
        ? 'Answer that ended inside a record'
        : 'Request without an answer',
  quicSilent: 'QUIC ClientHello not answered',
  dnsAnswered: 'DNS query answered with an address',
  dnsError: (detail) => `DNS query answered with ${formatResponseCode(detail)}`,
  dnsEmpty: 'DNS query answered without an address',
  dnsZero: 'DNS query answered with 0.0.0.0 or ::',
  dnsPrivate: 'DNS query answered with a private address',
  dnsUnanswered: (detail) =>
    `DNS query ${detail === 0 ? 'without an answer' : 'that came back in an ICMP error'}`,
  dnsTruncated: 'DNS query with a truncated answer, to be repeated over TCP',
};
