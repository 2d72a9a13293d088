// Rules for the time after the handshake: if the client sent a request, if it was acknowledged, and how the answer
// arrived.

import { findMaximum, findMinimum } from '../model/extremes.ts';
import { groupBy } from '../model/grouped-by.ts';
import { BROKEN_OFF, ENDED_IN_ORDER, findAlert, type OutcomeKind } from '../model/outcome.ts';
import { EXCHANGE_FLAGS, type OutcomeCell } from '../model/usage.ts';
import { capitalize } from '../text/quantity.ts';
import {
  answersFromNear,
  findFirstUs,
  findHops,
  findLastUs,
  type HostFacts,
  isStreamed,
  measureOutside,
  type NameFacts,
  NEAR_HOPS,
  type RuntimeUse,
  runtimeLabels,
  SMALL_ANSWER,
  selectCells,
  selectDuring,
  splitRuntimes,
  sumCounts,
  sumField,
  type TimedExchange,
} from './facts.ts';
import {
  buildFinding,
  type Doubt,
  type Finding,
  formatAlert,
  formatConnections,
  formatCount,
  formatDuration,
  type Statement,
} from './finding.ts';

const MS = 1000;
/** An answer of this size has full packets. */
const WHOLE_ANSWER = 4_000;
export const EXPIRED = 45;
const UNKNOWN_CA = 48;
/** Alert that OpenSSL sends for a certificate that is not valid yet. */
const BAD_CERTIFICATE = 42;

/** Runtime of curl and of the command with which administrators inspect certificates. */
const OPENSSL = 'openssl';

/**
 * Details of unacknowledged segments: a later segment was acknowledged (RFC 2018); below, full segments were not, but
 * smaller ones were.
 */
const HEARD_BEHIND = 1;
const UNHEARD_FULL = 2;
/** Detail of a connection that the client closed without a request, some time after the handshake. */
const UNUSED = 1;
/** Silence after which a connection counts as idle. */
const IDLE_US = 8_000_000;
/** Silence for the same conclusion on each of several connections. */
const PAUSED_US = 3_000_000;
const LATE_MS = 20_000;
const UPLOAD_BYTES = 20_000;
const FULL_RECORD = 8_000;
const SLOW_UPLOAD_KBIT = 200;
/** Maximum ratio of rates. Losses slow down single requests; a narrow line limits all to one rate. */
const EQUAL_RATE = 1.6;
/** Wait for a prompt that a user takes for a fault. */
const NOTICED_MS = 30_000;
const TOO_LATE_MS = 45_000;
const MIN_LATE = 3;
const SOON_US = 60_000_000;
/** Fewer than one in this many may be answers for which a model needs long. */
const RARE = 10;
const HELD_MS = 2_000;
const HELD_BYTES = 8_000;
const AT_ONCE_MS = 300;
const MIN_RESET_AGE_S = 5;
/** Devices that end each session at a fixed age do so with the next packet. */
const MIN_LIFETIME_MS = 3_000;
const LIFETIME_SPREAD_MS = 500;
/** Minimum resets, because servers reset single connections for their own reasons. */
const MIN_RESETS = 3;
const RESETS_SHARE = 2;
const SMALL_WAIT_MS = 2_000;
const MODEL_UPLOAD = 2_000;
/** Minimum prompt if there are only two requests. Shorter posts may be telemetry. */
const MIN_PROMPT = 4_000;
const PAGE_RECORD = 1_000;
const TIMEOUT_SPREAD = 0.1;
const LONGER = 1.3;
const MIN_LOOP = 4;
const LOOP_PAUSE_MS = 600;
const MANY_REGULAR = 8;
const REGULAR_PAUSE_US = 1_600_000;
const MANY = 5;
const THOUGHT_MS = 500;
/** Minimum size of a model's answer in one piece: the head and the shortest body. */
const SHORTEST_ANSWER = 300;
const REFUSED_SHARE = 0.8;
/** Minimum size of a prompt with the context of an agent. */
const CALL_BYTES = 10_000;
const SMALL_UPLOAD = 600;
/** Maximum size of a WebSocket upgrade with a long token. */
const MAX_UPGRADE = 6_000;
const MIN_UPGRADE = 300;
const MIN_UPGRADES = 3;
/** Minimum refusals before each of several prompts. A single request may query a status. */
const MIN_REPEATED = 2;
const UPGRADE_SHARE = 0.75;
/** Maximum time between the last refusal and the prompt over HTTPS. */
const FALLBACK_US = 15_000_000;
const CLOSED_FIRST = 1 | 16;
/** Clients abandon an upgrade after 10 to 15 s. */
const GIVEN_UP_US = 4_000_000;

export function findUseFaults(facts: NameFacts, host: HostFacts): Finding[] {
  return [
    ...findCertificateRefusal(facts, host),
    ...findBrokenAnswers(facts),
    ...findIdleSilence(facts, host),
    ...findIdleReset(facts),
    ...findUseResets(facts),
    ...findAnswerResets(facts),
    ...findAnswerFaults(facts, host),
    ...findSlowUploads(facts),
    ...findQuicFaults(facts),
  ];
}

/** Connections whose client accepted the certificate. */
const PASSED_KINDS: readonly OutcomeKind[] = [
  'served',
  'requestUnheard',
  'resetInSilence',
  'closedInAnswer',
  'requestUnanswered',
];

/** Connections whose client left after the certificate. */
interface Refusals {
  readonly cells: readonly OutcomeCell[];
  /** Alerts of the client in clear. */
  readonly alerts: readonly number[];
  /** A device answered the SYN. */
  readonly isNear: boolean;
  readonly split: Split | null;
  /** Names of the host whose certificates are all refused. */
  readonly refused: readonly NameFacts[];
  readonly isOfAll: boolean;
}

