// After the handshake: did the client send a request, was it acknowledged, and how did the answer come?

import {
  countOf,
  type HostFacts,
  hopsOf,
  inTimeOf,
  type NameFacts,
  ofKind,
  outsideOf,
  type TimedExchange,
} from './facts.ts';
import { type Finding, finding, span, times } from './finding.ts';

const MS = 1000;
const EXPIRED = 45;
/** Details are alert + 1: 0 is no alert in clear. */
const alertOf = (detail: number): number | null => (detail === 0 ? null : detail - 1);

/** Silence after which a connection counts as idle. */
const IDLE_US = 8_000_000;
const LATE_MS = 20_000;
const HELD_MS = 2_000;
const HELD_BYTES = 8_000;
const AT_ONCE_MS = 300;
const SMALL_ANSWER = 1_500;
const SMALL_WAIT_MS = 2_000;
const MODEL_UPLOAD = 2_000;
const SMALL_UPLOAD = 600;
const CLOSED_FIRST = 1 | 16;

export function useFindings(facts: NameFacts, host: HostFacts): Finding[] {
  return [
    ...refusedCertificate(facts, host),
    ...idleSilent(facts),
    ...idleReset(facts),
    ...answers(facts),
    ...quic(facts),
  ];
}

function refusedCertificate(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = ofKind(facts, 'answerRefused');
  const passed = ofKind(
    facts,
    ...(['served', 'requestUnheard', 'resetInSilence', 'closedInAnswer', 'requestUnanswered'] as const),
  );
  const works = countOf(inTimeOf(passed, cells));
  const alerts = [...new Set(cells.flatMap(({ detail }) => alertOf(detail) ?? []))].filter(
    (alert) => alert >= 40,
  );
  const count = countOf(cells);
  if (count === 0 || works >= count || (works > 0 && count < 3)) return [];
  // Programs open connections in advance and close them unused.
  const confidence =
    works > 0 || (count === 1 && alerts.length === 0 && host.names.some(worked)) ? 'possible' : 'likely';
  const all = host.names.filter((one) => one.cells.some(({ handshakeMinUs }) => handshakeMinUs > 0));
  const refused = all.filter((one) => ofKind(one, 'answerRefused').length > 0 && !worked(one));
  const isNear = answersFromNear(facts, host);
  const [alert] = alerts;
  const fault =
    alert === EXPIRED
      ? 'cert-expired'
      : isNear || alert === 48
        ? 'interception-untrusted'
        : all.length > 1 && refused.length === all.length
          ? 'clock-wrong'
          : 'cert-wrongname';
  const said = alerts.length > 0 ? `sent the TLS alert ${alerts.join(', ')}` : 'left without a request';
  return [
    finding(fault, confidence, cells, {
      evidence: [
        `${times(count, 'connection')}: the client ${said} after the certificate`,
        ...(isNear
          ? [
              `the SYN-ACK came from a box near the client, after ${span(Math.min(...cells.map((cell) => cell.handshakeMinUs)))}`,
            ]
          : []),
        ...(refused.length > 1 ? [`the same for ${times(refused.length, 'name')}`] : []),
      ],
      against: works > 0 ? [`${times(works, 'connection')} carried requests`] : [],
    }),
  ];
}

const worked = (facts: NameFacts): boolean => ofKind(facts, 'served').length > 0;

/** A box answers the SYN in place of a server outside. */
function answersFromNear(facts: NameFacts, host: HostFacts): boolean {
  const cells = ofKind(facts, 'answerRefused').filter(({ handshakeMinUs }) => handshakeMinUs > 0);
  if (cells.length === 0) return false;
  const outside = outsideOf(host, facts.name);
  const rttUs = Math.min(...cells.map(({ handshakeMinUs }) => handshakeMinUs));
  const hops = hopsOf(Math.max(...cells.map(({ handshakeTtlMax }) => handshakeTtlMax)));
  if (outside !== null && outside.rttUs > rttUs * 4) return true;
  return hops !== null ? hops <= 2 : rttUs < 5 * MS;
}

