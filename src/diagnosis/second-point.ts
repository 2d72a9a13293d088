// Two capture points of the same time, before and behind a firewall, NAT or proxy: what arrives at the second point decides on
// which side of it a fault lies.

import type { Diagnosis } from '../model/diagnosis.ts';
import type { Fault, Leg } from '../model/faults.ts';
import { ATTEMPT_KINDS, type OutcomeKind, PASSED_KINDS } from '../model/outcome.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import type { Confidence } from '../model/words.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { byWeight, type DiagnosisResult, isProxyName, type NameKnowledge } from './diagnose.ts';
import { countOf, firstOf, lastOf } from './facts.ts';
import { FAULT_TABLE } from './faults.ts';
import { times } from './finding.ts';

/** What one capture point recorded. */
export interface CapturePoint {
  /** The outcomes of all windows, summed. */
  readonly cells: readonly OutcomeCell[];
  readonly windows: readonly UsageWindow[];
  readonly result: DiagnosisResult;
}

/** Clocks of two machines differ by less; so does the time that a proxy needs for its own connection. */
const NEAR_US = 5 * US;
/** Ends of connections before their hello: behind a proxy or NAT their name is that of the address. */
const NAMELESS: ReadonlySet<OutcomeKind> = new Set(['synSilent', 'synReset']);
/** A proxy's own connection without an answer has no name at the second point. */
const UNDECIDED: ReadonlySet<Fault> = new Set(['proxy-bad-gateway']);

/** Places that a second point cannot move. */
const FIXED_PLACES: ReadonlySet<Leg> = new Set(['client', 'resolver', 'none']);
/** Faults of the line: both points see them in all connections. */
const FIXED_FAULTS: ReadonlySet<Fault> = new Set(['squeeze', 'loss', 'delay', 'quic-blocked', 'ipv6-broken']);

/** The fault that looks the same at the first point when a box between the points causes it. */
const BETWEEN: Readonly<Partial<Record<Fault, Exclude<Fault, 'none'>>>> = {
  'provider-refused': 'tcp-refused',
  'provider-tls': 'sni-alert',
  'provider-auth': 'block-page',
  'provider-error': 'block-page',
  'provider-slow': 'buffering',
};
/** The same when it lies behind the second point. */
const BEHIND: Readonly<Partial<Record<Fault, Exclude<Fault, 'none'>>>> = {
  'tcp-refused': 'provider-refused',
  'sni-alert': 'provider-tls',
  'sni-reset': 'provider-tls',
  'block-page': 'provider-auth',
};
/** A box that answers requests itself is a proxy. */
const ANSWERS: ReadonlySet<Fault> = new Set(['block-page', 'buffering', 'interception-untrusted']);

interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** `first`: nearer to the hosts. Diagnoses with the place that both points together show. */
export function withSecondPoint(
  first: CapturePoint,
  second: CapturePoint,
  known: NameKnowledge,
): DiagnosisResult {
  const { diagnoses, checked } = first.result;
  const answered = checked.flatMap(({ host, name }) =>
    answeredBetween(host, name, first, second).map((found) => ({ ...found, tools: known.toolsOf(name) })),
  );
  const isAnswered = (one: { readonly host: string; readonly name: string }): boolean =>
    answered.some(({ host, name }) => host === one.host && name === one.name);
  return {
    diagnoses: [...diagnoses.map((one) => placed(one, first, second)), ...answered].sort(byWeight),
    checked: checked.filter((one) => !isAnswered(one)),
  };
}

function placed(one: Diagnosis, first: CapturePoint, second: CapturePoint): Diagnosis {
  if (FIXED_PLACES.has(one.leg) || FIXED_FAULTS.has(one.fault)) return one;
  const span = {
    fromUs: Date.parse(one.firstSeen) * 1000 - NEAR_US,
    toUs: Date.parse(one.lastSeen) * 1000 + NEAR_US,
  };
  const servers = serversOf(first.cells, one.name);
  const seen = second.cells.filter(
    (cell) =>
      isConnection(cell) &&
      isNear(cell, span) &&
      (cell.name === one.name || (NAMELESS.has(cell.kind) && servers.has(cell.server))),
  );
  const same = second.result.diagnoses.find(
    ({ name, leg, firstSeen, lastSeen }) =>
      name === one.name &&
      !FIXED_PLACES.has(leg) &&
      Date.parse(firstSeen) * 1000 <= span.toUs &&
      Date.parse(lastSeen) * 1000 >= span.fromUs,
  );
  if (same !== undefined) {
    const isAlike = same.fault === one.fault || BEHIND[one.fault] === same.fault;
    return behind(one, isAlike ? 'certain' : 'likely', [
      `the second capture shows ${same.fault} for ${one.name} as well: ${same.failures} of ${same.attempts} failed`,
    ]);
  }
  const count = countOf(seen);
  if (count === 0) {
    const absence = absenceOf(one.name, span, first, second);
    return absence.confidence === null || UNDECIDED.has(one.fault)
      ? { ...one, against: [...one.against, absence.text] }
      : between(one, absence.confidence, [absence.text]);
  }
  if (seen.some(({ kind }) => ATTEMPT_KINDS.has(kind)))
    return {
      ...one,
      against: [
        ...one.against,
        `the second capture has ${times(count, 'connection')} to ${one.name} that partly failed`,
      ],
    };
  return between(one, 'certain', [
    `the second capture has ${times(count, 'connection')} to ${one.name} at that time, and none of them failed`,
  ]);
}