function findCertificateRefusal(facts: NameFacts, host: HostFacts): Finding[] {
  const passed = selectCells(facts, ...PASSED_KINDS);
  // A program that ends TLS in order has accepted the authority: it refuses the name, or inspects the certificate as
  // monitors do.
  const cells = selectCells(facts, 'answerRefused').filter(
    ({ detail }) => detail !== ENDED_IN_ORDER || passed.length === 0,
  );
  if (cells.length === 0) return [];
  const refusals = describeRefusals(cells, facts, host);
  const { alerts, isNear, split } = refusals;
  const count = sumCounts(cells);
  // The result of another runtime with the certificate is no evidence about this one.
  const servedCount = split === null ? sumCounts(selectDuring(passed, cells)) : 0;
  // Programs open connections in advance and close them unused.
  if (servedCount >= count || (servedCount > 0 && (count < 3 || alerts.length === 0))) return [];
  // Without an alert, a program with requests soon afterwards has accepted the certificate.
  const isTakenSoon =
    alerts.length === 0 &&
    split === null &&
    passed.some(
      ({ firstUs, lastUs }) =>
        lastUs >= findFirstUs(cells) - SOON_US && firstUs <= findLastUs(cells) + SOON_US,
    );
  const isRare = alerts.length === 0 && count < 3;
  // Unlisted programs that accept one certificate alone refuse each other one, without an inspection of the network.
  const isPinned =
    split !== null &&
    !isNear &&
    !alerts.includes(UNKNOWN_CA) &&
    split.refusing.every(({ isKnown }) => !isKnown);
  const isMonitor =
    cells.every(({ detail }) => detail === ENDED_IN_ORDER) && facts.runtimes.some(({ id }) => id === OPENSSL);
  const isDoubtful = servedCount > 0 || isRare || isTakenSoon || isMonitor || isPinned;
  const fault = chooseRefusal(refusals);
  return [
    buildFinding(fault, isDoubtful ? 'possible' : 'likely', cells, {
      evidence: listEvidence(refusals, passed.length > 0 ? [] : selectCells(facts, 'opened')),
      against:
        servedCount > 0
          ? [`${formatCount(servedCount, 'connection')} carried requests`]
          : isTakenSoon
            ? [
                'requests were carried within a minute: the client may have opened the others in advance, or its user stopped it',
              ]
            : [],
      ...(alerts[0] === EXPIRED ? { alike: ['clock-wrong'] } : {}),
      ...(alerts[0] === UNKNOWN_CA ? { alike: ['cert-wrongname', 'block-page'] } : {}),
      ...(split === null || fault === 'cert-expired'
        ? doubtRefusal(fault, refusals)
        : { isReachedByOther: true, summary: split.summary(facts.name), advice: split.advice }),
    }),
  ];
}

function describeRefusals(cells: readonly OutcomeCell[], facts: NameFacts, host: HostFacts): Refusals {
  const alerts = listAlerts(cells);
  const isNear = answersFromNear(cells, measureOutside(host, facts.name));
  // Monitors inspect certificates and close the connection. Without an alert or an inspection, this proves nothing.
  const isCompared = ({ isKnown }: RuntimeUse): boolean => isKnown || isNear || alerts.length > 0;
  const all = host.names.filter((nameFacts) =>
    nameFacts.cells.some(({ handshakeMinUs }) => handshakeMinUs > 0),
  );
  const refused = all.filter(
    (nameFacts) => selectCells(nameFacts, 'answerRefused').length > 0 && !wasServed(nameFacts),
  );
  return {
    cells,
    alerts,
    isNear,
    refused,
    split: splitByRuntime(facts, isCompared) ?? findOtherSplit(facts, host, isCompared),
    isOfAll: all.length > 1 && refused.length === all.length,
  };
}

export const findAlerts = (cells: readonly OutcomeCell[]): number[] =>
  cells.flatMap(({ detail }) => findAlert(detail) ?? []);

/** The first alert about a handshake (RFC 8446 §6): those with smaller numbers are about records. */
const HANDSHAKE_FAILURE = 40;
const listAlerts = (cells: readonly OutcomeCell[]): number[] =>
  [...new Set(findAlerts(cells))].filter((alert) => alert >= HANDSHAKE_FAILURE);

function chooseRefusal({ alerts, isNear, split, refused, isOfAll }: Refusals): Finding['fault'] {
  const alertsOfAll = new Set(refused.flatMap((facts) => listAlerts(selectCells(facts, 'answerRefused'))));
  if (
    isOfAll &&
    !isNear &&
    split === null &&
    alertsOfAll.has(BAD_CERTIFICATE) &&
    !alertsOfAll.has(UNKNOWN_CA)
  )
    return 'clock-wrong';
  const [alert] = alerts;
  if (alert === EXPIRED) return 'cert-expired';
  return isNear || alert === UNKNOWN_CA || split !== null || isOfAll
    ? 'interception-untrusted'
    : 'cert-wrongname';
}

/** An alert in clear states the cause. */
function doubtRefusal(
  fault: Finding['fault'],
  { alerts, isNear, isOfAll }: Refusals,
): Pick<Finding, 'doubt'> {
  if (alerts.length > 0) return {};
  if (isOfAll && !isNear && fault !== 'clock-wrong') return { doubt: INSPECTED };
  return fault === 'cert-wrongname' ? { doubt: ISSUER } : {};
}

/** `opened`: other connections. */
function listEvidence(
  { cells, alerts, isNear, split, refused }: Refusals,
  opened: readonly OutcomeCell[],
): Statement[] {
  const alerted = sumCounts(cells.filter(({ detail }) => alerts.includes(findAlert(detail) ?? 0)));
  const left = sumCounts(cells) - alerted;
  const unused = sumCounts(opened.filter(({ detail }) => detail === UNUSED));
  return [
    alerted > 0 &&
      `${formatCount(alerted, 'connection')}: the client sent the TLS alert ${alerts.map(formatAlert).join(', ')} after the certificate`,
    left > 0 && `${formatCount(left, 'connection')}: the client left without a request after the certificate`,
    unused > 0 &&
      `${formatCount(unused, 'other connection')}: the client left without a request, some time after the handshake`,
    isNear &&
      `the SYN-ACK came from a device between client and server, after ${formatDuration(findMinimum(cells.map((cell) => cell.handshakeMinUs)))}`,
    refused.length > 1 && `the same for ${formatCount(refused.length, 'name')}`,
    split?.text,
  ];
}

/** TLS 1.3 encrypts the certificate and the alert of the client. */
const ISSUER: Doubt = {
  causes: 'an unknown issuer, another name or date, or a wrong clock',
  test: 'Compare the clock of the client with another one (date -u).',
};

/** The certificates of all names are refused. */
const INSPECTED: Doubt = {
  causes: 'TLS is inspected with a CA that it does not know, or its clock is wrong',
  test: 'Read the issuer of a certificate on the client ("openssl s_client"), and compare its clock with another one (date -u).',
};

/** Settings by which programs of a runtime trust another authority. */
const TRUST: Readonly<Record<string, { readonly runtime: string; readonly setting: string }>> = {
  node: { runtime: 'Node', setting: 'NODE_EXTRA_CA_CERTS, or NODE_USE_SYSTEM_CA=1 from Node 22.15' },
  bun: { runtime: 'Bun', setting: 'NODE_EXTRA_CA_CERTS or SSL_CERT_FILE' },
  python: { runtime: 'Python', setting: 'SSL_CERT_FILE and REQUESTS_CA_BUNDLE' },
  rustls: { runtime: 'rustls', setting: 'SSL_CERT_FILE, or the certificate setting of the tool' },
  'native-tls': { runtime: 'native-tls', setting: 'SSL_CERT_FILE' },
};

type IsCompared = (runtime: RuntimeUse) => boolean;

interface Split {
  readonly refusing: readonly RuntimeUse[];
  readonly summary: (name: string) => string;
  readonly text: string;
  readonly advice: string;
}

/**
 * Returns runtimes of the host that accept the certificate of a name, and those that accept none; null: no such
 * difference.
 */