function idleSilent(facts: NameFacts): Finding[] {
  const cells = ofKind(facts, 'requestUnheard');
  if (cells.length === 0) return [];
  const isIdle = cells.some(({ delayMaxUs }) => delayMaxUs >= IDLE_US);
  const evidence = [
    `${times(countOf(cells), 'connection')}: packets of the client were no longer acknowledged, after ${span(Math.max(...cells.map((cell) => cell.delayMaxUs)))} of silence`,
  ];
  const isRare = countOf(cells) * 4 < countOf(ofKind(facts, 'served'));
  return [
    finding(isIdle ? 'idle-cut-silent' : 'data-blackhole', isRare || !isIdle ? 'possible' : 'likely', cells, {
      evidence,
    }),
  ];
}

function idleReset(facts: NameFacts): Finding[] {
  const cells = ofKind(facts, 'resetInSilence');
  const [cell] = cells;
  if (cell === undefined) return [];
  const least = Math.min(...cells.map(({ delayMinUs }) => delayMinUs));
  const most = Math.max(...cells.map(({ delayMaxUs }) => delayMaxUs));
  const count = countOf(cells);
  const isRegular = count > 1 && most - least <= Math.max(1_000_000, least * 0.05);
  const isOther = cell.ttlMin > 0 && cell.handshakeTtlMin > 0 && cell.ttlMin !== cell.handshakeTtlMin;
  return [
    finding('idle-cut-reset', isRegular || isOther ? 'likely' : 'possible', cells, {
      evidence: [
        `${times(count, 'connection')}: a reset after ${span(least)}${isRegular ? ' each time' : ` to ${span(most)}`} without a packet of either side`,
        ...(isOther ? [`TTL ${cell.ttlMin}, where the SYN-ACK had ${cell.handshakeTtlMin}`] : []),
      ],
      against: isRegular ? [] : ['servers end idle connections too'],
    }),
  ];
}

const isSmall = (one: TimedExchange): boolean =>
  one.bytesDown > 0 && one.bytesDown <= SMALL_ANSWER && one.recordsDown <= 2 && one.waitMs <= SMALL_WAIT_MS;

const exchangesFound = (
  fault: Finding['fault'],
  list: readonly TimedExchange[],
  evidence: readonly string[],
  confidence: Finding['confidence'] = 'likely',
): Finding => ({
  fault,
  confidence,
  firstUs: Math.min(...list.map(({ startUs }) => startUs)),
  lastUs: Math.max(...list.map(({ startUs }) => startUs)),
  failures: list.length,
  cells: [],
  exchanges: list,
  evidence,
});

function answers(facts: NameFacts): Finding[] {
  const { exchanges } = facts;
  const found: Finding[] = [];
  const late = exchanges.filter((one) => one.waitMs >= LATE_MS && one.bytesDown > 0);
  if (late.length > 0) {
    const wait = Math.max(...late.map(({ waitMs }) => waitMs));
    found.push(
      exchangesFound('provider-slow', late, [
        `${times(late.length, 'request')}: the first record of the answer came after ${span(wait * MS)}`,
      ]),
    );
  }
  const held = exchanges.filter(
    (one) =>
      one.waitMs >= HELD_MS &&
      one.waitMs < LATE_MS &&
      one.bytesDown >= HELD_BYTES &&
      one.answerMs <= AT_ONCE_MS,
  );
  if (held.length > 0) {
    found.push(
      exchangesFound('buffering', held, [
        `${times(held.length, 'answer')} of ${held[0]?.bytesDown ?? 0} bytes came within ${AT_ONCE_MS} ms, after a wait of ${span((held[0]?.waitMs ?? 0) * MS)}`,
      ]),
    );
  }
  // Posts of telemetry have equal sizes and short answers when all is well.
  if (!facts.isModel) return found;
  const repeated = repeatedRefusals(exchanges);
  if (repeated !== null) found.push(repeated);
  const alike = sameAnswers(exchanges);
  if (alike !== null && repeated === null) found.push(alike);
  return found;
}

