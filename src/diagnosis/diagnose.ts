// Derives diagnoses from facts: for each host and name, the faults that the packets show, most certain first.

import { CONFIDENCES } from '../model/confidence.ts';
import type { CheckedName, Diagnosis, DiagnosisResult, HalfSeenName } from '../model/diagnosis.ts';
import { findMaximum, findMinimum } from '../model/extremes.ts';
import { FAULTS } from '../model/faults.ts';
import { addTo } from '../model/grouped-by.ts';
import type { Mutable } from '../model/immutable.ts';
import type { OutcomeKind } from '../model/outcome.ts';
import type { ClientFingerprint, OutcomeCell, UsageRow, UsageWindow } from '../model/usage.ts';
import { DOH_NAMES } from '../model/window-words.ts';
import { compareHosts, compareText, formatEndpoint } from '../net/address.ts';
import { splitWords } from '../text/word-lists.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { listAlike, listAlternatives } from './alternatives.ts';
import { findTcpFaults } from './connection-rules.ts';
import { findDnsFaults } from './dns-rules.ts';
import {
  findOnlySide,
  findSideOfName,
  type HostFacts,
  isOpenedLate,
  isOutside,
  isStreamed,
  listDoubts,
  type NameFacts,
  type NameKnowledge,
  type QuicFlows,
  type RuntimeName,
  type RuntimeUse,
  selectCells,
  selectDuring,
  selectServed,
  sumCounts,
  sumField,
  type TimedExchange,
} from './facts.ts';
import { FAULT_TABLE, UNPLACED } from './faults.ts';
import {
  buildFinding,
  type Finding,
  formatConnections,
  formatCount,
  formatDuration,
  listStatements,
} from './finding.ts';
import { listTriedOutcomes } from './outcomes.ts';
import { replaceByPortal } from './portal-rule.ts';
import { findBadLogin, findProxyFaults, findProxyTls, findUnreached, findUnresolved } from './proxy-rules.ts';
import { listSequences } from './sequence.ts';
import { findUseFaults, hasSlowUploads, SLOW_UPLOADS } from './use-rules.ts';

/** Names that administrators give to proxies. */
export const PROXY_NAMES = [
  ...['proxy*.*', 'wpad.*', '*-proxy.*', 'webproxy*.*', 'httpproxy*.*', 'fwdproxy*.*'],
  ...['squid*.*', 'webgw*.*', 'web-gw*.*', 'webgate*.*', 'swg*.*'],
] as const;
export const isProxyName = (name: string): boolean =>
  /^(?:web-?|http|fwd)?proxy|^wpad\.|^[^.]*-proxy\.|^squid|^web-?gw|^webgate|^swg/.test(name);

const DNS = /^dns/;

/** `cells`: the summed outcomes of all windows. `shownHost`: returns the name of the host in diagnoses. */
export function diagnose(
  cells: readonly OutcomeCell[],
  windows: readonly UsageWindow[],
  knowledge: NameKnowledge,
  shownHost: (host: string) => string = (host) => host,
): DiagnosisResult {
  const hosts = listHosts(cells, windows, knowledge);
  const diagnoses = applyRules(
    hosts,
    () => true,
    (found, facts, host) => buildDiagnosis(found, facts, host, knowledge, shownHost(facts.host)),
  );
  const faulty = new Set(diagnoses.map(({ host, name }) => `${host} ${name}`));
  const checked: CheckedName[] = [];
  const halfSeen: HalfSeenName[] = [];
  for (const host of hosts) {
    const side = findOnlySide(host);
    for (const facts of host.names) {
      // Proxies and resolvers are read for the names of tools, and are none.
      if (facts.name === '' || isHelper(facts.name) || faulty.has(`${host.host} ${facts.name}`)) continue;
      const from = side ?? findSideOfName(facts);
      const row = { host: host.host, name: facts.name, attempts: countAttempts(facts) };
      if (from === null) checked.push({ ...row, isLogged: isLogged(facts) });
      else halfSeen.push({ ...row, from });
    }
  }
  return { diagnoses: diagnoses.sort(compareWeight), checked, halfSeen };
}