function splitByRuntime(facts: NameFacts, isCompared: IsCompared): Split | null {
  const split = splitRuntimes(facts, isCompared);
  if (split === null) return null;
  const { refusing, accepting } = split;
  const { name } = facts;
  const settings = [...new Set(refusing.map(({ id }) => id))].flatMap((id) => {
    const { runtime, setting } = TRUST[id] ?? {};
    return setting === undefined ? [] : [`for ${runtime} set ${setting}`];
  });
  return {
    refusing,
    summary: (shown) =>
      `${capitalize(runtimeLabels(refusing))} refuses the certificate for ${shown}, and ${runtimeLabels(accepting)} accepts ${shown === name ? 'it' : `that for ${name}`}`,
    text: `the certificate for ${name} was accepted by ${runtimeLabels(accepting)}, and by no connection of ${runtimeLabels(refusing)}`,
    advice:
      settings.length === 0
        ? 'Install the inspection CA in the store that the refusing program reads.'
        : `Make the inspection CA known to the program: ${settings.join('; ')}.`,
  };
}

/** A runtime that refuses the inspection of one name also refuses that of others. */
function findOtherSplit(facts: NameFacts, host: HostFacts, isCompared: IsCompared): Split | null {
  const ids = new Set(facts.runtimes.map(({ id }) => id));
  for (const other of host.names) {
    const split = other.name === facts.name ? null : splitByRuntime(other, isCompared);
    if (
      split !== null &&
      ids.size > 0 &&
      [...ids].every((id) => split.refusing.some((runtimeUse) => runtimeUse.id === id))
    )
      return split;
  }
  return null;
}

const wasServed = (facts: NameFacts): boolean => selectCells(facts, 'served').length > 0;

/** Small packets of answers arrive, and full ones do not. */
function findBrokenAnswers(facts: NameFacts): Finding[] {
  const cells = selectCells(facts, 'requestUnanswered').filter(({ detail }) => detail !== 0);
  const count = sumCounts(cells);
  if (count === 0) return [];
  const holes = sumCounts(cells.filter(({ detail }) => detail === BROKEN_OFF.hole));
  const whole = facts.exchanges.filter(({ bytesDown }) => bytesDown > WHOLE_ANSWER).length;
  return [
    buildFinding('mtu-blackhole', count > 1 && whole < count ? 'likely' : 'possible', cells, {
      evidence: [
        holes > 0 &&
          `${formatCount(holes, 'connection')}: bytes in the middle of an answer never arrived, later ones did`,
        count > holes &&
          `${formatCount(count - holes, 'connection')}: an answer broke off within a TLS record, and the client left after ${formatDuration(findMinimum(cells.map(({ delayMaxUs }) => delayMaxUs)))} or more`,
      ],
      against: [whole > 0 && `${formatCount(whole, 'answer')} of more than ${WHOLE_ANSWER} bytes arrived`],
    }),
  ];
}

/** Programs that are awake send a packet on some connection within this time. */
const ASLEEP_US = 120_000_000;

/** For most of the long silence of these connections, no packet of the host is known: a laptop that sleeps leaves the same trace. */
function mayHaveSlept(cells: readonly OutcomeCell[], { names }: HostFacts): boolean {
  const times = names.flatMap((facts) => facts.cells.flatMap(({ firstUs, lastUs }) => [firstUs, lastUs]));
  return cells.every(({ firstUs: toUs, delayMaxUs }) => {
    if (delayMaxUs < ASLEEP_US) return false;
    const fromUs = toUs - delayMaxUs;
    const inside = times.filter((us) => us > fromUs && us < toUs).sort((a, b) => a - b);
    return [...inside, toUs].some((us, i) => us - (inside[i - 1] ?? fromUs) > delayMaxUs / 2);
  });
}

function findIdleSilence(facts: NameFacts, host: HostFacts): Finding[] {
  const cells = selectCells(facts, 'requestUnheard');
  if (cells.length === 0) return [];
  const behind = cells.filter(({ detail }) => detail === HEARD_BEHIND);
  if (behind.length > 0)
    return [
      buildFinding('mtu-blackhole', behind.length === cells.length ? 'likely' : 'possible', behind, {
        evidence: [
          `${formatConnections(behind)}: a segment of a request was never acknowledged in ${formatCount(sumField(behind, 'value'), 'repetition')}, a later one was`,
        ],
      }),
    ];
  const isPaused =
    sumCounts(cells) > 1 && findMinimum(cells.map(({ delayMinUs }) => delayMinUs)) >= PAUSED_US;
  const isIdle = isPaused || cells.some(({ delayMaxUs }) => delayMaxUs >= IDLE_US);
  if (!isIdle && cells.every(({ detail }) => detail === UNHEARD_FULL))
    return [
      buildFinding('mtu-blackhole', sumCounts(cells) > 1 ? 'likely' : 'possible', cells, {
        evidence: [
          `${formatConnections(cells)}: full segments of a request were never acknowledged in ${formatCount(sumField(cells, 'value'), 'repetition')}, smaller ones before them were`,
        ],
      }),
    ];
  const evidence = [
    `${formatConnections(cells)}: packets of the client were no longer acknowledged, after ${formatDuration(findMaximum(cells.map((cell) => cell.delayMaxUs)))} of silence`,
  ];
  const isRare = sumCounts(cells) * 4 < sumCounts(selectCells(facts, 'served'));
  const hasSlept = mayHaveSlept(cells, host);
  const isDoubtful = isRare || !isIdle || hasSlept;
  const stopped = listStopped(facts, cells);
  if (isIdle && stopped.length > 0)
    return [
      buildFinding('data-blackhole', isDoubtful ? 'possible' : 'likely', cells, {
        alike: ['tcp-blackhole', 'idle-cut-silent'],
        summary: `Open connections to ${facts.name} get no answer any more, and new ones do not open`,
        evidence: [
          ...evidence,
          `${formatConnections(stopped)} afterwards: ${formatCount(sumField(stopped, 'value'), 'SYN')} without a SYN-ACK`,
        ],
      }),
    ];
  return [
    buildFinding(isIdle ? 'idle-cut-silent' : 'data-blackhole', isDoubtful ? 'possible' : 'likely', cells, {
      evidence,
      against: [
        hasSlept && 'no packet of the host is known from most of this silence: the client may have slept',
      ],
    }),
  ];
}

/** Returns SYNs without an answer after the cut; none if a later connection opened: idle timeouts let new ones pass. */
function listStopped(facts: NameFacts, cut: readonly OutcomeCell[]): OutcomeCell[] {
  const fromUs = findFirstUs(cut);
  const isOpen = facts.cells.some(
    ({ kind, handshakeMinUs, lastUs }) => kind !== 'requestUnheard' && handshakeMinUs > 0 && lastUs >= fromUs,
  );
  return isOpen ? [] : selectCells(facts, 'synSilent').filter(({ firstUs }) => firstUs >= fromUs);
}

