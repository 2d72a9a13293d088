// Attribution progress by bucket of hosts: a chain of steps, each with a reference to the previous one and, for each hour,
// the set of windows it has read. Pending hours are found by comparison.

import { compareText } from '../../net/address.ts';
import { joinSpans, type Span } from '../span.ts';
import { spanCondition } from '../sql/dialect.ts';
import { BUCKETS, formatBuckets, parseBuckets } from './buckets.ts';
import { type Connection, insertRows, readValues } from './connect.ts';

export const HOUR_SECONDS = 3600;
/** Mark of an hour without windows. */
export const NO_MARK = '0';

/** Marks by number of the hour: one hash of all its live windows, which changes with each of them. */
export type Marks = ReadonlyMap<number, string>;

/** Buckets with the same steps. */
export interface BucketGroup {
  readonly buckets: readonly number[];
  /** The last step; null before the first. */
  readonly head: string | null;
  readonly generation: number;
  readonly marks: Marks;
}

export interface CountedSteps {
  readonly groups: readonly BucketGroup[];
  /** Steps that count for at least one bucket. */
  readonly steps: readonly string[];
  /** Invalid steps: two processes attributed the same hosts concurrently, and the other one won. */
  readonly passedOver: readonly { readonly step: string; readonly bucket: number }[];
}

export interface Step {
  readonly step: string;
  readonly parents: readonly string[];
  readonly generation: number;
  readonly buckets: string;
  readonly hours: readonly number[];
  readonly marks: readonly string[];
}

/** Writes steps. Their rows count from then on. */
export const insertSteps = (
  connection: Connection,
  key: string,
  steps: readonly (Omit<Step, 'buckets'> & { readonly buckets: readonly number[] })[],
): Promise<void> =>
  insertRows(
    connection,
    'attribution_steps',
    steps.map((step) => ({
      ...step,
      attributed_by: key,
      buckets: formatBuckets(step.buckets),
      at_ms: Date.now(),
    })),
  );

export async function readSteps(connection: Connection, key: string): Promise<CountedSteps> {
  const rows = await readValues<[string, string[], number, string, number[], string[]]>(
    connection,
    `SELECT toString(step), arrayMap(x -> toString(x), parents), generation, buckets, hours,
       arrayMap(x -> toString(x), marks)
     FROM attribution_steps WHERE attributed_by = {key: String} ORDER BY generation`,
    { key },
  );
  const steps = rows.map(
    ([step, parents, generation, buckets, hours, marks]): Step => ({
      step,
      parents,
      generation,
      buckets,
      hours: hours.map(Number),
      marks,
    }),
  );
  return selectCounted(steps);
}

export function selectCounted(steps: readonly Step[]): CountedSteps {
  const counted = new Set<string>();
  const uncounted: { step: string; bucket: number }[] = [];
  const groups = groupBuckets(steps).map(({ buckets, texts }): BucketGroup => {
    const theirs = steps.filter((step) => texts.has(step.buckets));
    const chain = listChain(theirs);
    const inChain = new Set(chain.map(({ step }) => step));
    for (const { step } of chain) counted.add(step);
    for (const { step } of theirs)
      if (!inChain.has(step)) for (const bucket of buckets) uncounted.push({ step, bucket });
    const marks = new Map<number, string>();
    for (const { hours, marks: madeMarks } of chain)
      for (const [i, hour] of hours.entries()) marks.set(hour, madeMarks[i] ?? NO_MARK);
    const head = chain.at(-1);
    return { buckets, head: head?.step ?? null, generation: head?.generation ?? 0, marks };
  });
  return { groups, steps: [...counted], passedOver: uncounted.filter(({ step }) => counted.has(step)) };
}

/** Buckets that are in the same steps. */
function groupBuckets(steps: readonly Step[]): { buckets: number[]; texts: Set<string> }[] {
  const membership = Array.from({ length: BUCKETS }, (): string[] => []);
  for (const text of new Set(steps.map(({ buckets }) => buckets)))
    for (const bucket of parseBuckets(text)) membership[bucket]?.push(text);
  const groups = new Map<string, { buckets: number[]; texts: Set<string> }>();
  for (const [bucket, texts] of membership.entries()) {
    const key = texts.join(' ');
    const group = groups.get(key) ?? { buckets: [], texts: new Set(texts) };
    groups.set(key, group);
    group.buckets.push(bucket);
  }
  return [...groups.values()];
}

/** Returns the longest chain of steps, oldest first; of equal ones, the one with the lower last number. */
function listChain(steps: readonly Step[]): Step[] {
  const byStep = new Map(steps.map((step) => [step.step, step]));
  const chain: Step[] = [];
  for (let last = findLastStep(steps); last !== undefined; ) {
    chain.push(last);
    last = findLastStep(last.parents.flatMap((step) => byStep.get(step) ?? []));
  }
  return chain.reverse();
}

function findLastStep(steps: readonly Step[]): Step | undefined {
  const isLater = (a: Step, b: Step): boolean =>
    a.generation > b.generation || (a.generation === b.generation && compareText(a.step, b.step) < 0);
  return steps.reduce<Step | undefined>(
    (last, step) => (last === undefined || isLater(step, last) ? step : last),
    undefined,
  );
}

/** Reads the marks of the current windows. */
export async function readMarks(connection: Connection, span: Span | null = null): Promise<Marks> {
  const within = span === null ? '' : `WHERE ${spanCondition(span)}`;
  const rows = await readValues<[number, string]>(
    connection,
    `SELECT intDiv(start_seconds, ${HOUR_SECONDS}) AS hour, toString(groupBitXor(window)) FROM windows FINAL ${within} GROUP BY hour`,
  );
  return new Map(rows);
}

/** Lists hours whose windows differ from those of the sums. */
export function listPendingHours({ marks }: Pick<BucketGroup, 'marks'>, now: Marks): Span[] {
  const hours = new Set([...now.keys(), ...marks.keys()]);
  const changed = [...hours].filter((hour) => (now.get(hour) ?? NO_MARK) !== (marks.get(hour) ?? NO_MARK));
  return joinSpans(changed.map((hour) => ({ from: hour * HOUR_SECONDS, to: (hour + 1) * HOUR_SECONDS })));
}

/** SQL condition for rows of period tables: their step counts, and no later step has replaced them. */
export function liveCondition(counted: Pick<CountedSteps, 'steps' | 'passedOver'>): string {
  if (counted.steps.length === 0) return 'false';
  const isCounted = countedCondition(counted);
  return `${isCounted} AND period NOT IN (SELECT period FROM period_ends WHERE ${isCounted})`;
}

/** SQL condition for rows of counted steps, of which there is at least one. */
export function countedCondition({ steps, passedOver }: Pick<CountedSteps, 'steps' | 'passedOver'>): string {
  const others = passedOver.map(({ step, bucket }) => `(${step}, ${bucket})`).join(', ');
  return `step IN (${steps.join(', ')})${others === '' ? '' : ` AND (step, bucket) NOT IN (${others})`}`;
}
