// Names the faults that leave the same packets as a finding, without those that its own evidence refutes.

import { findMaximum } from '../model/extremes.ts';
import type { Fault } from '../model/faults.ts';
import type { OutcomeKind } from '../model/outcome.ts';
import { endpointAddress, isResolver } from '../net/address.ts';
import { NXDOMAIN } from './dns-rules.ts';
import {
  type HostFacts,
  isOpenedLate,
  LARGE_HELLO,
  type NameFacts,
  selectCells,
  selectServed,
} from './facts.ts';
import { type Ends, FAULT_TABLE, UNPLACED } from './faults.ts';
import { type Finding, PROHIBITED } from './finding.ts';
import { EXPIRED, findAlerts } from './use-rules.ts';

/** Maximum segment that every path carries (RFC 9293 §3.7.1): a hello of this size is never too large. */
const SMALLEST_MSS = 536;

/** True if the packets of the name, or of the host, may show the fault. Faults without an entry always may. */
type IsPossible = (found: Finding, facts: NameFacts, host: HostFacts) => boolean;

const hasOutcome =
  (...kinds: readonly OutcomeKind[]): IsPossible =>
  (_found, facts) =>
    selectCells(facts, ...kinds).length > 0;

/** The largest hello to the name; 0: unknown. */
const largestHello = ({ runtimes }: NameFacts): number =>
  runtimes.length === 0 ? 0 : findMaximum(runtimes.map(({ helloBytesMax }) => helloBytesMax));

/** A hello of unknown size may have any. */
const hasHello =
  (bytes: number): IsPossible =>
  (_found, facts) =>
    largestHello(facts) === 0 || largestHello(facts) >= bytes;

const areAll = ({ cells }: Finding, kind: OutcomeKind): boolean =>
  cells.length > 0 && cells.every((cell) => cell.kind === kind);

const POSSIBLE: Readonly<Partial<Record<Fault, IsPossible>>> = {
  'dns-nxdomain': (_found, facts) => selectCells(facts, 'dnsError').some(({ detail }) => detail === NXDOMAIN),
  'dns-sinkhole': hasOutcome('dnsPrivate'),
  'tcp-blackhole': (_found, facts) =>
    selectCells(facts, 'synSilent').length > 0 || facts.cells.some(isOpenedLate),
  'tcp-refused': hasOutcome('synReset', 'helloReset'),
  'icmp-prohibited': (_found, facts) =>
    selectCells(facts, 'icmp').some(({ detail }) => PROHIBITED.has(detail)),
  'sni-reset': hasOutcome('helloReset', 'helloClosed'),
  'sni-drop': ({ cells }) => cells.every(({ kind }) => kind !== 'helloReset'),
  'sni-alert': hasOutcome('serverAlert'),
  'split-hello': hasHello(LARGE_HELLO),
  // Without a full packet, nothing exceeds the MTU.
  'mtu-blackhole': (found, facts, host) =>
    !areAll(found, 'helloSilent') || hasHello(SMALLEST_MSS)(found, facts, host),
  'interception-untrusted': hasOutcome('answerRefused'),
  // A certificate that another program accepts has not expired, and both programs have one clock.
  'cert-expired': ({ isReachedByOther, cells }) =>
    isReachedByOther !== true &&
    findAlerts(cells.filter(({ kind }) => kind === 'answerRefused')).every((alert) => alert === EXPIRED),
  'cert-wrongname': ({ isReachedByOther }) => isReachedByOther !== true,
  'clock-wrong': ({ isReachedByOther }, facts, { names }) =>
    isReachedByOther !== true && names.every((other) => other === facts || selectServed(other).length === 0),
  'block-page': ({ isReachedByOther }) => isReachedByOther !== true,
  buffering: ({ exchanges = [] }) => exchanges.some(({ bytesDown }) => bytesDown > 0),
  // A server that takes the request acknowledges it.
  'provider-slow': (found) => !areAll(found, 'requestUnheard'),
};

/** Returns the faults that look the same in these packets. */
export const listAlike = (found: Finding, facts: NameFacts, host: HostFacts): Fault[] =>
  (found.alike ?? FAULT_TABLE[found.fault].alike).filter(
    (fault) => POSSIBLE[fault]?.(found, facts, host) ?? true,
  );

/** Describes the faults that look the same. */
export const listAlternatives = (alike: readonly Fault[], name: string, ends: Ends): string[] =>
  alike.flatMap((fault) => {
    if (fault === 'none') return [];
    const { summary, advice, possible = summary } = FAULT_TABLE[fault];
    const resolvers = ends.servers.filter(isResolver).map(endpointAddress).join(', ');
    const at = resolvers === '' || fault === 'dns-sinkhole' ? UNPLACED : resolvers;
    // Addresses from a doubtful resolver are not those of the server.
    const servers = resolvers === '' ? ends.servers : [];
    return `${possible(name, at)}. ${advice(name, at, { ...ends, servers })}`;
  });
