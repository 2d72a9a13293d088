// Compares two capture points of the same time, before and after a firewall, NAT or proxy: packets at the second point
// show on which side of it a fault lies.

import type { Confidence } from '../model/confidence.ts';
import type { CheckedName, Diagnosis, DiagnosisResult } from '../model/diagnosis.ts';
import type { Fault, Leg } from '../model/faults.ts';
import { ATTEMPT_KINDS, type OutcomeKind, PASSED_KINDS } from '../model/outcome.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import { isTunnel } from '../model/window-words.ts';
import { formatInstant, parseInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { listAlternatives } from './alternatives.ts';
import { compareWeight, isProxyName } from './diagnose.ts';
import { findFirstUs, findLastUs, type NameKnowledge, sumCounts } from './facts.ts';
import { FAULT_TABLE, UNPLACED } from './faults.ts';
import { formatCount } from './finding.ts';

/** Records of one capture point, and the diagnoses from them. */
export interface CapturePoint {
  /** The outcomes of all windows, summed. */
  readonly cells: readonly OutcomeCell[];
  readonly windows: readonly UsageWindow[];
  readonly result: DiagnosisResult;
}

/**
 * Maximum difference between the clocks of two machines, and maximum time that a proxy needs for its own connection.
 */
const NEAR_US = 5 * US;
/** Ends of connections before their hello. After a proxy or NAT, their name is that of the address. */
const NAMELESS: ReadonlySet<OutcomeKind> = new Set(['synSilent', 'synReset']);
/** A proxy's own connection without an answer has no name at the second point. */
const UNDECIDED: ReadonlySet<Fault> = new Set(['proxy-bad-gateway']);

/** Places that a second point cannot move. */
const FIXED_PLACES: ReadonlySet<Leg> = new Set(['client', 'resolver', 'none']);
/** Faults of the line, which both points see in all connections. */
const FIXED_FAULTS: ReadonlySet<Fault> = new Set(['squeeze', 'loss', 'delay', 'quic-blocked', 'ipv6-broken']);

/** The fault that looks the same at the first point if a device between the points causes it. */
const BETWEEN: Readonly<Partial<Record<Fault, Exclude<Fault, 'none'>>>> = {
  'provider-refused': 'tcp-refused',
  'provider-tls': 'sni-alert',
  'provider-auth': 'block-page',
  'provider-error': 'block-page',
  'provider-slow': 'buffering',
};
/** The fault that looks the same if a device after the second point causes it. */
const BEHIND: Readonly<Partial<Record<Fault, Exclude<Fault, 'none'>>>> = {
  'tcp-refused': 'provider-refused',
  'sni-alert': 'provider-tls',
  'sni-reset': 'provider-tls',
  'block-page': 'provider-auth',
};
/** Faults of a device that answers requests itself, which is a proxy. */
const ANSWERS: ReadonlySet<Fault> = new Set(['block-page', 'buffering', 'interception-untrusted']);

interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** `first`: the point nearer to the hosts. Returns diagnoses with the place that both points together show. */
export function withSecondPoint(
  first: CapturePoint,
  second: CapturePoint,
  knowledge: NameKnowledge,
): DiagnosisResult {
  const { diagnoses, checked, halfSeen } = first.result;
  const answered = checked.flatMap((row) => findAnsweredBetween(row, first, second, knowledge) ?? []);
  const isAnswered = (row: { readonly host: string; readonly name: string }): boolean =>
    answered.some(({ host, name }) => host === row.host && name === row.name);
  return {
    diagnoses: [...diagnoses.map((diagnosis) => placeDiagnosis(diagnosis, first, second)), ...answered].sort(
      compareWeight,
    ),
    checked: checked.filter((row) => !isAnswered(row)),
    halfSeen,
  };
}

function placeDiagnosis(diagnosis: Diagnosis, first: CapturePoint, second: CapturePoint): Diagnosis {
  if (FIXED_PLACES.has(diagnosis.leg) || FIXED_FAULTS.has(diagnosis.fault)) return diagnosis;
  const span = widenSpan(parseInstant(diagnosis.firstSeen), parseInstant(diagnosis.lastSeen));
  const servers = new Set(
    first.cells.flatMap((cell) => (cell.name === diagnosis.name && isDirect(cell) ? [cell.server] : [])),
  );
  const seen = second.cells.filter(
    (cell) =>
      isConnection(cell) &&
      isNear(cell, span) &&
      (cell.name === diagnosis.name || (NAMELESS.has(cell.kind) && servers.has(cell.server))),
  );
  const same = second.result.diagnoses.find(
    ({ name, leg, firstSeen, lastSeen }) =>
      name === diagnosis.name &&
      !FIXED_PLACES.has(leg) &&
      isNear({ firstUs: parseInstant(firstSeen), lastUs: parseInstant(lastSeen) }, span),
  );
  if (same !== undefined) {
    const isAlike = same.fault === diagnosis.fault || BEHIND[diagnosis.fault] === same.fault;
    return placeBehind(diagnosis, isAlike ? 'certain' : 'likely', [
      `the second capture shows ${same.fault} for ${diagnosis.name} as well: ${same.failures} of ${same.attempts} failed`,
    ]);
  }
  const count = sumCounts(seen);
  if (count === 0) {
    const absence = buildAbsence(diagnosis.name, span, first, second);
    return absence.confidence === null || UNDECIDED.has(diagnosis.fault)
      ? { ...diagnosis, against: [...diagnosis.against, absence.text] }
      : placeBetween(diagnosis, absence.confidence, [absence.text]);
  }
  if (seen.some(({ kind }) => ATTEMPT_KINDS.has(kind)))
    return {
      ...diagnosis,
      against: [
        ...diagnosis.against,
        `the second capture has ${formatCount(count, 'connection')} to ${diagnosis.name} that partly failed`,
      ],
    };
  return placeBetween(diagnosis, 'certain', [
    `the second capture has ${formatCount(count, 'connection')} to ${diagnosis.name} at that time, and none of them failed`,
  ]);
}

/** Finds answered requests that never arrived at the second point, because a device between the points answers them. */
function findAnsweredBetween(
  { host, name }: CheckedName,
  first: CapturePoint,
  second: CapturePoint,
  { toolsOf }: NameKnowledge,
): Diagnosis | null {
  const cells = first.cells.filter(
    (cell) => cell.host === host && cell.name === name && PASSED_KINDS.has(cell.kind),
  );
  if (cells.length === 0 || isProxyName(name)) return null;
  const span = widenSpan(findFirstUs(cells), findLastUs(cells));
  if (selectConnections(second.cells, name, span).length > 0) return null;
  const { confidence, text } = buildAbsence(name, span, first, second);
  // Otherwise the second capture may be from another time or line.
  if (confidence !== 'certain') return null;
  const entry = FAULT_TABLE['block-page'];
  const { leg, alike, summary, advice } = entry;
  const ends = { host, servers: [] };
  const count = sumCounts(cells);
  return {
    host,
    name,
    tools: toolsOf(name),
    leg,
    fault: 'block-page',
    effect: 'fails',
    summary: summary(name, UNPLACED),
    confidence: 'likely',
    placeConfidence: confidence,
    firstSeen: formatInstant(findFirstUs(cells)),
    lastSeen: formatInstant(findLastUs(cells)),
    failures: count,
    attempts: count,
    neverWorked: false,
    evidence: [`${formatCount(count, 'connection')} carried an answered request`, text],
    against: [],
    alike,
    alternatives: listAlternatives(alike, name, ends),
    advice: advice(name, UNPLACED, ends),
    servers: [],
    devices: [],
    isProxied: false,
    outcomes: [],
    sequences: [],
  };
}

/** Returns the confidence that connections missing at the second point were stopped before it; null: no conclusion. */
function buildAbsence(
  name: string,
  span: Span,
  first: CapturePoint,
  second: CapturePoint,
): { readonly confidence: Confidence | null; readonly text: string } {
  const windows = second.windows.filter(
    ({ startSeconds, lengthSeconds }) =>
      startSeconds * US <= span.toUs && (startSeconds + lengthSeconds) * US >= span.fromUs,
  );
  const isTunneled = windows.some(({ hosts }) =>
    hosts.some(({ notVisible }) => notVisible.some(({ kind }) => isTunnel(kind))),
  );
  if (isTunneled)
    return {
      confidence: null,
      text: `the second capture has no connection to ${name}, but tunnels that may contain them`,
    };
  const none = `the second capture has no connection to ${name} at that time`;
  if (sharesConnections(name, span, first, second))
    return { confidence: 'certain', text: `${none}, and connections to other names arrive there` };
  const packets = windows.reduce((sum, { stats }) => sum + stats.packets, 0);
  return {
    confidence: 'likely',
    text: packets === 0 ? `${none}, and no other packets` : `${none}; no other name is in both captures`,
  };
}

/**
 * True if both points contain connections to another name at that time: clocks agree, and the second point is on the
 * path.
 */
function sharesConnections(name: string, span: Span, first: CapturePoint, second: CapturePoint): boolean {
  const names = new Set(
    second.cells.flatMap((cell) => (isNear(cell, span) && cell.name !== name ? [cell.name] : [])),
  );
  return [...names].some((other) => {
    if (other === '' || isProxyName(other)) return false;
    const here = selectConnections(first.cells, other, span);
    const there = selectConnections(second.cells, other, span);
    return here.some((a) => there.some((b) => isNear(a, widenSpan(b.firstUs, b.lastUs))));
  });
}

const widenSpan = (firstUs: number, lastUs: number): Span => ({
  fromUs: firstUs - NEAR_US,
  toUs: lastUs + NEAR_US,
});

const isNear = (
  { firstUs, lastUs }: Pick<OutcomeCell, 'firstUs' | 'lastUs'>,
  { fromUs, toUs }: Span,
): boolean => firstUs <= toUs && lastUs >= fromUs;

const isConnection = ({ kind }: OutcomeCell): boolean => kind !== 'icmp' && !kind.startsWith('dns');

/** True for a connection to the server itself, not to a proxy. */
const isDirect = (cell: OutcomeCell): boolean => isConnection(cell) && cell.proxied === 0;

/** Maximum addresses. Servers of one name are few, and native code accepts a thousand networks. */
const MAX_ADDRESSES = 512;

/** Returns "address name" of the servers at a capture point, to name connections without a hello at another one. */
export function addressNames(cells: readonly OutcomeCell[]): string[] {
  const servers = cells.filter((cell) => cell.name !== '' && isDirect(cell));
  return [...new Set(servers.map(({ server, name }) => `${server} ${name}`))].slice(0, MAX_ADDRESSES);
}

const selectConnections = (cells: readonly OutcomeCell[], name: string, span: Span): OutcomeCell[] =>
  cells.filter((cell) => cell.name === name && isConnection(cell) && isNear(cell, span));

function placeBetween(
  diagnosis: Diagnosis,
  placeConfidence: Confidence,
  evidence: readonly string[],
): Diagnosis {
  const fault = BETWEEN[diagnosis.fault] ?? diagnosis.fault;
  const isNearDevice = diagnosis.leg === 'local-firewall' || diagnosis.leg === 'proxy';
  const leg = isNearDevice ? diagnosis.leg : ANSWERS.has(fault) ? 'proxy' : 'local-firewall';
  return moveDiagnosis(diagnosis, fault, leg, placeConfidence, evidence);
}

function placeBehind(
  diagnosis: Diagnosis,
  placeConfidence: Confidence,
  evidence: readonly string[],
): Diagnosis {
  const fault = BEHIND[diagnosis.fault] ?? diagnosis.fault;
  const isOfProvider =
    diagnosis.leg === 'provider' || (fault !== 'none' && FAULT_TABLE[fault].leg === 'provider');
  const leg = isOfProvider ? 'provider' : 'path';
  const found = moveDiagnosis(diagnosis, fault, leg, placeConfidence, evidence);
  if (fault !== diagnosis.fault || leg === diagnosis.leg) return found;
  const summary = `Connections to ${diagnosis.name} pass the second capture point and fail behind it`;
  return { ...found, summary, advice: 'Ask the operator of the line there, or the provider.' };
}

/** Moves a diagnosis to another place. Another fault has its own advice. */
function moveDiagnosis(
  diagnosis: Diagnosis,
  fault: Fault,
  leg: Leg,
  placeConfidence: Confidence,
  evidence: readonly string[],
): Diagnosis {
  const found = { ...diagnosis, fault, leg, placeConfidence, evidence: [...diagnosis.evidence, ...evidence] };
  if (fault === diagnosis.fault || fault === 'none') return found;
  const { alike, summary, advice } = FAULT_TABLE[fault];
  return {
    ...found,
    alike,
    alternatives: listAlternatives(alike, diagnosis.name, diagnosis),
    summary: summary(diagnosis.name, UNPLACED),
    advice: advice(diagnosis.name, UNPLACED, diagnosis),
  };
}