/** A fault of a name, without its texts. */
export interface NameFault
  extends Pick<Diagnosis, 'host' | 'name' | 'fault' | 'leg' | 'confidence' | 'failures'> {}

/**
 * Returns the faults that `diagnose` finds without windows, for the selected names. The other names of a host are used
 * for comparison.
 */
export const listFaults = (
  cells: readonly OutcomeCell[],
  knowledge: NameKnowledge,
  isAsked: (facts: NameFacts) => boolean,
): NameFault[] =>
  applyRules(listHosts(cells, [], knowledge), isAsked, ({ fault, leg, confidence, failures }, facts) => ({
    host: facts.host,
    name: getShownName(facts),
    fault,
    leg: leg ?? FAULT_TABLE[fault].leg,
    confidence,
    failures,
  })).sort(compareWeight);

const applyRules = <T>(
  hosts: readonly HostFacts[],
  isAsked: (facts: NameFacts) => boolean,
  build: (found: Finding, facts: NameFacts, host: HostFacts) => T,
): T[] =>
  hosts.flatMap((host) => {
    const missing = listDoubts(host);
    const isClientAlone = findOnlySide(host) === 'client';
    return host.names.filter(isAsked).flatMap((facts) => {
      const all = doubtSilence(findFaults(facts, host), missing);
      const findings = isClientAlone ? all.filter((found) => !isUnansweredQuery(found)) : all;
      return rankFindings(replaceByPortal(findings, host)).map((found) => build(found, facts, host));
    });
  });

/** True if resolvers did not answer. A capture of the client's packets only has no answers either. */
const isUnansweredQuery = ({ cells }: Finding): boolean =>
  cells.every(({ kind }) => kind === 'dnsUnanswered');

const getShownName = ({ name, cells }: NameFacts): string => (name === '' ? (cells[0]?.server ?? '') : name);

/** `missing`: reasons why only the capture may lack answers to the host. */
function doubtSilence(found: readonly Finding[], missing: readonly string[]): readonly Finding[] {
  if (missing.length === 0) return found;
  return found.map((finding) =>
    dependsOnSilence(finding)
      ? { ...finding, confidence: 'possible', against: [...missing, ...(finding.against ?? [])] }
      : finding,
  );
}

/** Outcomes that are defined by missing packets. */
const SILENT: ReadonlySet<OutcomeKind> = new Set([
  ...(['synSilent', 'helloSilent', 'helloFrontLost', 'helloRestLost', 'helloUnanswered'] as const),
  ...([
    'answerFrontLost',
    'requestUnheard',
    'connectUnanswered',
    'requestUnanswered',
    'quicSilent',
    'dnsUnanswered',
  ] as const),
]);

/**
 * True for findings that depend on missing packets. Exchanges and QUIC flows, which have no cells, are read from sizes
 * and pauses; a low rate from missing faster packets.
 */
const dependsOnSilence = ({ fault, cells }: Finding): boolean =>
  fault === 'squeeze' || cells.every(({ kind }) => SILENT.has(kind));

function findFaults(facts: NameFacts, host: HostFacts): Finding[] {
  if (facts.name === '') return [...findUnreached(facts, host), ...findBadLogin(facts, host)];
  if (isProxyName(facts.name))
    return [
      ...findUnresolved(facts, host),
      ...findUnreached(facts, host),
      ...findBadLogin(facts, host),
      ...findProxyTls(facts),
    ];
  if (isDohName(facts.name)) return findStoppedDoh(facts, host);
  const early = [...findDnsFaults(facts, host), ...findTcpFaults(facts, host), ...findProxyFaults(facts)];
  return [...early, ...findUseFaults(facts, host), ...findPathFaults(facts, host)];
}

const isDohName = (name: string): boolean => DOH_NAMES.includes(name);
const isHelper = (name: string): boolean => isProxyName(name) || isDohName(name);

/** Reports a stopped resolver of a program that resolves names over HTTPS. */
function findStoppedDoh(facts: NameFacts, host: HostFacts): Finding[] {
  return [...findDnsFaults(facts, host), ...findTcpFaults(facts, host), ...findProxyFaults(facts)].map(
    (found) => ({
      ...found,
      evidence: [...found.evidence, `${facts.name} is a resolver of DNS over HTTPS`],
      advice: `Switch DNS over HTTPS off in the program, so that it asks the resolver of the network, or allow ${facts.name}.`,
    }),
  );
}