function findIdleReset(facts: NameFacts): Finding[] {
  const cells = selectCells(facts, 'resetInSilence');
  const [cell] = cells;
  if (cell === undefined) return [];
  const least = findMinimum(cells.map(({ delayMinUs }) => delayMinUs));
  const most = findMaximum(cells.map(({ delayMaxUs }) => delayMaxUs));
  const count = sumCounts(cells);
  const isRegular = count > 1 && most - least <= Math.max(1_000_000, least * 0.05);
  const isOther = cell.ttlMin > 0 && cell.handshakeTtlMin > 0 && cell.ttlMin !== cell.handshakeTtlMin;
  // Servers end pooled connections after a fixed time, behind whole answers.
  const isPooled = facts.exchanges.length > 0 && facts.exchanges.every(({ bytesDown }) => bytesDown > 0);
  const isSure = isOther || (isRegular && !isPooled);
  return [
    buildFinding('idle-cut-reset', isSure ? 'likely' : 'possible', cells, {
      evidence: [
        `${formatCount(count, 'connection')}: a reset after ${formatDuration(least)}${isRegular ? ' each time' : ` to ${formatDuration(most)}`} without a packet of either side`,
        isOther && `TTL ${cell.ttlMin}, where the SYN-ACK had ${cell.handshakeTtlMin}`,
      ],
      against: [!isSure && 'servers end idle connections too'],
    }),
  ];
}

/** The other end of the tunnel is the proxy. `detail`: the age in seconds, twice, plus one for a reset. */
const listResets = (facts: NameFacts): OutcomeCell[] =>
  selectCells(facts, 'closedInAnswer').filter(({ proxied, detail }) => proxied === 0 && detail % 2 === 1);

/** The reset has another TTL than the SYN-ACK of its connection. */
const isOfDevice = ({ ttlMin, handshakeTtlMin }: OutcomeCell): boolean =>
  ttlMin > 0 && handshakeTtlMin > 0 && ttlMin !== handshakeTtlMin;

/** Formats "9.4 s" or "0.2 s to 9.4 s". */
const formatSpans = (leastUs: number, mostUs: number): string =>
  [...new Set([formatDuration(leastUs), formatDuration(mostUs)])].join(' to ');

/** Reports resets of every retry during a request or its answer: by size, by content, or by a broken server. */
function findUseResets(facts: NameFacts): Finding[] {
  const all = listResets(facts);
  const byDevice = all.filter(isOfDevice);
  const cells = sumCounts(byDevice) >= MIN_RESETS ? byDevice : all;
  const count = sumCounts(cells);
  const servedCount = sumCounts(selectDuring(selectCells(facts, 'served'), cells));
  if (count < MIN_RESETS || servedCount > count * RESETS_SHARE) return [];
  const [cell] = cells;
  const isDevice = cells === byDevice;
  const hops = isDevice ? findHops(cell?.ttlMin ?? 0) : null;
  const ages = cells.flatMap(({ valueMin, valueMax }) => [valueMin, valueMax]);
  const { name } = facts;
  const [least, most] = [findMinimum(ages), findMaximum(ages)];
  const isLifetime = isDevice && least >= MIN_LIFETIME_MS && most - least <= LIFETIME_SPREAD_MS;
  return [
    buildFinding(
      isLifetime ? 'proxy-lifetime' : isDevice ? 'sni-reset' : 'provider-error',
      isDevice && servedCount <= count ? 'likely' : 'possible',
      cells,
      {
        leg: !isDevice ? 'provider' : hops !== null && hops <= NEAR_HOPS ? 'local-firewall' : 'path',
        alike: [],
        summary: isLifetime
          ? `A device between client and server resets each connection to ${name} at an age of ${formatDuration(least * MS)}`
          : isDevice
            ? `A device between client and server resets connections to ${name} within requests or answers`
            : `Connections to ${name} are reset within requests or answers`,
        evidence: [
          `${formatCount(count, 'connection')}: a reset within a request or its answer, ${formatSpans(least * MS, most * MS)} after the SYN`,
          cell !== undefined &&
            cell.ttlMin > 0 &&
            (isDevice
              ? `TTL ${cell.ttlMin}, where the SYN-ACK had ${cell.handshakeTtlMin}`
              : `TTL ${cell.ttlMin}, as the SYN-ACK: the server, or a device that copies its TTL`),
        ],
        against: [
          servedCount > 0 && `${formatCount(servedCount, 'connection')} carried answered requests meanwhile`,
        ],
        advice: isLifetime
          ? `On the firewalls and gateways of the path: raise the limit of the age of sessions for ${name}.`
          : isDevice
            ? `On the firewalls and gateways of the path: check content inspection, data loss prevention and size limits for ${name}.`
            : "Check the provider's status page, then content inspection on the gateways of the path.",
      },
    ),
  ];
}

/** A keep-alive of the client may hide the silence before the reset of a device. */
function findAnswerResets(facts: NameFacts): Finding[] {
  const cells = listResets(facts).filter(({ detail }) => detail >= MIN_RESET_AGE_S * 2);
  const [cell] = cells;
  if (cell === undefined || selectCells(facts, 'resetInSilence').length > 0) return [];
  return [
    buildFinding('idle-cut-reset', 'possible', cells, {
      evidence: [
        `${formatConnections(cells)}: a reset in place of an answer, at an age of ${formatDuration(findMinimum(cells.map(({ valueMin }) => valueMin)) * MS)}`,
      ],
      against: ['the server may have ended them'],
    }),
  ];
}

const isSmall = (exchange: TimedExchange): boolean =>
  exchange.bytesDown > 0 &&
  exchange.bytesDown <= SMALL_ANSWER &&
  exchange.recordsDown <= 2 &&
  exchange.waitMs <= SMALL_WAIT_MS;

const buildExchangeFinding = (
  fault: Finding['fault'],
  list: readonly TimedExchange[],
  evidence: readonly Statement[],
  confidence: Finding['confidence'] = 'likely',
): Finding => ({
  fault,
  confidence,
  firstUs: findMinimum(list.map(({ startUs }) => startUs)),
  lastUs: findMaximum(list.map(({ startUs }) => startUs)),
  failures: list.length,
  cells: [],
  exchanges: list,
  evidence,
});

function findAnswerFaults(facts: NameFacts, host: HostFacts): Finding[] {
  const { exchanges } = facts;
  const found: Finding[] = [];
  const late = exchanges.filter((exchange) => exchange.waitMs >= LATE_MS && exchange.bytesDown > 0);
  const slow = findSlowAnswers(facts, late);
  if (slow !== null) found.push(slow);
  // The end of a connection is unknown if its records could not be read, for example after reordered packets.
  const isCut =
    selectCells(facts, 'closedInAnswer', 'resetInSilence', 'requestUnheard').length > 0 ||
    selectCells(facts, 'opened').some(({ segments, detail }) => segments > 0 && detail !== UNUSED);
  const unanswered =
    isCut || late.length > 0 || !facts.isModel ? null : (findAbandoned(facts) ?? findEndedAtOnce(facts));
  if (unanswered !== null) found.push(unanswered);
  // Telemetry posts have equal sizes and short answers even without a fault.
  const refused = facts.isModel ? findRefused(facts) : null;
  if (refused !== null) found.push(findDeviceFault(refused, facts, host) ?? refused);
  const held = findHeldAnswers(facts);
  if (held !== null && (refused === null || held.confidence !== 'possible')) found.push(held);
  return found;
}