/** Requests that were answered and never arrived at the second point: a box between the points answers them. */
function answeredBetween(host: string, name: string, first: CapturePoint, second: CapturePoint): Diagnosis[] {
  const cells = first.cells.filter(
    (cell) => cell.host === host && cell.name === name && PASSED_KINDS.has(cell.kind),
  );
  if (cells.length === 0 || isProxyName(name)) return [];
  const span = { fromUs: firstOf(cells) - NEAR_US, toUs: lastOf(cells) + NEAR_US };
  if (connectionsAt(second.cells, name, span).length > 0) return [];
  const { confidence, text } = absenceOf(name, span, first, second);
  // Otherwise the second capture may be of another time or line.
  if (confidence !== 'certain') return [];
  const { leg, alike, advice } = FAULT_TABLE['block-page'];
  const count = countOf(cells);
  return [
    {
      ...{ host, name, tools: [], leg, fault: 'block-page' },
      confidence: 'likely',
      placeConfidence: confidence,
      firstSeen: formatInstant(firstOf(cells)),
      lastSeen: formatInstant(lastOf(cells)),
      ...{ failures: count, attempts: count, neverWorked: false },
      ...{ evidence: [`${times(count, 'connection')} carried an answered request`, text], against: [] },
      ...{ alike, advice: advice(name, 'on the way') },
    },
  ];
}

/** What it means that the second point has no connection to the name; null: nothing. */
function absenceOf(
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
    hosts.some(({ notVisible }) => notVisible.some(({ kind }) => kind === 'tunnel')),
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

/** Another name was connected to at both points at that time: clocks agree, and the second point is on the way. */
function sharesConnections(name: string, span: Span, first: CapturePoint, second: CapturePoint): boolean {
  const names = new Set(
    second.cells.flatMap((cell) => (isNear(cell, span) && cell.name !== name ? [cell.name] : [])),
  );
  return [...names].some((other) => {
    if (other === '' || isProxyName(other)) return false;
    const here = connectionsAt(first.cells, other, span);
    const there = connectionsAt(second.cells, other, span);
    return here.some((a) =>
      there.some((b) => isNear(a, { fromUs: b.firstUs - NEAR_US, toUs: b.lastUs + NEAR_US })),
    );
  });
}

const isNear = ({ firstUs, lastUs }: OutcomeCell, { fromUs, toUs }: Span): boolean =>
  firstUs <= toUs && lastUs >= fromUs;

const isConnection = ({ kind }: OutcomeCell): boolean => kind !== 'icmp' && !kind.startsWith('dns');

/** Servers that hosts connected to for the name, without a proxy between. */
const serversOf = (cells: readonly OutcomeCell[], name: string): ReadonlySet<string> =>
  new Set(
    cells.flatMap((cell) =>
      cell.name === name && isConnection(cell) && cell.proxied === 0 ? [cell.server] : [],
    ),
  );

/** Servers of one name are few; native code takes a thousand networks. */
const MAX_ADDRESSES = 512;

/** "address name" of the servers of a capture point: what names connections without a hello at another one. */
export function addressNames(cells: readonly OutcomeCell[]): string[] {
  const servers = cells.filter((cell) => cell.name !== '' && isConnection(cell) && cell.proxied === 0);
  return [...new Set(servers.map(({ server, name }) => `${server} ${name}`))].slice(0, MAX_ADDRESSES);
}

const connectionsAt = (cells: readonly OutcomeCell[], name: string, span: Span): OutcomeCell[] =>
  cells.filter((cell) => cell.name === name && isConnection(cell) && isNear(cell, span));

function between(one: Diagnosis, placeConfidence: Confidence, evidence: readonly string[]): Diagnosis {
  const fault = BETWEEN[one.fault] ?? one.fault;
  const isNearBox = one.leg === 'local-firewall' || one.leg === 'proxy';
  const leg = isNearBox ? one.leg : ANSWERS.has(fault) ? 'proxy' : 'local-firewall';
  return moved(one, fault, leg, placeConfidence, evidence);
}

function behind(one: Diagnosis, placeConfidence: Confidence, evidence: readonly string[]): Diagnosis {
  const fault = BEHIND[one.fault] ?? one.fault;
  const usual = fault === 'none' ? 'path' : FAULT_TABLE[fault].leg;
  const leg = usual === 'provider' || one.leg === 'provider' ? 'provider' : 'path';
  const advice =
    fault === one.fault && leg !== one.leg
      ? `Connections to ${one.name} pass the second capture point and fail behind it: ask the operator of the line there, or the provider.`
      : null;
  const found = moved(one, fault, leg, placeConfidence, evidence);
  return advice === null ? found : { ...found, advice };
}

function moved(
  one: Diagnosis,
  fault: Fault,
  leg: Leg,
  placeConfidence: Confidence,
  evidence: readonly string[],
): Diagnosis {
  const isSame = fault === one.fault || fault === 'none';
  const entry = isSame ? null : FAULT_TABLE[fault];
  return {
    ...one,
    ...{ fault, leg, placeConfidence, evidence: [...one.evidence, ...evidence] },
    ...(entry === null ? {} : { alike: entry.alike, advice: entry.advice(one.name, 'on the way') }),
  };
}