/** Faults that another fault of the same name explains. */
const FOLLOWS: Readonly<Record<string, readonly string[]>> = {
  'dns-sinkhole': splitWords(
    'tcp-refused tcp-blackhole provider-refused interception-untrusted cert-wrongname',
    'cert-expired clock-wrong icmp-prohibited sni-alert sni-reset sni-drop data-blackhole',
    'provider-tls',
  ),
  squeeze: ['buffering', 'provider-slow', 'loss'],
  delay: ['buffering', 'provider-slow'],
  loss: ['dns-timeout'],
  'mtu-blackhole': ['provider-auth', 'provider-error', 'provider-slow'],
};

/**
 * Selects the most certain finding of each fault for one name, and doubtful ones only if there is none more certain.
 */
function rankFindings(findings: readonly Finding[]): Finding[] {
  const explained = new Set(findings.flatMap(({ fault }) => FOLLOWS[fault] ?? []));
  const sorted = findings
    .filter(({ fault }) => !explained.has(fault))
    .sort((a, b) => rank(a) - rank(b) || b.failures - a.failures);
  const [best] = sorted;
  const seen = new Set<string>();
  return sorted.filter((finding) => {
    if (seen.has(finding.fault) || (finding.confidence === 'possible' && best?.confidence !== 'possible'))
      return false;
    seen.add(finding.fault);
    return true;
  });
}

const rank = ({ confidence }: { readonly confidence: Finding['confidence'] }): number =>
  CONFIDENCES.indexOf(confidence);

/** Faults that programs work around. Others come first. */
const MINOR: ReadonlySet<string> = new Set(['quic-blocked', 'ipv6-broken']);
/** The order of diagnoses. */
export const compareWeight = (a: NameFault, b: NameFault): number =>
  compareHosts(a.host, b.host) ||
  Number(MINOR.has(a.fault)) - Number(MINOR.has(b.fault)) ||
  rank(a) - rank(b) ||
  b.failures - a.failures ||
  compareText(a.name, b.name) ||
  FAULTS.indexOf(a.fault) - FAULTS.indexOf(b.fault);

/** True for logs, which have outcomes but no delays. */
const isLogged = ({ cells }: NameFacts): boolean =>
  cells.every(({ handshakeMinUs, delayMaxUs, segments }) => handshakeMinUs + delayMaxUs + segments === 0);

/** Counts connections; requests or DNS queries if the fault was found from these only. */
function countAttempts({ cells, exchanges }: NameFacts, found?: Finding): number {
  if (found?.exchanges !== undefined) return exchanges.length;
  const failed = found?.cells ?? [];
  // A name with addresses of one family only gives empty answers for the other one.
  const queries = cells.filter(
    (cell) => DNS.test(cell.kind) && (cell.kind !== 'dnsEmpty' || failed.includes(cell)),
  );
  if (DNS.test(failed[0]?.kind ?? '')) return sumCounts(queries);
  const connections = cells.filter(({ kind }) => kind !== 'icmp' && !DNS.test(kind));
  return sumCounts(connections) || sumCounts(queries) || exchanges.length;
}

