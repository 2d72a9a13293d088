// Computes the health of connections from outcomes by steps of time. It uses only sums, so that one part or many give
// the same figures.

import { LEGS, type Leg } from '../model/faults.ts';
import type {
  DelayFigure,
  Health,
  HealthAt,
  HealthSums,
  Latency,
  NameHealth,
  StepCells,
  ToolHealth,
} from '../model/health.ts';
import { addCounts, type ConnectionResult, connectionResult, DELAY_BOUNDS_MS } from '../model/outcome.ts';
import type { ReportAttempt } from '../model/report.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import type { Step } from '../time/steps.ts';
import { US } from '../time/units.ts';
import type { NameKnowledge } from './facts.ts';

/** Facts for the figures of a span. */
export interface HealthFacts {
  readonly step: Step;
  /** Sorted by time. The cells of a step may be in any number of parts. */
  readonly steps: readonly StepCells[];
  readonly attempts: readonly ReportAttempt[];
}

/** Facts with the data that pages need to show a part; hosts have their displayed names. */
export interface HealthAnswer extends HealthFacts {
  readonly known: HealthKnowledge;
  /** Minimum hosts of a row. */
  readonly leastHosts: number;
}

/** The selected part. */
export interface HealthView {
  readonly isWantedHost: (host: string) => boolean;
  /** Id of a tool; null: all. */
  readonly tool: string | null;
  /** Text in the name of a host, tool or server, in lower case; empty: all. */
  readonly text: string;
  /** Minimum hosts of a row. */
  readonly leastHosts: number;
}

/** Facts of the catalogue. */
export interface HealthKnowledge extends NameKnowledge {
  /** Returns the displayed name of a tool. */
  titleOf(tool: string): string;
}

export function buildHealth(
  { step, steps, attempts }: HealthFacts,
  knowledge: HealthKnowledge,
  view: HealthView,
): Health {
  const total = new Sums();
  const byTool = new Map<string, Sums>();
  const byName = new Map<string, Sums>();
  const toolsByName = selectTools(knowledge, view.tool);
  const isWanted = isSelected(knowledge, view);
  const ensureSums = (name: string): Sums[] => [
    total,
    findSums(byName, name),
    ...toolsByName(name).map((id) => findSums(byTool, id)),
  ];
  for (const { startSeconds, cells } of steps)
    for (const cell of cells)
      if (isCounted(cell) && isWanted(cell))
        for (const sums of ensureSums(cell.name)) sums.add(startSeconds, cell);
  for (const attempt of attempts)
    if (isWanted(attempt)) for (const sums of ensureSums(attempt.name)) sums.addAttempt(attempt);
  const isShown = ([, sums]: readonly [string, Sums]): boolean => sums.hosts.size >= view.leastHosts;
  const tools = [...byTool]
    .filter(isShown)
    .map(([id, sums]): ToolHealth => ({ tool: id, name: knowledge.titleOf(id), ...sums.finish() }));
  const names = [...byName]
    .filter(isShown)
    .map(([name, sums]): NameHealth => ({ name, tools: [...toolsByName(name)], ...sums.finish() }));
  const isTotalShown = total.hosts.size >= view.leastHosts;
  return {
    step,
    total: (isTotalShown ? total : new Sums()).finish(),
    tools: tools.sort((a, b) => compareFailures(a, b) || compareText(a.tool, b.tool)),
    names: names.sort((a, b) => compareFailures(a, b) || compareText(a.name, b.name)),
    suppressed: byTool.size - tools.length + byName.size - names.length,
  };
}

/** True if the host and the name are selected. */
export function isSelected(
  knowledge: HealthKnowledge,
  { isWantedHost, tool, text }: HealthView,
): (target: { readonly host: string; readonly name: string }) => boolean {
  const toolsOf = selectTools(knowledge, tool);
  return ({ host, name }) =>
    isWantedHost(host) && toolsOf(name).length > 0 && holds(text, host, name, toolsOf(name), knowledge);
}

/** Returns the selected tools of a name, which is looked up once. */
function selectTools({ toolsOf }: HealthKnowledge, tool: string | null): (name: string) => readonly string[] {
  const found = new Map<string, readonly string[]>();
  return (name) => {
    const existing = found.get(name);
    if (existing !== undefined) return existing;
    const tools = name === '' ? [] : toolsOf(name).filter((id) => tool === null || id === tool);
    found.set(name, tools);
    return tools;
  };
}

const holds = (
  text: string,
  host: string,
  name: string,
  tools: readonly string[],
  { titleOf }: HealthKnowledge,
): boolean =>
  text === '' ||
  [host, name, ...tools, ...tools.map(titleOf)].some((word) => word.toLowerCase().includes(text));