/** The same upload, answered by the same few bytes each time. */
function repeatedRefusals(exchanges: readonly TimedExchange[]): Finding | null {
  for (const first of exchanges) {
    if (!isSmall(first) || first.bytesUp < 1000) continue;
    const isSameUpload = (one: TimedExchange): boolean =>
      Math.abs(one.bytesUp - first.bytesUp) <= Math.max(64, first.bytesUp * 0.005);
    const same = exchanges.filter(
      (one) => isSameUpload(one) && isSmall(one) && Math.abs(one.bytesDown - first.bytesDown) <= 8,
    );
    const later = exchanges.filter(
      (one) => isSameUpload(one) && one.startUs > first.startUs && one.bytesDown > first.bytesDown * 1.5,
    );
    const isAnswered = exchanges.some(
      (one) =>
        one.bytesDown > 4 * SMALL_ANSWER &&
        one.startUs > first.startUs &&
        one.startUs < (same.at(-1)?.startUs ?? 0),
    );
    const closes = same.filter(({ flags }) => (flags & CLOSED_FIRST) === CLOSED_FIRST);
    const isLarge = first.bytesUp >= 10_000 && same.length >= 3;
    const isRetried = first.bytesUp >= MODEL_UPLOAD && same.length >= 2 && later.length > 0;
    const isMany = closes.length >= 5;
    if (isAnswered || !(isLarge || isRetried || isMany)) continue;
    return exchangesFound('provider-error', same, [
      `${times(same.length, 'request')} of ${first.bytesUp} bytes, each answered by ${first.bytesDown} bytes within ${span(Math.max(...same.map(({ waitMs }) => waitMs)) * MS)}`,
    ]);
  }
  return null;
}

/** Every request, whatever its size, is answered by the same few bytes. */
function sameAnswers(exchanges: readonly TimedExchange[]): Finding | null {
  const answered = exchanges.filter(({ bytesDown }) => bytesDown > 0);
  const sizes = new Map<number, TimedExchange[]>();
  for (const one of answered.filter(isSmall))
    sizes.set(one.bytesDown, [...(sizes.get(one.bytesDown) ?? []), one]);
  const [most = []] = [...sizes.values()].sort((a, b) => b.length - a.length);
  const uploads = new Set(most.map(({ bytesUp }) => bytesUp));
  const hasLarge = most.some(({ bytesUp }) => bytesUp >= 10_000);
  const small = most.filter(({ bytesUp }) => bytesUp < SMALL_UPLOAD);
  if (
    most.length < 5 ||
    uploads.size < 4 ||
    !hasLarge ||
    small.length < 2 ||
    most.length < answered.length * 0.8
  )
    return null;
  return exchangesFound('provider-auth', most, [
    `${times(most.length, 'request')} of ${uploads.size} different sizes were all answered by ${most[0]?.bytesDown ?? 0} bytes`,
  ]);
}

function quic({ quic: flows, cells }: NameFacts): Finding[] {
  if (flows === null || flows.unanswered < flows.flows || flows.flows === 0) return [];
  const isOverTcp = cells.some(({ kind }) => kind === 'served');
  return [
    {
      fault: 'quic-blocked',
      confidence: isOverTcp || flows.flows > 1 ? 'likely' : 'possible',
      firstUs: flows.firstUs,
      lastUs: flows.lastUs,
      failures: flows.unanswered,
      cells: [],
      evidence: [
        `${times(flows.unanswered, 'QUIC connection')} to UDP port 443 got no answer`,
        ...(isOverTcp ? ['TCP to the same name worked'] : []),
      ],
    },
  ];
}