function buildDiagnosis(
  found: Finding,
  facts: NameFacts,
  hostFacts: HostFacts,
  knowledge: NameKnowledge,
  host: string,
): Diagnosis {
  const { name, cells } = facts;
  const { doubt, worked = 0 } = found;
  const entry = FAULT_TABLE[found.fault];
  const alike = listAlike(found, facts, hostFacts);
  const shown = getShownName(facts);
  const leg = found.leg ?? entry.leg;
  const at = found.at ?? UNPLACED;
  const servers = listServers(found);
  const { advice = entry.advice(shown, at, { host, servers }) } = found;
  return {
    host,
    name: shown,
    tools: name === '' ? [] : knowledge.toolsOf(name),
    leg,
    fault: found.fault,
    effect: formatEffect(found, facts),
    summary: `${found.summary ?? entry.summary(shown, at)}${doubt === undefined ? '' : `: ${doubt.causes}`}`,
    confidence: found.confidence,
    placeConfidence: found.confidence,
    firstSeen: formatInstant(found.firstUs),
    lastSeen: formatInstant(found.lastUs),
    failures: found.failures,
    attempts: Math.max(found.failures, countAttempts(facts, found)) + worked,
    neverWorked: worked === 0 && !hasAnswer(found, facts),
    evidence: listStatements(found.evidence),
    against: listStatements(found.against ?? []),
    alike,
    alternatives: listAlternatives(alike, shown, { host, servers }),
    advice: `${doubt === undefined ? '' : `${doubt.test} `}${typeof advice === 'string' ? advice : advice(host)}`,
    servers,
    devices: found.devices ?? [],
    // Faults found from exchanges have no cells of their own.
    isProxied: (found.cells.length > 0 ? found.cells : cells).some(({ proxied }) => proxied > 0),
    outcomes: listTriedOutcomes(cells),
    sequences: listSequences(found, leg, shown),
  };
}

/** True if a request to the name was answered, also one before a cut. Tickets of TLS behind a request are no answer. */
const hasAnswer = ({ exchanges }: Finding, facts: NameFacts): boolean =>
  exchanges === undefined
    ? selectCells(facts, 'served').length > 0 || facts.exchanges.some(isStreamed)
    : facts.exchanges.some(({ bytesDown }) => bytesDown > 0);

/** Faults that leave connections open: requests are answered late, slowly or after a retry. */
const HINDERS: ReadonlySet<string> = new Set([
  ...['dns-slow', 'buffering', 'squeeze', 'loss', 'delay', 'quic-blocked', 'ipv6-broken', 'provider-slow'],
]);

/** Maximum delay of a tool that gets its answer after a retry. Longer faults interrupt work. */
const RETRIED_US = 120 * US;

const isSoonAfter = (us: number, lastUs: number): boolean => us > lastUs && us < lastUs + RETRIED_US;

/** An answer long before or after the fault does not show that the tool works in spite of it. */
function formatEffect(
  { fault, cells, exchanges = [], failures, firstUs, lastUs, isReachedByOther }: Finding,
  facts: NameFacts,
): Diagnosis['effect'] {
  // Answers to other programs do not help the program that fails.
  if (isReachedByOther === true) return 'fails';
  const served = selectServed(facts);
  // Handshake records after the first request are not an answer.
  if (exchanges.length > 0 && exchanges.every(({ bytesDown }) => bytesDown === 0)) {
    const isAnswered = facts.exchanges.some(({ bytesDown, startUs }) => bytesDown > 0 && startUs >= firstUs);
    return isAnswered ? 'degraded' : 'fails';
  }
  if (
    cells.length === 0 &&
    facts.exchanges.some((exchange) => isStreamed(exchange) && isSoonAfter(exchange.startUs, lastUs))
  )
    return 'degraded';
  const isRetried =
    cells.length > 0 && lastUs - firstUs < RETRIED_US && served.some((cell) => cell.lastUs > lastUs);
  if (isRetried && served.some((cell) => cell.firstUs < lastUs + RETRIED_US)) return 'degraded';
  if (HINDERS.has(fault)) return served.length > 0 ? 'degraded' : 'fails';
  if (cells.length === 0 || sumCounts(cells) < failures) return 'fails';
  // Connections that opened late transported their requests.
  if (cells.every(({ kind }) => kind === 'served')) return 'degraded';
  // A line that broke transported requests before.
  const since = cells.every(({ kind }) => kind === 'synSilent')
    ? served.filter((cell) => cell.lastUs >= firstUs)
    : served;
  return sumCounts(selectDuring(since, cells)) > failures ? 'degraded' : 'fails';
}

const MAX_SERVERS = 8;

const listServers = ({ cells }: Finding): string[] =>
  [...new Set(cells.map(({ server, port }) => formatEndpoint(server, port)))].sort().slice(0, MAX_SERVERS);

