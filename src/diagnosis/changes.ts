// Compares two times: for each name, if it works, where it fails, and how long answers take.

import type { Diagnosis, DiagnosisResult, NameChange, NameState, TimesCompared } from '../model/diagnosis.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { DelayFigure, Latency } from '../model/health.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { findFirstUs, findLastUs } from './facts.ts';
import { buildFigures, isCounted } from './health.ts';

/** One of the two times. */
export interface TimeCompared {
  /** The outcomes of the time, summed. */
  readonly cells: readonly OutcomeCell[];
  readonly result: DiagnosisResult;
}

/** Minimum measurements for a median. */
const MIN_MEASURED = 3;
/** Minimum difference. Smaller ones are noise. */
const MIN_SLOWER_MS = 50;

/**
 * Compares each name of each host that was seen at both times: another host has another path, resolver and proxy. Changes
 * are sorted by weight: names that stopped working come first. `isAsked`: selects names of the earlier time.
 */
export function compareTimes(
  before: TimeCompared,
  after: TimeCompared,
  isAsked: (row: { readonly host: string; readonly name: string }) => boolean = () => true,
): TimesCompared {
  const [first, second] = [collectParts(before), collectParts(after)];
  const pairs = [...second].flatMap(([key, later]) => findPair(first.get(key), later) ?? []);
  const changes = pairs
    .flatMap((pair) => findChange(pair) ?? [])
    .sort(
      (a, b) =>
        ORDER.indexOf(a.change) - ORDER.indexOf(b.change) ||
        compareText(a.name, b.name) ||
        compareHosts(a.host, b.host),
    );
  const names = listNames(first, isAsked);
  const later = listNames(second, () => true);
  const without = (list: ReadonlySet<string>, other: ReadonlySet<string>): string[] =>
    [...list].filter((name) => !other.has(name)).sort(compareText);
  return {
    names: pairs.length,
    changes,
    onlyBefore: without(names, later),
    onlyAfter: without(
      later,
      listNames(first, () => true),
    ),
  };
}

const listNames = (parts: ReadonlyMap<string, Part>, isListed: (part: Part) => boolean): Set<string> =>
  new Set([...parts.values()].filter(isListed).map(({ name }) => name));

const ORDER: readonly NameChange['change'][] = [
  ...(['stopped', 'moved', 'degraded', 'slower', 'works', 'faster'] as const),
];

interface Part {
  readonly host: string;
  readonly name: string;
  readonly cells: readonly OutcomeCell[];
  readonly diagnosis: Diagnosis | null;
}

const formatKey = ({ host, name }: { readonly host: string; readonly name: string }): string =>
  `${host} ${name}`;

function collectParts({ cells, result }: TimeCompared): Map<string, Part> {
  // An uncertain fault is not a change.
  const likely = result.diagnoses.filter(({ confidence }) => confidence !== 'possible');
  const faults = groupBy(likely, formatKey);
  const named = cells.filter((cell) => cell.name !== '' && isCounted(cell));
  return new Map(
    [...groupBy(named, formatKey)].flatMap(([key, list]) => {
      const [cell] = list;
      if (cell === undefined) return [];
      const { host, name } = cell;
      return [[key, { host, name, cells: list, diagnosis: faults.get(key)?.[0] ?? null }] as const];
    }),
  );
}

function findState({ cells, diagnosis }: Part): NameState | null {
  const { tried, passed, connection, answer } = buildFigures(cells);
  if (diagnosis === null && passed === 0) return null;
  return {
    state: diagnosis?.effect ?? 'works',
    fault: diagnosis?.fault ?? null,
    leg: diagnosis?.leg ?? null,
    tried,
    passed,
    connection,
    answer,
  };
}

interface Pair {
  readonly first: Part;
  readonly second: Part;
  readonly before: NameState;
  readonly after: NameState;
}

/** Returns null if a time has nothing to compare. */
function findPair(first: Part | undefined, second: Part): Pair | null {
  const before = first === undefined ? null : findState(first);
  const after = findState(second);
  return first === undefined || before === null || after === null ? null : { first, second, before, after };
}

/** Returns null if nothing changed. */
function findChange({ first, second, before, after }: Pair): NameChange | null {
  const change = classifyChange(before, after);
  if (change === null) return null;
  const { name, host, diagnosis } = second;
  const hasBegun = diagnosis !== null && (change === 'stopped' || change === 'degraded');
  return {
    name,
    host,
    change,
    before,
    after,
    from: formatInstant(findLastUs(first.cells)),
    to: hasBegun ? diagnosis.firstSeen : formatInstant(findFirstUs(second.cells)),
    summary: diagnosis?.summary ?? null,
  };
}

function classifyChange(before: NameState, after: NameState): NameChange['change'] | null {
  if (after.state === 'fails') {
    if (before.state !== 'fails') return 'stopped';
    return before.fault === after.fault && before.leg === after.leg ? null : 'moved';
  }
  if (before.state === 'fails') return 'works';
  if (before.state !== after.state) return after.state === 'degraded' ? 'degraded' : 'works';
  if (isSlower(before.connection, after.connection) || isSlower(before.answer, after.answer)) return 'slower';
  if (isSlower(after.connection, before.connection) || isSlower(after.answer, before.answer)) return 'faster';
  return null;
}

/** True if the later median is slower for all values in the buckets of both. */
function isSlower(before: Latency | null, after: Latency | null): boolean {
  if (before === null || after === null) return false;
  if (before.measured < MIN_MEASURED || after.measured < MIN_MEASURED) return false;
  const most = upperBound(before.median);
  return after.median.fromMs >= most * 1.5 && after.median.fromMs - most >= MIN_SLOWER_MS;
}

const upperBound = ({ toMs }: DelayFigure): number => toMs ?? Number.POSITIVE_INFINITY;
