// What concerns every name of a host: loss, delay, bandwidth.

import type { OutcomeCell } from '../model/usage.ts';
import { isInside } from '../net/private-networks.ts';
import type { HostFacts, NameFacts } from './facts.ts';
import { countOf, sumOf } from './facts.ts';
import { type Finding, finding, span } from './finding.ts';

const LONG_ROUND_TRIP_US = 500_000;
const SLOW_KBIT = 200;
const LOSS_SHARE = 0.03;
const SHORT_WAY_US = 10_000;
const MIN_REPEATED = 6;
const MIN_SEGMENTS = 40;

const isOutside = ({ proxied, server, handshakeMinUs }: OutcomeCell): boolean =>
  handshakeMinUs > 0 && proxied === 0 && !isInside(server);
const carriesData = ({ kind }: OutcomeCell): boolean =>
  kind === 'served' || kind === 'opened' || kind === 'resetInSilence' || kind === 'requestUnanswered';

export function pathFindings(facts: NameFacts, host: HostFacts): Finding[] {
  const all = host.names.flatMap(({ cells }) => cells.filter(isOutside));
  const own = facts.cells.filter(isOutside);
  if (own.length === 0) return [];
  const rate = Math.max(...all.map(({ fastestKbit }) => fastestKbit));
  if (rate > 0 && rate < SLOW_KBIT) {
    return [
      finding('squeeze', 'likely', own, {
        evidence: [
          `full segments came at ${rate} kbit/s at most`,
          `a SYN-ACK took up to ${span(Math.max(...own.map((cell) => cell.handshakeMaxUs)))}`,
        ],
      }),
    ];
  }
  const least = Math.min(...all.map(({ handshakeMinUs }) => handshakeMinUs));
  if (least >= LONG_ROUND_TRIP_US) {
    return [finding('delay', 'certain', own, { evidence: [`no SYN-ACK came sooner than ${span(least)}`] })];
  }
  // On short ways a client repeats what was only late: tail loss probes (RFC 8985 §7) fire after milliseconds.
  const data = all.filter((cell) => carriesData(cell) && cell.handshakeMinUs >= SHORT_WAY_US);
  const repeated = sumOf(data, 'repeated');
  const segments = sumOf(data, 'segments');
  if (repeated < MIN_REPEATED || segments < MIN_SEGMENTS || repeated < segments * LOSS_SHARE) return [];
  return [
    finding('loss', repeated >= 20 ? 'certain' : 'likely', own, {
      failures: repeated,
      evidence: [
        `${repeated} of ${segments} data segments in ${countOf(data)} connections were repeated or had a hole before them`,
      ],
    }),
  ];
}