interface NameDraft {
  readonly cells: OutcomeCell[];
  readonly exchanges: TimedExchange[];
  packetsUp: number;
  packetsDown: number;
  quic: Mutable<QuicFlows> | null;
  readonly runtimes: Map<string, Mutable<RuntimeUse>>;
}

/** Returns the name of a tool to which a resolver of the host appended a search domain; null: none. */
function findSearched(name: string, knowledge: NameKnowledge): string | null {
  if (knowledge.isModel(name) || knowledge.toolsOf(name).length > 0) return null;
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const front = name.slice(0, dot);
    if (front.includes('.') && knowledge.isModel(front)) return front;
  }
  return null;
}

/** Maximum bytes of a query and its answer, and minimum bytes of a TLS handshake, on the wire. */
const LOOKUP_BYTES = 600;
const HANDSHAKE_BYTES = 4_000;

type Drafts = Map<string, Map<string, NameDraft>>;

function draftAt(hosts: Drafts, host: string, name: string): NameDraft {
  const names = hosts.get(host) ?? new Map<string, NameDraft>();
  hosts.set(host, names);
  const draft: NameDraft = names.get(name) ?? {
    cells: [],
    exchanges: [],
    packetsUp: 0,
    packetsDown: 0,
    quic: null,
    runtimes: new Map(),
  };
  names.set(name, draft);
  return draft;
}

/** Lists cells by host and name. `searched`: those of names with a search domain, by host and name of the tool. */
function draftCells(
  cells: readonly OutcomeCell[],
  knowledge: NameKnowledge,
): { readonly hosts: Drafts; readonly searched: ReadonlyMap<string, OutcomeCell[]> } {
  const hosts: Drafts = new Map();
  const searched = new Map<string, OutcomeCell[]>();
  // Results are cached, because names have many cells and each lookup visits all labels.
  const bases = new Map<string, string | null>();
  for (const cell of cells) {
    let name = bases.get(cell.name);
    if (name === undefined) {
      name = findSearched(cell.name, knowledge);
      bases.set(cell.name, name);
    }
    if (name !== null && DNS.test(cell.kind)) addTo(searched, `${cell.host} ${name}`, cell);
    else draftAt(hosts, cell.host, name ?? cell.name).cells.push(cell);
  }
  return { hosts, searched };
}

/** Adds the row of a window to the name. */
function addRow(draft: NameDraft, row: UsageRow, fromUs: number, knowledge: NameKnowledge): void {
  if (row.loggedSlices === 0) {
    draft.packetsUp += row.packetsUp;
    draft.packetsDown += row.packetsDown;
  }
  // Without a packet of the server, answers have no time.
  for (const exchange of row.packetsDown === 0 ? [] : row.exchanges)
    draft.exchanges.push({ ...exchange, startUs: fromUs + exchange.startMs * 1000 });
  if (row.fingerprint === null) {
    if (areInitials(row)) draft.quic = addQuic(draft.quic, row);
  } else if (row.fingerprint.transport === 'quic') draft.quic = addQuic(draft.quic, row);
  else addRuntime(draft.runtimes, knowledge.runtimeOf(row.fingerprint), row.fingerprint, row);
}

/** Traffic of a host with any name. */
interface Traffic {
  bytesUp: number | null;
  bytesDown: number | null;
  isElsewhere: boolean;
  /** Bytes that were read and are in no row. */
  others: number;
}