const findRefused = (facts: NameFacts): Finding | null =>
  findRefusedUpgrades(facts) ??
  findRepeatedRefusals(facts) ??
  findSameAnswers(facts.exchanges) ??
  findRefusedDials(facts) ??
  (facts.isMixed ? null : findShortAnswers(facts.exchanges)) ??
  findAnsweringPages(facts);

/**
 * Reports answers that come in one piece after the time that a model needs to write them. Programs also ask for answers in
 * one piece: short ones, and those of names that stream others, are possible at most.
 */
function findHeldAnswers({ exchanges, isModel }: NameFacts): Finding | null {
  const isHeld = ({ waitMs, answerMs, bytesDown }: TimedExchange): boolean =>
    waitMs >= HELD_MS && answerMs <= AT_ONCE_MS && bytesDown > SMALL_ANSWER;
  const long = exchanges.filter((exchange) => isHeld(exchange) && exchange.bytesDown >= HELD_BYTES);
  const calls = isModel ? exchanges.filter(isCall) : [];
  const held = long.length === 0 && calls.every(isHeld) ? calls : long;
  const [first] = held;
  if (first === undefined) return null;
  const isStreaming = exchanges.some((exchange) => isStreamed(exchange) && exchange.answerMs > HELD_MS);
  const isSure = long.length > 0 && !isStreaming;
  const evidence = `${formatCount(held.length, 'answer')} of ${first.bytesDown} bytes came within ${AT_ONCE_MS} ms, after a wait of ${formatDuration(first.waitMs * MS)}`;
  return {
    ...buildExchangeFinding('buffering', held, [evidence], isSure ? 'likely' : 'possible'),
    against: [!isSure && 'a program that asks for answers in one piece looks the same'],
  };
}

/**
 * Reports the same short answers from a nearby device, while servers of other names are far: a page of an inspection.
 */
function findDeviceFault(refused: Finding, facts: NameFacts, host: HostFacts): Finding | null {
  const cells = selectCells(facts, 'served').filter(
    ({ proxied, handshakeMinUs }) => proxied === 0 && handshakeMinUs > 0,
  );
  const outside = measureOutside(host, facts.name);
  const rttUs = cells.length === 0 ? 0 : findMaximum(cells.map(({ handshakeMaxUs }) => handshakeMaxUs));
  const hops = findHops(
    cells.length === 0 ? 0 : findMinimum(cells.map(({ handshakeTtlMin }) => handshakeTtlMin)),
  );
  if (cells.length === 0 || outside === null || rttUs * 4 > outside.rttUs) return null;
  if (hops !== null && hops > NEAR_HOPS) return null;
  return {
    ...refused,
    fault: 'block-page',
    alike: ['provider-error', 'provider-auth'],
    summary: `A device near the client answers for ${facts.name}, with the same few bytes each time`,
    evidence: [
      ...refused.evidence,
      `the SYN-ACK came after ${formatDuration(rttUs)}, those of other names after ${formatDuration(outside.rttUs)} at least`,
    ],
    advice: `Check the category of ${facts.name} and the block page log of the proxy or firewall that inspects TLS.`,
  };
}

export const SLOW_UPLOADS = 'The line carries very few bits per second from the client';

/**
 * Reports slow uploads. A program writes its request at once, in full records; only the line spreads it over seconds.
 */
function findSlowUploads({ exchanges }: NameFacts): Finding[] {
  const large = exchanges.filter(
    ({ bytesUp, recordsUp }) => bytesUp >= UPLOAD_BYTES && bytesUp >= recordsUp * FULL_RECORD,
  );
  const rates = large.map(({ bytesUp, uploadMs }) => (bytesUp * 8) / Math.max(uploadMs, 1));
  if (
    large.length < 2 ||
    findMaximum(rates) > SLOW_UPLOAD_KBIT ||
    findMaximum(rates) > findMinimum(rates) * EQUAL_RATE
  )
    return [];
  return [
    {
      ...buildExchangeFinding('squeeze', large, [
        `${formatCount(large.length, 'request')} of at least ${findMinimum(large.map(({ bytesUp }) => bytesUp))} bytes went up at ${Math.round(findMaximum(rates))} kbit/s at most`,
      ]),
      summary: SLOW_UPLOADS,
    },
  ];
}

/** Acknowledgements share the direction of the uploads, so that answers over such a line are slow too. */
export const hasSlowUploads = (facts: NameFacts): boolean => findSlowUploads(facts).length > 0;

/**
 * Reports slow answers. Reasoning models need half a minute for single answers, so only longer or many waits are a
 * fault.
 */
function findSlowAnswers({ exchanges, isModel }: NameFacts, late: readonly TimedExchange[]): Finding | null {
  const longest = late.filter(({ waitMs }) => waitMs >= TOO_LATE_MS);
  const noticed = late.filter(({ waitMs, bytesUp }) => waitMs >= NOTICED_MS && bytesUp >= MODEL_UPLOAD);
  const isNoticed = isModel && noticed.length * RARE >= exchanges.length && noticed.length > 0;
  const isOften = late.length >= MIN_LATE && late.length * 2 >= exchanges.length;
  if (longest.length === 0 && !isNoticed && !isOften) return null;
  const wait = findMaximum(late.map(({ waitMs }) => waitMs));
  return buildExchangeFinding(
    'provider-slow',
    late,
    [
      `${formatCount(late.length, 'request')} of ${exchanges.length}: the first record of the answer came after up to ${formatDuration(wait * MS)}`,
    ],
    longest.length > 1 && late.length * RARE >= exchanges.length ? 'likely' : 'possible',
  );
}

/** Waits are counted in whole tenths of a second. */
const formatLongestWait = (exchanges: readonly TimedExchange[]): string =>
  formatDuration((findMaximum(exchanges.map(({ waitMs }) => waitMs)) + 100) * MS);

const allowWebSockets = (name: string): string =>
  `Disable WebSockets in the tool, or, if a proxy or gateway inspects TLS, allow HTTP/1.1 Upgrade to ${name} there.`;

/**
 * Reports requests without an answer, each abandoned and repeated. A WebSocket whose upgrade is never answered looks
 * the same.
 */
