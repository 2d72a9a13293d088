// Finds attempts: connections that were blocked or failed before any request. They do not count as use.

import type { Fault } from '../model/faults.ts';
import { groupBy } from '../model/grouped-by.ts';
import {
  ATTEMPT_KINDS,
  connectionResult,
  type OutcomeKind,
  PASSED_KINDS,
  UNRESOLVED_KINDS,
} from '../model/outcome.ts';
import type { ReportAttempt } from '../model/report.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { listFaults, type NameFault } from './diagnose.ts';
import { findFirstUs, findLastUs, type NameKnowledge, sumCounts } from './facts.ts';
import { FAULT_TABLE, type FaultEntry, type Stage } from './faults.ts';

const findStop = (fault: Fault): FaultEntry['stops'] => (fault === 'none' ? null : FAULT_TABLE[fault].stops);

function findKindStage(kind: OutcomeKind): Stage {
  if (UNRESOLVED_KINDS.has(kind)) return 'lookup';
  if (kind === 'synSilent' || kind === 'synReset') return 'connect';
  return kind === 'connectStatus' || kind === 'connectUnanswered' ? 'refusal' : 'hello';
}

/**
 * `cells`: the summed outcomes of all windows. Returns attempts by host and name; for one name, the most frequent
 * first.
 */
export function listAttempts(cells: readonly OutcomeCell[], knowledge: NameKnowledge): ReportAttempt[] {
  const formatKey = ({ host, name }: { readonly host: string; readonly name: string }): string =>
    `${host} ${name}`;
  // Most names work, and only names with a failure have attempts.
  const failed = cells.filter(
    ({ kind, name }) =>
      (ATTEMPT_KINDS.has(kind) || UNRESOLVED_KINDS.has(kind)) && knowledge.toolsOf(name).length > 0,
  );
  if (failed.length === 0) return [];
  const keys = new Set(failed.map(formatKey));
  const hosts = new Set(failed.map(({ host }) => host));
  const ofHosts = cells.filter(({ host }) => hosts.has(host));
  const names = groupBy(
    ofHosts.filter((cell) => keys.has(formatKey(cell))),
    formatKey,
  );
  const stopping = listFaults(ofHosts, knowledge, (facts) => keys.has(formatKey(facts))).filter(
    ({ fault }) => findStop(fault) !== null,
  );
  const faults = groupBy(stopping, formatKey);
  return [...names]
    .flatMap(([key, list]) => listHostAttempts(list, faults.get(key) ?? [], knowledge))
    .sort(
      (a, b) =>
        compareHosts(a.host, b.host) ||
        compareText(a.name, b.name) ||
        b.attempts - a.attempts ||
        compareText(a.fault ?? '', b.fault ?? ''),
    );
}

/** Returns attempts of one host to reach one name: an entry for each fault. */
function listHostAttempts(
  cells: readonly OutcomeCell[],
  found: readonly NameFault[],
  knowledge: NameKnowledge,
): ReportAttempt[] {
  const [cell] = cells;
  const tools = cell === undefined ? [] : knowledge.toolsOf(cell.name);
  if (cell === undefined || tools.length === 0) return [];
  const passed = sumCounts(cells.filter(({ kind }) => PASSED_KINDS.has(kind)));
  // Isolated failures among working connections do not indicate a block, because programs open some in advance and
  // abandon them.
  const faults = passed > 0 ? found.filter(({ confidence }) => confidence !== 'possible') : found;
  const [first = null] = faults;
  if (passed > 0 && first === null) return [];
  const tried = cells.filter(({ kind }) => ATTEMPT_KINDS.has(kind));
  const findStage = ({ fault }: NameFault): Stage => findStop(fault)?.stage ?? 'hello';
  const isUnresolved =
    (tried.length === 0 && first?.leg === 'resolver') ||
    faults.some((fault) => findStage(fault) === 'lookup');
  const unresolved = cells.filter(({ kind, detail }) => connectionResult(kind, detail) === 'unresolved');
  const failed = [...tried, ...(isUnresolved ? unresolved : [])];
  // Returns the fault of the stage at which the connection ended; if none explains it, the first that can have ended it.
  const findFault = ({ kind }: OutcomeCell): NameFault | null => {
    const stage = findKindStage(kind);
    const able = stage === 'lookup' ? faults : faults.filter((fault) => findStage(fault) !== 'lookup');
    return able.find((fault) => findStage(fault) === stage) ?? able[0] ?? null;
  };
  return [...groupBy(failed, (cell) => findFault(cell)?.fault ?? '').values()].flatMap((group) => {
    const [first] = group;
    const fault = first === undefined ? null : findFault(first);
    if (fault === null && passed > 0) return [];
    return {
      host: cell.host,
      name: cell.name,
      tools,
      result: findStop(fault?.fault ?? 'none')?.result ?? 'failed',
      leg: fault?.leg ?? null,
      fault: fault?.fault ?? null,
      confidence: fault?.confidence ?? 'possible',
      attempts: sumCounts(group),
      passed,
      firstSeen: formatInstant(findFirstUs(group)),
      lastSeen: formatInstant(findLastUs(group)),
    };
  });
}