/** Adds the windows to the drafts of their names. */
function addWindows(
  { hosts, cells }: { readonly hosts: Drafts; readonly cells: readonly OutcomeCell[] },
  windows: readonly UsageWindow[],
  knowledge: NameKnowledge,
): (host: string) => Traffic {
  const all = new Map<string, Traffic>();
  const ensureTraffic = (host: string): Traffic => {
    const traffic = all.get(host) ?? { bytesUp: null, bytesDown: null, isElsewhere: false, others: 0 };
    all.set(host, traffic);
    return traffic;
  };
  for (const { kind, host, count } of cells)
    if (DNS.test(kind)) ensureTraffic(host).others -= count * LOOKUP_BYTES;
  for (const window of windows) {
    for (const { host, bytesUp, bytesDown } of window.hosts) {
      const traffic = ensureTraffic(host);
      traffic.bytesUp = (traffic.bytesUp ?? 0) + bytesUp;
      traffic.bytesDown = (traffic.bytesDown ?? 0) + bytesDown;
    }
    for (const { host, lookedInto, harmless, hidden } of window.account ?? []) {
      const traffic = ensureTraffic(host);
      if (harmless > 0 || hidden.length > 0) traffic.isElsewhere = true;
      traffic.others += lookedInto;
    }
    for (const row of window.rows) {
      ensureTraffic(row.host).others -= row.bytesUp + row.bytesDown;
      // Only names with outcomes are used, because rows contain relays and addresses as well.
      if (hosts.get(row.host)?.has(row.name))
        addRow(draftAt(hosts, row.host, row.name), row, window.startSeconds * US, knowledge);
    }
  }
  return ensureTraffic;
}

/** Lists rows and cells of all windows by host and name. */
function listHosts(
  cells: readonly OutcomeCell[],
  windows: readonly UsageWindow[],
  knowledge: NameKnowledge,
): HostFacts[] {
  const { hosts, searched } = draftCells(cells, knowledge);
  const trafficOf = addWindows({ hosts, cells }, windows, knowledge);
  // Windows of logs have no packets.
  const isCaptured = windows.length > 0 && windows.every(({ stats }) => stats.packets > 0);
  return [...hosts]
    .sort((a, b) => compareHosts(a[0], b[0]))
    .map(([host, drafts]) => {
      const names = [...drafts]
        .sort((a, b) => compareText(a[0], b[0]))
        .map(([name, { runtimes, exchanges, ...draft }]) => ({
          host,
          name,
          ...draft,
          runtimes: [...runtimes.values()].sort((a, b) => compareText(a.label, b.label)),
          outside: draft.cells.filter(isOutside),
          searched: searched.get(`${host} ${name}`) ?? [],
          exchanges: exchanges.sort((a, b) => a.startUs - b.startUs || a.bytesUp - b.bytesUp),
          isModel: knowledge.isModel(name),
          isMixed: knowledge.isMixed(name),
        }));
      const { bytesUp, bytesDown, isElsewhere, others } = trafficOf(host);
      return {
        host,
        names,
        outside: names.flatMap(({ outside }) => outside),
        isElsewhere,
        isCaptured,
        bytesUp,
        bytesDown,
        isDirect:
          others > HANDSHAKE_BYTES &&
          bytesDown !== 0 &&
          names.every((facts) => facts.cells.every(({ proxied }) => proxied === 0)),
      };
    });
}

/** A resumed session has other extensions but the same ciphers. */
function nameByCiphers({ ja4 }: ClientFingerprint): RuntimeName | null {
  const [, ciphers] = ja4.split('_');
  return ciphers === undefined ? null : { id: `ciphers ${ciphers}`, label: `the program with JA4 ${ja4}` };
}

function addRuntime(
  all: Map<string, Mutable<RuntimeUse>>,
  runtimeName: RuntimeName | null,
  fingerprint: ClientFingerprint,
  {
    flows,
    exchanges,
    helloBytesMin,
    helloBytesMax,
  }: Pick<UsageRow, 'flows' | 'exchanges' | 'helloBytesMin' | 'helloBytesMax'>,
): void {
  const runtime = runtimeName ?? nameByCiphers(fingerprint);
  if (runtime === null) return;
  const key = runtimeName === null ? runtime.id : runtime.label;
  const sum = all.get(key) ?? {
    ...runtime,
    isKnown: runtimeName !== null,
    flows: 0,
    answered: 0,
    helloBytesMax: 0,
    helloBytesMin: Number.POSITIVE_INFINITY,
  };
  all.set(key, sum);
  sum.helloBytesMax = Math.max(sum.helloBytesMax, helloBytesMax);
  if (helloBytesMin > 0) sum.helloBytesMin = Math.min(sum.helloBytesMin, helloBytesMin);
  sum.flows += flows;
  sum.answered += exchanges.filter(({ bytesDown }) => bytesDown > 0).length;
}