function findAbandoned(facts: NameFacts): Finding | null {
  const { name, exchanges } = facts;
  const silent = exchanges.filter(
    ({ bytesDown, bytesUp, flags }) =>
      bytesDown === 0 && bytesUp >= MIN_UPGRADE && (flags & EXCHANGE_FLAGS.closed) !== 0,
  );
  const waits = silent.flatMap((exchange) => {
    const next = exchanges.find(({ startUs }) => startUs > exchange.startUs);
    return next === undefined ? [] : [next.startUs - exchange.startUs];
  });
  const waited = waits.filter((us) => us >= GIVEN_UP_US);
  if (silent.length < 2 || waited.length * 2 < silent.length) return null;
  // People stop a tool after any time, programs after the same one.
  const ends = selectCells(facts, 'requestUnanswered');
  if (ends.length > 0 && findMaximum(ends.map(({ delayMaxUs }) => delayMaxUs)) < GIVEN_UP_US) return null;
  const isTimed = waited.every((us, i) => us >= (waited[i - 1] ?? 0) * 0.9 && us <= findMinimum(waited) * 3);
  const answered = exchanges.filter(({ bytesDown }) => bytesDown > 0).length;
  const isFallback = exchanges.some(
    (exchange) => isStreamed(exchange) && exchange.startUs > (silent[0]?.startUs ?? 0),
  );
  const found = buildExchangeFinding(
    'provider-slow',
    silent,
    [
      `${formatCount(silent.length, 'request')} got no answer, and the client asked again after ${formatDuration(findMinimum(waited))}`,
      answered > 0 &&
        `${formatCount(answered, 'other request')} were answered: the client may have gone from a WebSocket to HTTPS`,
    ],
    silent.length > 2 && isTimed ? 'likely' : 'possible',
  );
  if (!isFallback)
    return answered > 0
      ? found
      : { ...found, summary: `${name} takes requests and does not answer before the client gives up` };
  return {
    ...found,
    summary: `${name} answers some requests, and WebSockets probably not at all`,
    advice: allowWebSockets(name),
  };
}

/**
 * Reports prompts that each end without an answer, soon and on their own connection, like HTTP/2 streams that a server
 * resets (RFC 9113 §6.4).
 */
function findEndedAtOnce({ name, exchanges, isMixed }: NameFacts): Finding | null {
  const prompts = exchanges.filter(({ bytesUp }) => bytesUp >= (isMixed ? CALL_BYTES : MODEL_UPLOAD));
  const ended = prompts.filter(
    ({ bytesDown, flags }) => bytesDown === 0 && (flags & EXCHANGE_FLAGS.closed) !== 0,
  );
  if (ended.length < MIN_UPGRADES || ended.length < prompts.length) return null;
  return {
    ...buildExchangeFinding(
      'provider-error',
      ended,
      [
        `${formatCount(ended.length, 'request')} of at least ${findMinimum(ended.map(({ bytesUp }) => bytesUp))} bytes, each on a connection that ended without an answer`,
      ],
      'possible',
    ),
    alike: ['provider-auth', 'provider-slow'],
    summary: `${name} answers no prompt, and its connections end`,
    advice:
      "Check the provider's status page, and whether the server requires a client certificate. On proxies and gateways of the path: check limits of size and time.",
  };
}

/**
 * True for a request of one record that is refused in one record on its own connection, like the handshake of a
 * WebSocket (RFC 6455 §4).
 */
const isRefusedUpgrade = (exchange: TimedExchange): boolean =>
  isSmall(exchange) &&
  exchange.bytesUp < MAX_UPGRADE &&
  exchange.recordsUp === 1 &&
  exchange.recordsDown === 1 &&
  (exchange.flags & CLOSED_FIRST) === CLOSED_FIRST;

/**
 * True if other short requests run at the same time. A tool that reconnects does so after a pause, and sends little
 * else to the name meanwhile.
 */
function isAmongOthers(
  same: readonly TimedExchange[],
  call: TimedExchange,
  exchanges: readonly TimedExchange[],
): boolean {
  const from = same[0]?.startUs ?? 0;
  const all = exchanges.filter(({ startUs }) => startUs >= from && startUs < call.startUs);
  const starts = new Set(same.map(({ startUs }) => startUs));
  return starts.size < same.length || same.length < all.length * UPGRADE_SHARE;
}

const isSameRefusal = (exchange: TimedExchange, other: TimedExchange): boolean =>
  Math.abs(exchange.bytesUp - other.bytesUp) <= 8 && Math.abs(exchange.bytesDown - other.bytesDown) <= 8;

/** Refused upgrades before one prompt. */
interface UpgradeRound {
  readonly refused: readonly TimedExchange[];
  readonly first: TimedExchange;
  /** Time from the first refusal to the prompt. */
  readonly waitedUs: number;
}

/**
 * Lists rounds in which the same small request is refused several times, and then a whole prompt is sent and answered.
 */
function listUpgradeRounds(exchanges: readonly TimedExchange[]): UpgradeRound[] {
  const rounds: UpgradeRound[] = [];
  let fallenBackUs = Number.NEGATIVE_INFINITY;
  for (const call of exchanges.filter((exchange) => isCall(exchange) && isStreamed(exchange))) {
    const before = exchanges.filter(
      (exchange) =>
        exchange.startUs > fallenBackUs && exchange.startUs < call.startUs && isRefusedUpgrade(exchange),
    );
    fallenBackUs = call.startUs;
    const last = before.at(-1);
    if (last === undefined || call.startUs - last.startUs > FALLBACK_US) continue;
    const refused = before.filter((exchange) => isSameRefusal(exchange, last));
    const [first] = refused;
    if (first === undefined || refused.length < MIN_REPEATED || isAmongOthers(refused, call, exchanges))
      continue;
    rounds.push({ refused, first, waitedUs: call.startUs - first.startUs });
  }
  return rounds;
}

/** Reports a tool that falls back to HTTPS: after many refusals, or after a few before each prompt. */
function findRefusedUpgrades({ name, exchanges }: NameFacts): Finding | null {
  const all = listUpgradeRounds(exchanges);
  const rounds = all.filter(
    (round) =>
      round.refused.length >= MIN_UPGRADES ||
      all.some((other) => other !== round && isSameRefusal(other.first, round.first)),
  );
  const [round] = rounds;
  if (round === undefined) return null;
  const { first } = round;
  const refused = rounds.flatMap((useRound) => useRound.refused);
  return {
    ...buildExchangeFinding('provider-error', refused, [
      `${formatCount(refused.length, 'connection')} with one request of ${first.bytesUp} bytes, refused with ${formatAnswers([first])}, like the handshake of a WebSocket`,
      `${rounds.length === 1 ? 'a prompt was' : `${formatCount(rounds.length, 'prompt')} were`} then answered on another connection, up to ${formatDuration(findMaximum(rounds.map(({ waitedUs }) => waitedUs)))} after the first refusal`,
    ]),
    summary: `WebSockets to ${name} are refused, and the tool falls back to HTTPS`,
    advice: allowWebSockets(name),
  };
}