function findSums(all: Map<string, Sums>, key: string): Sums {
  const sums = all.get(key) ?? new Sums();
  all.set(key, sums);
  return sums;
}

/** True for a connection, or a DNS query without an address in its answer. */
export const isCounted = ({ kind, detail }: OutcomeCell): boolean =>
  kind === 'opened' || connectionResult(kind, detail) !== null;

export function buildFigures(cells: readonly OutcomeCell[]): HealthSums {
  const sums = new Sums();
  for (const cell of cells) sums.add(0, cell);
  return sums.finish();
}

const compareFailures = (a: HealthSums, b: HealthSums): number =>
  b.stopped + b.unresolved - a.stopped - a.unresolved || b.tried - a.tried;

type Results = Record<ConnectionResult, number>;

interface StepSums extends Results {
  handshakes: readonly number[] | undefined;
  answers: readonly number[] | undefined;
}

class Sums {
  readonly hosts = new Set<string>();
  readonly #results: Results = { passed: 0, stopped: 0, unresolved: 0 };
  readonly #places = new Map<Leg | null, number>();
  readonly #steps = new Map<number, StepSums>();
  #undecided = 0;
  #segments = 0;
  #repeated = 0;
  #handshakes: readonly number[] | undefined;
  #answers: readonly number[] | undefined;

  add(startSeconds: number, cell: OutcomeCell): void {
    const { host, kind, detail, count, handshakeDelays, answerDelays } = cell;
    this.hosts.add(host);
    this.#segments += cell.segments;
    this.#repeated += cell.repeated;
    const step = this.#steps.get(startSeconds) ?? {
      passed: 0,
      stopped: 0,
      unresolved: 0,
      handshakes: undefined,
      answers: undefined,
    };
    this.#steps.set(startSeconds, step);
    const result = connectionResult(kind, detail);
    if (result === null) this.#undecided += count;
    else {
      this.#results[result] += count;
      step[result] += count;
    }
    this.#handshakes = addCounts(this.#handshakes, handshakeDelays);
    this.#answers = addCounts(this.#answers, answerDelays);
    step.handshakes = addCounts(step.handshakes, handshakeDelays);
    step.answers = addCounts(step.answers, answerDelays);
  }

  addAttempt({ leg, attempts }: ReportAttempt): void {
    this.#places.set(leg, (this.#places.get(leg) ?? 0) + attempts);
  }

  finish(): HealthSums {
    const { passed, stopped, unresolved } = this.#results;
    return {
      hosts: this.hosts.size,
      tried: passed + stopped + unresolved + this.#undecided,
      passed,
      stopped,
      unresolved,
      undecided: this.#undecided,
      stoppedAt: this.#stoppedAt(stopped + unresolved),
      connection: findLatency(this.#handshakes),
      answer: findLatency(this.#answers),
      segments: this.#segments,
      repeated: this.#repeated,
      steps: [...this.#steps].sort((a, b) => a[0] - b[0]).map(finishStep),
    };
  }

  /** Returns places from the program outwards, then failures without a diagnosis. */
  #stoppedAt(failed: number): HealthSums['stoppedAt'] {
    const legRows = LEGS.flatMap((leg) => {
      const count = this.#places.get(leg) ?? 0;
      return count === 0 ? [] : [{ leg, count }];
    });
    const rest = failed - legRows.reduce((sum, { count }) => sum + count, 0);
    return rest > 0 ? [...legRows, { leg: null, count: rest }] : legRows;
  }
}

const finishStep = ([startSeconds, step]: readonly [number, StepSums]): HealthAt => ({
  start: formatInstant(startSeconds * US),
  passed: step.passed,
  stopped: step.stopped,
  unresolved: step.unresolved,
  connection: findLatency(step.handshakes)?.median ?? null,
  answer: findLatency(step.answers)?.median ?? null,
});

/** Returns median and 95th percentile by nearest rank, each as the bucket that contains it. */
function findLatency(counts: readonly number[] | undefined): Latency | null {
  if (counts === undefined) return null;
  const measured = counts.reduce((sum, count) => sum + count, 0);
  return measured === 0
    ? null
    : {
        measured,
        median: findDelayAtRank(counts, measured * 0.5),
        p95: findDelayAtRank(counts, measured * 0.95),
      };
}

function findDelayAtRank(counts: readonly number[], rank: number): DelayFigure {
  let sum = 0;
  const bucket = counts.findIndex((count) => {
    sum += count;
    return sum >= rank;
  });
  return { fromMs: DELAY_BOUNDS_MS[bucket - 1] ?? 0, toMs: DELAY_BOUNDS_MS[bucket] ?? null };
}