/** Minimum datagram of an Initial, which its client repeats (RFC 9000 §14.1). */
const INITIAL_BYTES = 1_200;
const areInitials = (
  row: Pick<UsageRow, 'serverPorts' | 'packetsUp' | 'packetsDown' | 'payloadUp' | 'loggedSlices'>,
): boolean =>
  row.loggedSlices === 0 &&
  row.packetsDown === 0 &&
  row.packetsUp > 0 &&
  row.payloadUp >= row.packetsUp * INITIAL_BYTES &&
  row.serverPorts.every((port) => port === 443);

type QuicRow = Pick<UsageRow, 'flows' | 'packetsDown' | 'firstUs' | 'lastUs'>;

function addQuic(sum: Mutable<QuicFlows> | null, row: QuicRow): Mutable<QuicFlows> {
  // The answer may be in the window after that of the request.
  const isAnswered = row.packetsDown > 0;
  if (sum === null) return { flows: row.flows, isAnswered, firstUs: row.firstUs, lastUs: row.lastUs };
  return {
    flows: sum.flows + row.flows,
    isAnswered: sum.isAnswered || isAnswered,
    firstUs: Math.min(sum.firstUs, row.firstUs),
    lastUs: Math.max(sum.lastUs, row.lastUs),
  };
}

const LONG_ROUND_TRIP_US = 500_000;
/** Geostationary satellites take up to this time: a way on which tools work. */
const SATELLITE_US = 750_000;
/** A SYN is repeated after this time (RFC 6298 §2.1). */
const LONGEST_ONCE_US = 1_000_000;
/** Minimum names with a measurement, because a single server may itself be slow. */
const MIN_MEASURED = 3;
const SLOW_KBIT = 200;
/** A full segment with its headers: the time from one to the next gives the rate. */
const FULL_SEGMENT_BITS = 1_500 * 8;
/** Minimum ratio of that time and the shortest round trip. On a long path, flights of one full segment are a round trip apart. */
const SPREAD = 2;
const isSpread = ({ fastestKbit, handshakeMinUs }: OutcomeCell): boolean =>
  fastestKbit > 0 && (FULL_SEGMENT_BITS * 1000) / fastestKbit > handshakeMinUs * SPREAD;
const LOSS_SHARE = 0.03;
const SHORT_WAY_US = 10_000;
const MIN_REPEATED = 6;
/** Minimum losses in a short recording, if they are dense. */
const FEW_REPEATED = 3;
const DENSE_SHARE = 0.045;
/** Minimum ratio of the shares that both directions lose. */
const ONE_WAY = 5;
const MIN_SEGMENTS = 40;

const carriesData = ({ kind }: OutcomeCell): boolean =>
  kind === 'served' || kind === 'opened' || kind === 'resetInSilence' || kind === 'requestUnanswered';

/** Losses that the better direction would have at the rate of the other one: with fewer, it shows nothing. */
const MIN_EXPECTED = 4;
/** Gap in an answer that may be an outage of both directions. */
const STOPPED_MS = 1_000;
const SEGMENT_BYTES = 1_400;
const countSegments = (bytes: number, records: number): number => Math.max(records, bytes / SEGMENT_BYTES);

/** The direction from or to the client with many times the losses of the other one, by the segments of each; null: none. */
function findLossyWay(
  { sent, holes, segments }: { readonly sent: number; readonly holes: number; readonly segments: number },
  names: readonly NameFacts[],
): 'from' | 'to' | null {
  const exchanges = names.flatMap((facts) => facts.exchanges);
  const sum = (count: (exchange: TimedExchange) => number): number =>
    exchanges.reduce((total, exchange) => total + count(exchange), 0);
  const up = sum(({ bytesUp, recordsUp }) => countSegments(bytesUp, recordsUp));
  const down = sum(({ bytesDown, recordsDown }) => countSegments(bytesDown, recordsDown));
  // Sizes are known of exchanges, and segments of both directions together.
  const share = up + down === 0 ? 0.5 : up / (up + down);
  const [upSegments, downSegments] = [segments * share, segments * (1 - share)];
  const [upRate, downRate] = [sent / Math.max(upSegments, 1), holes / Math.max(downSegments, 1)];
  // An outage leaves repeated segments of the client and no hole: what the server sent is all missing.
  if (exchanges.some(({ largestGapMs }) => largestGapMs >= STOPPED_MS)) return null;
  if (upRate > downRate * ONE_WAY && upRate * downSegments >= MIN_EXPECTED) return 'from';
  return downRate > upRate * ONE_WAY && downRate * upSegments >= MIN_EXPECTED ? 'to' : null;
}