/** Reports a tool without a fallback that reconnects after increasing pauses, and sends little else to the name. */
function findRefusedDials({ name, exchanges }: NameFacts): Finding | null {
  const dials = exchanges.filter((exchange) => isRefusedUpgrade(exchange) && exchange.bytesUp >= MIN_UPGRADE);
  for (const first of dials) {
    const same = listRetries(
      first,
      dials.filter((exchange) => isSameRefusal(exchange, first)),
    );
    const last = same.at(-1);
    if (last === undefined || same.length < MANY || !isBackOff(same)) continue;
    const meanwhile = exchanges.filter(({ startUs }) => startUs >= first.startUs && startUs <= last.startUs);
    if (isAmongOthers(same, last, exchanges) || meanwhile.some(isStreamed)) continue;
    return {
      ...buildExchangeFinding(
        'provider-error',
        same,
        [
          `${formatCount(same.length, 'connection')} with one request of ${first.bytesUp} bytes, each answered with ${formatAnswers([first])}, like a refused handshake of a WebSocket`,
          'the client waited longer before the next ones',
        ],
        'possible',
      ),
      summary: `${name} repeatedly answers the same short request with the same few bytes`,
      doubt: POLL,
      advice: `Check the key or login of the tool. ${allowWebSockets(name)}`,
    };
  }
  return null;
}

/** Maximum pause before a retry. The same telemetry of another start comes later. */
const RETRY_US = 120_000_000;

/** `same`: sorted by time. */
function listRetries(first: TimedExchange, same: readonly TimedExchange[]): TimedExchange[] {
  const retries = [first];
  for (const exchange of same) {
    const pauseUs = exchange.startUs - (retries.at(-1)?.startUs ?? 0);
    if (exchange !== first && pauseUs >= 0 && pauseUs <= RETRY_US) retries.push(exchange);
  }
  return retries;
}

/** True for the error page of a content network or gateway: several kB in full records. A model streams short ones. */
const isPage = ({ bytesDown, recordsDown, answerMs }: TimedExchange): boolean =>
  bytesDown > SMALL_ANSWER && bytesDown >= recordsDown * PAGE_RECORD && answerMs <= AT_ONCE_MS;

/**
 * True if all answers took the same time, because gateways that wait for a server refuse after a fixed time. A model
 * needs a different time for each answer.
 */
const areAtOnce = (list: readonly TimedExchange[]): boolean => {
  const waits = list.map(({ waitMs }) => waitMs);
  const [least, most] = [findMinimum(waits), findMaximum(waits)];
  return most <= SMALL_WAIT_MS || most - least <= Math.max(AT_ONCE_MS, least * TIMEOUT_SPREAD);
};

/** True if answers took as long as those of a model to a short question. Refusals of this size come sooner. */
const areThought = (list: readonly TimedExchange[]): boolean =>
  list.every(
    ({ waitMs, bytesDown }) =>
      waitMs >= THOUGHT_MS &&
      waitMs <= SMALL_WAIT_MS &&
      bytesDown >= SHORTEST_ANSWER &&
      bytesDown <= SMALL_ANSWER,
  );

const listPauses = (same: readonly TimedExchange[]): number[] =>
  same.slice(1).map(({ startUs }, i) => startUs - (same[i]?.startUs ?? 0));

/** True if clients wait longer before each retry. A program that sends the next question does not. */
function isBackOff(same: readonly TimedExchange[]): boolean {
  const pauses = listPauses(same);
  const [first = 0, last = 0] = [pauses[0], pauses.at(-1)];
  const longer = pauses.filter((us, i) => i > 0 && us >= (pauses[i - 1] ?? 0) * LONGER);
  return last >= first * 2 && longer.length * 2 > pauses.length - 1;
}

/** True for a program that works through a list: it sends the next question after each answer, or at a steady rate. */
function isLoop(same: readonly TimedExchange[]): boolean {
  if (same.length < MIN_LOOP) return false;
  const pauses = listPauses(same);
  const soon = pauses.filter((us, i) => {
    const { uploadMs = 0, waitMs = 0, answerMs = 0 } = same[i] ?? {};
    return us <= (uploadMs + waitMs + answerMs + LOOP_PAUSE_MS) * MS;
  });
  const [least, most] = [findMinimum(pauses), findMaximum(pauses)];
  const isRegular = same.length >= MANY_REGULAR && most <= least * 1.5 && most <= REGULAR_PAUSE_US;
  return isRegular || soon.length * 3 >= pauses.length * 2;
}

/** Reports prompts that all get the same few bytes, or the same page, as an answer. */
function findRepeatedRefusals({ name, exchanges, isMixed }: NameFacts): Finding | null {
  const isRefusal = (exchange: TimedExchange): boolean =>
    isPage(exchange) ||
    (exchange.recordsDown <= 2 && exchange.bytesDown > 0 && exchange.bytesDown <= SMALL_ANSWER);
  for (const first of exchanges) {
    if (!isRefusal(first) || first.bytesUp < 1000) continue;
    const isSameUpload = ({ bytesUp }: TimedExchange): boolean =>
      Math.abs(bytesUp - first.bytesUp) <= Math.max(64, first.bytesUp * 0.005);
    // Telemetry posts to the same name have other sizes, and short answers.
    const least = isMixed ? CALL_BYTES : MODEL_UPLOAD;
    const isAlike = (exchange: TimedExchange): boolean =>
      isSameUpload(exchange) ||
      (Math.min(exchange.bytesUp, first.bytesUp) >= least && (!isMixed || isPage(first)));
    const alike = exchanges.filter(
      (exchange) =>
        Math.abs(exchange.bytesDown - first.bytesDown) <= 8 && isAlike(exchange) && isRefusal(exchange),
    );
    if (alike.length < 2) continue;
    const same = listRetries(first, alike);
    if (same.length < 2) continue;
    const lastUs = same.at(-1)?.startUs ?? 0;
    const better = exchanges.filter(
      (exchange) =>
        isSameUpload(exchange) &&
        exchange.bytesDown > first.bytesDown * 1.5 &&
        exchange.startUs >= lastUs &&
        exchange.startUs <= lastUs + RETRY_US,
    );
    const isAnswered = exchanges.some(
      (exchange) =>
        isStreamed(exchange) &&
        !isPage(exchange) &&
        exchange.startUs > first.startUs &&
        exchange.startUs < lastUs,
    );
    const closes = same.filter(({ flags }) => (flags & CLOSED_FIRST) === CLOSED_FIRST);
    const isLarge = first.bytesUp >= least && same.length >= 3;
    const isRetried = first.bytesUp >= MODEL_UPLOAD && same.length >= 2 && better.length > 0;
    const isPair = !isMixed && same.length >= 2 && same.every(({ bytesUp }) => bytesUp >= MIN_PROMPT);
    const isMany = closes.length >= MANY;
    const between = exchanges.filter(
      ({ startUs, bytesUp }) => bytesUp >= least && startUs >= first.startUs && startUs <= lastUs,
    );
    // Answers of one size among others are a coincidence.
    if (!isMixed && same.length < between.length * REFUSED_SHARE) continue;
    // Other calls may be answered between two refusals.
    if (isAnswered && !(isRetried && better.some(isStreamed))) continue;
    if (!(isLarge || isRetried || isPair || isMany) || !areAtOnce(same)) continue;
    if (!isRetried && (isLoop(alike) || areThought(same))) continue;
    // Tokens are counted before each prompt, so that short and long answers to the same request alternate.
    const inTurn = exchanges.filter(
      (exchange) =>
        isStreamed(exchange) &&
        isSameUpload(exchange) &&
        exchange.startUs > (alike[0]?.startUs ?? 0) &&
        exchange.startUs < (alike.at(-1)?.startUs ?? 0),
    );
    const isSure = inTurn.length < 2 && (isRetried || isBackOff(same));
    // Messages of refusals differ in length.
    const refused = listRetries(
      first,
      exchanges.filter(
        (exchange) => same.includes(exchange) || (isSameUpload(exchange) && isSmall(exchange)),
      ),
    );
    const uploads = sortSizes(refused.map(({ bytesUp }) => bytesUp));
    return {
      ...buildExchangeFinding(
        isPage(first) || same.every(isSameUpload) ? 'provider-error' : 'provider-auth',
        refused,
        [
          `${formatCount(refused.length, 'request')} of ${formatSizes(uploads)} bytes, each answered by ${formatAnswers(refused)} within ${formatLongestWait(refused)}`,
        ],
        isSure ? 'likely' : 'possible',
      ),
      ...(isSure ? {} : { summary: `${name} answers each prompt with the same few bytes`, doubt: LOOP }),
    };
  }
  return null;
}

