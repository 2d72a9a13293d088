// Attempts: connections that were blocked or failed before any request. They are no use.

import type { Diagnosis, Fault } from '../model/diagnosis.ts';
import { ATTEMPT_KINDS, PASSED_KINDS, UNRESOLVED_KINDS } from '../model/outcome.ts';
import type { ReportAttempt } from '../model/report.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { diagnose, type NameKnowledge } from './diagnose.ts';
import { countOf, firstOf, lastOf } from './facts.ts';

/** Faults of a resolver, firewall or proxy that stop a connection before its first request. */
const BLOCKS: ReadonlySet<Fault> = new Set([
  'dns-nxdomain',
  'dns-refused',
  'dns-blocked',
  'dns-sinkhole',
  'tcp-blackhole',
  'tcp-refused',
  'icmp-prohibited',
  'sni-reset',
  'sni-drop',
  'sni-alert',
  'proxy-auth',
  'proxy-denied',
  'proxy-ignored',
  'captive-portal',
]);

/** Faults that stop a connection before its first request for another reason. */
const FAILS: ReadonlySet<Fault> = new Set([
  'dns-timeout',
  'data-blackhole',
  'mtu-blackhole',
  'split-hello',
  'interception-untrusted',
  'cert-expired',
  'cert-wrongname',
  'clock-wrong',
  'proxy-bad-gateway',
  'proxy-unreachable',
  'provider-refused',
  'provider-tls',
]);

/** `cells`: the outcomes of all windows, summed. Sorted by host and name. */
export function attemptsOf(cells: readonly OutcomeCell[], known: NameKnowledge): ReportAttempt[] {
  if (!cells.some(({ kind }) => ATTEMPT_KINDS.has(kind) || UNRESOLVED_KINDS.has(kind))) return [];
  const names = new Map<string, OutcomeCell[]>();
  for (const cell of cells) {
    const key = `${cell.host} ${cell.name}`;
    const list = names.get(key);
    if (list === undefined) names.set(key, [cell]);
    else list.push(cell);
  }
  const faults = new Map<string, Diagnosis>();
  for (const one of diagnose(cells, [], known).diagnoses) {
    const key = `${one.host} ${one.name}`;
    if ((BLOCKS.has(one.fault) || FAILS.has(one.fault)) && !faults.has(key)) faults.set(key, one);
  }
  return [...names]
    .flatMap(([key, list]) => attemptOf(list, faults.get(key) ?? null, known) ?? [])
    .sort((a, b) => compareHosts(a.host, b.host) || compareText(a.name, b.name));
}

const TYPE_A = 1;
/** Most names have no IPv6 address: that is no failure. */
const isOfAddress = ({ kind, detail }: OutcomeCell): boolean => kind !== 'dnsEmpty' || detail === TYPE_A;

function attemptOf(
  cells: readonly OutcomeCell[],
  found: Diagnosis | null,
  known: NameKnowledge,
): ReportAttempt | null {
  const [cell] = cells;
  const tools = cell === undefined ? [] : known.toolsOf(cell.name);
  if (cell === undefined || tools.length === 0) return null;
  const of = (kinds: ReadonlySet<string>): OutcomeCell[] => cells.filter(({ kind }) => kinds.has(kind));
  const passed = countOf(of(PASSED_KINDS));
  // Among connections that work, single failures are no block: programs open some in advance and leave them.
  if (passed > 0 && (found === null || found.confidence === 'possible')) return null;
  const tried = of(ATTEMPT_KINDS);
  const isUnresolved = tried.length === 0 && found?.leg === 'resolver';
  const failed = isUnresolved ? of(UNRESOLVED_KINDS).filter(isOfAddress) : tried;
  if (failed.length === 0) return null;
  return {
    host: cell.host,
    name: cell.name,
    tools,
    result: found !== null && BLOCKS.has(found.fault) ? 'blocked' : 'failed',
    leg: found?.leg ?? null,
    fault: found?.fault ?? null,
    confidence: found?.confidence ?? 'possible',
    attempts: countOf(failed),
    passed,
    firstSeen: formatInstant(firstOf(failed)),
    lastSeen: formatInstant(lastOf(failed)),
  };
}