/** Finds faults that concern every name of a host: loss, delay, bandwidth. */
function findPathFaults({ outside: own }: NameFacts, { names, outside: all }: HostFacts): Finding[] {
  if (own.length === 0) return [];
  // A slow line delays later packets, a long path every packet: the first SYN-ACK of a limited host arrives soon.
  const least = findMinimum(all.map(({ handshakeMinUs }) => handshakeMinUs));
  const count = sumCounts(all);
  if (least >= LONG_ROUND_TRIP_US) {
    const evidence = [
      `no SYN-ACK of ${formatCount(count, 'connection')} came sooner than ${formatDuration(least)}`,
    ];
    const isSatellite = least < SATELLITE_US;
    return [
      buildFinding('delay', count >= MIN_MEASURED && !isSatellite ? 'certain' : 'possible', own, {
        evidence,
        against: [isSatellite && 'a satellite link takes as long, and tools work over it'],
      }),
    ];
  }
  // Clients repeat a SYN after a second: the time from the last one to the SYN-ACK is no round trip.
  const served = all.filter(({ kind }) => kind === 'served');
  const answerUs = findMinimum(served.map(({ delayMinUs }) => delayMinUs));
  if (served.length > 0 && served.every(isOpenedLate) && answerUs >= LONGEST_ONCE_US)
    return [
      buildFinding('delay', count >= MIN_MEASURED ? 'likely' : 'possible', own, {
        evidence: [
          `each of ${formatConnections(served)} repeated its SYN before the SYN-ACK came, and no request was answered sooner than after ${formatDuration(answerUs)}`,
        ],
      }),
    ];
  const rate = findMaximum(all.map(({ fastestKbit }) => fastestKbit));
  if (rate > 0 && rate < SLOW_KBIT && all.some(isSpread)) {
    return [
      buildFinding('squeeze', sumCounts(all) > 1 ? 'likely' : 'possible', own, {
        ...(names.some(hasSlowUploads) ? { summary: SLOW_UPLOADS } : {}),
        evidence: [
          `full segments came at ${rate} kbit/s at most`,
          `a SYN-ACK took up to ${formatDuration(findMaximum(own.map((cell) => cell.handshakeMaxUs)))}`,
        ],
      }),
    ];
  }
  const data = all.filter(carriesData);
  const segments = sumField(data, 'segments');
  // The value of other kinds has another meaning.
  const answered = data.filter(({ kind }) => kind === 'served');
  const holes = sumField(answered, 'value');
  // On short paths a client repeats packets that were only late: tail loss probes (RFC 8985 §7) fire after
  // milliseconds.
  const isLong = ({ handshakeMinUs }: OutcomeCell): boolean => handshakeMinUs >= SHORT_WAY_US;
  const sent = sumField(data.filter(isLong), 'repeated') - sumField(answered.filter(isLong), 'value');
  const repeated = holes + sent;
  const isSure = repeated >= MIN_REPEATED && repeated >= segments * LOSS_SHARE;
  const isDense = repeated >= FEW_REPEATED && repeated >= segments * DENSE_SHARE;
  if (segments < MIN_SEGMENTS || !(isSure || isDense)) return [];
  const way = findLossyWay({ sent, holes, segments }, names);
  return [
    buildFinding('loss', !isSure ? 'possible' : repeated >= 20 ? 'certain' : 'likely', own, {
      ...(way === null
        ? {}
        : { summary: `Many packets are lost on the way ${way} the client, few on the way back` }),
      evidence: [
        `${repeated} of ${segments} data segments in ${formatConnections(data)} were repeated or had a hole before them`,
        `${sent} segments of the client were repeated, ${holes} holes were in the data of servers`,
      ],
    }),
  ];
}