const LOOP: Doubt = {
  causes: 'it refuses them, or a program asks short questions in a loop',
  test: 'Read the message that the tool shows.',
};

const POLL: Doubt = { causes: 'it refuses a WebSocket, or a program polls for a result', test: LOOP.test };

const sortSizes = (sizes: readonly number[]): number[] => [...new Set(sizes)].sort((a, b) => a - b);

const formatSizes = (sorted: readonly number[]): string =>
  [...new Set([sorted[0], sorted.at(-1)])].join(' to ');

/** Formats the sizes of answers. They include session tickets of TLS 1.3 that cannot be separated from the answer. */
function formatAnswers(list: readonly TimedExchange[]): string {
  const sizes = sortSizes(list.map(({ bytesDown }) => bytesDown));
  const hasTickets = list.some(({ flags }) => (flags & EXCHANGE_FLAGS.ticketsUncertain) !== 0);
  return `${hasTickets ? `at most ${findMaximum(sizes)}` : formatSizes(sizes)} bytes`;
}

const isCall = ({ bytesUp }: TimedExchange): boolean => bytesUp >= CALL_BYTES;

/** Reports a whole prompt with a few bytes as an immediate answer, and no later call with a long answer. */
function findShortAnswers(exchanges: readonly TimedExchange[]): Finding | null {
  const lastStreamed = exchanges.findLast(isStreamed)?.startUs ?? Number.NEGATIVE_INFINITY;
  const short = exchanges.filter(
    (exchange) => exchange.startUs > lastStreamed && isCall(exchange) && isSmall(exchange),
  );
  const [first] = short;
  if (first === undefined || isLoop(short) || areThought(short)) return null;
  const worked = lastStreamed > Number.NEGATIVE_INFINITY;
  return buildExchangeFinding(
    'provider-auth',
    short,
    [
      `${formatCount(short.length, 'request')} of ${first.bytesUp} bytes and similar were answered by ${formatAnswers([first])} within ${formatLongestWait(short)}`,
      worked ? 'no request was answered at length afterwards' : 'no request was answered at length',
    ],
    'possible',
  );
}

/** Reports prompts that are each answered at once by a page. Embeddings of a text are longer. */
function findAnsweringPages({ name, exchanges }: NameFacts): Finding | null {
  const prompts = exchanges.filter((exchange) => exchange.bytesUp >= MODEL_UPLOAD && !isSmall(exchange));
  const pages = prompts.filter(
    (exchange) =>
      isCall(exchange) &&
      isPage(exchange) &&
      exchange.waitMs <= THOUGHT_MS &&
      exchange.bytesDown < HELD_BYTES,
  );
  const [first] = pages;
  if (first === undefined || pages.length < prompts.length) return null;
  const evidence = `${formatCount(pages.length, 'prompt')} of ${first.bytesUp} bytes and similar, answered by ${formatAnswers(pages)} in one piece within ${formatLongestWait(pages)}`;
  return {
    ...buildExchangeFinding('provider-error', pages, [evidence], 'possible'),
    alike: ['block-page', 'provider-auth'],
    summary: `${name} answers prompts at once with a page, as of an error`,
  };
}

/** Reports that every request, whatever its size, gets the same few bytes as an answer. */
function findSameAnswers(exchanges: readonly TimedExchange[]): Finding | null {
  // A call with a long answer, or without an answer, was not refused.
  if (exchanges.some((exchange) => isStreamed(exchange) || (isCall(exchange) && exchange.bytesDown === 0)))
    return null;
  const answered = exchanges.filter(({ bytesDown }) => bytesDown > 0);
  const sizes = groupBy(answered.filter(isSmall), ({ bytesDown }) => bytesDown);
  const [most = []] = [...sizes.values()].sort((a, b) => b.length - a.length);
  const uploads = new Set(most.map(({ bytesUp }) => bytesUp));
  const hasLarge = most.some(isCall);
  const small = most.filter(({ bytesUp }) => bytesUp < SMALL_UPLOAD);
  if (
    most.length < 5 ||
    uploads.size < 4 ||
    !hasLarge ||
    small.length < 2 ||
    most.length < answered.length * 0.8
  )
    return null;
  return buildExchangeFinding('provider-auth', most, [
    `${formatCount(most.length, 'request')} of ${uploads.size} different sizes were all answered by ${formatAnswers(most)}`,
  ]);
}

function findQuicFaults({ quic: flows, cells }: NameFacts): Finding[] {
  if (flows === null || flows.isAnswered || flows.flows === 0) return [];
  const overTcp = cells.filter(({ handshakeMinUs, lastUs }) => handshakeMinUs > 0 && lastUs >= flows.firstUs);
  // The answer to a single flow may be after the end of the capture, unless the client repeated its hello.
  const isRepeated = cells.some(({ kind }) => kind === 'quicSilent');
  if (flows.flows === 1 && overTcp.length === 0 && !isRepeated) return [];
  return [
    {
      fault: 'quic-blocked',
      confidence: flows.flows > 1 ? 'likely' : 'possible',
      firstUs: flows.firstUs,
      lastUs: flows.lastUs,
      failures: flows.flows,
      cells: [],
      evidence: [
        `${formatCount(flows.flows, 'QUIC connection')} to UDP port 443 got no QUIC packet in return`,
        overTcp.some(({ kind }) => kind === 'served') && 'TCP to the same name worked',
      ],
    },
  ];
}
